"""Results of bulk actions: kept as a finished job so that they can be looked at and downloaded again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, g
from sqlalchemy import select

from broker.views import RowResult
from foundation.ids import uuid7
from foundation.tables import job
from web.app import parts
from web.app import t as say
from web.desk import words
from web.desk.room import now

KIND = "desk_bulk"


def keep(side: str, action: str, done: Sequence[RowResult], back: str) -> str:
    """Keep a result for this library; returns its key."""
    made = uuid7()
    rows = [
        {"id": one.id, "code": one.code, "error": one.error, "state": one.state, "detail": list(one.detail)}
        for one in done
    ]
    failed = sum(1 for one in done if one.error)
    with parts().db.begin() as c:
        c.execute(
            job.insert().values(
                id=made,
                kind=KIND,
                subject=g.library.id,
                state="done",
                payload={"side": side, "action": action, "back": back},
                done=len(rows) - failed,
                total=len(rows),
                result=rows,
                asked_by=g.viewer.user_id,
                queued_at=now(),
                started_at=now(),
                ended_at=now(),
            )
        )
    return made


def find(key: str) -> Mapping[str, Any]:
    """A result of this library: side, action, back, rows, done, total. 404 for anything else."""
    with parts().db.read() as c:
        row = c.execute(
            select(job).where(job.c.id == key, job.c.kind == KIND, job.c.subject == g.library.id)
        ).first()
    if row is None:
        abort(404)
    return {**row.payload, "rows": row.result, "done": row.done, "total": row.total}


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
