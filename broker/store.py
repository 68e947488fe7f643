"""Requests in the database: read as a Case, written with event, messages, notices and timers in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from broker import aftermath
from broker import tables as t
from broker.aftermath import Loaded, Writing
from broker.case import Ask, Case, Leg, Move, Notice, Outcome, Send, Waiting
from broker.errors import Stale, UnknownRequest
from broker.house import House
from broker.roles import STAFF
from broker.stages import patron_reason, stage
from broker.states import LEG, REQUEST
from broker.views import Actor
from foundation import events, libraries
from foundation.events import Event
from foundation.failpoints import failpoint
from foundation.libraries import Library

#: Fields of an action that the audit keeps; texts that people typed go into the event's note.
_KEPT = (
    "reason",
    "barcode",
    "due_on",
    "condition",
    "cost_minor",
    "currency",
    "expected_on",
    "damaged",
    "despite",
    "cluster_id",
    "by",
    "to_user_id",
)

_LEG_COLUMNS = tuple(
    one.name for one in fields(Leg) if one.name not in ("id", "number", "library_id", "state")
)

#: When a leg enters a state, this column says when; the first time counts.
_TIMES = {
    "sent": "asked_at",
    "expected": "answered_at",
    "condition": "answered_at",
    "promised": "answered_at",
    "retry_offered": "answered_at",
    "shipped": "shipped_at",
    "received": "received_at",
    "returned": "returned_at",
}


# Statements are put together once: that costs more than running them.
_REQUEST = select(t.request).where(t.request.c.id == bindparam("request"))
_LOCKED = _REQUEST.with_for_update()
_ATTEMPTS = (
    select(t.attempt).where(t.attempt.c.request_id == bindparam("request")).order_by(t.attempt.c.number)
)
_QUEUED = (
    select(t.rota_entry.c.id, t.rota_entry.c.library_id)
    .where(t.rota_entry.c.request_id == bindparam("request"), t.rota_entry.c.state == "queued")
    .order_by(t.rota_entry.c.round, t.rota_entry.c.rank)
)
_WRITE = update(t.request).where(
    t.request.c.id == bindparam("this_id"), t.request.c.version == bindparam("this_version")
)
_WRITE_LEG = update(t.attempt).where(t.attempt.c.id == bindparam("this_id"))


def load(c: Connection, request_id: str, *, lock: bool = True) -> Loaded:
    """The request, locked unless it is only looked at. Raises UnknownRequest."""
    row = c.execute(_LOCKED if lock else _REQUEST, {"request": request_id}).first()
    if row is None:
        raise UnknownRequest(request_id)
    library = libraries.get(c, row.library_id)
    attempts: tuple[dict[str, Any], ...] = ()
    waiting: tuple[Waiting, ...] = ()
    if row.state not in ("draft", "checking", "review", "local"):
        attempts = tuple(one._asdict() for one in c.execute(_ATTEMPTS, {"request": request_id}))
        queued = c.execute(_QUEUED, {"request": request_id})
        waiting = tuple(Waiting(entry_id=one.id, library_id=one.library_id) for one in queued)
    case = Case(
        id=request_id,
        state=row.state,
        reason=row.reason,
        liable_user_id=row.liable_user_id,
        legs=tuple(_leg(one) for one in attempts),
        waiting=waiting,
        attention=tuple(row.attention),
        patron_due_on=row.patron_due_on,
        transit_days=library.transit_days,
        closed_at=row.closed_at,
    )
    return Loaded(row=row._asdict(), attempts=attempts, case=case, library=library)


def _leg(row: Mapping[str, Any]) -> Leg:
    values = {name: row[name] for name in _LEG_COLUMNS}
    return Leg(id=row["id"], number=row["number"], library_id=row["library_id"], state=row["leg"], **values)


def stage_of(case: Case) -> str:
    """The patron's word for where a case stands."""
    return stage(case.state, case.active.state if case.active else "")


def kept(told: Mapping[str, Any]) -> dict[str, Any]:
    """Of an action's fields what the audit keeps, as JSON values."""
    found = {name: told[name] for name in _KEPT if told.get(name) not in (None, "", False)}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


# --- writing -----------------------------------------------------------------------------------


