"""The day by which a reader needs it steers the rota and the clock."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from broker import audit
from broker.needby.arrival import arrival
from broker.rota import Arrival
from foundation import libraries
from foundation.tables import timer
from tests.broker.test_rota import asked, ranked, shelf
from tests.broker.world import World, rota

pytestmark = pytest.mark.slow

DAY = date(2026, 12, 1)


def test_who_may_be_late_comes_last_and_who_must_be_is_left_out() -> None:
    when = {
        "A": Arrival(soonest=DAY, agreed=DAY + timedelta(days=1)),
        "B": Arrival(soonest=DAY - timedelta(days=3), agreed=DAY),
        "C": Arrival(soonest=DAY + timedelta(days=1), agreed=DAY + timedelta(days=9)),
    }
    shelves = (shelf("A"), shelf("B", "unknown"), shelf("C"))
    found = ranked(*shelves, need_by=DAY, arrives=when.__getitem__)
    assert asked(found) == ["B", "A"], "in time before available"
    assert [one.why["in_time"] for one in found if one.rank] == [True, False]
    (left,) = (one for one in found if not one.rank)
    assert (left.library_id, left.why["reasons"]) == ("C", ["too_late"])
    assert asked(ranked(*shelves, arrives=when.__getitem__)) == asked(ranked(*shelves)), "without a day"


def test_the_way_and_the_agreed_time_are_counted_by_the_suppliers_calendar(small_world: World) -> None:
    world = small_world
    with world.db.read() as c:
        home = libraries.get(c, world.library["MLT"])
        found = arrival(c, world.broker.house, home, world.library["KNG"], "loan", world.clock())
        copy = arrival(c, world.broker.house, home, world.library["KNG"], "copy", world.clock())
    # Tuesday, 24 November 2026: three working days are Friday; three more days the way.
    assert found == Arrival(soonest=date(2026, 11, 27), agreed=date(2026, 11, 30))
    assert copy == Arrival(soonest=date(2026, 11, 24), agreed=date(2026, 11, 27))


def test_nobody_is_asked_for_what_cannot_come_in_time_and_the_reason_is_kept(world: World) -> None:
    view = world.submitted(need_by=date(2026, 11, 25))
    world.press(view.id, "place")
    assert world.seen(view.id).state == "end_of_rota"
    assert [row["why"]["reasons"] for row in rota(world, view.id)] == [["too_late"], ["too_late"]]
    seen = world.seen(view.id)
    world.broker.edit(world.staff("MLT"), view.id, seen.version, need_by=date(2026, 11, 28))
    world.press(view.id, "search_again")
    entry = next(row for row in rota(world, view.id) if row["state"] == "tried")
    assert (entry["why"]["in_time"], entry["why"]["arrives"]) == (False, "2026-11-30")


def test_two_days_before_and_after_the_day_the_desk_is_told(world: World) -> None:
    view = world.asked(need_by=date(2026, 12, 4))
    world.answer(view.id, "will_supply")
    world.tick(days=7)  # 1 December
    assert "need_by_near" not in world.seen(view.id).attention
    world.tick(days=1)
    assert "need_by_near" in world.seen(view.id).attention
    world.tick(days=2)  # the day itself is not over
    assert "need_by_passed" not in world.seen(view.id).attention
    world.tick(days=1)
    seen = world.seen(view.id)
    assert "need_by_passed" in seen.attention
    assert "need_by_near" not in seen.attention
    world.press(view.id, "cancel", reason="too_late")
    assert world.seen(view.id).state == "cancelled"
    with world.db.read() as c:
        assert audit.problems(c) == []


def test_what_is_on_its_way_is_left_alone(small_world: World) -> None:
    world = small_world
    view = world.asked(need_by=date(2026, 12, 4))
    world.answer(view.id, "ship", barcode="KNG-1")
    world.tick(days=12)
    assert not {"need_by_near", "need_by_passed"} & set(world.seen(view.id).attention)


def test_another_day_has_another_clock_and_the_old_one_is_silent(small_world: World) -> None:
    world = small_world
    view = world.submitted(need_by=date(2026, 12, 4))
    world.broker.edit(world.staff("MLT"), view.id, view.version, need_by=date(2026, 12, 10))
    world.tick(days=12)  # 6 December
    assert world.seen(view.id).attention == ()
    world.tick(days=3)
    assert world.seen(view.id).attention == ("need_by_near",)
    seen = world.seen(view.id)
    world.broker.edit(world.staff("MLT"), view.id, seen.version, need_by=None)
    assert world.seen(view.id).attention == ()
    world.tick(days=9)
    assert world.seen(view.id).attention == ()


def test_moments_that_are_over_are_not_made_up_for(small_world: World) -> None:
    world = small_world
    world.submitted(need_by=date(2026, 11, 25))
    with world.db.read() as c:
        assert [row.kind for row in c.execute(select(timer.c.kind))] == ["need_by_passed"]
