"""silang agreement: what libraries agreed, and whether one may have something of another."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from web.cli import Place, pass_place


@click.group()
def agreement() -> None:
    """Agreements between libraries: list them, or ask what they allow."""


@agreement.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list and nothing else.")
@pass_place
def list_(place: Place, as_json: bool) -> None:
    """The agreements beside that of the whole network, newest first."""
    from broker.partnership import store
    from foundation import libraries

    parts = place.ready()
    with parts.db.read() as c:
        codes = {one.id: one.code for one in libraries.every(c)}
        rows: list[dict[str, Any]] = [
            {
                "code": one.code,
                "name": one.name,
                "state": one.state,
                "basis": one.basis,
                "parties": [codes.get(party.library_id or "", party.name) for party in one.parties],
                "forms": "".join(sorted(one.newest.forms)),
                "valid_to": one.newest.valid_to.isoformat() if one.newest.valid_to else None,
            }
            for one in store.every(c)
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        parties = " ".join(row["parties"])
        click.echo(
            f"{row['code']:<14} {row['state']:<10} {row['forms']:<8} {row['valid_to'] or '-':<10} {parties}"
        )
    if not rows:
        click.echo("No agreements yet beside that of the network.", err=True)


@agreement.command()
@click.option(
    "--form",
    type=click.Choice(list("abcdefgh")),
    default="f",
    show_default=True,
    help="The form, by its letter.",
)
@click.option("--from", "asks", required=True, metavar="CODE", help="The library that asks.")
@click.option("--to", "gives", required=True, metavar="CODE", help="The library that is asked.")
@click.option("--action", default="loan", show_default=True, help="loan, copy, visit …")
@click.option("--on", type=click.DateTime(formats=["%Y-%m-%d"]), help="The day (default: today).")
@click.option("--category", help="Category of the patron.")
@click.option("--quantity", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def check(place: Place, /, as_json: bool, **asked: Any) -> None:
    """Whether CODE may have something of CODE, by which agreement, and if not, why.

    Ends with 0 when it may, with 1 when it may not, with 2 when there is no such library.
    """
    from foundation import libraries
    from web.api.deciding import as_value

    parts = place.ready()
    on: datetime | None = asked["on"]
    with parts.db.read() as c:
        try:
            ids = [libraries.by_code(c, asked[name]).id for name in ("asks", "gives")]
        except libraries.UnknownLibrary as unknown:
            click.echo(f"There is no library {unknown}.", err=True)
            raise SystemExit(2) from unknown
        decision = parts.broker.house.decide(c)(
            asked["form"],
            asked["action"],
            *ids,
            on.date() if on else parts.clock().date(),
            asked["category"],
            quantity=asked["quantity"],
        )
    told = as_value(decision, whole=True)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    elif decision.allowed:
        click.echo(f"yes, by {told['agreement']}; days: {told['due_days'] or '-'}, fee: Rp {told['fee_idr']}")
    else:
        click.echo("no: " + "; ".join(f"{one['code']} ({one['en']})" for one in told["reasons"]))
    raise SystemExit(0 if decision.allowed else 1)
