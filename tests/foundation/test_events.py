"""Events are numbered and chained per object, and a changed one is found."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from foundation import events
from foundation.db import Database
from foundation.events import Event
from foundation.outbox import Work
from foundation.tables import event, outbox
from tests.conftest import TestClock


def happen(db: Database, clock: TestClock, action: str, thing: str = "r1", **more: str) -> Event:
    with db.begin() as c:
        return events.append(
            c,
            Event(
                object_type="request",
                object_id=thing,
                action=action,
                at=clock(),
                data={"n": 1, "é": [None, "x"], "t": ("a",)},
                **more,
            ),
        )


def test_events_are_numbered_per_object_and_chained(db: Database, clock: TestClock) -> None:
    first, second = happen(db, clock, "submit"), happen(db, clock, "place")
    other = happen(db, clock, "submit", "r2")
    assert [first.number, second.number, other.number] == [1, 2, 1]
    assert second.previous_hash == first.hash
    with db.read() as c:
        assert events.of(c, "request", "r1") == (first, second)
        assert events.verify(c, "request", "r1") == []


def test_a_changed_event_is_found(db: Database, clock: TestClock) -> None:
    for action in ("submit", "place", "cancel"):
        happen(db, clock, action)
    with db.begin() as c:
        c.execute(update(event).where(event.c.number == 2).values(note="never"))
        assert events.verify(c, "request", "r1") == ["request r1 event 2: was changed"]


def test_a_removed_event_is_found(db: Database, clock: TestClock) -> None:
    for action in ("submit", "place", "cancel"):
        happen(db, clock, action)
    with db.begin() as c:
        c.execute(delete(event).where(event.c.number == 2))
        assert len(events.verify(c, "request", "r1")) == 2


def test_each_side_reads_what_it_may(db: Database, clock: TestClock) -> None:
    happen(db, clock, "submit", visible="patron")
    happen(db, clock, "remark")
    with db.read() as c:
        found = events.of(c, "request", "r1", visible=("patron", "public"))
    assert [one.action for one in found] == ["submit"]


def test_subscribers_work_is_put_in_the_same_transaction(db: Database, clock: TestClock) -> None:
    def hear(happened: Event) -> list[Work]:
        return [Work(channel="job", effect_key=f"heard:{happened.id}", payload={"action": happened.action})]

    with db.begin() as c:
        one = Event(object_type="request", object_id="r1", action="unfilled", at=clock())
        events.append(c, one, [hear])
    with db.read() as c:
        assert c.execute(select(outbox.c.payload)).scalar_one() == {"action": "unfilled"}
