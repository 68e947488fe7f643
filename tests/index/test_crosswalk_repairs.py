"""Broken encodings: mended where the bytes prove it, told which field and how, and honest text never touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from index.crosswalk import read, read_iso2709
from index.crosswalk.repairs import undouble
from tests.index.iso2709 import iso2709


def doubled(text: str, encoding: str = "latin-1") -> str:
    """What becomes of a text whose UTF-8 is taken for another encoding."""
    return text.encode().decode(encoding)


@pytest.mark.parametrize(
    "text",
    [
        "Étude",
        "Café Müller",
        "São João",
        "Ñandú",
        "Qurʼān",
        "كتاب",
        "ꦲꦏ꧀ꦱꦫꦗꦮ",
        "红楼梦",
        "“Bumi”",
        "Ibsen—Ørnulf",
    ],
)
def test_what_was_encoded_twice_comes_back(text: str) -> None:
    assert undouble(doubled(text)) == text


def test_what_was_encoded_three_times_comes_back() -> None:
    assert undouble(doubled(doubled("Étude"))) == "Étude"


def test_programs_that_write_the_five_missing_bytes_of_windows_1252_as_controls_are_understood() -> None:
    assert undouble("â€œBumiâ€\x9d") == "“Bumi”"


@pytest.mark.parametrize(
    "text",
    [
        "Ã",
        "Ã la carte",
        "NÃO",
        "IRMÃ»",
        "« IRMÃ »",
        "A EDUCAÇÃO",
        "São Paulo",
        "CAFÉ»",
        "Café «Â»",
        "Å",
        "ÅRSBOK",
        "SMÖRGÅS°",
        "Île-de-France",
        "Đặng Thị",
        "Ⅷ",
        "5 °C",
        "½ ¾",
        "CafÃ© und Café",
        "Caf\ufffd",
        "Ã\ufffdtude",
        "naïve café",
        "Dürer’s",
        "Τίτλος",
    ],
)
def test_honest_text_and_what_is_lost_stay_as_they_are(text: str) -> None:
    assert undouble(text) == text


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x17F), max_size=40))
def test_latin_text_is_never_made_shorter_unless_its_damage_is_undone_whole(text: str) -> None:
    mended = undouble(text)

    if mended != text:
        assert text in (
            doubled(mended),
            doubled(doubled(mended)),
        ) or mended.encode() == b"".join(
            c.encode("cp1252") if ord(c) not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes((ord(c),))
            for c in text
        )


@given(st.text(alphabet="aeiou ÃÂÅÇÉñüß", max_size=30))
def test_letters_of_damaged_text_alone_prove_nothing(text: str) -> None:
    assert undouble(text) == text


def test_only_the_damaged_field_is_mended_and_named() -> None:
    dc = etree.fromstring(
        '<dc xmlns="http://purl.org/dc/elements/1.1/"><title>Ã\x89tude</title><creator>Élise Ã</creator>'
        "<description>Caf\ufffd</description></dc>"
    )

    record = read("oai_dc", dc)

    assert (record.title, record.authors[0].text, record.summary) == ("Étude", "Élise Ã", "Caf\ufffd")
    assert record.repairs == ("title:double_utf8",)
    assert record.oddities == ("mojibake_repaired",)


def test_marc_and_mods_name_the_field_too() -> None:
    marc = read(
        "marc21",
        etree.fromstring(
            '<record><datafield tag="100"><subfield code="a">Müller</subfield></datafield>'
            '<datafield tag="245"><subfield code="a">CafÃ©</subfield></datafield></record>'
        ),
    )
    mods = read(
        "mods",
        etree.fromstring(
            '<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>CafÃ©</title></titleInfo>'
            "<abstract>Ã</abstract></mods>"
        ),
    )

    assert (marc.title, marc.authors[0].text, marc.repairs) == ("Café", "Müller", ("245:double_utf8",))
    assert (mods.title, mods.summary, mods.repairs) == ("Café", "Ã", ("title:double_utf8",))


def marc(title: bytes, author: bytes = b"X", *, said: str, language: bytes = b"ind") -> bytes:
    fixed = b"240301s2021    io            000 0 " + language + b" d"
    return iso2709([("008", fixed), ("100", b"1 \x1fa" + author), ("245", b"10\x1fa" + title)], encoding=said)


@pytest.mark.parametrize(
    ("title", "author", "said", "language", "wanted", "repairs"),
    [
        # one encoding, and a leader that says another
        ("Café".encode(), b"X", " ", b"fre", "Café", ("245:utf8_not_marc8",)),
        (b"Caf\xe2e", b"X", "a", b"fre", "Café", ("245:marc8_not_utf8",)),
        (b"Caf\xe9", b"X", "a", b"fre", "Café", ("245:cp1252_not_utf8",)),
        (b"Caf\xe9", b"X", " ", b"fre", "Café", ("245:cp1252_not_marc8",)),
        # the leader is right
        ("Café".encode(), b"X", "a", b"fre", "Café", ()),
        (b"Caf\xe2e", b"X", " ", b"fre", "Café", ()),
        # a caron where the language has one, é where it has none
        (b"Ko\xe9sice", b"X", " ", b"slo", "Košice", ()),
        (b"Les caf\xe9s", b"X", "a", b"fre", "Les cafés", ("245:cp1252_not_utf8",)),
        (b"Ko\xe9sice", b"X", "a", b"slo", "Košice", ("245:marc8_not_utf8",)),
        (b"\xe9l\xe8ve", b"X", " ", b"fre", "élève", ("245:cp1252_not_marc8",)),
        (b"Cafe\x92s", b"X", "a", b"eng", "Cafe’s", ("245:cp1252_not_utf8",)),
        # each field by its own bytes
        (b"Caf\xe9", "Müller".encode(), "a", b"fre", "Café", ("245:cp1252_not_utf8",)),
        (b"Caf\xe2e", "Müller".encode(), "a", b"fre", "Café", ("245:marc8_not_utf8",)),
        # twice encoded inside of UTF-8
        (doubled("Café").encode(), b"X", "a", b"fre", "Café", ("245:double_utf8",)),
        # lost, and left alone
        ("Caf\ufffd".encode(), b"X", "a", b"fre", "Caf\ufffd", ()),
        ("Ã".encode(), b"X", "a", b"por", "Ã", ()),
    ],
)
def test_each_field_of_iso_2709_is_decoded_by_its_own_bytes(
    title: bytes, author: bytes, said: str, language: bytes, wanted: str, repairs: tuple[str, ...]
) -> None:
    record = read_iso2709(marc(title, author, said=said, language=language))

    assert record.title == wanted
    assert record.repairs == repairs
    assert record.authors[0].text in ("X", "Müller")


def test_a_marc8_field_in_another_script_is_read_inside_of_a_utf8_record() -> None:
    data = iso2709([("100", "1 \x1faMüller".encode()), ("245", b"10\x1fa\x1b$1!37'Jh\x1b(B")], encoding="a")

    record = read_iso2709(data)

    assert ord(record.title[0]) > 0x3000
    assert record.authors[0].text == "Müller"
    assert record.repairs == ("245:marc8_not_utf8",)


@pytest.mark.parametrize("language", ["ind", "eng", "fre", "ger", "por", "slo"])
@pytest.mark.parametrize("text", ["Étude à l’œuvre", "Ärger über Öl", "AÇÃO e irmã", "niño", "Ångström"])
def test_windows_text_is_read_whatever_the_leader_and_the_language_say(text: str, language: str) -> None:
    for said in ("a", " "):
        record = read_iso2709(marc(text.encode("cp1252"), said=said, language=language.encode()))
        assert record.title == text
