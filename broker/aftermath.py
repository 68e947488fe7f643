"""What follows from a change of a request, written with it: messages, clocks, notices, loans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from broker import tables as t
from broker.case import Case, Clock, Loan, Locate, Notice, Outcome, Send
from broker.house import House, today
from broker.messages import Message, to_json
from broker.views import Actor
from foundation import libraries, outbox, timers
from foundation.failpoints import failpoint
from foundation.ids import uuid7
from foundation.libraries import Library
from foundation.outbox import Work
from foundation.timers import Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A request as it stands in the database."""

    row: Mapping[str, Any]
    attempts: tuple[Mapping[str, Any], ...]
    case: Case
    library: Library


@dataclass(slots=True, kw_only=True)
class Writing:
    """One change on its way into the database."""

    c: Connection
    house: House
    loaded: Loaded
    outcome: Outcome
    actor: Actor
    now: datetime
    told: Mapping[str, Any]
    version: int = 0
    state_number: int = 0


def write(w: Writing, leg_numbers: Mapping[str, int]) -> None:
    for place, effect in enumerate(w.outcome.effects):
        if isinstance(effect, Send):
            _send(w, effect, place)
        elif isinstance(effect, Clock):
            _start_clock(w, effect, leg_numbers)
        elif isinstance(effect, Notice):
            _notify(w, effect)
        elif isinstance(effect, Loan):
            _lend(w, effect)
        elif isinstance(effect, Locate):
            payload = {"kind": "locate", "request": w.outcome.case.id}
            key = f"locate:{w.outcome.case.id}:{w.version}"
            outbox.put(w.c, Work(channel="message", effect_key=key, payload=payload), w.now)
    failpoint("broker.effects_written")


def _send(w: Writing, effect: Send, place: int) -> None:
    supplier = w.outcome.case.leg(effect.leg_id).library_id
    key = f"say:{effect.leg_id}:r{w.version}.{place}"
    say(w.c, effect.leg_id, "supplier", w.loaded.row["library_id"], supplier, effect.message, key, w.now)


def say(
    c: Connection,
    attempt_id: str,
    to_side: str,
    from_library: str,
    to_library: str,
    message: Message,
    key: str,
    now: datetime,
) -> None:
    """Put a message for the other side ('supplier' or 'requester') of an attempt into the outbox."""
    payload = {
        "kind": "say",
        "attempt": attempt_id,
        "to_side": to_side,
        "from": from_library,
        "to": to_library,
        "at": now.isoformat(),
        "message": to_json(message),
    }
    order = f"{attempt_id}:{to_side}"
    outbox.put(c, Work(channel="message", effect_key=key, order_key=order, payload=payload), now)


def _start_clock(w: Writing, effect: Clock, leg_numbers: Mapping[str, int]) -> None:
    case, whose = w.outcome.case, w.loaded.library
    if effect.leg_id and effect.deadline.whose == "supplier":
        whose = libraries.get(w.c, case.leg(effect.leg_id).library_id)
    due_at = w.house.due_at(w.c, effect.deadline, w.now, whose, {"patron_due": case.patron_due_on})
    if due_at is None:
        return
    timers.put(
        w.c,
        Timer(
            kind=effect.deadline.action,
            object_type="leg" if effect.leg_id else "request",
            object_id=effect.leg_id or case.id,
            object_version=leg_numbers.get(effect.leg_id, 1) if effect.leg_id else w.state_number,
            due_at=due_at,
        ),
    )


def _notify(w: Writing, effect: Notice) -> None:
    """A mail to the patron; where to is found when it is sent, and never stored here."""
    row, case = w.loaded.row, w.outcome.case
    if row["patron_id"] is None:
        return
    until = today(w.loaded.library, w.now) + timedelta(days=w.loaded.library.pickup_days)
    data = {
        "request_id": case.id,
        "code": row["code"],
        "title": row["citation"].get("title", ""),
        "branch_id": row["pickup_branch_id"],
        "until": until.isoformat(),
        "reason": case.reason,
    }
    payload = {"template": effect.template, "to_patron_id": row["patron_id"], "data": data}
    key = f"mail:{effect.template}:{case.id}:{w.version}"
    outbox.put(w.c, Work(channel="mail", effect_key=key, payload=payload), w.now)


def _lend(w: Writing, effect: Loan) -> None:
    loan = t.patron_loan
    if effect.starts:
        day = today(w.loaded.library, w.now)
        due = w.outcome.case.patron_due_on or day
        w.c.execute(
            loan.insert().values(id=uuid7(), attempt_id=effect.leg_id, out_at=w.now, due_on=max(due, day))
        )
        return
    still_out = (loan.c.attempt_id == effect.leg_id, loan.c.in_at.is_(None))
    w.c.execute(update(loan).where(*still_out).values(in_at=w.now))
