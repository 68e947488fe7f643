"""Taking the own last action back while nobody else has heard of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select, update

from broker import store, supply, supply_store
from broker import tables as t
from broker.case import Clock, Effect, Move, Outcome
from broker.errors import NotNow, Stale
from broker.house import House
from broker.showing import may_see, may_see_supply
from broker.states import LEG, REQUEST
from broker.views import Actor
from foundation import events
from foundation.events import Event

#: How long an action can be taken back.
WINDOW = timedelta(minutes=10)


def undo_request(
    c: Connection, house: House, actor: Actor, request_id: str, version: int, now: datetime
) -> None:
    """Take the last step of the requesting side back. Raises UnknownRequest, Stale, NotNow."""
    loaded = store.load(c, request_id)
    may_see(loaded, actor)
    if loaded.row["version"] != version:
        raise Stale(loaded.row["code"])
    last = _last(c, "request", request_id, actor, now)
    was, leg_id = last.data["was"], str(last.data.get("leg") or "")
    case = replace(
        loaded.case,
        state=was["state"],
        reason=was["reason"],
        liable_user_id=was["liable_user_id"],
        attention=tuple(was["attention"]),
        patron_due_on=date.fromisoformat(was["patron_due_on"]) if was["patron_due_on"] else None,
    )
    effects: list[Effect] = []
    if leg_id:
        case = case.put(replace(case.leg(leg_id), state=was["leg_state"]))
        effects += [Clock(leg_id, deadline) for deadline in LEG.deadlines.get(was["leg_state"], ())]
        _undo_loan(c, leg_id, last.action)
    else:
        effects += [Clock("", deadline) for deadline in REQUEST.deadlines.get(case.state, ())]
    outcome = Outcome(case, tuple(effects), (Move("undo", leg_id, last.to_state, last.from_state),))
    store.save(c, house, loaded, outcome, actor, now, {"note": last.action, "undo": True})


def _undo_loan(c: Connection, attempt_id: str, action: str) -> None:
    loan = t.patron_loan
    if action == "check_out":
        c.execute(loan.delete().where(loan.c.attempt_id == attempt_id, loan.c.in_at.is_(None)))
    elif action == "check_in":
        newest = (
            select(loan.c.id)
            .where(loan.c.attempt_id == attempt_id)
            .order_by(loan.c.out_at.desc(), loan.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        c.execute(update(loan).where(loan.c.id == newest).values(in_at=None))


def undo_supply(
    c: Connection, house: House, actor: Actor, attempt_id: str, version: int, now: datetime
) -> None:
    """Take the last step of the supplying side back. Raises UnknownRequest, Stale, NotNow."""
    loaded = supply_store.load(c, attempt_id)
    may_see_supply(loaded, actor)
    if loaded.row["supply_version"] != version:
        raise Stale(loaded.row["code"])
    last = _last(c, "supply", attempt_id, actor, now)
    before = replace(loaded.supply, flags=last.data["was"]["flags"])
    outcome = supply.Outcome(before, (), (), None)
    supply_store.save(c, house, loaded, outcome, actor, now, {"action": "undo", "note": last.action})


def _last(c: Connection, object_type: str, object_id: str, actor: Actor, now: datetime) -> Event:
    happened = events.of(c, object_type, object_id)
    if not happened:
        raise NotNow("nothing happened yet")
    last = happened[-1]
    if last.user_id is None or last.user_id != actor.user_id:
        raise NotNow("somebody else acted last")
    if now - last.at > WINDOW:
        raise NotNow("that is too long ago")
    if "was" not in last.data:
        raise NotNow(f"{last.action} cannot be taken back")
    return last
