"""A suggestion is the same query with words the index has, and it finds something."""

from __future__ import annotations

import pytest

from index.analysis import value_tokens
from index.engines.memory import MemoryEngine
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
