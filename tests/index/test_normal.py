"""The normal form: what two catalogues' ways of writing the same have in common."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.folding import fold, number_of, old_spelling
from index.normal import as_list, block_keys, edition_number, from_list, normal_form
from index.record import Format, Identifier, Name, Record


def test_folding_takes_accents_case_punctuation_and_apostrophes_away() -> None:
    assert fold("Étude: C'est l'ŒUVRE—d'Ørsted!") == "etude cest loeuvre dorsted"
    assert fold("al-Qurʼān / Qur'an") == "al quran quran"
    assert fold("Straße ＡＢＣ ①") == "strasse abc 1"


def test_folding_keeps_the_letters_of_other_scripts() -> None:
    assert fold("النَّهْر") == "النهر"
    assert fold("नदी") == "नदी"
    assert fold("건강") == "건강"
    assert fold("Река") == "река"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_numbers_are_arabic_or_roman_and_words_are_none() -> None:
    assert [number_of(w) for w in ("2", "ii", "iv", "xii", "lxx", "mix", "vivid", "ix", "", "c")] == [
        2,
        2,
        4,
        12,
        70,
        None,
        None,
        9,
        None,
        None,
    ]


def test_old_spelling_becomes_todays() -> None:
    assert old_spelling("tjerita dari djakarta oentoek anak") == "cerita dari jakarta untuk anak"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Edisi kedua", 2),
        ("Ed. 2", 2),
        ("2nd ed.", 2),
        ("Second edition, revised", 2),
        ("Edisi ke-3, cetakan ke-7", 3),
        ("Cet. 5", None),
        ("Edisi revisi", None),
        ("2., überarb. Aufl.", 2),
        ("Zweite Auflage", 2),
        ("3e éd.", 3),
        ("", None),
    ],
)
def test_editions_are_numbered_and_printings_are_not_editions(text: str, number: int | None) -> None:
    assert edition_number(text) == number


def test_a_title_is_compared_without_its_article_its_medium_and_small_words() -> None:
    one = normal_form(Record(title="The sea and the shore", non_filing=4, languages=("eng",)))
    other = normal_form(Record(title="Sea & shore [electronic resource]", languages=("eng",)))

    assert one.title == other.title == "sea shore"


def test_names_match_in_either_order() -> None:
    one = normal_form(Record(title="X", authors=(Name(text="Tohari, Ahmad"),)))
    other = normal_form(Record(title="X", authors=(Name(text="Ahmad Tohari"),)))

    assert one.surnames == other.surnames == ("tohari",)
    assert one.names == other.names


@pytest.mark.parametrize(
    ("extent", "pages"),
    [
        ("xii, 245 hlm. : ilus. ; 21 cm.", 245),
        ("1 online resource (vi + 46 pages)", 46),
        ("hlm. 45", 45),
        ("2 jil.", None),
        ("3 v. (900 p.)", None),
        ("1 peta", None),
        ("", None),
    ],
)
def test_pages_are_the_last_count(extent: str, pages: int | None) -> None:
    assert normal_form(Record(title="X", extent=extent)).pages == pages


def test_parts_are_numbers_of_title_and_part() -> None:
    norm = normal_form(
        Record(title="Matematika II", subtitle="kelas 5", part_number="Jilid 3", part_name="G1")
    )

    assert set(norm.parts) == {"2", "3", "g1"}


def test_wrong_identifiers_are_not_compared() -> None:
    norm = normal_form(
        Record(
            title="X",
            identifiers=(
                Identifier(kind="isbn", value="9786020387659"),
                Identifier(kind="isbn", value="9786020387650", valid=False),
                Identifier(kind="oclc", value="12"),
                Identifier(kind="local", value="a"),
            ),
            extra={"control_number": "ID-X:7"},
        ),
        library="L",
    )

    assert norm.isbns == ("9786020387659",)
    assert norm.strong == ("control:ID-X:7", "control:L:7", "oclc:12")


def test_the_kind_is_class_level_and_carrier() -> None:
    assert normal_form(Record(title="X", format=Format.EBOOK, online=True)).kind == "text mono online"
    assert (
        normal_form(Record(title="X", format=Format.MAP, extra={"carrier": "micro"})).kind == "map mono micro"
    )
    assert normal_form(Record(title="X", format=Format.JOURNAL, level="serial")).kind == "text serial print"


def test_stored_and_read_again_it_is_the_same() -> None:
    norm = normal_form(
        Record(title="Ä 2", authors=(Name(text="B, C"),), year=2001, alternates=("Other title",)), "L", "S"
    )

    assert from_list(json.loads(json.dumps(as_list(norm)))) == norm


def test_twins_share_keys_and_other_kinds_share_none() -> None:
    book = Record(
        title="Perahu di hulu", authors=(Name(text="Saraswati, Dewi"),), year=2021, format=Format.BOOK
    )
    twin = Record(
        title="PERAHU DI HULU.", authors=(Name(text="Dewi Saraswati"),), year=2021, format=Format.BOOK
    )
    film = Record(
        title="Perahu di hulu", authors=(Name(text="Saraswati, Dewi"),), year=2021, format=Format.VIDEO
    )

    assert set(block_keys(normal_form(book))) == set(block_keys(normal_form(twin)))
    assert not set(block_keys(normal_form(book))) & set(block_keys(normal_form(film)))
    assert all(-(2**63) <= key < 2**63 for key in block_keys(normal_form(book)))


@given(st.text(max_size=80), st.text(max_size=40), st.integers(1000, 2099) | st.none())
def test_every_record_has_a_normal_form_and_a_key(title: str, name: str, year: int | None) -> None:
    norm = normal_form(Record(title=title, authors=(Name(text=name),), year=year, subtitle=name))

    assert block_keys(norm)
    assert from_list(json.loads(json.dumps(as_list(norm)))) == norm
