"""Only a row that two put at the same time reads as 'somebody was faster'; faults of ours stay faults."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from broker.errors import Stale
from broker.races import is_race
from broker.tables import request
from foundation.ids import uuid7
from foundation.tables import event
from tests.broker.world import World


def refused(sqlstate: str, table: str) -> IntegrityError:
    told = Exception()
    told.sqlstate = sqlstate  # type: ignore[attr-defined]  # as psycopg's errors have it
    told.diag = SimpleNamespace(table_name=table)  # type: ignore[attr-defined]  # the same
    return IntegrityError("", {}, told)


def test_only_the_same_row_of_a_table_that_is_raced_for_is_a_race() -> None:
    assert is_race(refused("23505", "event"))
    assert not is_race(refused("23505", "library"))
    assert not is_race(refused("23503", "attempt")), "a row that points nowhere"
    assert not is_race(refused("23514", "attempt")), "a check"
    assert not is_race(IntegrityError("", {}, Exception("UNIQUE constraint failed: event.number")))


def test_a_broken_rule_is_no_haste(world: World) -> None:
    """A request without a liable librarian in 'active', and one whose branch does not exist."""
    view = world.submitted()
    for wrong in ({"state": "active"}, {"pickup_branch_id": uuid7()}):
        with pytest.raises(IntegrityError), world.broker._unit() as c:
            c.execute(update(request).where(request.c.id == view.id).values(**wrong))


def test_a_fault_that_puts_a_row_twice_is_seen_and_a_real_race_is_stale(world: World) -> None:
    view = world.submitted()
    first = {
        "object_type": "request",
        "object_id": view.id,
        "number": 1,
        "at": datetime(2026, 11, 24, tzinfo=UTC),
        "action": "x",
        "data": {},
        "hash": "",
    }
    expected = IntegrityError if world.db.is_sqlite else Stale
    with pytest.raises(expected), world.broker._unit() as c:
        c.execute(insert(event).values(id=uuid7(), **first))
