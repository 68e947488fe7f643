"""silang reprocess: stored records read again from their raw bytes."""

from __future__ import annotations

import json
import sys
import time

import click

from web.cli import Place, pass_place, step_back


@click.command()
@click.option("--source", "code", default="", help="Only the records of this source.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Those too that today's crosswalk has read, after a change of profile.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def reprocess(place: Place, code: str, everything: bool, as_json: bool) -> None:
    """Read stored records again from their raw bytes, without the network, where an older crosswalk has read them.

    The worker does so by itself after an upgrade. Stopped with Ctrl-C, it goes on where it was the next time.
    Ends with 1 when records could not be read any more; they keep their old description.
    """
    from harvester import reprocess as again
    from harvester import sources
    from harvester.errors import UnknownSource

    step_back()
    parts = place.ready()
    try:
        with parts.db.begin() as c:
            source_id = sources.by_code(c, code).id if code else None
            if everything:
                again.mark(c, source_id)
    except UnknownSource:
        click.echo(f"There is no source {code!r}; silang harvest list shows all.", err=True)
        raise SystemExit(2) from None
    told = 0.0

    def show(done: int, total: int) -> None:
        nonlocal told
        if as_json or (time.monotonic() - told < 1 and done < total):
            return
        told = time.monotonic()
        line = f"{done:,} of {total:,} records"
        click.echo(f"\r\x1b[K{line}" if sys.stderr.isatty() else line, nl=not sys.stderr.isatty(), err=True)

    try:
        tally = again.run(parts.harvesting(), source_id, show)
    except KeyboardInterrupt:
        click.echo("\nStopped. What was read stays so; the same command goes on from here.", err=True)
        raise SystemExit(1) from None
    if as_json:
        click.echo(json.dumps(tally.value()))
    else:
        click.echo(
            f"{tally.read:,} records read again, {tally.changed:,} say something else now, {tally.rejected:,} could "
            f"not be read, {tally.gone:,} have no raw bytes."
        )
    raise SystemExit(1 if tally.rejected else 0)
