"""A cluster's records become one document."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from index.document import document
from index.engines.memory import MemoryEngine
from index.parse import parse
from index.record import Availability, Format, Holding, Identifier, Link, Name, Record
from index.search import IndexDoc, SearchRequest

BOOK = Record(
    title="The Earth of mankind",
    non_filing=4,
    subtitle="a novel",
    alternates=("Bumi manusia",),
    authors=(Name(text="Toer, Pramoedya Ananta, Dr."),),
    contributors=(Name(text="Lane, Max", role="trl"),),
    subjects=("Novel Indonesia.", "Sejarah"),
    identifiers=(Identifier(kind="isbn", value="0-306-40615-2"), Identifier(kind="oclc", value="(OCoLC)123")),
    publisher="Hasta Mitra",
    place="Jakarta",
    year=1980,
    languages=("eng",),
    format=Format.BOOK,
    summary="Minke and Annelies. " * 40,
    notes=("Translated from Indonesian",),
    call_numbers=("813.54 TOE b",),
    links=(Link(url="https://example.org/cover.jpg", kind="cover"),),
)
ON_SHELF = Holding(call_number="813 TOE", copies=2, availability=Availability.AVAILABLE, lendable=True)
LENT = Holding(call_number="899.221 PRA", availability=Availability.ON_LOAN, lendable=True)


def made(*records: tuple[Record, str, str], displayed: int = 0) -> IndexDoc:
    """The document of these."""
    return document("c1", records, 1_700_000_000, 42, displayed)


def two() -> IndexDoc:
    """One description at MLT, on the shelf; another, barer one at KNG, lent."""
    bare = Record(
        title="Bumi Manusia", subjects=("SEJARAH",), holdings=(LENT,), year=1981, languages=("ind",)
    )
    return made((replace(BOOK, holdings=(ON_SHELF,)), "MLT", "ID-JK"), (bare, "KNG", "ID-YO"))


def test_libraries_and_what_can_be_done_there_are_kept_apart() -> None:
    doc = two()
    assert doc.library == ("MLT", "KNG")
    assert set(doc.held) == {"MLT", "MLT:available", "MLT:lends", "KNG", "KNG:lends"}
    assert doc.availability == ("available", "lendable")
    assert doc.region == ("ID-JK", "ID-YO")


@pytest.mark.parametrize(
    ("changes", "ways"),
    [
        ({"availability": Availability.AVAILABLE, "lendable": None}, ("available",)),
        ({"availability": Availability.AVAILABLE, "lendable": False}, ("available", "on_site")),
        ({"availability": Availability.ON_SITE, "lendable": True}, ("on_site",)),
        ({"availability": Availability.LOST, "lendable": True}, ()),
        ({"availability": Availability.ONLINE}, ("online",)),
        ({"availability": Availability.UNKNOWN}, ()),
    ],
)
def test_a_copy_can_be_had_in_these_ways(changes: dict[str, object], ways: tuple[str, ...]) -> None:
    copy = Holding(**changes)  # type: ignore[arg-type]  # fields of the dataclass
    assert made((replace(BOOK, holdings=(copy,)), "MLT", "")).availability == ways


def test_a_description_without_copies_is_held_all_the_same() -> None:
    doc = made((replace(BOOK, online=True), "MLT", ""))
    assert doc.held == ("MLT", "MLT:online")
    assert doc.region == ()


def test_all_records_are_found_and_one_is_shown() -> None:
    doc = two()
    engine = MemoryEngine()
    engine.write([doc], [], 42)
    for text in (
        *(
            "earth mankind",
            '"bumi manusia"',
            "au:toer",
            "lane",
            "su:sejarah",
            '"hasta mitra"',
            "annelies",
            "translated",
        ),
        *(
            "9780306406157",
            "callno:813.54*",
            'callno:"899.221 PRA"',
            "id:123",
            "1980..1980",
            "lib:KNG",
            "translations",
        ),
    ):
        assert engine.search(SearchRequest(query=parse(text))).total == 1, text
    assert doc.year == 1980
    assert made((BOOK, "MLT", ""), (replace(BOOK, year=1999), "KNG", ""), displayed=1).year == 1999


def test_sorting_and_facets_use_clean_forms() -> None:
    doc = two()
    assert (doc.sort_title, doc.sort_author) == ("earth of mankind", "toer pramoedya ananta")
    assert doc.subject_facet == ("Novel Indonesia", "Sejarah")
    assert (doc.format, doc.language) == (("book",), ("eng", "ind"))
    assert made((Record(title="x"), "MLT", "")).format == ("other",)


def test_the_brief_is_enough_for_a_hit_list() -> None:
    brief = json.loads(two().brief)
    assert brief["title"] == "The Earth of mankind"
    assert brief["authors"] == ["Toer, Pramoedya Ananta, Dr."]
    assert brief["isbn"] == ["9780306406157"]
    assert brief["cover"] == "https://example.org/cover.jpg"
    assert len(brief["summary"]) <= 301
    assert brief["holders"] == [
        {
            "library": "MLT",
            "copies": 2,
            "calls": ["813 TOE", "813.54 TOE b"],
            "has": ["available", "lendable"],
        },
        {"library": "KNG", "copies": 1, "calls": ["899.221 PRA"], "has": ["lendable", "on_loan"]},
    ]
    assert brief["holder_count"] == 2
    assert "edition" not in brief


def test_one_record_with_a_whole_book_in_its_notes_is_cut() -> None:
    doc = made((replace(BOOK, notes=tuple(f"word{n}" for n in range(5000))), "MLT", ""))
    assert len(doc.any) <= 1500


def test_a_cluster_without_records_is_no_document() -> None:
    with pytest.raises(ValueError, match="no records"):
        made()


def test_the_same_records_give_the_same_document() -> None:
    assert two() == two()


def test_what_one_library_knows_not_to_be_sold_is_not_for_sale_for_all() -> None:
    given = [(Record(title="T"), "MLT", ""), (Record(title="T", not_for_sale=True), "KNG", "")]

    doc = document("c", given, 0, 1, 0)

    assert doc.sale == ("not_for_sale",)
    assert json.loads(doc.brief)["not_for_sale"] is True
    assert document("c", given[:1], 0, 1, 0).sale == ()


def test_not_for_sale_is_searched_filtered_and_counted() -> None:
    engine = MemoryEngine()
    docs = [
        document(f"c{n}", [(Record(title=f"Laporan {n}", not_for_sale=n < 2 or None), "MLT", "")], n, n, 0)
        for n in range(5)
    ]
    engine.write(docs, (), 1)

    for text in ("sale:not_for_sale", "dijual:tidak", "laporan dijual:tidak"):
        assert engine.search(SearchRequest(query=parse(text))).total == 2, text
    found = engine.search(
        SearchRequest(query=parse("laporan"), filters={"sale": ["not_for_sale"]}, facets={"sale": 3})
    )
    assert found.total == 2
    assert found.facets["sale"] == (("not_for_sale", 2),)
