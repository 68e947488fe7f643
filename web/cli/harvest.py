"""silang harvest: try an endpoint, read files, run a source, list the sources."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli import Place, pass_place, step_back

#: As harvester.uploads.opening.KINDS, which is not loaded for every command.
KINDS = ("records", "sheet", "slims_biblio", "slims_items", "inlislite_text", "inlislite_sheet")

if TYPE_CHECKING:
    from harvester.context import Harvesting
    from harvester.receipt import Receipt

    _Type = click.ParamType[datetime]
else:
    _Type = click.ParamType  # not generic at run time in every version of click


@click.group()
def harvest() -> None:
    """Read the catalogues of libraries: try one out, read files, harvest a source now, list the sources."""


class Moment(_Type):
    """A day (2026-11-24) or an instant in UTC (2026-11-24T08:00:00Z)."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The instant; a day is its first second."""
        if isinstance(value, datetime):
            return value
        from harvester import datestamps

        at = datestamps.read(str(value))
        if at is None:
            self.fail(
                f"{value!r} is neither a day (2026-11-24) nor an instant (2026-11-24T08:00:00Z)", param, ctx
            )
        return at


class Until(Moment):
    """As Moment; a day is its last second."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The instant."""
        at = super().convert(value, param, ctx)
        whole_day = isinstance(value, str) and len(value.strip()) == 10
        return at + timedelta(hours=23, minutes=59, seconds=59) if whole_day else at


@harvest.command("try")
@click.argument("url")
@click.option(
    "--prefix", default="", help="Metadata prefix; without one the fullest format that we read is taken."
)
@click.option(
    "--profile", default="generic", show_default=True, help="The system that answers there, by name."
)
@click.option("--from", "from_at", type=Moment(), help="Only records changed from this day or instant on.")
@click.option("--until", "until_at", type=Until(), help="Only records changed until this day or instant.")
@click.option("--set", "set_spec", default="", help="Only records of this set.")
@click.option(
    "--patience", type=click.FloatRange(min=1), default=60, show_default=True, help="Seconds to wait, in all."
)
@click.option(
    "--ca-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Trusted authority."
)
@click.option("--user", default="", help="User name, where the endpoint wants one.")
@click.option(
    "--password", default="", envvar="SILANG_TRY_PASSWORD", help="Password; or SILANG_TRY_PASSWORD."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def try_(
    url: str,
    prefix: str,
    profile: str,
    from_at: datetime | None,
    until_at: datetime | None,
    set_spec: str,
    patience: float,
    ca_file: Path | None,
    user: str,
    password: str,
    as_json: bool,
) -> None:
    """Harvest an OAI-PMH endpoint into a scratch store and print the receipt. Nothing is kept.

    Ends with 0 when the harvest is proven complete, with 1 otherwise. You act for yourself here: any address
    is allowed, inside your own network too.
    """
    from foundation.clock import system_clock
    from foundation.fetch import Fetcher, FetchPolicy
    from harvester import scratch
    from harvester.errors import BadSource
    from web.wiring import VERSION

    click.echo("Any address may be reached: this acts for whoever has the shell.", err=True)
    fetcher = Fetcher(FetchPolicy(any_address=True, user_agent=f"Silang/{VERSION} (harvest try)"))
    try:
        slip = scratch.try_out(
            fetcher,
            url,
            clock=system_clock,
            prefix=prefix,
            profile=profile,
            set_spec=set_spec,
            from_at=from_at,
            until_at=until_at,
            patience=patience,
            ca_pem=ca_file.read_text() if ca_file else "",
            username=user,
            password=password,
            on_page=None if as_json else _show,
        )
        value = slip.value()
    except BadSource as error:
        value = _failed(f"{error.field}: {error.reason}")
    finally:
        fetcher.close()
    _print(value, as_json)
    raise SystemExit(0 if value["state"] == "complete" else 1)


def _failed(reason: str) -> dict[str, Any]:
    return {
        "state": "failed",
        "reason": reason,
        "records": 0,
        "deleted": 0,
        "rejected": [],
        "pages": 0,
        "requests": 0,
        "bytes": 0,
        "seconds": 0.0,
        "oddities": [],
    }


def _print(value: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False))
        return
    click.echo(f"{value['state']}{': ' + value['reason'] if value['reason'] else ''}")
    click.echo(
        f"  {value['records']:,} records, {value['deleted']:,} deleted, {len(value['rejected']):,} rejected"
    )
    click.echo(
        f"  {value['pages']:,} pages, {value['requests']:,} requests, {value['bytes']:,} bytes, {value['seconds']:.1f} s"
    )
    for odd in value["oddities"]:
        click.echo(f"  odd: {odd['code']} {odd['text']}".rstrip())
    for one in value["rejected"][:20]:
        click.echo(f"  rejected: {one['identifier'] or 'no identifier'}: {one['reason']} ({one['position']})")


