"""Payloads of every syntax become lean records, and the whole Record when one is opened; a bad one costs itself."""

from __future__ import annotations

import pytest

from index.crosswalk import BadRecord
from index.live.lean import Reading, read, whole
from index.live.lean.record import lean_of
from index.live.link import Diagnostic, Fetched
from index.record import Availability, Format, Holding
from tests.index.iso2709 import iso2709

USMARC, UNIMARC, XML, SUTRS, GRS1 = (f"1.2.840.10003.5.{n}" for n in ("10", "1", "109.10", "101", "105"))
FIXED = b"850712s1985    io            000 0 ind d"


def fetched(payload: bytes, syntax: str = USMARC, **more: object) -> Fetched:
    return Fetched(position=1, syntax=syntax, payload=payload, **more)  # type: ignore[arg-type]  # passed on as given


def marc(title: bytes, encoding: str = "a", *fields: tuple[str, bytes]) -> bytes:
    return iso2709([("008", FIXED), ("245", b"10\x1fa" + title), *fields], encoding)


def test_marc8_utf8_and_cp1252_are_told_apart_whatever_the_leader_says() -> None:
    for title in ("Größe".encode(), b"Gr\xe8o\xc7e", "Größe".encode("cp1252")):
        for claim in "a ":
            assert read(fetched(marc(title, claim))).title == "Größe"


@pytest.mark.parametrize(
    ("charset", "data", "title"),
    [
        ("iso-8859-1", "Größe Ångström".encode("latin-1"), "Größe Ångström"),
        ("iso-8859-2", "Žluťoučký".encode("iso-8859-2"), "Žluťoučký"),
        ("iso-8859-5", "Война".encode("iso-8859-5"), "Война"),
        ("iso-8859-7", "Ιλιάδα".encode("iso-8859-7"), "Ιλιάδα"),
        ("iso-8859-15", "Cœur €".encode("iso-8859-15"), "Cœur €"),
        ("windows-1250", "Łódź".encode("cp1250"), "Łódź"),
        ("windows-1251", "Война".encode("cp1251"), "Война"),
        ("windows-1252", "Œuvres".encode("cp1252"), "Œuvres"),
        ("gb18030", "战争与和平".encode("gb18030"), "战争与和平"),
        ("big5", "戰爭與和平".encode("big5"), "戰爭與和平"),
        ("euc-kr", "전쟁과 평화".encode("euc-kr"), "전쟁과 평화"),
        ("euc-jp", "戦争と平和".encode("euc-jp"), "戦争と平和"),
        ("marc-8", b"Caf\xe2e", "Café"),
        ("iso-5426", b"Caf\xc2e", "Café"),
        ("iso-6937", b"Caf\xc2e", "Café"),
        ("iso-8859-1", "Größe".encode(), "Größe"),  # a target that has changed over to UTF-8
    ],
)
def test_a_character_set_that_the_profile_names(charset: str, data: bytes, title: str) -> None:
    how = Reading(charset=charset)

    assert read(fetched(marc(data)), how).title == title
    assert whole(fetched(marc(data)), how).title == title


@pytest.mark.parametrize(
    ("title", "skip", "text"),
    [
        ("\u0098The\u009c history".encode(), 4, "The history"),
        ("\u0088Der \u0089Mann".encode(), 4, "Der Mann"),
        ("\u0098L'\u009camour".encode(), 2, "L'amour"),
    ],
)
def test_marks_of_words_that_do_not_sort_are_counted_and_not_shown(
    title: bytes, skip: int, text: str
) -> None:
    lean = read(fetched(marc(title)))

    assert (lean.title, lean.non_filing) == (text, skip)


def test_copies_beside_the_record_come_before_those_inside() -> None:
    inside = ("852", b"  \x1fbInside\x1fjQ 1")
    beside = (Holding(branch="Main", call_number="Q 1", availability=Availability.AVAILABLE),)

    assert read(fetched(marc(b"T", "a", inside))).holdings[0].branch == "Inside"
    assert read(fetched(marc(b"T", "a", inside), holdings=beside)).holdings == beside
    assert whole(fetched(marc(b"T", "a", inside), holdings=beside)).holdings == beside


