"""silang reindex, fsck, backup, restore: looking after what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import click

from web import backup as backups
from web import health_check
from web.cli import Place, pass_place
from web.wiring import engine as engine_of


@click.command()
@click.option(
    "--engine",
    type=click.Choice(["whoosh", "tantivy"]),
    help="Build it with this engine and use that one from then on.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def reindex(place: Place, engine: str | None, as_json: bool) -> None:
    """Build the search index anew from the database, beside the live one, and swap it in.

    Searches go on meanwhile, also while another engine takes over. Needed after a restore, or when `silang fsck`
    says so.
    """
    from index.engines.switching import SwitchingEngine
    from index.feed import rebuild
    from index.search import SearchFailed

    parts = place.ready()
    used = "memory"
    try:
        if isinstance(parts.engine, SwitchingEngine):
            count = parts.engine.build_with(
                engine or parts.engine.name, lambda other: rebuild(parts.db, other)
            )
            used = parts.engine.name
        else:
            count = rebuild(parts.db, parts.engine)
    except SearchFailed as failed:
        raise click.ClickException(str(failed)) from failed
    told = {"clusters": count, "engine": used}
    click.echo(json.dumps(told) if as_json else f"{count} clusters are searchable ({used}).")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def fsck(place: Place, as_json: bool) -> None:
    """Check that what is stored holds together; ends with 1 when something does not.

    Looks at the database itself, the history of every request, stuck work, clusters, and the index.
    """
    parts = place.ready()
    problems = health_check.problems(parts)
    if as_json:
        click.echo(json.dumps({"ok": not problems, "problems": problems}, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(problem)
        click.echo(f"{len(problems)} problems." if problems else "Everything holds together.")
    raise SystemExit(1 if problems else 0)


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def backup(place: Place, target: Path, as_json: bool) -> None:
    """Write everything that cannot be made again into one file, while everything goes on.

    It holds patrons' data and the keys: keep it as you keep the server.
    """
    parts = place.ready()
    try:
        manifest = backups.make(parts.db, parts.data, place.path, target, parts.clock().isoformat())
    except (OSError, backups.BadBackup) as error:
        raise click.ClickException(f"No backup was written: {error}") from error
    size = target.stat().st_size
    if as_json:
        click.echo(json.dumps({"file": str(target), "bytes": size, "files": len(manifest["files"])}))
    else:
        click.echo(f"{target}: {size:,} bytes, {len(manifest['files'])} files.")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--force", is_flag=True, help="Replace the installation that is here.")
@pass_place
def restore(place: Place, source: Path, force: bool) -> None:
    """Bring a backup back. Stop `silang serve` and `silang worker` first.

    The backup is checked whole before anything is touched; the search index is then built anew.
    The configuration file is not overwritten: the one in the backup can be taken out with tar.
    """
    from index.feed import rebuild

    parts = place.parts
    parts.engine.close()
    try:
        manifest = backups.restore(source, parts.db, parts.data, force=force)
    except (OSError, backups.BadBackup) as error:
        raise click.ClickException(f"Nothing was changed: {error}") from error
    parts.engine = engine_of(parts.settings, parts.data)
    count = rebuild(parts.db, parts.engine)
    click.echo(f"Restored the backup of {manifest['at']}; {count} clusters are searchable.")
