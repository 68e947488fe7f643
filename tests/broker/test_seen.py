"""What a live search saw: how long it counts, whom it stands for, what the rota makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broker import rota, seen
from broker.views import Shelf
from index.record import Availability, Holding
from tests.broker.world import World

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FREE = Holding(call_number="746 SAR", availability=Availability.AVAILABLE)


def _harvested(library: str, availability: str = "on_loan", branch: str = "b1") -> Shelf:
    return Shelf(
        library_id=library,
        branch_id=branch,
        branch_text="Pusat",
        location="",
        call_number="746 SAR",
        copies=1,
        available=0,
        availability=availability,
    )


def test_a_library_that_the_catalogue_does_not_name_is_there_also_when_it_was_seen_long_ago() -> None:
    said = seen.holder("kng", [FREE], NOW)
    fresh, old = (seen.over((), [said], NOW + timedelta(minutes=one)) for one in (10, 60))
    assert [(one.library_id, one.live) for one in fresh] == [("kng", True)]
    assert [(one.library_id, one.live) for one in old] == [("kng", False)]
    assert rota._hope(fresh[0]) == 1.0
    assert rota._hope(old[0]) == rota.CONFIDENCE["available"]


def test_what_was_seen_stands_in_the_place_of_what_was_harvested_while_it_is_fresh() -> None:
    held = (_harvested("kng"), _harvested("mlt"))
    said = seen.holder("kng", [FREE], NOW)
    fresh = {one.library_id: one for one in seen.over(held, [said, None], NOW)}
    assert fresh["kng"].availability == "available"
    assert fresh["kng"].branch_id == "b1"  # a branch that does not lend is still known
    assert fresh["mlt"] is held[1]
    assert seen.over(held, [said], NOW + timedelta(hours=1)) == held


def test_a_catalogue_that_tells_of_no_copies_gives_no_more_hope_than_any() -> None:
    (one,) = seen.over((), [seen.holder("kng", [], NOW)], NOW)
    assert (one.availability, one.available, one.live) == ("unknown", 0, False)
    assert seen.over((_harvested("kng"),), [seen.holder("kng", [], NOW)], NOW) == (_harvested("kng"),)


@pytest.mark.slow
def test_what_was_found_elsewhere_is_asked_of_the_library_that_was_seen_to_have_it(world: World) -> None:
    holder = seen.holder(world.library["AGR"], [FREE], world.clock())
    view = world.submitted(citation={"title": "Tenun Sumba"}, cluster_id=None, holder=holder)
    assert view.attention == ()  # it is no blank form
    world.broker.place(world.staff("MLT"), view.id, view.version)
    world.pump()
    after = world.seen(view.id)
    assert [(one.library_id, one.leg) for one in after.attempts] == [(world.library["AGR"], "sent")]
    assert after.rota[0].why["confidence"] == 1.0
    assert after.attempts[0].holding["call_number"] == "746 SAR"
    assert world.supply(view.id).state == "new"


@pytest.mark.slow
def test_who_was_seen_to_have_it_goes_before_who_is_said_to(world: World) -> None:
    view = world.submitted(holder=seen.holder(world.library["AGR"], [FREE], world.clock()))
    world.broker.place(world.staff("MLT"), view.id, view.version)
    world.pump()
    asked = [one.library_id for one in world.seen(view.id).rota if one.rank]
    assert asked == [world.library["AGR"], world.library["KNG"]]  # without it, KNG is first
