"""A suggestion is the same query with words the index has, and it finds something."""

from __future__ import annotations

import pytest

from index.analysis import value_tokens
from index.engines.memory import MemoryEngine
from index.finding.nearest import Words, words_of
from index.parse import parse, write
from index.search import IndexDoc, SearchRequest
from index.spelling import suggest


@pytest.fixture
def engine() -> MemoryEngine:
    """A handful of titles."""
    titles = (
        "laskar pelangi",
        "pelangi pelangi",
        "committee hearing",
        "united states",
        "untied shoes",
        "perpustakaan",
        "kopi",
    )
    made = MemoryEngine()
    made.write([IndexDoc(id=str(n), title=value_tokens([title])) for n, title in enumerate(titles)], [], 1)
    return made


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lasker pelangi", "laskar pelangi"),
        ("comittee haering", "committee hearing"),
        ("prepustakaan", "perpustakaan"),
        ("xperpustakaan", "perpustakaan"),
        ("ti:plangi laskar", "ti:pelangi laskar"),
        ("pelngi -kopi", "pelangi -kopi"),
        ("untied states", "united states"),
    ],
)
def test_a_misspelt_word_is_mended(engine: MemoryEngine, typed: str, meant: str) -> None:
    better = suggest(parse(typed), engine)
    assert better is not None
    assert write(better) == meant
    assert engine.search(SearchRequest(query=better)).total > 0


@pytest.mark.parametrize(
    "typed", ["zzzzqqqq", "kpi", '"lasker pelangi"', "9780306406157", "*", "laskar kopi", "kopi -kopi"]
)
def test_nothing_is_suggested_that_would_find_nothing(engine: MemoryEngine, typed: str) -> None:
    assert suggest(parse(typed), engine) is None


def test_a_rare_word_is_questioned_only_when_another_is_far_more_frequent() -> None:
    made = MemoryEngine()
    titles = ["sejarah kopi"] * 30 + ["sejarha teh", "sejarah teh susu", "sejarah teh", "kopi"]
    made.write([IndexDoc(id=str(n), title=value_tokens([title])) for n, title in enumerate(titles)], [], 1)
    asked = parse("sejarha teh")
    better = suggest(asked, made, made.search(SearchRequest(query=asked)).total)
    assert better is not None
    assert write(better) == "sejarah teh"
    assert suggest(parse("sejarah teh"), made, 2) is None
    assert suggest(parse("teh"), made, 3) is None


def test_every_slip_of_one_letter_finds_its_word() -> None:
    word, letters = "perpustakaan", "abcdefghijklmnopqrstuvwxyz"
    known = Words({"perpustakaan": 5, "pustaka": 9, "perpus": 2, "pertanian": 7})
    slips = {word[:n] + word[n + 1 :] for n in range(12)}
    slips |= {word[:n] + one + word[n:] for n in range(13) for one in letters}
    slips |= {word[:n] + one + word[n + 1 :] for n in range(12) for one in letters}
    slips |= {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(11)}
    missed = [slip for slip in slips - {word} if [one.word for one in known.near(slip)] != [word]]
    assert missed == []


def test_the_words_are_read_again_when_the_index_has_changed(engine: MemoryEngine) -> None:
    assert words_of(engine).near("kapulagi") == []
    engine.write([IndexDoc(id="new", title=("kapulaga",))], [], 2)
    assert [one.word for one in words_of(engine).near("kapulagi")] == ["kapulaga"]
