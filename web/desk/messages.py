"""What other libraries wrote to us: unread first, each with the loan that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, render_template, request
from sqlalchemy import and_, func, or_, select

from broker.tables import attempt
from broker.tables import request as request_table
from broker.views import Note
from foundation.tables import message
from web.app import parts
from web.desk.paging import paging
from web.desk.room import PER_PAGE, actor, blueprint, broker
from web.may import needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message to us. `side` says where we stand: borrowing (then `id` is the request's) or lending."""

    side: str
    id: str
    code: str
    title: str
    from_library_id: str
    body: str
    at: datetime
    read_at: datetime | None


@blueprint.get("/<library>/messages")
@needs("desk_look")
def messages(library: str) -> str:
    """A page of messages; reading one is opening its loan."""
    page = min(10_000, max(1, request.args.get("page", 1, type=int)))
    mine = g.library.id
    joined = message.join(
        attempt, and_(message.c.object_type == "attempt", attempt.c.id == message.c.object_id)
    ).join(request_table, request_table.c.id == attempt.c.request_id)
    # The supplier hears only of what was asked of it; both conditions name our own side.
    ours = and_(
        message.c.to_library_id == mine,
        or_(request_table.c.library_id == mine, attempt.c.library_id == mine),
    )
    with parts().db.read() as c:
        total = int(c.execute(select(func.count()).select_from(joined).where(ours)).scalar_one())
        rows = c.execute(
            select(
                message.c.from_library_id,
                message.c.body,
                message.c.at,
                message.c.read_at,
                attempt.c.id.label("attempt_id"),
                attempt.c.code.label("attempt_code"),
                attempt.c.request_id,
                request_table.c.code.label("request_code"),
                request_table.c.library_id.label("requester_id"),
                request_table.c.citation,
            )
            .select_from(joined)
            .where(ours)
            .order_by(message.c.read_at.is_not(None), message.c.at.desc(), message.c.id.desc())
            .offset((page - 1) * PER_PAGE)
            .limit(PER_PAGE)
        ).all()
    found = [_heard(row._mapping, mine) for row in rows]
    return render_template(
        "desk/messages.html", found=found, total=total, paging=paging(page, total=total, size=PER_PAGE)
    )


def talk(attempt_id: str) -> tuple[Note, ...]:
    """What was written about an attempt. Reading marks as read, which writes: so only where there is anything."""
    about = (message.c.object_type == "attempt", message.c.object_id == attempt_id)
    with parts().db.read() as c:
        silent = c.execute(select(message.c.id).where(*about).limit(1)).first() is None
    return () if silent else broker().notes(actor(), attempt_id)


def _heard(row: Mapping[Any, Any], mine: str) -> Heard:
    borrowing = row["requester_id"] == mine
    return Heard(
        side="borrowing" if borrowing else "lending",
        id=row["request_id"] if borrowing else row["attempt_id"],
        code=row["request_code"] if borrowing else row["attempt_code"],
        title=str(row["citation"].get("title", "")),
        from_library_id=row["from_library_id"],
        body=row["body"],
        at=row["at"],
        read_at=row["read_at"],
    )
