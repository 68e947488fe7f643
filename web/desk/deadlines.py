"""When a clock of a loan runs out, and what happens then."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from broker.states import LEG, REQUEST, SUPPLY
from foundation.tables import timer

_DEADLINES = {"request": REQUEST.deadlines, "leg": LEG.deadlines, "supply": SUPPLY.deadlines}


def running(c: Connection, machine: str, object_id: str, state: str) -> tuple[tuple[str, datetime], ...]:
    """(kind, moment) of the clocks of an object in this state, soonest first; clocks of earlier states are over."""
    kinds = {deadline.action for deadline in _DEADLINES[machine].get(state, ())}
    if not kinds:
        return ()
    rows = c.execute(
        select(timer.c.kind, timer.c.due_at, timer.c.object_version)
        .where(
            timer.c.object_type == machine,
            timer.c.object_id == object_id,
            timer.c.kind.in_(kinds),
            timer.c.done_at.is_(None),
        )
        .order_by(timer.c.due_at)
    ).all()
    newest = max((row.object_version for row in rows), default=0)
    return tuple((row.kind, row.due_at) for row in rows if row.object_version == newest)