def insert(
    c: Connection,
    house: House,
    values: Mapping[str, Any],
    library: Library,
    outcome: Outcome,
    actor: Actor,
    now: datetime,
    told: Mapping[str, Any],
) -> None:
    """Store a new request in the state to which its first steps led, with everything that follows."""
    case = outcome.case
    row = {
        **values,
        "state": case.state,
        "reason": case.reason,
        "liable_user_id": case.liable_user_id,
        "attention": list(case.attention),
        "version": 1,
        "state_number": 1,
        "created_at": now,
        "changed_at": now,
    }
    c.execute(t.request.insert().values(**row))
    failpoint("broker.request_inserted")
    before = Case(id=case.id, state="draft")
    loaded = Loaded(row=row, attempts=(), case=before, library=library)
    writing = Writing(
        c=c,
        house=house,
        loaded=loaded,
        outcome=outcome,
        actor=actor,
        now=now,
        told=told,
        version=1,
        state_number=1,
    )
    _write_events(writing)
    aftermath.write(writing, {})


def save(
    c: Connection,
    house: House,
    loaded: Loaded,
    outcome: Outcome,
    actor: Actor,
    now: datetime,
    told: Mapping[str, Any],
    values: Mapping[str, Any] | None = None,
) -> None:
    """Store what an event made of a request, with everything that follows. Raises Stale.

    `values` are further columns of the request. An outcome without moves is kept as an event alone.
    """
    row = loaded.row
    writing = Writing(
        c=c,
        house=house,
        loaded=loaded,
        outcome=outcome,
        actor=actor,
        now=now,
        told=told,
        version=row["version"] + 1,
        state_number=row["state_number"] + (outcome.case.state != loaded.case.state),
    )
    if outcome.moves or values:
        _write_request(writing, values or {})
    numbers = _write_legs(writing)
    _write_events(writing)
    aftermath.write(writing, numbers)


def _write_request(w: Writing, values: Mapping[str, Any]) -> None:
    before, after, row = w.loaded.case, w.outcome.case, w.loaded.row
    changed: dict[str, Any] = {"version": w.version, "changed_at": w.now, "state_number": w.state_number}
    for name in ("state", "reason", "liable_user_id", "patron_due_on"):
        if getattr(before, name) != getattr(after, name):
            changed[name] = getattr(after, name)
    if before.attention != after.attention:
        changed["attention"] = list(after.attention)
    if after.state != before.state:
        changed["closed_at"] = w.now if after.state in REQUEST.terminal else None
    this = {"this_id": row["id"], "this_version": row["version"]}
    done = w.c.execute(_WRITE, {**changed, **values, **this})
    if done.rowcount == 0:
        raise Stale(row["code"])
    failpoint("broker.state_written")


def _write_legs(w: Writing) -> dict[str, int]:
    """Store the legs that changed; each leg's number of changes of state afterwards."""
    numbers = {row["id"]: row["leg_number"] for row in w.loaded.attempts}
    rows = {row["id"]: row for row in w.loaded.attempts}
    before = {leg.id: leg for leg in w.loaded.case.legs}
    entries = {one.leg_id: one.entry_id for one in w.outcome.effects if isinstance(one, Ask)}
    # Those that end first: the database allows one active attempt only.
    for leg in sorted(w.outcome.case.legs, key=lambda one: (one.active, one.number)):
        if leg.id in before:
            if leg != before[leg.id]:
                numbers[leg.id] += leg.state != before[leg.id].state
                _update_leg(w, before[leg.id], leg, rows[leg.id], numbers[leg.id])
        else:
            _insert_leg(w, leg, entries.get(leg.id, ""))
            numbers[leg.id] = 1
    return numbers


def _update_leg(w: Writing, before: Leg, after: Leg, row: Mapping[str, Any], number: int) -> None:
    changed = {
        name: getattr(after, name) for name in _LEG_COLUMNS if getattr(after, name) != getattr(before, name)
    }
    if "flags" in changed:
        changed["flags"] = dict(after.flags)
    changed |= {"leg": after.state, "leg_version": row["leg_version"] + 1, "leg_number": number}
    column = "ended_at" if after.state in LEG.terminal else _TIMES.get(after.state)
    if after.state != before.state and column and row[column] is None:
        changed[column] = w.now
    w.c.execute(_WRITE_LEG, {**changed, "this_id": after.id})


