"""silang target: list the catalogues that are searched live, probe one, import lists of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli import Place, pass_place

if TYPE_CHECKING:
    from index.targets.card import Card
    from index.targets.imports.found import Found


@click.group()
def target() -> None:
    """Catalogues that are searched live: list them, probe one, import lists from Koha and pazpar2."""


@target.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list and nothing else.")
@pass_place
def list_(place: Place, as_json: bool) -> None:
    """The targets, how each does, and when it was last probed. Passwords are never printed."""
    from index.targets import store

    parts = place.ready()
    with parts.db.read() as c:
        rows = [
            {
                "code": one.code,
                "name": one.name,
                "url": one.profile.address.url,
                "symbol": one.profile.presentation.symbol,
                "searchers": one.profile.policy.searchers,
                "enabled": one.enabled,
                "from_file": one.provisioned,
                "health": one.health,
                "reason": one.health_reason,
                "probed": one.probed_at.isoformat() if one.probed_at else None,
            }
            for one in store.listed(c)
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = row["health"] if row["enabled"] else "off"
        click.echo(f"{row['code']:<20} {state:<8} {row['probed'] or 'never':<26} {row['url']}")
    if not rows:
        click.echo("No targets yet: add them in the admin pages or in config.yaml.", err=True)


@target.command()
@click.argument("code")
@click.option("--short", is_flag=True, help="Only what the worker asks every night.")
@click.option("--user", default="", help="For an address: user name, where it wants one.")
@click.option(
    "--password", default="", envvar="SILANG_TARGET_PASSWORD", help="Its password; or SILANG_TARGET_PASSWORD."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def probe(place: Place, code: str, short: bool, user: str, password: str, as_json: bool) -> None:
    """Try out what the target CODE really understands, and keep it; or an address (z3950://…), and keep nothing.

    Ends with 0 when the probe came to its end, with 1 when the target cannot be probed, with 2 when there is no such
    target. You act for yourself here: any address is allowed, inside your own network too.
    """
    click.echo("Any address may be reached: this acts for whoever has the shell.", err=True)
    card = _address(code, user, password, not short) if "://" in code else _stored(place, code, not short)
    if as_json:
        click.echo(json.dumps(card.value(), ensure_ascii=False))
    else:
        _print(card)
    raise SystemExit(1 if card.failed else 0)


def _address(url: str, user: str, password: str, whole: bool) -> Card:
    from foundation.fetch import FetchPolicy
    from index.targets.errors import BadTarget
    from index.targets.probing import run
    from index.targets.settings import TargetSettings
    from web.wiring import VERSION

    try:
        profile = TargetSettings(code="probe", url=url, username=user).profile()
    except BadTarget as bad:
        click.echo(f"{bad.field}: {bad.reason} {bad.detail}".rstrip(), err=True)
        raise SystemExit(2) from None
    policy = FetchPolicy(any_address=True, user_agent=f"Silang/{VERSION} (target probe)")
    return run.probe(profile, password, run.Network(policy=policy), whole=whole)


def _stored(place: Place, code: str, whole: bool) -> Card:
    from index.targets import store
    from index.targets.errors import UnknownTarget
    from web import target_jobs
    from web.wiring import policy

    parts = place.ready()
    try:
        with parts.db.read() as c:
            one = store.by_code(c, code)
    except UnknownTarget:
        click.echo(f"There is no target {code!r}; silang target list shows all.", err=True)
        raise SystemExit(2) from None
    return target_jobs.probe(parts, one, whole=whole, through=policy(parts.settings, any_address=True))


def _print(card: Card) -> None:
    if card.identity:
        click.echo(card.identity)
    for one in card.findings:
        hits = "" if one.hits is None else f"{one.hits:,}"
        click.echo(f"{one.verdict:<8} {one.trait:<14} {one.subject:<26} {hits:>10}  {one.answered[:100]}")
    for name, value in card.takes.items():
        click.echo(f"suggests {name}: {json.dumps(value, ensure_ascii=False)}")
    click.echo(
        f"failed: {card.failed}" if card.failed else f"{len(card.findings)} questions, {card.seconds:.1f} s"
    )


@target.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--as", "kind", type=click.Choice(["koha", "pazpar2", "zeerex"]), required=True, help="Whose list it is."
)
@click.option("--look", is_flag=True, help="Only say what is in it; keep nothing.")
@click.option("--enable", is_flag=True, help="Search them at once; without it they wait to be switched on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list and nothing else.")
@pass_place
def import_(place: Place, file: Path, kind: str, look: bool, enable: bool, as_json: bool) -> None:
    """Take targets in from FILE: Koha's table z3950servers (CSV), pazpar2's settings, a server's explanation (XML).

    Ends with 0 when all of them could be taken in, with 1 when some could not, with 2 when FILE is no such list.
    """
    from index.targets import store
    from index.targets.imports import koha, pazpar2, zeerex
    from index.targets.imports.found import Unreadable

    parts = place.ready()
    with parts.db.read() as c:
        taken = {one.code for one in store.listed(c)}
    try:
        found = {"koha": koha.read, "pazpar2": pazpar2.read, "zeerex": zeerex.read}[kind](
            file.read_bytes(), taken
        )
    except Unreadable as bad:
        click.echo(f"{file}: {bad.reason} {bad.detail}".rstrip(), err=True)
        raise SystemExit(2) from None
    rows = []
    for one in found:
        kept = not one.faults and not look
        if kept:
            _keep(place, one, enable)
        rows.append(_row(one, kept))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            state = "taken in" if row["kept"] else "wrong" if row["faults"] else "can be taken in"
            click.echo(f"{state:<16} {row['code']:<30} {row['url']}")
            for text in (*row["faults"], *row["remarks"]):
                click.echo(f"{'':<16} {text}")
    raise SystemExit(1 if any(one.faults for one in found) else 0)


def _keep(place: Place, one: Found, enable: bool) -> None:
    from index.targets import flat, store

    parts = place.parts
    values = dict(one.flat) | {"enabled": enable}
    with parts.db.begin() as c:
        store.add(c, flat.read(values), password=one.password, seal=parts.seal, at=parts.clock())


def _row(one: Found, kept: bool) -> dict[str, Any]:
    return {
        "place": one.place,
        "code": one.flat["code"],
        "name": one.flat["name"],
        "url": one.flat["url"],
        "password": bool(one.password),
        "kept": kept,
        "faults": [f"{field}: {reason}" for field, reason in one.faults],
        "remarks": [f"{remark.code}: {remark.detail}".rstrip(": ") for remark in one.remarks],
    }
