"""Timers as rows: each belongs to one state of one object, and does nothing once the object went on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update

from foundation.ids import uuid7
from foundation.once import insert_once
from foundation.tables import timer


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """What is to be looked at when. `object_version` counts the object's changes of state; `attempt` repeats."""

    kind: str
    object_type: str
    object_id: str
    object_version: int
    due_at: datetime
    attempt: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""


def put(c: Connection, wanted: Timer) -> bool:
    """Start a timer in the caller's transaction; False when this one was started before."""
    return insert_once(
        c,
        timer,
        {
            "id": uuid7(),
            "kind": wanted.kind,
            "object_type": wanted.object_type,
            "object_id": wanted.object_id,
            "object_version": wanted.object_version,
            "due_at": wanted.due_at,
            "attempt": wanted.attempt,
            "data": dict(wanted.data),
        },
    )


def lease(
    c: Connection,
    object_types: Sequence[str],
    owner: str,
    now: datetime,
    *,
    seconds: float = 60,
    limit: int = 50,
) -> tuple[Timer, ...]:
    """Take due timers of these kinds of object, the longest due first."""
    t = timer.c
    rows = c.execute(
        select(timer)
        .where(
            t.done_at.is_(None),
            t.due_at <= now,
            t.object_type.in_(object_types),
            or_(t.lease_until.is_(None), t.lease_until < now),
        )
        .order_by(t.due_at, t.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if rows:
        c.execute(
            update(timer)
            .where(t.id.in_([row.id for row in rows]))
            .values(lease_owner=owner, lease_until=now + timedelta(seconds=seconds))
        )
    return tuple(
        Timer(
            id=row.id,
            kind=row.kind,
            object_type=row.object_type,
            object_id=row.object_id,
            object_version=row.object_version,
            due_at=row.due_at,
            attempt=row.attempt,
            data=row.data,
        )
        for row in rows
    )


def done(c: Connection, timer_id: str, now: datetime) -> bool:
    """Mark a timer as done, in the transaction of what it did; False when somebody did it before."""
    t = timer.c
    return (
        c.execute(update(timer).where(t.id == timer_id, t.done_at.is_(None)).values(done_at=now)).rowcount
        == 1
    )


def pending(c: Connection, object_type: str, object_id: str, object_version: int) -> bool:
    """Whether a timer of this state of the object is still to come."""
    t = timer.c
    found = c.execute(
        select(t.id)
        .where(
            t.object_type == object_type,
            t.object_id == object_id,
            t.object_version == object_version,
            t.done_at.is_(None),
        )
        .limit(1)
    )
    return found.first() is not None
