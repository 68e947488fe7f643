"""Which pairs are the same edition, and which groups hold together. A table of hard cases, and properties."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cluster import Verdict, compare
from index.matching.groups import components, displayed, partition
from index.normal import normal_form
from index.record import Format, Identifier, Name, Record

ISBN = (Identifier(kind="isbn", value="9786020387659"),)
OTHER_ISBN = (Identifier(kind="isbn", value="9780306406157"),)
OCLC = (Identifier(kind="oclc", value="123456"),)
BASE = Record(
    title="Perahu di hulu",
    subtitle="sebuah novel",
    authors=(Name(text="Saraswati, Dewi"),),
    responsibility="Dewi Saraswati",
    publisher="Penerbit Lereng Biru",
    place="Yogyakarta",
    year=2021,
    languages=("ind",),
    extent="xii, 245 hlm. ; 21 cm",
    format=Format.BOOK,
    identifiers=ISBN,
)
BARE: dict[str, Any] = {"identifiers": (), "responsibility": ""}
SERIAL = Record(
    title="Annual report",
    authors=(Name(text="Balai Kehutanan", corporate=True),),
    publisher="Balai Kehutanan",
    place="Bogor",
    year=1990,
    languages=("eng",),
    format=Format.JOURNAL,
    level="serial",
)

CASES: list[tuple[str, Record, Record, str]] = [
    ("the same words", BASE, BASE, "same"),
    ("no number at all", replace(BASE, **BARE), replace(BASE, **BARE), "same"),
    (
        "Dublin Core without pages and place",
        BASE,
        Record(
            title="Perahu di hulu",
            authors=(Name(text="Dewi Saraswati"),),
            year=2021,
            format=Format.BOOK,
            publisher="Lereng Biru",
            identifiers=ISBN,
            languages=("ind",),
        ),
        "same",
    ),
    ("capitals and the mark", BASE, replace(BASE, title="PERAHU DI HULU :", **BARE), "same"),
    ("subtitle left out", BASE, replace(BASE, subtitle=""), "same"),
    ("subtitle in the title", BASE, replace(BASE, title="Perahu di hulu: sebuah novel", subtitle=""), "same"),
    ("a misprint", BASE, replace(BASE, title="Perahu di huIu"), "same"),
    ("old spelling", replace(BASE, title="Tjerita Djakarta"), replace(BASE, title="Cerita Jakarta"), "same"),
    ("two pages apart", BASE, replace(BASE, extent="247 hlm."), "same"),
    ("the edition told once, the first", BASE, replace(BASE, edition="Edisi pertama"), "same"),
    ("another printing", BASE, replace(BASE, edition="Cet. 4"), "same"),
    ("one year apart, same number and pages", BASE, replace(BASE, year=2022), "same"),
    ("a book and its file", BASE, replace(BASE, format=Format.EBOOK, online=True), "veto"),
    ("a book and its recording", BASE, replace(BASE, format=Format.AUDIO), "veto"),
    (
        "score and parts",
        replace(BASE, format=Format.SCORE),
        replace(BASE, format=Format.SCORE, part_name="parts", extent="40 hlm."),
        "veto",
    ),
    ("a translation", BASE, replace(BASE, languages=("eng",)), "veto"),
    (
        "the ISBN of the set, other volume",
        replace(BASE, part_number="Jilid 1"),
        replace(BASE, part_number="Jilid 2", extent="300 hlm."),
        "veto",
    ),
    (
        "volumes without pages",
        replace(BASE, title="Matematika 1", extent=""),
        replace(BASE, title="Matematika 2", extent=""),
        "veto",
    ),
    (
        "Roman and Arabic of one volume",
        replace(BASE, part_number="Jilid II"),
        replace(BASE, part_number="jil. 2"),
        "same",
    ),
    ("the second edition", replace(BASE, edition="Ed. 1"), replace(BASE, edition="Ed. 2"), "veto"),
    ("a reprint years later with the same ISBN", BASE, replace(BASE, year=2015), "veto"),
    ("abridged", BASE, replace(BASE, extent="120 hlm."), "veto"),
    ("two ISBNs", BASE, replace(BASE, identifiers=OTHER_ISBN), "veto"),
    (
        "a shared ISBN on another title",
        BASE,
        replace(BASE, title="Kamus tani dan ternak", subtitle=""),
        "veto",
    ),
    (
        "another author",
        replace(BASE, **BARE),
        replace(BASE, authors=(Name(text="Wirawan, Sri"),), **BARE),
        "veto",
    ),
    (
        "a wrong ISBN that is the same",
        replace(BASE, title="A kota lama", identifiers=(replace(ISBN[0], valid=False),)),
        replace(BASE, title="Desa baru", identifiers=(replace(ISBN[0], valid=False),)),
        "veto",
    ),
    (
        "annual reports of two bodies",
        SERIAL,
        replace(
            SERIAL,
            authors=(Name(text="Museum Negara", corporate=True),),
            publisher="Museum Negara",
            place="Jakarta",
        ),
        "veto",
    ),
    ("annual reports of one body", SERIAL, replace(SERIAL, identifiers=(), place="Bogor"), "same"),
    (
        "one serial by its ISSN, beginnings told otherwise",
        replace(SERIAL, identifiers=(Identifier(kind="issn", value="1234-5679"),)),
        replace(SERIAL, year=None, authors=(), identifiers=(Identifier(kind="issn", value="1234-5679"),)),
        "same",
    ),
    ("a serial and one of its issues", SERIAL, replace(SERIAL, level="monograph"), "veto"),
    (
        "studies of two towns",
        replace(BASE, title="Flood study", subtitle="town of Epsom, New Hampshire", **BARE),
        replace(BASE, title="Flood study", subtitle="town of Concord, New Hampshire", **BARE),
        "veto",
    ),
    (
        "reports of two years",
        replace(BASE, title="Laporan tahunan 2014", **BARE),
        replace(BASE, title="Laporan tahunan 2015", **BARE),
        "veto",
    ),
    (
        "one number in WorldCat, nothing else but the title",
        replace(BASE, identifiers=OCLC, extent="", year=None),
        replace(BASE, identifiers=OCLC, extent="", place=""),
        "same",
    ),
    (
        "initials for first names",
        replace(BASE, **BARE),
        replace(BASE, authors=(Name(text="Saraswati, D."),), **BARE),
        "same",
    ),
    (
        "a body that Dublin Core takes for a person",
        replace(BASE, authors=(Name(text="Geological Survey (U.S.)", corporate=True),), **BARE),
        replace(BASE, authors=(Name(text="Geological Survey"),), subtitle="", extent="", place="", **BARE),
        "same",
    ),
    (
        "the parts of the title in another order",
        replace(BASE, title="Sensus pertanian", part_name="Jawa Timur", subtitle="data kabupaten", **BARE),
        replace(BASE, title="Sensus pertanian. Jawa Timur : data kabupaten", subtitle="", **BARE),
        "same",
    ),
    (
        "serials without years",
        replace(SERIAL, year=None),
        replace(SERIAL, year=None, place=""),
        "same",
    ),
    (
        "an author who is told in the responsibility only",
        replace(BASE, identifiers=()),
        replace(BASE, authors=(), identifiers=()),
        "same",
    ),
    (
        "another script beside the transliteration",
        replace(BASE, title="Al-nahr wa-al-bahr", scripts=("النهر والبحر",)),
        replace(BASE, title="النهر والبحر"),
        "same",
    ),
    (
        "a title alone",
        Record(title="Puisi", format=Format.BOOK),
        Record(title="Puisi", format=Format.BOOK),
        "different",
    ),
]


@pytest.mark.parametrize(("one", "other", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_pair_is_judged_as_a_cataloguer_would(one: Record, other: Record, wanted: str) -> None:
    a, b = normal_form(one, "L1", "s1"), normal_form(other, "L2", "s2")

    found = compare(a, b)

    assert found.verdict == wanted, found
    assert compare(b, a) == found


def test_the_score_is_the_sum_of_its_reasons() -> None:
    found = compare(normal_form(BASE), normal_form(BASE))

    assert found.score == pytest.approx(sum(weight for _, weight in found.reasons))
    assert {reason for reason, _ in found.reasons} >= {"isbn", "year", "pages", "author", "title"}


def test_one_catalogue_with_two_numbers_of_worldcat_means_to_keep_them_apart() -> None:
    a = replace(BASE, identifiers=(Identifier(kind="oclc", value="1"),))
    b = replace(BASE, identifiers=(Identifier(kind="oclc", value="2"),))

    assert compare(normal_form(a, "L", "s"), normal_form(b, "L", "s")).reasons == (("catalogue", 0.0),)
    assert compare(normal_form(a, "L", "s"), normal_form(b, "M", "t")).verdict == "same"


def test_two_sources_of_one_library_share_its_control_number() -> None:
    thin = Record(title="Untuk yang sakit di rumah sendiri", year=2020, publisher="Dinas", format=Format.BOOK,
                  extra={"control_number": "77"})  # fmt: skip

    assert compare(normal_form(thin, "L", "s"), normal_form(thin, "L", "t")).verdict == "same"
    assert compare(normal_form(thin, "L", "s"), normal_form(thin, "M", "t")).verdict == "maybe"


def _never(_: Any, __: Any) -> Verdict:
    return Verdict("same", 5.0, ())


def _judge(vetoed: bool) -> Verdict:
    return Verdict("veto", 0.0, (("year", 0.0),)) if vetoed else Verdict("same", 5.0, ())


def test_a_chain_is_joined_only_where_no_pair_across_is_vetoed() -> None:
    chain = [(5.0, "a", "b"), (5.0, "b", "c")]

    def ends(x: str, y: str) -> Verdict:
        return _judge({x, y} == {"a", "c"})

    assert partition("abc", chain, _never) == [frozenset("abc")]
    assert sorted(map(sorted, partition("abc", chain, ends))) == [["a", "b"], ["c"]]


def test_people_have_the_last_word() -> None:
    pairs = [(6.0, "a", "b")]

    assert sorted(map(sorted, partition("abc", pairs, _never, same=[("b", "c")]))) == [["a", "b", "c"]]
    assert sorted(map(sorted, partition("ab", pairs, _never, not_same=[("b", "a")]))) == [["a"], ["b"]]


def test_not_same_keeps_the_groups_around_it_apart() -> None:
    pairs = [(6.0, "a", "b"), (5.9, "c", "d"), (5.0, "b", "c")]

    found = sorted(map(sorted, partition("abcd", pairs, _never, not_same=[("a", "d")])))

    assert found == [["a", "b"], ["c", "d"]]


@pytest.mark.slow
@given(st.data())
def test_the_order_of_members_and_pairs_does_not_matter(data: st.DataObject) -> None:
    members = list("abcdefgh")
    pair = st.tuples(st.sampled_from(members), st.sampled_from(members)).filter(lambda p: p[0] < p[1])
    scores = data.draw(st.dictionaries(pair, st.sampled_from([4.5, 5.0, 6.5])))
    vetoes = data.draw(st.frozensets(pair)) - scores.keys()
    same = data.draw(st.frozensets(pair, max_size=2))
    apart = data.draw(st.frozensets(pair, max_size=2))

    def judge(x: str, y: str) -> Verdict:
        return _judge((min(x, y), max(x, y)) in vetoes)

    def run(seed: int) -> set[frozenset[str]]:
        chance = random.Random(seed)
        shuffled = chance.sample(members, len(members))
        pairs = [(s, *chance.sample(p, 2)) for p, s in scores.items()]
        chance.shuffle(pairs)
        return set(partition(shuffled, pairs, judge, chance.sample(sorted(same), len(same)), apart))

    found = run(0)
    assert all(run(seed) == found for seed in range(1, 5))
    assert sorted(m for part in found for m in part) == members
    if not same:
        assert not any(judge(x, y).verdict == "veto" for part in found for x in part for y in part if x < y)


def test_one_record_that_tells_little_does_not_chain_two_editions() -> None:
    def judge(x: str, y: str) -> Verdict:
        return Verdict("same", 4.6, ()) if "thin" in (x, y) else Verdict("different", -2.0, ())

    chain = [(9.0, "a1", "a2"), (9.0, "b1", "b2"), (4.6, "a1", "thin"), (4.6, "b1", "thin")]
    found = sorted(map(sorted, partition(["a1", "a2", "b1", "b2", "thin"], chain, judge)))

    assert found == [["a1", "a2", "thin"], ["b1", "b2"]]


def test_joined_by_people_two_groups_stay_whole() -> None:
    pairs = [(6.0, "a1", "a2"), (6.0, "b1", "b2")]

    def across(x: str, y: str) -> Verdict:
        return _judge(x[0] != y[0])

    found = partition(["a1", "a2", "b1", "b2"], pairs, across, same=[("a1", "b2")])

    assert found == [frozenset(("a1", "a2", "b1", "b2"))]


def test_lots_are_what_hangs_together() -> None:
    assert sorted(components([4, 3, 2, 1], [(1, 3), (3, 9)])) == [[1, 3], [2], [4]]


def test_the_record_that_tells_most_is_shown_and_the_first_by_name_among_equals() -> None:
    thin, rich = normal_form(Record(title="X")), normal_form(BASE)

    assert displayed({"a": thin, "b": rich, "c": rich}) == "b"
