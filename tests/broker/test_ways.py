"""The ways to a title, best first, and the blocked ones with the reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from broker.agreements import Decision
from broker.shelves import held
from broker.views import Shelf
from broker.ways import Cited, Option, Reader, options
from tests.broker.test_rota import shelf
from tests.broker.world import World, add_copy, add_title

ON = date(2026, 11, 24)


def decide(form: str, action: str, asks: str, gives: str, *rest: Any) -> Decision:
    if form == "f" and gives == "AGR":
        return Decision(allowed=False, reasons=("not_lending",))
    return Decision(allowed=True, fee=500 if form == "h" else 0, due_days=14 if form == "f" else None)


def ways(*shelves: Shelf, reader: Reader | None = None, online: tuple[str, ...] = ()) -> tuple[Option, ...]:
    return options(Cited(shelves=shelves, online=online), reader or Reader(library_id="MLT"), decide, ON)


def test_own_shelves_come_before_other_libraries_and_online_before_all() -> None:
    found = ways(shelf("KNG"), shelf("MLT"), online=("https://example.org/x",))
    assert [one.kind for one in found] == ["online", "own_shelf", "loan", "copy"]
    assert all(one.allowed for one in found)


def test_the_readers_own_branch_is_named_first() -> None:
    reader = Reader(library_id="MLT", branch_id="here")
    found = ways(shelf("MLT", branch_id="there"), shelf("MLT", branch_id="here"), reader=reader)
    assert [one.shelf and one.shelf.branch_id for one in found] == ["here", "there"]


def test_what_is_blocked_stays_visible_with_the_reason() -> None:
    found = ways(shelf("AGR"), shelf("KNG", "lost"), shelf("MLT", "on_loan"))
    blocked = {(one.kind, one.library_id): one.reasons for one in found if not one.allowed}
    assert blocked == {
        ("own_on_loan", "MLT"): ("on_loan",),
        ("loan", "AGR"): ("not_lending",),
        ("loan", "KNG"): ("lost",),
        ("copy", "KNG"): ("lost",),
    }
    assert [one.kind for one in found if one.allowed] == ["copy"]


def test_a_guest_is_asked_to_log_in() -> None:
    found = ways(shelf("KNG"), reader=Reader(library_id=None))
    assert {one.reasons for one in found} == {("log_in",)}


def test_the_more_hopeful_library_first() -> None:
    found = ways(shelf("KNG", "unknown"), shelf("TRT"))
    assert [one.library_id for one in found if one.kind == "loan"] == ["TRT", "KNG"]


def test_the_broker_answers_from_the_catalogue(world: World) -> None:
    found = world.broker.ways(world.title, Reader(library_id=world.library["MLT"]))
    assert [(one.kind, world.code_of(one.library_id or "")) for one in found if one.kind == "loan"] == [
        ("loan", "KNG"),
        ("loan", "AGR"),
    ]
    assert found[0].due_days == 14


def test_shelves_are_merged_by_place_and_found_under_an_old_cluster_id(world: World) -> None:
    from index.tables import cluster_alias

    with world.db.begin() as c:
        title = add_title(c, world.clock(), "Ganda")
        add_copy(
            c, world.clock(), world, title, "KNG", call_number="1", availability="on_loan", due="2026-12-01"
        )
        add_copy(c, world.clock(), world, title, "KNG", call_number="1", copies=2)
        add_copy(c, world.clock(), world, title, "KNG", call_number="1", place="kedua")
        c.execute(cluster_alias.insert().values(old_id="old", new_id=title, at=world.clock()))
        assert held(c, "old") == held(c, title)
        found = [(one.branch_text, one.copies, one.available, one.availability) for one in held(c, title)]
    assert found == [("Kenanga pusat", 3, 2, "available"), ("Kenanga kedua", 1, 1, "available")]
