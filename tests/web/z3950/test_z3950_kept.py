"""Records kept in memory: forgotten when their title changes, when room is short, and never kept too early."""

from __future__ import annotations

from dataclasses import replace

from tests.web import samples
from tests.web.conftest import World
from web.z3950.kept import Kept


def kept(world: World, most: int = 10**6) -> tuple[Kept[bytes], int]:
    found: Kept[bytes] = Kept(most, len)
    with world.parts.db.read() as c:
        return found, found.follow(c)


def test_what_is_kept_is_found_by_form(world: World) -> None:
    found, position = kept(world)
    found.keep([("a", b"1"), ("b", b"2")], "f", position)
    assert found.find(["b", "x", "a"], "f") == [b"2", None, b"1"]
    assert found.find(["a"], "other") == [None]


def test_the_oldest_goes_when_room_is_short(world: World) -> None:
    found, position = kept(world, most=1000)
    found.keep([(f"t{n}", b"x" * 100) for n in range(3)], "f", position)
    found.find(["t0"], "f")  # used just now
    found.keep([("t3", b"x" * 100)], "f", position)
    assert [one is not None for one in found.find(["t0", "t1", "t2", "t3"], "f")] == [True, False, True, True]


def test_a_change_forgets_its_title_in_every_form_and_no_other(world: World) -> None:
    samples.store_all(world)
    batik, thesis = samples.cluster(world, "MLT", "batik"), samples.cluster(world, "KNG", "tesis")
    found, position = kept(world)
    for form in "fb":
        found.keep([(batik, b"1"), (thesis, b"2")], form, position)
    samples.take(world, "MLT", batik=replace(samples.BATIK, edition="Edisi ketiga"))
    with world.parts.db.read() as c:
        assert found.follow(c) > position
    for form in "fb":
        assert found.find([batik, thesis], form) == [None, b"2"]


def test_what_was_read_before_a_change_is_not_kept_after_it(world: World) -> None:
    samples.store_all(world)
    batik = samples.cluster(world, "MLT", "batik")
    found, position = kept(world)
    samples.take(world, "MLT", batik=replace(samples.BATIK, edition="Edisi ketiga"))
    with world.parts.db.read() as c:
        found.follow(c)
    found.keep([(batik, b"old")], "f", position)
    assert found.find([batik], "f") == [None]
