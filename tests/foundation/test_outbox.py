"""Work is put once, leased in order, tried again, and ends done or as a dead letter that staff can see."""

from __future__ import annotations

import threading

import pytest

from foundation import outbox
from foundation.db import Database
from foundation.outbox import BACK_OFF, Leased, NotDelivered, Work
from tests.conftest import TestClock


def put(db: Database, clock: TestClock, key: str, order: str = "", channel: str = "message") -> bool:
    with db.begin() as c:
        work = Work(channel=channel, effect_key=key, payload={"key": key}, order_key=order)
        return outbox.put(c, work, clock())


def lease(db: Database, clock: TestClock, owner: str = "me") -> list[Leased]:
    with db.begin() as c:
        return list(outbox.lease(c, "message", owner, clock()))


def test_the_same_effect_is_put_once(db: Database, clock: TestClock) -> None:
    assert put(db, clock, "a")
    assert not put(db, clock, "a")
    assert len(lease(db, clock)) == 1


def test_work_goes_with_the_transaction_that_put_it(db: Database, clock: TestClock) -> None:
    with pytest.raises(RuntimeError), db.begin() as c:
        outbox.put(c, Work(channel="mail", effect_key="a", payload={}), clock())
        raise RuntimeError
    with db.read() as c:
        assert outbox.counts(c) == {}


def test_rows_of_one_order_are_done_one_after_the_other(db: Database, clock: TestClock) -> None:
    for key in ("x1", "x2", "y1"):
        put(db, clock, key, order=key[0])
    first = lease(db, clock)
    assert [row.effect_key for row in first] == ["x1", "y1"]
    assert lease(db, clock, "other") == []
    with db.begin() as c:
        assert outbox.done(c, first[0].id, "me", clock())
    assert [row.effect_key for row in lease(db, clock)] == ["x2"]


def test_a_lease_that_ended_goes_to_somebody_else_and_the_late_owner_cannot_mark_it(
    db: Database, clock: TestClock
) -> None:
    put(db, clock, "a")
    (mine,) = lease(db, clock)
    clock.go(seconds=61)
    (theirs,) = lease(db, clock, "other")
    assert theirs.attempts == 2
    with db.begin() as c:
        assert not outbox.done(c, mine.id, "me", clock())
        assert outbox.done(c, mine.id, "other", clock())


def test_failures_wait_longer_each_time_and_end_as_a_dead_letter(db: Database, clock: TestClock) -> None:
    put(db, clock, "a", order="x")
    put(db, clock, "b", order="x")
    for wait in BACK_OFF:
        (row,) = lease(db, clock)
        with db.begin() as c:
            assert outbox.failed(c, row.id, "me", clock(), "no answer") == "waiting"
        clock.go(seconds=wait - 1)
        assert lease(db, clock) == []
        clock.go(seconds=1)
    (row,) = lease(db, clock)
    with db.begin() as c:
        assert outbox.failed(c, row.id, "me", clock(), "no answer") == "dead"
        assert [letter.last_error for letter in outbox.dead(c)] == ["no answer"]
    assert lease(db, clock) == [], "what is behind a dead letter waits for staff"
    with db.begin() as c:
        assert outbox.resend(c, row.id, clock())
    (again,) = lease(db, clock)
    assert (again.effect_key, again.attempts) == ("a", 1)


def test_staff_can_settle_a_dead_letter_and_the_next_goes_on(db: Database, clock: TestClock) -> None:
    put(db, clock, "a", order="x")
    put(db, clock, "b", order="x")
    (row,) = lease(db, clock)
    with db.begin() as c:
        outbox.failed(c, row.id, "me", clock(), "refused", final=True)
        assert outbox.settle(c, row.id, clock(), "told by telephone")
        assert not outbox.settle(c, row.id, clock(), "twice")
    assert [row.effect_key for row in lease(db, clock)] == ["b"]


def test_work_does_each_row_and_keeps_what_failed(db: Database, clock: TestClock) -> None:
    for key in ("good", "bad", "worse"):
        put(db, clock, key)

    def do(row: Leased) -> None:
        if row.effect_key == "bad":
            raise NotDelivered("busy")
        if row.effect_key == "worse":
            raise ValueError("nonsense")

    assert outbox.work(db, clock, "message", "me", do, final=(ValueError,)) == 1
    with db.read() as c:
        assert outbox.counts(c) == {
            ("message", "done"): 1,
            ("message", "waiting"): 1,
            ("message", "dead"): 1,
        }


def test_eight_workers_do_each_row_once(db: Database, clock: TestClock) -> None:
    for number in range(40):
        put(db, clock, str(number), order=str(number % 5))
    seen: list[str] = []
    lock = threading.Lock()

    def do(row: Leased) -> None:
        with lock:
            seen.append(row.effect_key)

    def run(name: str) -> None:
        for _ in range(40):
            if len(seen) >= 40:
                return
            outbox.work(db, clock, "message", name, do, limit=3)

    workers = [threading.Thread(target=run, args=(f"w{n}",)) for n in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    while outbox.work(db, clock, "message", "last", do):
        pass
    assert sorted(seen, key=int) == [str(number) for number in range(40)]
    for order in range(5):
        of_order = [int(key) for key in seen if int(key) % 5 == order]
        assert of_order == sorted(of_order)
