"""silang purge: readers taken out of requests that were closed long enough ago."""

from __future__ import annotations

import json

import click

from web.cli import Place, pass_place


@click.command()
@click.option("--look", is_flag=True, help="Only count; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def purge(place: Place, look: bool, as_json: bool) -> None:
    """Take readers out of requests that were closed longer ago than their library keeps them.

    The worker does so every hour. Names, notes and mails of such a request go; title, libraries, days and the
    reader's category stay for statistics. Ends with 1 when some are still due.
    """
    from broker.privacy import purge as purging

    parts = place.ready()
    done = 0
    while not look and (number := parts.broker.purge(parts.forget_file)):
        done += number
    with parts.db.read() as c:
        now = purging.report(c, parts.clock())
    if as_json:
        told = {"anonymised": done, "anonymous": now.anonymous, "named": now.named, "due": now.due}
        click.echo(json.dumps(told))
    else:
        click.echo(
            f"{done:,} requests were anonymised; {now.anonymous:,} are altogether. "
            f"{now.named:,} closed requests still name their readers, {now.due:,} of them longer than they should."
        )
    raise SystemExit(1 if now.due and not look else 0)
