"""A lease has one owner, and a late one cannot commit."""

from __future__ import annotations

import pytest

from foundation.db import Database
from foundation.leases import Fenced, acquire, check, release
from tests.conftest import TestClock


def test_only_one_holds_a_lease(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        first = acquire(c, "scheduler", "a", clock(), 30)
    with db.begin() as c:
        assert acquire(c, "scheduler", "b", clock(), 30) is None
        assert acquire(c, "other", "b", clock(), 30) is not None
    assert first is not None
    assert first.fence == 1


def test_prolonging_keeps_the_fence_and_a_new_owner_raises_it(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        first = acquire(c, "scheduler", "a", clock(), 30)
        clock.go(seconds=20)
        again = acquire(c, "scheduler", "a", clock(), 30)
        clock.go(seconds=31)
        second = acquire(c, "scheduler", "b", clock(), 30)
    assert first is not None
    assert again is not None
    assert second is not None
    assert (first.fence, again.fence, second.fence) == (1, 1, 2)
    with db.begin() as c:
        check(c, "scheduler", 2)
    with pytest.raises(Fenced), db.begin() as c:
        check(c, "scheduler", 1)


def test_an_owner_that_slept_past_its_lease_gets_a_new_fence(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        acquire(c, "scheduler", "a", clock(), 30)
        clock.go(seconds=31)
        again = acquire(c, "scheduler", "a", clock(), 30)
    assert again is not None
    assert again.fence == 2


def test_a_lease_given_back_is_free_at_once(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        acquire(c, "scheduler", "a", clock(), 30)
        assert not release(c, "scheduler", "b", clock())
        assert release(c, "scheduler", "a", clock())
        assert acquire(c, "scheduler", "b", clock(), 30) is not None