def test_copies_are_read_where_the_profile_says_they_stand() -> None:
    local = ("949", b"  \x1faQ 1\x1fi30001\x1flMAIN")

    assert read(fetched(marc(b"T", "a", local))).holdings == ()
    found = read(fetched(marc(b"T", "a", local)), Reading(copies=("949",))).holdings
    assert [(copy.call_number, copy.barcode) for copy in found] == [("Q 1", "30001")]


UNIMARC_FIELDS = [
    ("100", b"  \x1fa19950101d1995    m  y0frey50      ba"),
    ("101", b"0 \x1fafre"),
    ("200", b"1 \x1faLes mis\xc3\xa9rables\x1ffVictor Hugo"),
    ("700", b" 1\x1faHugo\x1fbVictor"),
]


def test_unimarc_is_known_by_its_fields_and_by_its_syntax() -> None:
    for syntax in (USMARC, UNIMARC):
        lean = read(fetched(iso2709(UNIMARC_FIELDS), syntax))
        assert (lean.title, lean.authors[0].text, lean.languages) == (
            "Les misérables",
            "Hugo, Victor",
            ("fre",),
        )
    assert read(fetched(iso2709(UNIMARC_FIELDS)), Reading(flavour="unimarc")).title == "Les misérables"


MARCXML = (
    '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>'
    '<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Rice /</subfield><subfield code="c">A. B.</subfield>'
    "</datafield></record>"
)
DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>Rice</dc:title><dc:creator>Geertz, C.</dc:creator><dc:date>1963</dc:date></oai_dc:dc>"
)
SRW_DC = DC.replace("oai_dc:dc", "srw_dc:dc").replace(
    'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"', 'xmlns:srw_dc="info:srw/schema/1/dc-schema"'
)
MODS = '<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>Rice</title></titleInfo></mods>'


@pytest.mark.parametrize("payload", [MARCXML, DC, SRW_DC, MODS])
@pytest.mark.parametrize("syntax", [XML, "marcxml", "dc", "info:srw/schema/1/mods-v3.7", ""])
def test_xml_is_read_by_what_it_is(payload: str, syntax: str) -> None:
    data = f'<?xml version="1.0" encoding="UTF-8"?>\n{payload}'.encode()
    lean = read(fetched(data, syntax))

    assert lean.title == "Rice"
    assert lean == lean_of(whole(fetched(data, syntax)))


def test_readable_text_says_what_its_labels_say() -> None:
    text = "Title: Rice economy : of Java\nAuthor: Geertz, C.\nISBN: 0839108826\nPublisher: Press, 1963\nOther line\n"
    lean = read(fetched(text.encode(), SUTRS))

    assert (lean.title, lean.subtitle, lean.year) == ("Rice economy", "of Java", 1963)
    assert lean.identifiers[0].value == "9780839108825"
    assert "Other line" in lean.notes
    assert lean == lean_of(whole(fetched(text.encode(), SUTRS)))


def test_readable_text_without_labels_is_called_as_its_first_line() -> None:
    lean = read(fetched("\n  Größe und Maß\nzweite Zeile".encode(), GRS1))

    assert lean.title == "Größe und Maß"
    assert lean.format is Format.OTHER


@pytest.mark.parametrize(
    ("payload", "syntax", "reason"),
    [
        (b"", USMARC, "no_record"),
        (b"12", USMARC, "truncated"),
        (b"not a record of any kind at all here", USMARC, "not_marc"),
        (marc(b""), USMARC, "no_title"),
        (b"<record>", XML, "not_xml"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><record/>", XML, "not_xml"),
        (b"<html><body>Not found</body></html>", XML, "unknown_schema"),
        (b'<record xmlns="http://www.loc.gov/MARC21/slim"/>', XML, "no_record"),
        (b"\n \n--\n", SUTRS, "no_title"),
    ],
)
def test_a_bad_record_is_told_by_a_named_reason(payload: bytes, syntax: str, reason: str) -> None:
    for reader in (read, whole):
        with pytest.raises(BadRecord) as bad:
            reader(fetched(payload, syntax))
        assert bad.value.reason == reason


def test_a_record_that_the_target_could_not_give_is_told_in_its_words() -> None:
    with pytest.raises(BadRecord, match="too big"):
        read(fetched(b"", diagnostic=Diagnostic(code="16", set="bib1", text="too big")))