def _show(ctx: Harvesting, harvest_id: str) -> None:
    """How far it is, one line that is written over where that is possible."""
    from harvester import store

    with ctx.db.read() as c:
        far = store.progress(store.get(c, harvest_id), ctx.clock())
    of = f" of {far.expected:,}" if far.expected else ""
    left = f", {far.seconds_left:.0f} s left" if far.seconds_left is not None else ""
    line = f"page {far.pages:,}, {far.records:,}{of} records, {far.rate:,.0f} a second{left}"
    click.echo(f"\r\x1b[K{line}" if sys.stderr.isatty() else line, nl=not sys.stderr.isatty(), err=True)


@harvest.command("run")
@click.argument("code")
@click.option(
    "--full", is_flag=True, help="The whole list, not only what changed; what is missing from it goes."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def run(place: Place, code: str, full: bool, as_json: bool) -> None:
    """Harvest the source CODE now, in this window. An interrupted harvest goes on where it was."""
    from dataclasses import replace

    from harvester import sources
    from harvester.errors import UnknownSource
    from harvester.guard import work
    from harvester.guard.talk import HostBusy
    from web.alerts import teller
    from web.worker import owner

    step_back()
    parts = place.ready()
    ctx = parts.harvesting()
    try:
        with parts.db.read() as c:
            source = sources.by_code(c, code)
    except UnknownSource:
        click.echo(f"There is no source {code!r}; silang harvest list shows all.", err=True)
        raise SystemExit(2) from None
    if not as_json:
        ctx = replace(ctx, on_page=lambda harvest_id: _show(ctx, harvest_id))
    kind = "full" if full else "incremental"
    try:
        slip = work.harvest_now(ctx, source.id, owner=owner(), kind=kind, tell=teller(ctx.clock))
    except HostBusy as busy:
        click.echo(f"{busy}; it waits for its turn now.", err=True)
        raise SystemExit(1) from None
    _finish(slip, as_json)


def _finish(slip: Receipt | None, as_json: bool) -> None:
    if slip is None:
        click.echo("Another worker is harvesting this source.", err=True)
        raise SystemExit(1)
    _print(slip.value(), as_json)
    raise SystemExit(0 if slip.state == "complete" else 1)


@harvest.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list and nothing else.")
@pass_place
def list_(place: Place, as_json: bool) -> None:
    """The sources, when each was last harvested, and how it went."""
    from harvester import sources, store

    parts = place.ready()
    rows = []
    with parts.db.read() as c:
        for source in sources.listed(c):
            last = store.history(c, source.id, limit=1)
            rows.append(
                {
                    "code": source.code,
                    "name": source.name,
                    "url": source.url,
                    "schedule": source.schedule,
                    "enabled": source.enabled,
                    "health": source.health,
                    "watermark": source.watermark.isoformat() if source.watermark else None,
                    "state": last[0].state if last else None,
                    "records": last[0].records if last else None,
                    "ended": last[0].ended_at.isoformat() if last and last[0].ended_at else None,
                }
            )
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['code']:<16} {row['health']:<8} {row['state'] or 'never':<12} {row['records'] or 0:>9,}  "
            f"{row['ended'] or '':<26} {row['url']}"
        )
    if not rows:
        click.echo("No sources yet: add them in the admin pages or in config.yaml.", err=True)


