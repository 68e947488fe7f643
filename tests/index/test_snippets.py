"""Marks fall on what was asked for, and the pieces joined are the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.parse import parse
from index.snippets import pieces, snippet, wanted


def marked(text: str, query: str, field: str = "any") -> list[str]:
    """The pieces that are hits."""
    return [piece.text for piece in pieces(text, wanted(parse(query), field)) if piece.hit]


def test_words_are_marked_as_they_are_written() -> None:
    assert marked("Sejarah Perpustakaan: dari Qur’an ke C++", "quran c++ SEJARAH") == [
        "Sejarah",
        "Qur’an",
        "C++",
    ]


def test_words_of_the_same_stem_and_other_spellings_are_marked() -> None:
    assert marked("Penelitian oleh Soekarno", "meneliti sukarno") == ["Penelitian", "Soekarno"]
    assert marked("Two libraries", "library") == ["libraries"]


def test_words_side_by_side_are_one_mark_and_compounds_are_marked_in_part() -> None:
    assert marked("kopi susu panas", '"kopi susu"') == ["kopi susu"]
    assert marked("kopi-susu, Al-Qur'an", "susu alquran") == ["susu", "Qur'an"]


def test_beginnings_are_marked_and_what_is_excluded_or_of_another_field_is_not() -> None:
    assert marked("batik dan teh", "bati* -teh", "title") == ["batik"]
    assert marked("kopi toer", "ti:kopi au:toer", "title") == ["kopi"]


def test_stop_words_are_marked_only_when_nothing_else_was_asked() -> None:
    assert marked("the history of java", "the java") == ["java"]
    assert marked("the history", "the") == ["the"]


def test_markup_in_a_text_stays_text() -> None:
    found = pieces("<b>kopi</b>", wanted(parse("kopi")))
    assert [tuple(piece) for piece in found] == [("<b>", False), ("kopi", True), ("</b>", False)]


def test_a_snippet_shows_where_most_words_stand() -> None:
    text = "kopi " + "x " * 300 + "teh dan kopi dan teh " + "y " * 300
    found = snippet(text, wanted(parse("kopi teh")), 100)
    assert sum(piece.hit for piece in found) == 3
    assert (found[0].text, found[-1].text) == ("… ", " …")
    assert sum(len(piece.text) for piece in found) <= 110
    assert snippet(text, wanted(parse("susu"))) == ()
    assert "".join(p.text for p in snippet("kopi susu", wanted(parse("susu")))) == "kopi susu"


@given(st.text(max_size=200), st.sampled_from(["kopi", "a", "a* b", '"a b"', "", "-x", "1999..", "日本"]))
def test_pieces_joined_are_the_text(text: str, query: str) -> None:
    try:
        words = wanted(parse(query))
    except Exception:
        words = wanted(parse("a"))
    assert "".join(piece.text for piece in pieces(text, words)) == text
    for piece in pieces(text, words):
        assert piece.text
