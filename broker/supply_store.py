"""Supplies in the database: read without anything of the patron, written with event, messages and timers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from broker import tables as t
from broker.aftermath import say
from broker.errors import Stale, UnknownRequest
from broker.house import House
from broker.roles import STAFF
from broker.states import ENDED, SUPPLY
from broker.store import kept
from broker.supply import Outcome, Supply
from broker.views import Actor
from foundation import events, libraries, timers
from foundation.events import Event
from foundation.failpoints import failpoint
from foundation.libraries import Library
from foundation.timers import Timer

#: What a supplier may know of the request: nothing that says who the patron is or what they wrote to their library.
REQUEST_COLUMNS = (
    t.request.c.library_id.label("requesting_library_id"),
    t.request.c.liable_user_id,
    t.request.c.citation,
    t.request.c.cluster_id,
    t.request.c.service_type,
    t.request.c.need_by,
    t.request.c.any_edition,
    t.request.c.supplier_note,
)

_COLUMNS = ("condition", "cost_minor", "currency", "barcode", "due_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSupply:
    """A supply as it stands in the database."""

    row: Mapping[str, Any]
    supply: Supply
    library: Library


# Statements are put together once: that costs more than running them.
_SUPPLY = (
    select(t.attempt, *REQUEST_COLUMNS)
    .join(t.request, t.request.c.id == t.attempt.c.request_id)
    .where(t.attempt.c.id == bindparam("attempt"))
)
_LOCKED = _SUPPLY.with_for_update(of=t.attempt)
_WRITE = update(t.attempt).where(
    t.attempt.c.id == bindparam("this_id"), t.attempt.c.supply_version == bindparam("this_version")
)


def load(c: Connection, attempt_id: str, *, lock: bool = True) -> LoadedSupply:
    """The supply, its attempt locked unless it is only looked at. Raises UnknownRequest."""
    row = c.execute(_LOCKED if lock else _SUPPLY, {"attempt": attempt_id}).first()
    if row is None:
        raise UnknownRequest(attempt_id)
    supply = Supply(
        id=row.id,
        state=row.supply,
        service_type=row.service_type,
        flags=row.supply_flags,
        reason=row.supply_reason,
        **{name: getattr(row, name) for name in _COLUMNS},
    )
    return LoadedSupply(row=row._asdict(), supply=supply, library=libraries.get(c, row.library_id))


def save(
    c: Connection,
    house: House,
    loaded: LoadedSupply,
    outcome: Outcome,
    actor: Actor,
    now: datetime,
    told: Mapping[str, Any],
) -> None:
    """Store what an event made of a supply, with everything that follows. Raises Stale."""
    row, before, after = loaded.row, loaded.supply, outcome.supply
    version, moved = row["supply_version"] + 1, after.state != before.state
    number = row["supply_number"] + moved
    if after != before:
        _write(c, row, before, after, version, number, now)
    failpoint("broker.supply_written")
    events.append(
        c,
        Event(
            object_type="supply",
            object_id=after.id,
            action=str(told["action"]),
            at=now,
            user_id=actor.user_id,
            library_id=actor.library_id,
            side=actor.role,
            from_state=before.state,
            to_state=after.state,
            note=str(told.get("note") or ""),
            data=kept(told) | ({} if told["action"] == "undo" else _was(before, after, outcome, actor)),
        ),
        house.subscribers,
    )
    failpoint("broker.supply_event_written")
    for place, message in enumerate(outcome.says):
        key = f"say:{after.id}:s{version}.{place}"
        if after == before:  # an answer that changed nothing here needs another name than the last change
            key = f"say:{after.id}:{told['key']}.{place}" if "key" in told else f"{key}:{now.isoformat()}"
        say(c, after.id, "requester", row["library_id"], row["requesting_library_id"], message, key, now)
    for deadline in outcome.deadlines:
        start_clock(c, house, loaded.library, after, deadline.action, number, now)
    failpoint("broker.supply_effects_written")


def _was(before: Supply, after: Supply, outcome: Outcome, actor: Actor) -> dict[str, Any]:
    """What an action of staff may be taken back to: only where the other side was told nothing."""
    if actor.role not in STAFF or outcome.says or after == before or after.state != before.state:
        return {}
    return {"was": {"flags": dict(before.flags)}}


def start_clock(
    c: Connection,
    house: House,
    library: Library,
    supply: Supply,
    action: str,
    number: int,
    now: datetime,
    attempt: int = 0,
    due_at: datetime | None = None,
) -> None:
    """Start the clock of this action for the supply's present state."""
    deadline = next(one for one in SUPPLY.deadlines[supply.state] if one.action == action)
    due_at = due_at or house.due_at(c, deadline, now, library, {"due": supply.due_on})
    if due_at is not None:
        timers.put(
            c,
            Timer(
                kind=action,
                object_type="supply",
                object_id=supply.id,
                object_version=number,
                due_at=due_at,
                attempt=attempt,
            ),
        )


def _write(
    c: Connection,
    row: Mapping[str, Any],
    before: Supply,
    after: Supply,
    version: int,
    number: int,
    now: datetime,
) -> None:
    changed: dict[str, Any] = {
        name: getattr(after, name) for name in _COLUMNS if getattr(after, name) != getattr(before, name)
    }
    changed |= {
        "supply": after.state,
        "supply_version": version,
        "supply_number": number,
        "supply_flags": dict(after.flags),
        "supply_reason": after.reason,
    }
    if after.flags.get("answered") and row["answered_at"] is None:
        changed["answered_at"] = now
    if after.state in ("shipped", "copy_done") and row["shipped_at"] is None:
        changed["shipped_at"] = now
    if after.state in ENDED and row["ended_at"] is None:
        changed["ended_at"] = now
    done = c.execute(_WRITE, {**changed, "this_id": after.id, "this_version": row["supply_version"]})
    if done.rowcount == 0:
        raise Stale(row["code"])
