"""Every engine answers like the reference in memory: same hits, same counts, same facets, same order of ties."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.engines import merging
from index.engines.memory import MemoryEngine
from index.engines.tantivy_engine import TantivyEngine
from index.engines.whoosh_engine import WhooshEngine
from index.parse import parse
from index.search import Engine, IndexDoc, SearchFailed, SearchRequest
from tests.index.engine_documents import document, request

ENGINES: dict[str, Callable[[Path], Engine]] = {
    "memory": lambda _: MemoryEngine(),
    "whoosh": WhooshEngine,
    "tantivy": TantivyEngine,
}


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Each engine, empty."""
    made = ENGINES[request.param](tmp_path / "index")
    yield made
    made.close()


def found(engine: Engine, text: str, **more: object) -> list[str]:
    """Ids of the hits for a text of the search box."""
    return [hit.id for hit in engine.search(SearchRequest(query=parse(text), **more)).hits]  # type: ignore[arg-type]  # keywords of the dataclass


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), rebuilt=st.booleans())
def test_random_queries_give_what_the_reference_gives(seed: int, rebuilt: bool) -> None:
    compare(WhooshEngine, seed, rebuilt)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), rebuilt=st.booleans())
def test_random_queries_give_the_same_with_tantivy(seed: int, rebuilt: bool) -> None:
    compare(TantivyEngine, seed, rebuilt)


def compare(kind: Callable[[Path], Engine], seed: int, rebuilt: bool) -> None:
    """Write the same to the reference and to an engine, ask both the same."""
    r = Random(seed)
    with tempfile.TemporaryDirectory() as folder, patch.object(merging, "WIDTH", r.choice((2, 3, 8))):
        reference, engine = MemoryEngine(), kind(Path(folder))
        for position in range(1, r.randint(2, 5)):
            docs = [document(r) for _ in range(r.randint(0, 60))]
            gone = [f"c{r.randint(0, 60):02d}" for _ in range(r.randint(0, 4))]
            if rebuilt and position == 2:
                reference.rebuild(docs, position)
                engine.rebuild(docs, position)
            else:
                reference.write(docs, gone, position)
                engine.write(docs, gone, position)
            assert engine.position() == position
            assert engine.count() == reference.count()
        for _ in range(12):
            asked = request(r)
            wanted, got = reference.search(asked), engine.search(asked)
            assert got.total == wanted.total, asked
            assert got.hits == wanted.hits, asked
            assert got.facets == wanted.facets, asked
        for field, prefix in (
            ("any", ""),
            ("title", "s"),
            ("author", "so"),
            ("subject_facet", ""),
            ("heading", "s"),
        ):
            assert engine.terms(field, prefix, 7) == reference.terms(field, prefix, 7)
            for back in (False, True):
                assert engine.walk(field, prefix, 7, backwards=back) == reference.walk(
                    field, prefix, 7, backwards=back
                )


def doc(key: str, title: str = "", **more: object) -> IndexDoc:
    """A document with a title."""
    return IndexDoc(id=key, title=tuple(title.split()), **more)  # type: ignore[arg-type]  # fields of the dataclass


def test_an_empty_engine_answers(engine: Engine) -> None:
    answer = engine.search(SearchRequest(query=parse("kopi"), facets={"library": 5, "year": 5}))
    assert (answer.total, answer.hits, engine.count(), engine.position()) == (0, (), 0, 0)
    assert answer.facets == {"library": (), "year": ()}


def test_a_document_written_again_replaces_the_one_before(engine: Engine) -> None:
    engine.write([doc("a", "kopi"), doc("b", "kopi")], [], 1)
    engine.write([doc("a", "teh"), doc("a", "teh hijau")], [], 2)
    assert found(engine, "kopi") == ["b"]
    assert found(engine, "teh") == ["a"]
    assert found(engine, "hijau") == ["a"]
    assert (engine.count(), engine.position()) == (2, 2)


def test_what_is_deleted_is_not_counted_anywhere(engine: Engine) -> None:
    engine.write([doc("a", "kopi", library=("MLT",)), doc("b", "kopi", library=("KNG",))], [], 1)
    engine.write([], ["a", "unknown"], 2)
    answer = engine.search(SearchRequest(query=parse("kopi"), facets={"library": 9}))
    assert answer.total == 1
    assert answer.facets["library"] == (("KNG", 1),)
    assert engine.terms("title", "kop", 5) == (("kopi", 1),)


