"""The search box's language: what it means, what it refuses, and that nothing makes it slow or fall over."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.parse import MAX_CHARS, parse, write
from index.plan import plan
from index.query import All, And, BadQuery, Not, Or, Phrase, Prefix, Query, Range, Term


def t(text: str, field: str = "any") -> Term:
    """A word."""
    return Term(text=text, field=field)


def both(*parts: Query) -> And:
    """All of them."""
    return And(parts=parts)


def either(*parts: Query) -> Or:
    """One of them."""
    return Or(parts=parts)


MEANINGS: list[tuple[str, Query]] = [
    ("", All()),
    ("  *  ", All()),
    ("laskar pelangi", both(t("laskar"), t("pelangi"))),
    ('"laskar pelangi"', Phrase(text="laskar pelangi")),
    ("“laskar pelangi” kopi", both(Phrase(text="laskar pelangi"), t("kopi"))),
    ("kopi -teh", both(t("kopi"), Not(part=t("teh")))),
    ("kopi NOT teh", both(t("kopi"), Not(part=t("teh")))),
    ("kopi BUKAN (teh susu)", both(t("kopi"), Not(part=both(t("teh"), t("susu"))))),
    ("al-quran", t("al-quran")),
    ("a AND b OR c DAN d", either(both(t("a"), t("b")), both(t("c"), t("d")))),
    ("a (b ATAU c)", both(t("a"), either(t("b"), t("c")))),
    ("cats and dogs", both(t("cats"), t("and"), t("dogs"))),
    ("ti:kopi au:toer su:sejarah", both(t("kopi", "title"), t("toer", "author"), t("sejarah", "subject"))),
    (
        'Judul:"bumi manusia" Pengarang: toer',
        both(Phrase(text="bumi manusia", field="title"), t("toer", "author")),
    ),
    ("subjek:(kopi OR teh)", either(t("kopi", "subject"), t("teh", "subject"))),
    ("callno:813.54", t("813.54", "call_number")),
    ("isbn:0-306-40615-2", t("9780306406157", "isbn")),
    ("isbn:12-34 kopi", both(t("12-34", "isbn"), t("kopi"))),
    ("pub:mizan", t("mizan", "publisher")),
    ("tahun:1999", Range(low=1999, high=1999)),
    ("year:2010-2020", Range(low=2010, high=2020)),
    ("tahun:2020..2010", Range(low=2010, high=2020)),
    ("kopi 2010..", both(t("kopi"), Range(low=2010))),
    ("..1945", Range(high=1945)),
    ("1984", t("1984")),
    ("1990-1995", t("1990-1995")),
    ("bati*", Prefix(text="bati")),
    ("ti:bati*", Prefix(text="bati", field="title")),
    ("978-0-306-40615-7", t("9780306406157", "isbn")),
    ("ISBN 0-306-40615-2 (pbk.)", t("9780306406157", "isbn")),
    ("0378-5955", t("03785955", "issn")),
    ("10.1000/ABC.1", t("10.1000/abc.1", "identifier")),
    ("https://doi.org/10.1000/ABC.1", t("10.1000/abc.1", "identifier")),
    ("kopi 0306406152", both(t("kopi"), t("9780306406157", "isbn"))),
    ("978-0-306-40615-8", t("978-0-306-40615-8")),
    ("https://example.org/a?b=1", t("https://example.org/a?b=1")),
    ("Java: a history", both(t("Java:"), t("a"), t("history"))),
    ("C++ (dasar)", both(t("C++"), t("dasar"))),
    ('say "open', both(t("say"), Phrase(text="open"))),
    ("((kopi", t("kopi")),
    (")) kopi ) teh", both(t("kopi"), t("teh"))),
    ("kopi AND", t("kopi")),
    ("OR kopi", t("kopi")),
    ("AND OR NOT", All()),
    ("- -- !?", All()),
    ("()", All()),
    ("judul:", All()),
    ("\ud800kopi", t("kopi")),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_a_text_has_this_meaning(text: str, meaning: Query) -> None:
    assert parse(text) == meaning


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("x" * 201, "too_long", 200),
        ("x" * 200_000, "too_long", 200),
        ("(" * 20_000, "too_long", 200),
        ("a " * 33, "too_many_words", 64),
        ("(" * 11 + "a", "too_deep", 10),
        ("kopi *a*", "leading_wildcard", 5),
        ("*kopi", "leading_wildcard", 0),
        ("ko*pi", "wildcard", 2),
        ("b*", "prefix_too_short", 0),
        ("  ba*", "prefix_too_short", 2),
        ("year:abc", "bad_year", 5),
    ],
)
def test_what_is_refused_is_named_and_placed(text: str, code: str, position: int) -> None:
    with pytest.raises(BadQuery) as refused:
        parse(text)
    assert (refused.value.code, refused.value.position) == (code, position)


PIECES = st.lists(
    st.sampled_from(
        [
            '"',
            "(",
            ")",
            "-",
            "*",
            ":",
            "..",
            "AND",
            "OR",
            "NOT",
            " ",
            "ti:",
            "year:",
            "tahun:19",
            "a",
            "kopi",
            "1999",
            "“",
            "”",
        ]
    ),
    max_size=120,
).map("".join)


@given(st.one_of(st.text(max_size=250), PIECES, st.text(alphabet='"()*-:. aO', max_size=210)))
def test_no_text_raises_anything_but_bad_query(text: str) -> None:
    start = time.perf_counter()
    place = 0
    try:
        plan(parse(text))
    except BadQuery as refused:
        place = refused.position
    assert 0 <= place <= max(len(text), MAX_CHARS)
    assert time.perf_counter() - start < 0.5  # a hundred times what it takes: only a runaway reaches it


@given(PIECES)
def test_a_query_written_down_is_read_the_same(text: str) -> None:
    try:
        query = parse(text)
        again = write(query)
        if len(again) <= MAX_CHARS:
            assert parse(again) == query
    except BadQuery:
        pass


@pytest.mark.parametrize("meaning", [meaning for _, meaning in MEANINGS])
def test_each_meaning_written_down_is_read_the_same(meaning: Query) -> None:
    assert parse(write(meaning)) == meaning
