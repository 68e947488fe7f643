"""silang check: is this installation able to work?"""

from __future__ import annotations

import json

import click

from web.cli import Place, pass_place


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def check(place: Place, as_json: bool) -> None:
    """Look whether configuration, tables, keys, disk, index, worker and outbox are well, and say
    which search engine is in use and which one suits the catalogue's size.

    Ends with 0 when they are, with 1 when something needs attention, with 2 when the configuration has faults.
    """
    from web import engine_choice, health_check

    findings = health_check.look(place.parts)
    well = all(finding.ok for finding in findings)
    chosen = engine_choice.choice(place.parts)
    if as_json:
        rows = [{"name": f.name, "ok": f.ok, "text": "" if f.ok else f.text} for f in findings]
        engine = {"name": chosen.engine, "titles": chosen.titles, "suits": chosen.suits}
        click.echo(json.dumps({"ok": well, "findings": rows, "engine": engine}, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(
                f"{'ok  ' if finding.ok else 'LOOK'}  {finding.name}{'' if finding.ok else ': ' + finding.text}"
            )
        click.echo(" ".join(engine_choice.words(chosen, "en", f"{chosen.titles or 0:,}")))
    raise SystemExit(0 if well else 1)
