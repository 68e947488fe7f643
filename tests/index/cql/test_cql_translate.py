"""CQL finds what it says, by a table that people may edit, and what cannot be done is refused by its number."""

from __future__ import annotations

import pytest

from index.cql import profile, translate
from index.cql.parser import parse
from index.cql.tree import BadCql
from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term

SHIPPED = profile.shipped()


def asked(text: str, table: profile.Profile = SHIPPED) -> Query:
    return translate.query(parse(text), table)


def words(*texts: str, field: str = "any") -> tuple[Query, ...]:
    return tuple(Term(text=text, field=field) for text in texts)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("hujan", Term(text="hujan")),
        ('"kata dua"', And(parts=words("kata", "dua"))),
        ("dc.title = hujan", Term(text="hujan", field="title")),
        ('dc.title = "hujan bulan"', Phrase(text="hujan bulan", field="title")),
        ('TITLE ADJ "hujan bulan"', Phrase(text="hujan bulan", field="title")),
        ('dc.title all "a b"', And(parts=words("a", "b", field="title"))),
        ('dc.title any "a b"', Or(parts=words("a", "b", field="title"))),
        ("bath.name = toer*", Prefix(text="toer", field="author")),
        ('dc.title = "bumi manus*"', And(parts=(Term(text="bumi", field="title"), Prefix(text="manus", field="title")))),
        (r'dc.title = "c\*"', Term(text="c*", field="title")),
        ('dc.title =/unmasked "c*"', Term(text="c*", field="title")),
        ("bath.isbn = 979-3062-79-7", Term(text="979-3062-79-7", field="isbn")),
        ('callNumber = "297 a*"', Prefix(text="297 a", field="call_number")),
        ("dc.date = 1999", Range(low=1999, high=1999)),
        ("dc.date > 1999", Range(low=2000, high=None)),
        ("dc.date <= 1999", Range(low=None, high=1999)),
        ('dc.date within "1990 2000"', Range(low=1990, high=2000)),
        ('dc.date any "1990 2000"', Or(parts=(Range(low=1990, high=1990), Range(low=2000, high=2000)))),
        ("dc.language <> ind", And(parts=(All(), Not(part=Term(text="ind", field="language"))))),
        ("cql.allRecords = 1", All()),
        ("rec.id = x", Term(text="x", field="id")),
        ('a not "b"', And(parts=(Term(text="a"), Not(part=Term(text="b"))))),
        ("a or b and c", And(parts=(Or(parts=words("a", "b")), Term(text="c")))),
        ("a or (b and c)", Or(parts=(Term(text="a"), And(parts=words("b", "c"))))),
        ('> x = "info:srw/cql-context-set/1/dc-v1.1" x.title = a', Term(text="a", field="title")),
        ('> "http://zing.z3950.org/cql/bath/2.0/" personalName = a', Term(text="a", field="author")),
    ],
)  # fmt: skip
def test_a_query_means(text: str, query: Query) -> None:
    assert asked(text) == query


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("foo.title = a", 15),
        ('> dc = "http://example.org/other" dc.title = a', 15),
        ("dc.foo = a", 16),
        ("foo = a", 16),
        ('> "info:srw/cql-context-set/1/dc-v1.1" personalName = a', 16),
        ("dc.title foo.bar a", 19),
        ("dc.title =/fuzzy a", 20),
        ("dc.title =/relevant=5 a", 20),
        ("dc.title == a", 22),
        ("dc.title exact a", 22),
        ("dc.title < a", 22),
        ("dc.date encloses 1990", 22),
        ('callNumber any "297 a"', 22),
        ('dc.title = ""', 27),
        ('dc.title = "?!"', 28),
        ('dc.title = "!!"', 27),
        ("dc.title = a*b", 28),
        ("dc.title = *ab", 28),
        ("dc.title = a?b", 28),
        ("dc.title = ab*", 29),
        ('dc.title any "' + "buku* " * 17 + '"', 30),
        ("dc.title = ^ab", 31),
        ('dc.title adj "a bcd*"', 33),
        ("dc.date = baru", 36),
        ('dc.date within "1990"', 36),
        ("a prox b", 39),
        ("a and/rel.combine=sum b", 46),
        ("cql.resultSetId = x", 50),
        ('dc.title all "' + "kata " * 129 + '"', 38),
        ("x" + " and a or b" * 45, 38),
    ],
)
def test_what_cannot_be_done_is_refused_by_its_number(text: str, number: int) -> None:
    with pytest.raises(BadCql) as caught:
        asked(text)
    assert caught.value.number == number


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("a", "relevance"),
        ("a sortby dc.title", "title"),
        ("a sortby dc.title/sort.ascending/sort.ignoreCase", "title"),
        ("a sortby dc.date/sort.descending", "year"),
        ("a sortby date", "year_up"),
        ("a sortby dc.creator", "author"),
        ("a sortby rec.creationDate/descending", "added"),
    ],
)
def test_a_sort_order_means(text: str, order: str) -> None:
    assert translate.sort(parse(text), SHIPPED) == order


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a sortby dc.title/sort.descending", 90),
        ("a sortby dc.subject", 16),
        ("a sortby x.title", 15),
        ("a sortby dc.title dc.date", 84),
        ("a sortby dc.title/sort.respectCase", 91),
        ("a sortby dc.title/sort.missingOmit", 92),
        ("a sortby dc.title/sort.locale=id", 82),
    ],
)
def test_an_order_that_is_not_kept_is_refused(text: str, number: int) -> None:
    with pytest.raises(BadCql) as caught:
        translate.sort(parse(text), SHIPPED)
    assert caught.value.number == number


def test_a_librarian_may_add_an_index() -> None:
    text = (
        profile.SHIPPED.read_text(encoding="utf-8")
        + "set.koha = http://koha.example/\nindex.koha.barcode = id\n"
    )
    assert asked("koha.Barcode = 7", profile.read(text)) == Term(text="7", field="id")


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "index.dc.title = titel",
        "index.xy.title = title",
        "sort.title = size",
        "scan.any = words",
        "a.b =",
    ],
)
def test_a_table_with_a_fault_names_its_line(line: str) -> None:
    with pytest.raises(profile.BadProfile, match="line 1"):
        profile.read(line)
