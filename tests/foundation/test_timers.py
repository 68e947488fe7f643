"""A timer is started once per state, leased when due, and done once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from foundation import timers
from foundation.db import Database
from foundation.timers import Timer
from tests.conftest import TestClock


def a_timer(clock: TestClock, **more: int) -> Timer:
    return Timer(
        kind="overdue",
        object_type="supply",
        object_id="a",
        object_version=more.get("version", 1),
        attempt=more.get("attempt", 0),
        due_at=clock() + timedelta(days=1),
    )


def test_a_timer_is_started_once_per_state_and_attempt(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        assert timers.put(c, a_timer(clock))
        assert not timers.put(c, replace(a_timer(clock), due_at=clock()))
        assert timers.put(c, a_timer(clock, attempt=1))
        assert timers.put(c, a_timer(clock, version=2))


def test_only_due_timers_are_leased_and_each_by_one(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        timers.put(c, a_timer(clock))
        assert timers.lease(c, ["supply"], "me", clock()) == ()
        clock.go(days=1)
        assert timers.lease(c, ["request"], "me", clock()) == ()
        assert [one.kind for one in timers.lease(c, ["supply"], "me", clock())] == ["overdue"]
        assert timers.lease(c, ["supply"], "other", clock()) == ()
        clock.go(seconds=61)
        (again,) = timers.lease(c, ["supply"], "other", clock())
        assert timers.pending(c, "supply", "a", 1)
        assert timers.done(c, again.id, clock())
        assert not timers.done(c, again.id, clock())
        assert not timers.pending(c, "supply", "a", 1)
