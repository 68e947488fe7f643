"""The side of an attempt that is moved elsewhere, as far as messages tell: a picture of it, never a machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, update

from broker import tables as t
from broker.states import ENDED, LEG
from broker.supply import STATUS

#: The state of a supply outside, by the status that it tells.
SUPPLY_OF: Mapping[str, str] = {
    "RequestReceived": "new",
    "ExpectToSupply": "expect",
    "WillSupply": "will",
    "Loaned": "shipped",
    "Overdue": "on_loan",
    "Recalled": "on_loan",
    "RetryPossible": "retried",
    "Unfilled": "unfilled",
    "Cancelled": "cancelled",
    "LoanCompleted": "completed",
    "CopyCompleted": "copy_done",
    "CompletedWithoutReturn": "lost_closed",
    "HoldReturn": "on_loan",
    "ReleaseHoldReturn": "on_loan",
}

#: The state of a leg outside, by the state of our supply.
LEG_OF: Mapping[str, str] = {
    "unasked": "sent",
    "new": "sent",
    "expect": "expected",
    "cond": "condition",
    "will": "promised",
    "cancel_asked": "cancel_pending",
    "shipped": "shipped",
    "on_loan": "received",
    "returning": "returned",
    "lost": "lost_reported",
    "retried": "retry_closed",
    "unfilled": "unfilled",
    "cancelled": "cancelled",
    "completed": "completed",
    "copy_done": "delivered",
    "lost_closed": "lost_closed",
}

#: How a request from outside ends, by the end of our supply.
END_OF: Mapping[str, str] = {
    "retried": "unfilled",
    "unfilled": "unfilled",
    "cancelled": "cancelled",
    "completed": "completed",
    "copy_done": "delivered",
    "lost_closed": "lost_closed",
}

assert set(LEG_OF) == set(STATUS)


def supplier_said(c: Connection, attempt_id: str, status: str, now: datetime) -> None:
    """A supplier outside told its status; one that has ended stays so."""
    a = t.attempt.c
    state = SUPPLY_OF[status]
    c.execute(
        update(t.attempt)
        .where(a.id == attempt_id, a.supply != state, a.supply.not_in(ENDED))
        .values(supply=state, supply_version=a.supply_version + 1, supply_number=a.supply_number + 1)
    )


def supplied_to(c: Connection, attempt_id: str, state: str, now: datetime) -> None:
    """Our supply to somebody outside came to this state: their leg, and the request that stands for theirs."""
    a, r = t.attempt.c, t.request.c
    leg = LEG_OF[state]
    ended = leg in LEG.terminal
    c.execute(
        update(t.attempt)
        .where(a.id == attempt_id, a.leg != leg)
        .values(
            leg=leg,
            leg_version=a.leg_version + 1,
            leg_number=a.leg_number + 1,
            active=not ended,
        )
    )
    row = c.execute(t.request.select().join(t.attempt, a.request_id == r.id).where(a.id == attempt_id)).one()
    wanted = END_OF.get(state, "active")
    if row.state != wanted:
        c.execute(
            update(t.request)
            .where(r.id == row.id)
            .values(
                state=wanted,
                state_number=r.state_number + 1,
                version=r.version + 1,
                changed_at=now,
                closed_at=now if state in END_OF else None,
            )
        )
