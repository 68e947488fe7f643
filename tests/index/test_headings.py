"""Lists of authors, subjects and call numbers are walked in order, forwards and back, and forms of one heading are one."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.engines.memory import MemoryEngine
from index.engines.whoosh_engine import WhooshEngine
from index.finding import headings
from index.query import All
from index.search import Engine, IndexDoc, SearchRequest

NAMES = (
    "Toer, Pramoedya Ananta",
    "Ali",
    "ali",
    "Émile, Zola",
    "Hamka",
    "Hatta, Mohammad",
    "Zoetmulder, P. J.",
    "Ali",
)
CALLS = ("813.54 TOE b", "2 MA a", "297 MA", "813.5 TOE", "1000 X", "297.1 B", "R 297 C", "")


@pytest.fixture(params=["memory", "whoosh"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Eight documents, written in two lots."""
    made: Engine = MemoryEngine() if request.param == "memory" else WhooshEngine(tmp_path)
    docs = [
        IndexDoc(id=f"{n}", heading=headings.doc_headings([name], ["Sejarah", "Jawa - Sejarah"], [call]))
        for n, (name, call) in enumerate(zip(NAMES, CALLS, strict=True))
    ]
    made.write(docs[:3], [], 1)
    made.write(docs[3:], [], 2)
    return made


def test_authors_stand_in_order_and_forms_of_one_name_are_one_line(engine: Engine) -> None:
    found = headings.page(engine, "author").headings
    assert [(one.text, one.count) for one in found] == [
        ("Ali", 3),
        ("Émile, Zola", 1),
        ("Hamka", 1),
        ("Hatta, Mohammad", 1),
        ("Toer, Pramoedya Ananta", 1),
        ("Zoetmulder, P. J.", 1),
    ]


def test_call_numbers_stand_as_on_the_shelf(engine: Engine) -> None:
    found = [one.text for one in headings.page(engine, "call_number").headings]
    assert found == ["2 MA a", "297 MA", "297.1 B", "813.5 TOE", "813.54 TOE b", "1000 X", "R 297 C"]


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
def test_pages_follow_each_other_both_ways_without_gap_or_repetition(engine: Engine, size: int) -> None:
    everything = list(headings.page(engine, "author").headings)
    there, at = [], ""
    while True:
        page = headings.page(engine, "author", at, size)
        there += page.headings
        if not page.after:
            break
        at = page.after
    assert there == everything
    back: list[headings.Heading] = []
    at = everything[-1].key + "\x7f"
    while at:
        page = headings.page(engine, "author", at, size, backwards=True)
        back[:0] = page.headings
        at = page.before
    assert back == everything


def test_one_jumps_to_where_a_beginning_would_stand(engine: Engine) -> None:
    page = headings.page(engine, "author", headings.key("author", "Hat"), 2)
    assert [one.text for one in page.headings] == ["Hatta, Mohammad", "Toer, Pramoedya Ananta"]
    assert headings.page(engine, "author", page.before, 1, backwards=True).headings[0].text == "Hamka"
    assert headings.page(engine, "author", "zzz").headings == ()


def test_a_heading_can_be_searched_exactly(engine: Engine) -> None:
    for text in ("Ali", "ALI"):
        chosen = headings.forms(engine, "author", text)
        assert engine.search(SearchRequest(query=All(), filters={"heading": chosen})).total == 3
    assert headings.forms(engine, "author", "Al") == ()


def test_names_are_completed_in_both_orders(engine: Engine) -> None:
    assert [one.text for one in headings.beginning(engine, "author", "toer pra", 5)] == [
        "Toer, Pramoedya Ananta"
    ]
    assert [one.text for one in headings.beginning(engine, "name", "Pramoe", 5)] == ["Pramoedya Ananta Toer"]
    assert headings.beginning(engine, "name", "!", 5) == []


def test_what_is_deleted_is_in_no_list(engine: Engine) -> None:
    engine.write([], ["1", "3"], 3)
    found = headings.page(engine, "author").headings
    assert [(one.text, one.count) for one in found[:2]] == [("Ali", 2), ("Hamka", 1)]
