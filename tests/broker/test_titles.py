"""A typed wish finds its title by number, then by words; only what is sure is taken without a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from broker.blank.titles import FoundTitle, compared, finder, queries, surely
from broker.errors import NotAllowed
from broker.service import Broker
from index.query import And, Term
from index.search import Hit, SearchFailed, SearchRequest, SearchResult
from tests.broker.world import World, attempts

TYPED = {"title": "Hutan Rawa Gambut", "author": "Sri Lestari", "year": "2019", "isbn": "979-99399-0-2"}
BRIEF = {"title": "Hutan rawa gambut", "authors": ["Lestari, Sri"], "year": 2019, "holder_count": 2}


class Shelf:
    """An index that answers by field."""

    def __init__(self, **hits: Sequence[Hit]) -> None:
        self.hits = hits
        self.asked: list[str] = []

    def search(self, request: SearchRequest) -> SearchResult:
        query = request.query
        field = query.field if isinstance(query, Term) else "title"
        self.asked.append(field)
        found = tuple(self.hits.get(field, ()))
        return SearchResult(total=len(found), hits=found)

    def capabilities(self) -> frozenset[str]:
        return frozenset()


def test_numbers_are_asked_for_first_then_words_with_and_without_the_author() -> None:
    asked = queries({**TYPED, "isbn": "978-623-99999-0-2", "issn": "0317-8471"})
    assert [by for by, _ in asked] == ["isbn", "issn", "title", "title"]
    assert asked[0][1] == Term(text="9786239999902", field="isbn")
    assert asked[1][1] == Term(text="03178471", field="issn")
    both, alone = asked[2][1], asked[3][1]
    assert isinstance(both, And)
    assert isinstance(alone, And)
    assert set(both.parts) - set(alone.parts) == {Term(text="sri", field="author")}
    assert queries({"isbn": "12345", "title": ""}) == ()


def test_what_agrees_is_told_and_what_is_not_known_is_none() -> None:
    found = compared("isbn", Hit(id="c1", brief=BRIEF), TYPED)
    assert (found.same_title, found.same_author, found.same_year, found.libraries) == (True, True, True, 2)
    bare = compared("title", Hit(id="c1", brief={"title": "Lain"}), {"title": "Hutan"})
    assert (bare.same_title, bare.same_author, bare.same_year) == (False, None, None)
    long = compared(
        "title", Hit(id="c", brief={"title": "Batik", "subtitle": "Warna"}), {"title": "Batik: warna"}
    )
    assert long.same_title


def one(by: str = "isbn", number: int = 1, **more: Any) -> FoundTitle:
    return FoundTitle(cluster_id=f"c{number}", by=by, **more)


AGREES = {"same_title": True, "same_author": True, "same_year": True}


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ((), None),
        ((one(), one("title", 2)), "c1"),
        ((one(), one(number=2)), None),
        ((one(same_title=False, same_author=False),), None),
        ((one(same_title=False, same_author=True),), "c1"),
        ((one("title", **AGREES), one("title", 2)), "c1"),
        ((one("title", **AGREES), one("title", 2, **AGREES)), None),
        ((one("title", same_title=True, same_author=True),), None),
    ],
)
def test_only_a_title_beyond_doubt_is_taken(found: tuple[FoundTitle, ...], meant: str | None) -> None:
    sure = surely(found)
    assert (sure.cluster_id if sure else None) == meant


def test_the_same_title_is_offered_once_and_a_broken_index_offers_nothing() -> None:
    shelf = Shelf(isbn=[Hit(id="c1", brief=BRIEF)], title=[Hit(id="c1", brief=BRIEF), Hit(id="c2", brief={})])
    found = finder(shelf)({**TYPED, "isbn": "9786239999902"})
    assert [(title.cluster_id, title.by) for title in found] == [("c1", "isbn"), ("c2", "title")]

    class Broken(Shelf):
        def search(self, request: SearchRequest) -> SearchResult:
            raise SearchFailed("no index")

    assert finder(Broken())(TYPED) == ()


def finding(world: World, *found: FoundTitle) -> World:
    """The world with a catalogue that finds this."""

    def find(_: Mapping[str, Any]) -> Sequence[FoundTitle]:
        return found

    return replace(world, broker=Broker(world.db, world.clock, world.broker.agreements, find=find))


def test_a_blank_form_with_a_number_goes_to_the_library_that_has_it(world: World) -> None:
    world = finding(world, FoundTitle(cluster_id=world.title, by="isbn", same_title=True))
    view = world.submitted(cluster_id=None)
    assert "blank_form" in view.attention or view.reason == "blank_form"
    assert [title.cluster_id for title in world.broker.titles(world.staff("MLT"), view.id)] == [world.title]
    placed = world.press(view.id, "place")
    assert (placed.cluster_id, placed.attention) == (world.title, ())
    assert world.running(view.id).library_id == world.library["KNG"]
    history = world.broker.history(world.staff("MLT"), "request", view.id)
    place = next(line for line in history if line.action == "place")
    assert (place.data["cluster_id"], place.data["by"]) == (world.title, "isbn")
    assert world.broker.titles(world.staff("MLT"), view.id) == ()


def test_where_there_is_doubt_the_desk_chooses(small_world: World) -> None:
    doubtful = [FoundTitle(cluster_id=small_world.title, by="title"), FoundTitle(cluster_id="x", by="title")]
    world = finding(small_world, *doubtful)
    view = world.submitted(cluster_id=None)
    world.press(view.id, "place")
    assert world.seen(view.id).state == "end_of_rota"
    assert len(world.broker.titles(world.staff("MLT"), view.id)) == 2
    seen = world.seen(view.id)
    world.broker.choose(world.staff("MLT"), view.id, seen.version, world.title)
    world.press(view.id, "search_again")
    assert [row["library_id"] for row in attempts(world, view.id)] == [world.library["KNG"]]


def test_searching_again_finds_what_was_harvested_meanwhile(small_world: World) -> None:
    view = small_world.submitted(cluster_id=None)
    small_world.press(view.id, "place")
    assert small_world.seen(view.id).state == "end_of_rota"
    world = finding(small_world, FoundTitle(cluster_id=small_world.title, by="isbn"))
    world.press(view.id, "search_again")
    assert (world.seen(view.id).state, world.seen(view.id).cluster_id) == ("active", world.title)


def test_what_stands_at_home_is_not_asked_of_others_unseen(small_world: World) -> None:
    world = finding(small_world, FoundTitle(cluster_id=small_world.own_title, by="isbn"))
    view = world.submitted(cluster_id=None)
    with pytest.raises(NotAllowed) as refused:
        world.press(view.id, "place")
    assert refused.value.codes == ("own_copy",)
    chosen = world.broker.choose(world.staff("MLT"), view.id, view.version, world.own_title)
    assert "own_copy" in chosen.attention
    assert world.press(view.id, "fetch_own").state == "local"


def test_nobody_puts_a_title_into_the_form_of_another_button(small_world: World) -> None:
    view = small_world.submitted(cluster_id=None)
    placed = small_world.press(view.id, "place", cluster_id=small_world.title, by="me")
    assert placed.cluster_id is None
