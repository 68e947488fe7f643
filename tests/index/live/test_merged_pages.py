"""Merged clusters as pages: ranked and told why, filtered, counted, sorted, and what was shown keeps its place."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from index.live.lean import Lean
from index.live.lean.record import Number
from index.live.merging import FACETS, Arrival, Merged, Merger, Page, UnionHit, asked, page
from index.live.merging.ranking import fit, fused
from index.live.snapshot import UNION, View
from index.query import And, Not, Phrase, Prefix, Query, Term
from index.record import Format, Link, Name


def words(text: str, field: str = "any") -> Query:
    parts = tuple(Term(text=word, field=field) for word in text.split())
    return parts[0] if len(parts) == 1 else And(parts=parts)


def book(title: str, author: str = "", **more: object) -> Lean:
    return Lean(title, authors=(Name(text=author),) if author else (), format=Format.BOOK)._replace(**more)


BOOKS = (
    book(
        "Rice economy of Java", "Geertz, Clifford", year=1963, languages=("eng",), subjects=("Rice.", "Java")
    ),
    book("Economy", "Smith, Adam", year=1776, languages=("eng",)),
    book(
        "A rice economy",
        "Amang, Beddu",
        non_filing=2,
        year=1999,
        languages=("eng", "ind"),
        subjects=("RICE", "Agriculture"),
    ),
    book(
        "Kebijaksanaan pangan", "Amang, Beddu", year=1999, languages=("ind",), subjects=("Economy of rice",)
    ),
    book("Zebra", year=None, format=Format.MAP),
)


def rows_of(query: str, leans: Sequence[Lean] = BOOKS, target: str = "t") -> list[Merged]:
    merger = Merger(asked(words(query)))
    merger.add([Arrival(target, n, one) for n, one in enumerate(leans, 1)])
    return merger.rows()


def titles(found: Page) -> list[str]:
    return [cluster.brief["title"] for cluster in found.clusters]


def test_a_title_that_is_what_was_asked_comes_first_then_titles_then_subjects() -> None:
    found = page(rows_of("rice economy", list(reversed(BOOKS))), View())

    assert titles(found)[:3] == ["A rice economy", "Rice economy of Java", "Kebijaksanaan pangan"]


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        (words("library"), book("Libraries"), book("Librettos")),
        (words("library"), book("Library"), book("Libraries")),
        (words("c++"), book("C++"), book("C")),
        (words("qur'an"), book("Qur’an dan tafsir"), book("Tafsir")),
        (words("müller"), book("x", "Müller, A."), book("x", "Mueller-X")),
        (words("東京"), book("東京物語"), book("京都")),
        (words("geertz", "author"), book("x", "Geertz, C."), book("Geertz")),
        (Phrase(text="rice economy"), book("On the rice economy"), book("Rice and its economy")),
        (Prefix(text="econ"), book("Economics"), book("Ecology")),
        (And(parts=(Term(text="rice"), Not(part=Term(text="java")))), book("Rice"), book("Java")),
        (words("the history"), book("History"), book("The the the")),
        (
            words("history"),
            book("History"),
            book("History", subtitle="a long title about very many other things"),
        ),
    ],
)
def test_what_fits_better_scores_higher(query: Query, better: Lean, worse: Lean) -> None:
    assert fit(better, asked(query)) > fit(worse, asked(query))


def test_no_other_record_moves_a_score() -> None:
    alone = rows_of("rice economy", BOOKS[:1])[0].score
    among = next(row for row in rows_of("rice economy") if row.shown.title == BOOKS[0].title)

    assert among.score == alone


def test_more_targets_and_higher_places_count_more() -> None:
    assert fused([1]) > fused([2]) > fused([90])
    assert fused([1, 1]) > fused([1])
    assert fused([50, 50]) < fused([1, 1]) < 0.5


def test_why_adds_up_to_the_score() -> None:
    merger = Merger(asked(words("rice economy")))
    merger.add([Arrival("a", 3, BOOKS[2]), Arrival("b", 1, BOOKS[2])])
    row = merger.rows()[0]
    reasons = merger.why(row.id)

    assert sum(reason.weight for reason in reasons) == pytest.approx(row.score, abs=0.001)
    assert {reason.code for reason in reasons} == {"words_in_title", "words_in_subject", "title_is", "places"}
    assert next(r.detail for r in reasons if r.code == "places") == "b 1, a 3"
    with pytest.raises(KeyError):
        merger.why("99")


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("title", ["Economy", "Kebijaksanaan pangan", "A rice economy"]),
        ("author", ["Kebijaksanaan pangan", "A rice economy", "Rice economy of Java"]),
        ("year", ["A rice economy", "Kebijaksanaan pangan", "Rice economy of Java"]),
        ("year_up", ["Economy", "Rice economy of Java", "A rice economy"]),
    ],
)
def test_sorting_and_what_does_not_say_comes_last(sort: str, first: list[str]) -> None:
    found = titles(page(rows_of("rice economy"), View(sort=sort)))

    assert found[:3] == first
    assert found[-1] == "Zebra"


def counts(found: Page, name: str) -> dict[str, int]:
    return dict(next((facet.values for facet in found.facets if facet.name == name), ()))


def test_facets_count_clusters_and_headings_whatever_their_capitals() -> None:
    found = page(rows_of("rice"), View(), sample=True)

    assert counts(found, "language") == {"eng": 3, "ind": 2}
    assert counts(found, "subject") == {"Rice": 2, "Agriculture": 1, "Economy of rice": 1, "Java": 1}
    assert counts(found, "author")["Amang, Beddu"] == 2
    assert counts(found, "year") == {"1999": 2, "1776": 1, "1963": 1}
    assert counts(found, "format") == {"book": 4, "map": 1}
    assert counts(found, "target") == {"t": 5}
    assert all(facet.sample for facet in found.facets)
    assert [facet.name for facet in found.facets] == [name for name in FACETS if name != "library"]


def test_filters_narrow_and_a_facet_ignores_its_own() -> None:
    found = page(rows_of("rice"), View(filters={"language": ("ind",), "year": ("1990-2000",)}))

    assert found.total == 2
    assert counts(found, "language") == {"ind": 2, "eng": 1}
    assert counts(found, "year") == {"1999": 2}
    assert page(rows_of("rice"), View(filters={"language": ("ind", "eng")})).total == 4
    assert page(rows_of("rice"), View(filters={"nonsense": ("x",)})).total == 0
    assert page(rows_of("rice"), View(filters={"year": ()})).total == 5


def test_what_was_shown_keeps_its_place_and_what_is_new_is_counted() -> None:
    merger = Merger(asked(words("rice")))
    merger.add([Arrival("a", n, book(f"Wheat {n} on rice")) for n in range(1, 6)])
    before = page(merger.rows(), View(limit=3))
    merger.add([Arrival("b", 1, book("Rice")), Arrival("b", 2, book("Soil"))])

    after = page(merger.rows(), View(limit=3), before.shown)
    assert titles(after) == titles(before)
    assert after.new == 1
    assert after.total == 7
    onward = page(merger.rows(), View(offset=3, limit=3), after.shown)
    assert titles(onward)[0] == "Rice"
    assert len(onward.shown) == 6
    assert onward.shown[:3] == before.shown
    fresh = page(merger.rows(), View(limit=3, fresh=True), after.shown)
    assert titles(fresh)[0] == "Rice"
    assert fresh.new == 0


def test_what_was_shown_and_went_into_another_cluster_is_left_out() -> None:
    rows = rows_of("rice")
    found = page(rows, View(limit=2), ("gone", rows[4].id))

    assert titles(found)[0] == "Zebra"
    assert len(found.clusters) == 2


def test_the_brief_of_our_own_index_comes_first_and_a_live_record_fills_its_gaps() -> None:
    merger = Merger(asked(words("rice")))
    brief = {"title": "Rice economy of Java", "authors": ["Geertz, C."], "year": 1963, "year_text": "1963",
             "format": "book", "isbn": ["9780839108825"], "holders": [{"library": "AAA"}], "holder_count": 1}  # fmt: skip
    merger.add_union([UnionHit(id="u7", position=1, brief=brief)])
    merger.add(
        [
            Arrival(
                "zt",
                1,
                BOOKS[0]._replace(
                    identifiers=(Number("isbn", "9780839108825"),),
                    links=(Link(url="http://example.org/c.jpg", kind="cover"),),
                ),
            )
        ]
    )
    (cluster,) = page(merger.rows(), View()).clusters

    assert cluster.union_id == "u7"
    assert cluster.brief["authors"] == ["Geertz, C."]
    assert cluster.brief["subjects"] == ["Rice.", "Java"]
    assert cluster.brief["cover"] == "http://example.org/c.jpg"
    assert "holders" not in cluster.brief
    assert [holder.target for holder in cluster.holders] == [UNION, "zt"]


@pytest.mark.slow
def test_a_page_of_ten_thousand_clusters_takes_milliseconds() -> None:
    leans = [
        book(
            f"Report {n} on rice",
            f"Author {n % 700}",
            year=1950 + n % 70,
            subjects=(f"Subject {n % 900}", "Rice"),
        )
        for n in range(10_000)
    ]
    merger = Merger(asked(words("rice report")))
    for start in range(0, 10_000, 500):
        merger.add([Arrival(f"t{start}", n, one) for n, one in enumerate(leans[start : start + 500])])
    rows = merger.rows()
    assert len(rows) > 9_000

    def taken() -> float:
        start = time.process_time()
        page(rows, View(offset=40))
        return time.process_time() - start

    assert min(taken() for _ in range(9)) < 0.1  # 10 ms on a quiet machine; the benchmark prints it
