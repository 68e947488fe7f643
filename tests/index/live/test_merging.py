"""Records of many targets become editions: by the rules of the union, in any order of arrival, together with the union."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import combinations

import pytest

from benchmarks.cluster_records import HALVES, labelled
from benchmarks.clusters import norms_of, pairs_of, true_pairs
from index.cluster import compare
from index.crosswalk import marc21
from index.crosswalk.numbers import isbns
from index.live.lean import Lean
from index.live.lean.record import Number, as_record, lean_of
from index.live.merging import Arrival, Merged, Merger, UnionHit, asked
from index.live.merging.judging import judged
from index.live.snapshot import UNION
from index.matching.alone import cluster_all
from index.normal import normal_form
from index.query import All, Term
from index.record import Format, Name


def lean(title: str, author: str = "", year: int | None = None, isbn: str = "", **more: object) -> Lean:
    numbers = tuple(Number(i.kind, i.value, i.valid) for i in isbns(isbn))
    names = (Name(text=author),) if author else ()
    made = Lean(
        title, authors=names, year=year, year_text=str(year or ""), identifiers=numbers, format=Format.BOOK
    )
    return made._replace(**more)


def merged(arrivals: Iterable[Arrival]) -> list[Merged]:
    merger = Merger(asked(All()))
    merger.add(arrivals)
    return merger.rows()


def groups(rows: Sequence[Merged]) -> set[frozenset[tuple[str, int]]]:
    return {frozenset((h.target, h.position) for h in row.holders) for row in rows}


#: Ten records as they come from ten targets, and which of them are one book.
PROBE = (
    (lean("Pippi Långstrump", "Lindgren, Astrid", 1945, "9129657512"), "pippi"),
    (lean("Pippi Langstrump", "Lindgren, Astrid", 1945, "9129657512"), "pippi"),
    (lean("Pippi Långstrump", "Lindgren, Astrid", 1945, "9789129657517"), "pippi"),
    (lean("Pippi Långstrump", "Lindgren, A.", 2007, "9789129657517"), "pippi"),
    (lean("Introduction", "Smith, John", 1999), "introduction 1999"),
    (lean("Introduction", "Smith, John", 2015), "introduction 2015"),
    (lean("The Bible", "", 1611), "bible 1611"),
    (lean("The Bible", "", 2001), "bible 2001"),
    (lean("Harry Potter and the philosopher's stone", "Rowling, J. K.", 1997, "0747532699"), "potter"),
    (lean("Harry Potter & the philosopher’s stone", "Rowling, J.K.", 1997, "9780747532699"), "potter"),
)


def test_the_probe_of_ten_records_gives_all_pairs_and_no_other() -> None:
    rows = merged(Arrival(f"t{n}", 1, one) for n, (one, _) in enumerate(PROBE))
    found = pairs_of([[int(h.target[1:]) for h in row.holders] for row in rows])
    truth = {(a, b) for a, b in combinations(range(10), 2) if PROBE[a][1] == PROBE[b][1]}

    assert len(truth) == 7
    assert found == truth


def test_printings_of_one_isbn_are_one_hit_but_not_where_anything_else_speaks_against_it() -> None:
    old = lean("Pippi Långstrump", "Lindgren, Astrid", 1945, "9129657512")
    new = old._replace(year=2007, year_text="2007")

    def verdict(other: Lean) -> str:
        return judged(normal_form(as_record(old)), normal_form(as_record(other))).verdict

    assert verdict(new) == "same"
    assert verdict(new._replace(title="Pippi Långstrump går ombord")) == "veto"
    assert verdict(new._replace(authors=(Name(text="Nyman, Ingrid"),))) == "veto"
    assert verdict(new._replace(extent="174 s.")) == "veto"
    assert verdict(new._replace(publisher="Rabén & Sjögren")) == "veto"
    assert verdict(new._replace(identifiers=())) == "veto"
    assert verdict(new._replace(format=Format.AUDIO)) == "veto"


def arrivals_of(half: str, seed: int = 1) -> tuple[list[Arrival], list[str]]:
    """The labelled records, each as from a target of its own; and their editions."""
    records = labelled(half, seed)
    found = [
        Arrival(f"{place:04d}", 1, lean_of(marc21.read(one.element))) for place, one in enumerate(records)
    ]
    return found, [one.edition for one in records]


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
def test_labelled_records_are_joined_as_well_as_in_the_union(half: str) -> None:
    records = labelled(half)
    arrivals, _ = arrivals_of(half)
    truth = true_pairs(records)
    union = pairs_of(cluster_all(norms_of(records)).groups)
    live = pairs_of([[int(h.target) for h in row.holders] for row in merged(arrivals)])

    def f1(found: set[tuple[int, int]]) -> float:
        return 2 * len(found & truth) / (len(found) + len(truth))

    assert f1(live) >= f1(union) - 0.005
    assert len(live ^ union) <= 0.01 * len(union)


@pytest.mark.parametrize("seed", range(3))
def test_the_end_does_not_depend_on_the_order_in_which_records_come(seed: int) -> None:
    arrivals, _ = arrivals_of("held")
    arrivals = _over_targets(arrivals[:160])
    end = groups(merged(arrivals))
    scores = {frozenset((h.target, h.position) for h in row.holders): row.score for row in merged(arrivals)}

    chance = random.Random(seed)
    mixed = arrivals[:]
    chance.shuffle(mixed)
    merger = Merger(asked(All()))
    while mixed:
        size = chance.randint(1, 30)
        merger.add(mixed[:size])
        merger.changes()
        del mixed[:size]

    assert groups(merger.rows()) == end
    assert {frozenset((h.target, h.position) for h in r.holders): r.score for r in merger.rows()} == scores


def _over_targets(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Five targets, some of which hold several records of one edition."""
    return [Arrival(f"t{n * 7 % 5}", n // 5 + 1, one.lean) for n, one in enumerate(arrivals)]


def test_no_cluster_holds_a_pair_that_is_vetoed() -> None:
    arrivals, _ = arrivals_of("tuned")
    merger = Merger(asked(All()))
    merger.add(arrivals)
    leans = {(a.target, a.position): a.lean for a in arrivals}

    joined = 0
    for row in merger.rows():
        members = [normal_form(as_record(leans[h.target, h.position])) for h in row.holders]
        for a, b in combinations(members, 2):
            joined += 1
            assert judged(a, b).verdict != "veto", (a.shown, b.shown, compare(a, b))
    assert joined > 100


def test_what_changes_tells_is_what_rows_shows() -> None:
    arrivals, _ = arrivals_of("held")
    merger = Merger(asked(All()))
    kept: dict[str, Merged] = {}
    for at in range(0, len(arrivals), 17):
        merger.add(arrivals[at : at + 17])
        change = merger.changes()
        for gone, now in change.gone.items():
            kept.pop(gone, None)
            assert now not in change.gone
        kept.update((row.id, row) for row in change.changed)
        assert kept == {row.id: row for row in merger.rows()}
    assert merger.changes().changed == ()
    assert len(merger) == len(kept)


def test_the_id_of_a_cluster_stays_when_others_join_it() -> None:
    merger = Merger(asked(All()))
    merger.add([Arrival("a", 1, PROBE[8][0])])
    first = merger.rows()[0].id
    merger.add([Arrival("b", 5, PROBE[9][0]), Arrival("c", 1, PROBE[8][0]), Arrival("d", 1, PROBE[4][0])])

    rows = merger.rows()
    assert [len(row.holders) for row in rows] == [3, 1]
    assert rows[0].id == first
    assert [(h.target, h.position) for h in rows[0].holders] == [("a", 1), ("b", 5), ("c", 1)]


def test_a_key_that_sixty_records_share_joins_none_of_them() -> None:
    """A number that all records of a target carry, such as one of the system's own."""

    def one(n: int) -> Lean:
        told = Number("oclc", "4711")
        return lean(
            f"Report {'abcdefghijklmnopqrstuvwxyz'[n % 26]}{n} on {n * 37 % 91} things", identifiers=(told,)
        )

    few = merged([Arrival(f"t{n}", 1, one(n)) for n in range(70)])
    batches = Merger(asked(All()))
    for n in reversed(range(70)):
        batches.add([Arrival(f"t{n}", 1, one(n))])

    assert groups(batches.rows()) == groups(few)


BRIEF = {
    "title": "Harry Potter and the philosopher's stone", "authors": ["Rowling, J. K."], "year": 1997,
    "year_text": "1997", "isbn": ["9780747532699"], "format": "book", "holders": [{"library": "AAA"}, {"library": "BBB"}],
    "holder_count": 2,
}  # fmt: skip


@pytest.mark.parametrize("union_first", [True, False])
def test_a_live_record_joins_the_hit_of_the_union(union_first: bool) -> None:
    merger = Merger(asked(Term(text="potter")))
    steps = [
        lambda: merger.add_union([UnionHit(id="u1", position=1, brief=BRIEF)]),
        lambda: merger.add([Arrival("zt", 4, PROBE[9][0])]),
    ]
    for step in steps if union_first else reversed(steps):
        step()

    (row,) = merger.rows()
    assert row.union is not None
    assert [(h.target, h.library) for h in row.holders] == [(UNION, "AAA"), (UNION, "BBB"), ("zt", "")]
    assert row.facets[5] == (UNION, "zt")
    assert row.facets[6] == ("AAA", "BBB")


def test_two_clusters_of_the_union_stay_two_whatever_the_rules_say() -> None:
    merger = Merger(asked(All()))
    merger.add_union([UnionHit(id="u1", position=1, brief=BRIEF), UnionHit(id="u2", position=2, brief=BRIEF)])
    merger.add([Arrival("zt", 1, PROBE[8][0])])

    assert sorted(row.union.id for row in merger.rows() if row.union) == ["u1", "u2"]
    assert sum(len([h for h in row.holders if h.target == "zt"]) for row in merger.rows()) == 1


def test_members_of_one_cluster_of_the_union_stay_together() -> None:
    norms = tuple(normal_form(as_record(one)) for one in (PROBE[4][0], PROBE[5][0], PROBE[6][0]))
    merger = Merger(asked(All()))
    merger.add_union(
        [UnionHit(id="u1", position=1, brief={"title": "Introduction", "format": "book"}, norms=norms)]
    )
    merger.add([Arrival("zt", 1, PROBE[4][0]._replace(responsibility="John Smith"))])

    assert len([row for row in merger.rows() if row.union is not None]) == 1
