"""Cleaning of text, years, languages and numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import isbn as isbn_rules
from stdnum import issn as issn_rules

from index.crosswalk.dates import coded_year, year_of
from index.crosswalk.kinds import format_of_extent, format_of_words
from index.crosswalk.languages import language_code, language_codes
from index.crosswalk.numbers import doi, isbn13, isbns, issn_holds, issns, lccn, oclc
from index.crosswalk.relators import role
from index.crosswalk.repairs import undouble
from index.crosswalk.text import clean, distinct, unmarkup, unstop, untail
from index.record import Format


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Title /", "Title"),
        ("Title :", "Title"),
        ("Bogor,", "Bogor"),
        ("Programming in C++", "Programming in C++"),
        ("C++ /", "C++"),
        ("Sari Media Inc.", "Sari Media Inc."),
        ("Mori, O.", "Mori, O."),
        ("Washington, U.S.", "Washington, U.S."),
        ("Fiksi.", "Fiksi"),
        ("Language (Program).", "Language (Program)"),
        ("And so on ...", "And so on ..."),
        ("2021.", "2021"),
        ("21 cm.", "21 cm."),
        ("What now?", "What now?"),
    ],
)
def test_only_the_punctuation_that_leads_on_is_taken_off(text: str, wanted: str) -> None:
    assert untail(text) == wanted


def test_before_another_element_a_mark_goes_without_a_blank_too() -> None:
    assert untail("Judul:", more=True) == "Judul"
    assert untail("C++", more=True) == "C++"
    assert untail("Judul:") == "Judul:"


def test_text_is_composed_and_controls_and_direction_marks_are_gone() -> None:
    assert clean("Cafe\u0301\x00  a\tb\u200f ") == "Café a b"
    assert clean(None) == ""
    assert len(clean("x" * 9000, 1000)) == 1000


def test_joiners_of_persian_and_indic_words_stay() -> None:
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("CafÃ©", "Café"),
        ("DÃ¼rer", "Dürer"),
        ("donâ€™t", "don’t"),
        ("Café", "Café"),
        ("CAFÉ»", "CAFÉ»"),
        ("Ã la carte", "Ã la carte"),
        ("plain", "plain"),
        ("CafÃ© und Café", "CafÃ© und Café"),
    ],
)
def test_a_broken_encoding_is_mended_only_where_the_round_trip_proves_it(text: str, wanted: str) -> None:
    assert undouble(text) == wanted


def test_markup_goes_and_mathematics_stays() -> None:
    assert clean(unmarkup("<p>a <b>b</b></p> 3 < 4 > 2")) == "a b 3 < 4 > 2"


def test_the_same_text_in_other_punctuation_is_said_once() -> None:
    assert distinct(["Rivers.", "rivers", "Lakes", ""]) == ("Rivers.", "Lakes")


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("c2005", 2005),
        ("[2002?]", 2002),
        ("2005/2006", 2005),
        ("1423 H/2002", 2002),
        ("1420 [1999]", 1999),
        ("1423 H", None),
        ("2015-03-04T00:00:00Z", 2015),
        ("[between 1900 and 1999]", None),
        ("between 1998 and 1999", 1998),
        ("19--?", None),
        ("", None),
        ("no 123456", None),
        ("Paris, 1510", 1510),
    ],
)
def test_the_year_is_found_in_what_is_printed(text: str, year: int | None) -> None:
    assert year_of(text) == year


@pytest.mark.parametrize(
    ("text", "year"), [("2021", 2021), ("19uu", None), ("||||", None), ("9999", None), ("", None)]
)
def test_a_coded_year_is_a_year_or_nothing(text: str, year: int | None) -> None:
    assert coded_year(text) == year


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("id", "ind"),
        ("ind", "ind"),
        ("Indonesia", "ind"),
        ("Bahasa Inggris", "eng"),
        ("English", "eng"),
        ("en-US", "eng"),
        ("fra", "fre"),
        ("deu", "ger"),
        ("zh", "chi"),
        ("jv", "jav"),
        ("mul", ""),
        ("|||", ""),
        ("", ""),
        ("Klingonisch", ""),
    ],
)
def test_languages_have_one_code_however_they_are_written(text: str, code: str) -> None:
    assert language_code(text) == code


def test_old_records_write_several_languages_into_one_subfield() -> None:
    assert language_codes("engfre") == ("eng", "fre")
    assert language_codes("ind") == ("ind",)
    assert language_codes("indonesia") == ("ind",) or language_codes("indonesia")[0] == "ind"


@given(st.text(alphabet="0123456789X", min_size=10, max_size=13))
def test_isbns_are_right_when_the_standard_library_of_numbers_says_so(digits: str) -> None:
    if isbn_rules.is_valid(digits):
        wanted = digits if len(digits) == 13 else isbn_rules.to_isbn13(digits)
        assert isbn13(digits) == wanted
    else:
        assert isbn13(digits) == ""


@given(st.from_regex(r"\A[0-9]{4}-[0-9]{3}[0-9X]\Z"))
def test_issns_are_right_when_the_standard_library_of_numbers_says_so(text: str) -> None:
    assert issn_holds(text) == issn_rules.is_valid(text)


def test_isbns_come_out_of_their_qualifiers() -> None:
    found = isbns("0-306-40615-2 (jil. 1) ; 978-602-03-8765-9 (set : 2 jil.)")

    assert [(i.value, i.valid) for i in found] == [("9780306406157", True), ("9786020387659", True)]
    assert isbns("(pbk.)") == ()


def test_a_wrong_check_digit_is_kept_for_searching_and_never_matched_on() -> None:
    (found,) = isbns("978-602-03-8765-0")

    assert (found.value, found.valid) == ("9786020387650", False)


def test_other_numbers_have_one_spelling() -> None:
    assert [i.value for i in issns("1234-5679 (online)")] == ["1234-5679"]
    assert doi("https://doi.org/10.5555/ABC.1.") == "10.5555/abc.1"
    assert doi("10 things") == ""
    assert [oclc(t) for t in ("ocm00123456", "on1149539869", "123456 (pbk.)", "x")] == [
        "123456",
        "1149539869",
        "123456",
        "",
    ]
    assert [lccn(t) for t in ("   2021-3456 ", "gm 71005810 ", "85-2 /AC/r86", "x")] == [
        "2021003456",
        "gm71005810",
        "85000002",
        "",
    ]


def test_roles_are_codes_words_and_addresses() -> None:
    assert [
        role(t)
        for t in ("edt", "penyunting.", "http://id.loc.gov/vocabulary/relators/trl", "(ed.)", "friend")
    ] == [
        "edt",
        "edt",
        "trl",
        "edt",
        "",
    ]


def test_an_extent_may_tell_what_a_thing_is() -> None:
    texts = ("1 partitur (33 hlm.) ; 30 cm", "2 peta", "xii, 80 hlm. : 1 peta", "80 hlm.", "1 mapel")

    assert [format_of_extent(t) for t in texts] == [Format.SCORE, Format.MAP, None, None, None]


def test_the_most_telling_kind_counts() -> None:
    assert format_of_words(["Text", "StillImage", "map"]) is Format.MAP
    assert format_of_words(["Text", "PeerReviewed", "info:eu-repo/semantics/article"]) is Format.ARTICLE
    assert format_of_words(["PeerReviewed"]) is None


def test_a_final_stop_goes_unless_it_belongs_to_the_word() -> None:
    assert [unstop(t) for t in ("Kota.", "Jr.", "A.", "etc.", "No..", '"Kota."')] == [
        "Kota",
        "Jr.",
        "A.",
        "etc.",
        "No..",
        '"Kota."',
    ]