def _insert_leg(w: Writing, leg: Leg, entry_id: str) -> None:
    holding: Mapping[str, Any] = {}
    agreed: dict[str, Any] = {}  # frozen now: what is agreed later does not touch this attempt
    if entry_id:
        r = t.rota_entry.c
        row = w.c.execute(select(r.holding, r.why).where(r.id == entry_id)).one()
        holding = row.holding
        agreed = {
            "agreement": row.why.get("agreement") or "",
            "agreement_revision": row.why.get("revision"),
            "terms": row.why.get("terms") or None,
        }
        w.c.execute(update(t.rota_entry).where(r.id == entry_id).values(state="tried"))
    else:
        same = [one for one in w.loaded.attempts if one["library_id"] == leg.library_id]
        if same:
            holding = same[-1]["holding"]
            agreed = {name: same[-1][name] for name in ("agreement", "agreement_revision", "terms")}
    w.c.execute(
        t.attempt.insert().values(
            id=leg.id,
            code=f"{w.loaded.row['code']}.{leg.number}",
            request_id=w.loaded.row["id"],
            number=leg.number,
            library_id=leg.library_id,
            active=leg.active,
            leg=leg.state,
            supply="unasked",
            supply_flags={},
            flags=dict(leg.flags),
            holding=dict(holding),
            asked_at=w.now,
            **agreed,
        )
    )


def _write_events(w: Writing) -> None:
    """One event a step, all on the request's chain; the last one carries a new stage to the patron's timeline."""
    moves: Sequence[Move] = w.outcome.moves
    if not moves:
        leg_id = str(w.told.get("leg") or "")
        state = w.outcome.case.leg(leg_id).state if leg_id else w.outcome.case.state
        moves = (Move(str(w.told.get("action", "recorded")), leg_id, state, state),)
    told = kept(w.told)
    word = stage_of(w.outcome.case)
    is_new_word = word != stage_of(w.loaded.case)
    was = _was(w)
    for place, move in enumerate(moves, start=1):
        data = dict(told) if place == 1 else {}
        if place == len(moves) and was:
            data["was"] = was
        if move.leg_id:
            data["leg"] = move.leg_id
        if place == len(moves) and is_new_word:
            data |= {"stage": word, **_for_patron(w)}
        events.append(
            w.c,
            Event(
                object_type="request",
                object_id=w.outcome.case.id,
                action=move.action,
                at=w.now,
                user_id=w.actor.user_id if place == 1 else None,
                library_id=w.actor.library_id,
                side=w.actor.role if place == 1 else "system",
                from_state=move.before,
                to_state=move.after,
                note=str(w.told.get("note") or "") if place == 1 else "",
                data=data,
                visible="patron" if "stage" in data else "own",
            ),
            w.house.subscribers,
        )
    failpoint("broker.event_written")


def _was(w: Writing) -> dict[str, Any]:
    """What an action of staff may be taken back to: only where nobody else was told of it."""
    told_others = any(isinstance(one, Send | Notice | Ask) for one in w.outcome.effects)
    if w.actor.role not in STAFF or told_others or len(w.outcome.moves) != 1 or w.told.get("undo"):
        return {}
    before = w.loaded.case
    move = w.outcome.moves[0]
    if move.before == move.after and before.attention == w.outcome.case.attention:
        return {}
    found: dict[str, Any] = {
        "state": before.state,
        "reason": before.reason,
        "liable_user_id": before.liable_user_id,
        "attention": list(before.attention),
        "patron_due_on": before.patron_due_on.isoformat() if before.patron_due_on else None,
    }
    if move.leg_id:
        found["leg_state"] = move.before
    return found


def _for_patron(w: Writing) -> dict[str, Any]:
    case = w.outcome.case
    found: dict[str, Any] = {}
    if case.patron_due_on:
        found["patron_due_on"] = case.patron_due_on.isoformat()
    if w.loaded.row.get("pickup_branch_id"):
        found["branch_id"] = w.loaded.row["pickup_branch_id"]
    reason = patron_reason(case.state, case.reason)
    if reason:
        found["stage_reason"] = reason
    return found
