"""What happened to things: one table for every kind of object, each object's events chained by hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from foundation import outbox
from foundation.ids import uuid7
from foundation.tables import event

#: Who may see an event: the object's own library, both libraries, the patron too, everybody.
VISIBLE = ("own", "both", "patron", "public")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an object; `number` counts from 1 per object (0 before it is stored)."""

    object_type: str
    object_id: str
    action: str
    at: datetime
    user_id: str | None = None
    library_id: str | None = None
    side: str = "system"
    from_state: str = ""
    to_state: str = ""
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    visible: str = "own"
    number: int = 0
    id: str = ""
    previous_hash: str = ""
    hash: str = ""


#: In an event's data: by number, what emptied events are sealed with instead.
ERASED = "erased"

#: Hears of every event in the transaction that stores it, and answers with work for the outbox.
Subscriber = Callable[[Event], Sequence[outbox.Work]]


#: Statements are put together once: that costs more than running them.
_STORE = event.insert()
_LAST = (
    select(event.c.number, event.c.hash)
    .where(event.c.object_type == bindparam("type"), event.c.object_id == bindparam("id"))
    .order_by(event.c.number.desc())
    .limit(1)
)


def append(c: Connection, happened: Event, subscribers: Sequence[Subscriber] = ()) -> Event:
    """Store the next event of an object and put what subscribers want done.

    Two at the same time for one object collide on its number: the caller holds the object's row or version.
    """
    last = c.execute(_LAST, {"type": happened.object_type, "id": happened.object_id}).first()
    values = {name: getattr(happened, name) for name in _SEALED}
    # Through JSON once, so that what is sealed is what will be read back.
    data = json.loads(json.dumps(dict(happened.data)))
    values |= {"number": last.number + 1 if last else 1, "data": data}
    previous = last.hash if last else ""
    stored = Event(id=uuid7(), previous_hash=previous, hash=_seal(previous, values), **values)
    c.execute(_STORE, {"id": stored.id, "previous_hash": previous, "hash": stored.hash, **values})
    for subscriber in subscribers:
        for work in subscriber(stored):
            outbox.put(c, work, happened.at)
    return stored


def of(
    c: Connection, object_type: str, object_id: str, *, visible: Sequence[str] = VISIBLE
) -> tuple[Event, ...]:
    """The events of an object, oldest first, of these kinds of visibility."""
    e = event.c
    rows = c.execute(
        select(event)
        .where(e.object_type == object_type, e.object_id == object_id, e.visible.in_(visible))
        .order_by(e.number)
    )
    return tuple(Event(**row._mapping) for row in rows)


def verify(c: Connection, object_type: str, object_id: str) -> list[str]:
    """What is wrong with an object's chain: gaps, changed or exchanged events. Empty when nothing is."""
    problems, previous, number = [], "", 0
    chain = of(c, object_type, object_id)
    erased: dict[str, str] = {}
    for stored in chain:
        erased |= stored.data.get(ERASED, {})
    for stored in chain:
        number += 1
        where = f"{object_type} {object_id} event {stored.number}"
        if stored.number != number:
            problems.append(f"{where}: {number} was expected")
            number = stored.number
        if stored.previous_hash != previous:
            problems.append(f"{where}: does not follow the one before it")
        if _seal(stored.previous_hash, _told(stored)) != erased.get(str(stored.number), stored.hash):
            problems.append(f"{where}: was changed")
        previous = stored.hash
    return problems


#: What the hash covers, in this order.
_SEALED = (
    "object_type",
    "object_id",
    "number",
    "at",
    "user_id",
    "library_id",
    "side",
    "action",
    "from_state",
    "to_state",
    "note",
    "data",
    "visible",
)


def erase(
    c: Connection,
    happened: Event,
    empty: Callable[[Event], Event],
    subscribers: Sequence[Subscriber] = (),
) -> Event:
    """Take out of an object's events what they tell of a person, and say so in a new event, `happened`.

    `empty` gives each event without it; only who acted, the note and the data can be emptied. The chain stays whole:
    the new event holds the seals of the emptied ones (data[ERASED]), so a later change is still noticed.
    """
    seals = dict[str, str]()
    for stored in of(c, happened.object_type, happened.object_id):
        told = empty(stored)
        if told == stored:
            continue
        left = {"user_id": told.user_id, "note": told.note, "data": json.loads(json.dumps(dict(told.data)))}
        seals[str(stored.number)] = _seal(stored.previous_hash, _told(stored) | left)
        c.execute(update(event).where(event.c.id == stored.id).values(**left))
    return append(c, replace(happened, data={**happened.data, ERASED: seals}), subscribers)


def _told(stored: Event) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in _SEALED}


def _seal(previous: str, values: Mapping[str, Any]) -> str:
    told = {**values, "at": values["at"].astimezone(UTC).isoformat(timespec="microseconds")}
    text = json.dumps([previous, *(told[name] for name in _SEALED)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
