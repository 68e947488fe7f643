"""silang cluster: which records of files describe the same edition, and why; nothing is stored."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import click

_CONTROL_NUMBER = re.compile(rb"<(?:\w+:)?controlfield\b[^>]*\btag\s*=\s*[\"']001[\"'][^>]*>([^<]*)<")


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True)
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def cluster(files: tuple[Path, ...], as_json: bool) -> None:
    """Say which records of FILES describe the same edition, and what joined them.

    Files are MARCXML or ISO 2709, plain or compressed; each record counts as coming from a source of its own. Needs
    no installation and stores nothing. `cluster` numbers the groups from 1, the biggest first.
    """
    records = clustered(files)
    if as_json:
        click.echo(json.dumps({"records": records}, ensure_ascii=False))
        return
    groups: dict[int, list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault(record["cluster"], []).append(record)
    for number in sorted(groups):
        members = groups[number]
        if len(members) > 1:
            click.echo(f"{number}: {' '.join(record['id'] for record in members)}")
    alone = sum(1 for members in groups.values() if len(members) == 1)
    click.echo(f"{len(records)} records, {len(groups) - alone} groups, {alone} alone.")


def clustered(files: tuple[Path, ...]) -> list[dict[str, Any]]:
    """`id`, `cluster` and `why` of every record, in the order of the files. Raises ClickException for a bad file.

    `why` is None for a record alone, else the member it fits best (`with`), the `score` and its `reasons`. A record
    that cannot be read is alone, and `why` says so.
    """
    from harvester.files import BadFile, read
    from index.matching.alone import cluster_all
    from index.normal import Norm, normal_form
    from index.record import Record

    ids: list[str] = []
    norms: list[Norm] = []
    of_norm: list[int] = []
    found: list[dict[str, Any]] = []
    try:
        for path in files:
            for item in read(path):
                ids.append(_id(item.raw) or item.identifier or "")
                found.append({"id": ids[-1], "cluster": 0, "why": None})
                if isinstance(item.outcome, Record):
                    of_norm.append(len(found) - 1)
                    norms.append(normal_form(item.outcome, "", str(len(found))))
                else:
                    found[-1]["why"] = {"unreadable": item.outcome.reason}
    except BadFile as error:
        raise click.ClickException(str(error)) from error
    made = cluster_all(norms)
    for number, group in enumerate(made.groups, 1):
        for place in group:
            record = found[of_norm[place]]
            record["cluster"] = number
            joined = made.joined_by(place, group)
            if joined is not None:
                other, verdict = joined
                record["why"] = {
                    "with": ids[of_norm[other]],
                    "score": verdict.score,
                    "reasons": dict(verdict.reasons),
                }
    last = len(made.groups)
    for record in found:
        if not record["cluster"]:
            last += 1
            record["cluster"] = last
    return found


def _id(raw: bytes) -> str:
    """Field 001 as it stands."""
    if raw.lstrip()[:1] == b"<":
        match = _CONTROL_NUMBER.search(raw)
        return unescape(match.group(1).decode("utf-8", "replace")).strip() if match else ""
    head, _, rest = raw.partition(b"\x1e")
    return rest.partition(b"\x1e")[0].decode("utf-8", "replace").strip() if head[24:27] == b"001" else ""