@harvest.command("health")
@click.argument("code")
@click.option("--look", is_flag=True, help="Look at the endpoint first: a dozen requests.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def health(place: Place, code: str, look: bool, as_json: bool) -> None:
    """The health card of the source CODE: what it declares, what was seen, how to harvest it."""
    from harvester import sources
    from harvester.errors import UnknownSource
    from harvester.health import store as cards
    from web import health_words
    from web.source_jobs import look_at

    parts = place.ready()
    try:
        with parts.db.read() as c:
            source = sources.by_code(c, code)
    except UnknownSource:
        click.echo(f"There is no source {code!r}; silang harvest list shows all.", err=True)
        raise SystemExit(2) from None
    if look and source.kind == "oai":
        step_back()
        found = look_at(parts, source)
        with parts.db.begin() as c:
            cards.looked(c, source.id, found, at=parts.clock())
    with parts.db.begin() as c:
        card = cards.refresh(c, source.id, at=parts.clock())
    if as_json:
        click.echo(json.dumps({"source": code, **health_words.value(card)}, ensure_ascii=False))
        return
    for said in health_words.lines(card, "en"):
        click.echo(f"{said.stands:<5} {said.trait:<28} {said.declared or '-':<28} {said.observed or '-'}")
    for name, number in card.defects.items():
        click.echo(f"  odd: {name} ({number} of {card.runs} harvests)")
    for one in card.strategy:
        click.echo(f"  {'*' if one.by_itself else '!'} {health_words.advice(one, 'en')}")


@harvest.command("file")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--library",
    "library_code",
    default="",
    help="Code of the library whose records these are; without it each row names its libraries.",
)
@click.option(
    "--as", "kind", type=click.Choice(KINDS), help="What the files are, where content does not tell."
)
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML: `columns` (name: field) and `libraries` (name in the rows: our code, or empty to skip).",
)
@click.option("--source", default="", help="Code of the source, where a library sends several lists.")
@click.option(
    "--whole", is_flag=True, help="The files are the whole catalogue: what is missing from them goes."
)
@click.option("--preview", "only_look", is_flag=True, help="Only say what would come; nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def file(
    place: Place,
    files: tuple[Path, ...],
    library_code: str,
    kind: str | None,
    mapping: Path | None,
    source: str,
    whole: bool,
    only_look: bool,
    as_json: bool,
) -> None:
    """Read files into the catalogue: ISO 2709, MARCXML, MODS, SLiMS's and INLISLite's exports, CSV, XLSX."""
    from foundation import libraries
    from harvester.errors import UnknownSource
    from harvester.uploads.load import Plan, load

    parts = place.ready()
    with parts.db.read() as c:
        ids = {one.code: one.id for one in libraries.every(c)}
    if library_code and library_code not in ids:
        click.echo(f"There is no library {library_code!r}.", err=True)
        raise SystemExit(2)
    columns, codes = _mapping(mapping, ids)
    plan = Plan(
        library_id=ids.get(library_code),
        source=source,
        kind=kind or "",
        columns=columns,
        codes=codes,
        whole=whole,
    )
    if only_look:
        from web.cli.looking import look

        raise SystemExit(look(files, plan, as_json))
    at = datetime.now(UTC)
    try:
        value = load(parts.harvesting(), files, plan, at=at, report=None if as_json else _tell)
    except UnknownSource as error:
        click.echo(f"The source {error} belongs to another library, or is not read from files.", err=True)
        raise SystemExit(2) from None
    _print(value, as_json)
    if not as_json:
        _more(value)
    raise SystemExit(0 if value["state"] == "complete" and not value["held"] else 1)


def _mapping(path: Path | None, ids: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(columns, codes of libraries) of a mapping file; ends the command where it is none."""
    if path is None:
        return {}, {}
    import yaml

    from harvester.uploads.columns import fold
    from index.crosswalk.rows.sheet import FIELDS

    try:
        value = yaml.safe_load(path.read_text("utf-8-sig")) or {}
        columns = {fold(str(k)): str(v or "") for k, v in dict(value.get("columns") or {}).items()}
        names = {fold(str(k)): str(v or "") for k, v in dict(value.get("libraries") or {}).items()}
    except (OSError, UnicodeError, yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        click.echo(f"{path}: no mapping: {error}", err=True)
        raise SystemExit(2) from None
    wrong = [f"{field!r} is no field" for field in columns.values() if field and field not in FIELDS]
    wrong += [f"there is no library {code!r}" for code in names.values() if code and code not in ids]
    if wrong:
        click.echo(f"{path}: {'; '.join(wrong)}", err=True)
        raise SystemExit(2)
    return columns, {name: ids.get(code, "") for name, code in names.items()}


def _tell(done: int, total: int | None) -> None:
    line = f"{done:,} records"
    click.echo(f"\r\x1b[K{line}" if sys.stderr.isatty() else line, nl=not sys.stderr.isatty(), err=True)


def _more(value: dict[str, Any]) -> None:
    """What only files bring: what went, unknown libraries, copies without a title."""
    if value["swept"]:
        click.echo(f"  {value['swept']:,} records that the files do not have any more are gone")
    if value["held"]:
        click.echo(f"  held: {value['held']}")
    for name, number in value["unknown_libraries"].items():
        click.echo(f"  unknown library: {name} ({number:,} rows)")
    if value["without_library"]:
        click.echo(f"  {value['without_library']:,} records name no library that we know")
    if value["copies_left"]:
        click.echo(f"  copies without a title: {', '.join(value['copies_left'][:20])}")
