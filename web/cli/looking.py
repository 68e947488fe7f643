"""silang harvest file --preview: what files would bring, without taking them in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harvester.uploads import opening, reading
from harvester.uploads.load import Plan
from index.crosswalk import BadRecord
from index.record import Record


def look(paths: Sequence[Path], plan: Plan, as_json: bool) -> int:
    """Print what each file would bring; returns 0 when all could be read."""
    told = [_look(path, paths, plan) for path in paths]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for one in told:
            _print(one)
    return 1 if any(one["problems"] for one in told) else 0


def _look(path: Path, paths: Sequence[Path], plan: Plan) -> dict[str, Any]:
    try:
        kind = plan.kind or opening.kind_of(path)
        if kind == "slims_items":
            return {"file": path.name, "kind": kind, "problems": [] if len(paths) > 1 else ["copies_alone"]}
        others = [
            one for one in paths if one != path and (plan.kind or opening.kind_of(one)) == "slims_items"
        ]
        found = reading.preview(
            path,
            kind=kind,
            saved=plan.columns,
            copies=reading.copies_of(others),
            several=plan.library_id is None,
        )
    except (reading.BadTable, reading.BadFile, OSError, EOFError) as error:
        return {"file": path.name, "kind": "", "problems": [str(error)]}
    return {
        "file": path.name,
        "kind": found.kind,
        "problems": list(found.problems),
        "columns": {name: field for name, field, _ in found.columns},
        "unmapped": list(found.unmapped),
        "good": found.good,
        "bad": found.bad,
        "copies": found.copies,
        "whole": found.whole,
        "libraries": dict(found.holders),
        "records": [_record(one.number, one.outcome) for one in found.records],
        "rejected": [
            {"place": f"{one.unit} {one.number}", "reason": bad.reason, "detail": bad.detail}
            for one, bad in found.rejected
        ],
    }


def _record(number: int, record: Record | BadRecord) -> dict[str, Any]:
    if isinstance(record, BadRecord):
        return {"number": number}
    return {
        "number": number,
        "title": record.title,
        "authors": [name.text for name in record.authors],
        "year": record.year,
        "copies": sum(copy.copies for copy in record.holdings),
    }


def _print(one: dict[str, Any]) -> None:
    click.echo(f"{one['file']}: {one['kind'] or 'cannot be read'} {', '.join(one['problems'])}".rstrip())
    if "good" not in one:
        return
    first = "" if one["whole"] else " in the first 1,000"
    click.echo(f"  {one['good']:,} records, {one['copies']:,} copies, {one['bad']:,} rejected{first}")
    for name, field in one["columns"].items():
        click.echo(f"  {name or '(no name)'}: {field or 'not read'}")
    for record in one["records"]:
        who = "; ".join(record["authors"])
        click.echo(
            f"  {record['number']:>6} {record['title']} / {who} ({record['year'] or '?'}), {record['copies']} copies"
        )
    for bad in one["rejected"]:
        click.echo(f"  {bad['place']}: {bad['reason']} {bad['detail']}".rstrip())
