"""Results of bulk actions: kept as a finished job so that they can be looked at and downloaded again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, g
from sqlalchemy import Row, select

from broker.views import RowResult
from foundation.ids import uuid7
from foundation.tables import job
from web.app import parts
from web.app import t as say
from web.desk import words
from web.desk.room import now

KIND = "desk_bulk"


def keep(side: str, action: str, done: Sequence[RowResult], back: str) -> str:
    """Keep the result of a bulk action for this library; returns its key."""
    rows = [
        {"id": one.id, "code": one.code, "error": one.error, "state": one.state, "detail": list(one.detail)}
        for one in done
    ]
    return store(KIND, {"side": side, "action": action, "back": back}, rows)


def find(key: str) -> Mapping[str, Any]:
    """A result of this library: side, action, back, rows, done, total. 404 for anything else."""
    row = fetch(KIND, key)
    failed = sum(1 for one in row.result if one["error"])
    return {**row.payload, "rows": row.result, "done": len(row.result) - failed, "total": len(row.result)}


def store(kind: str, payload: Mapping[str, Any], result: Sequence[Any]) -> str:
    """Keep something that was done at this library's desk as a finished job; returns its key."""
    made, at = uuid7(), now()
    with parts().db.begin() as c:
        c.execute(
            job.insert().values(
                id=made,
                kind=kind,
                subject=g.library.id,
                state="done",
                payload=dict(payload),
                done=len(result),
                total=len(result),
                result=list(result),
                asked_by=g.viewer.user_id,
                queued_at=at,
                started_at=at,
                ended_at=at,
            )
        )
    return made


def fetch(kind: str, key: str) -> Row[Any]:
    """What was kept at this library's desk; 404 for anything else."""
    with parts().db.read() as c:
        row = c.execute(
            select(job).where(job.c.id == key, job.c.kind == kind, job.c.subject == g.library.id)
        ).first()
    return abort(404) if row is None else row


def as_csv(result: Mapping[str, Any]) -> str:
    """The rows as CSV; cells that a spreadsheet would run as a formula are made plain text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([say("desk.request.code"), say("desk.bulk.result"), say("desk.col.state")])
    for row in result["rows"]:
        told = say(f"desk.bulk.error.{row['error']}") if row["error"] else say("desk.bulk.ok")
        state = words.state_of(result["side"], row["state"]) if row["state"] else ""
        writer.writerow([_plain(cell) for cell in (row["code"], told, state)])
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