def test_library_and_available_is_never_a_false_hit(engine: Engine) -> None:
    copies = {
        "library": ("KNG", "MLT"),
        "availability": ("available",),
        "held": ("KNG", "MLT", "KNG:available"),
    }
    engine.write([doc("a", "kopi", **copies)], [], 1)
    both = {"library": ["MLT"], "availability": ["available"]}
    assert found(engine, "kopi", filters=both) == []
    assert found(engine, "kopi", filters={**both, "library": ["KNG"]}) == ["a"]
    answer = engine.search(
        SearchRequest(query=parse("kopi"), filters=both, facets={"library": 5, "availability": 5})
    )
    assert answer.facets["library"] == (("KNG", 1),)
    assert answer.facets["availability"] == ()


def test_a_facet_ignores_its_own_filter(engine: Engine) -> None:
    engine.write([doc("a", "kopi", format=("book",)), doc("b", "kopi", format=("map",))], [], 1)
    answer = engine.search(
        SearchRequest(query=parse("kopi"), filters={"format": ["map"]}, facets={"format": 5})
    )
    assert answer.total == 1
    assert answer.facets["format"] == (("book", 1), ("map", 1))


def test_pages_follow_each_other_without_gap_or_repetition(engine: Engine) -> None:
    engine.write([doc(f"c{n:03d}", "kopi", year=2000 + n % 3) for n in range(50)], [], 1)
    for sort in ("relevance", "year", "title", "added"):
        pages = [
            hit
            for start in range(0, 50, 7)
            for hit in found(engine, "kopi", sort=sort, offset=start, limit=7)
        ]
        assert sorted(pages) == [f"c{n:03d}" for n in range(50)]


def test_the_exact_title_comes_first(engine: Engine) -> None:
    engine.write(
        [doc("a", "the making of laskar pelangi a film and its music"), doc("b", "laskar pelangi")], [], 1
    )
    assert found(engine, "laskar pelangi") == ["b", "a"]


def test_what_is_called_so_comes_before_what_is_about_it(engine: Engine) -> None:
    def called(key: str, title: str, *also: str, **more: object) -> IndexDoc:
        words = tuple(title.split())
        return doc(
            key, f"{title} {' '.join(also)}".strip(), sort_title=" ".join(words[words[0] == "the" :]), **more
        )

    engine.write(
        [
            called("a", "sejarah jurnal kopi nusantara", library=("MLT", "KNG", "AGR")),
            called("b", "jurnal kopi", format=("book",)),
            called("c", "jurnal kopi", format=("journal",)),
            called("d", "jurnal kopi dan teh", library=("MLT", "KNG", "AGR")),
            called("e", "the jurnal", author=("kopi",)),
        ],
        [],
        1,
    )
    assert found(engine, "jurnal kopi") == ["c", "b", "d", "a", "e"]
    assert found(engine, "ti:jurnal ti:kopi") == ["c", "b", "d", "a"]
    assert found(engine, "the jurnal")[0] == "e"
    assert found(engine, "jurnal kopi nusantara")[0] == "a"


def test_the_word_as_typed_comes_before_its_other_spellings(engine: Engine) -> None:
    engine.write(
        [doc("a", "djakarta lama"), doc("b", "jakarta lama"), doc("c", "kota", any=("jakarta",))], [], 1
    )
    assert found(engine, "jakarta") == ["b", "a", "c"]
    assert found(engine, "ti:djakarta") == ["a", "b"]


def test_years_outside_all_reason_do_no_harm(engine: Engine) -> None:
    engine.write([doc("a", "kopi", year=9999), doc("b", "kopi", year=1)], [], 1)
    assert found(engine, "kopi", years=(10**9, None)) == []
    assert found(engine, "kopi", years=(-(10**9), 10**9), sort="year") == ["a", "b"]


@pytest.mark.parametrize(
    "wrong", [{"facets": {"colour": 3}}, {"filters": {"colour": ["x"]}}, {"sort": "size"}, {"offset": -1}]
)
def test_what_does_not_exist_is_refused(engine: Engine, wrong: dict[str, object]) -> None:
    with pytest.raises(SearchFailed):
        found(engine, "kopi", **wrong)
