"""Copies told of in answers of SRU: ISO 20775, OPAC records as XML, fields of MARC."""

from __future__ import annotations

import pytest

from foundation.strictxml import parse
from index.record import Availability, Holding
from index.sru import answers, copies
from tests.index.sru.scripted import marc, record, response

ISO = 'xmlns="info:ofi/fmt:xml:xsd:iso20775"'


def iso(inside: str, place: str = "Perpustakaan Pusat") -> str:
    return (
        f"<holdings {ISO}><holding><institutionIdentifier><value>ID-KNG</value></institutionIdentifier>"
        f"<physicalLocation>{place}</physicalLocation>{inside}</holding></holdings>"
    )


def copy(status: str, more: str = "") -> str:
    return (
        "<holdingSimple><copyInformation><pieceIdentifier><value>B-1</value></pieceIdentifier>"
        f"<sublocation>Lantai 2</sublocation><shelfLocator>746.662 TIR b</shelfLocator>{more}"
        f"<availabilityInformation>{status}</availabilityInformation></copyInformation></holdingSimple>"
    )


def state(status: str, purpose: str = "", when: str = "") -> str:
    said = f"<availabilityStatus>{status}</availabilityStatus>"
    said += f"<availableFor>{purpose}</availableFor>" if purpose else ""
    return f"<status>{said}{f'<dateTimeAvailable>{when}</dateTimeAvailable>' if when else ''}</status>"


@pytest.mark.parametrize(
    ("status", "availability", "lendable", "due"),
    [
        (state("1", "1"), Availability.AVAILABLE, True, ""),
        (state("1"), Availability.AVAILABLE, None, ""),
        (state("2", "1", "2026-12-01T09:00:00Z"), Availability.ON_LOAN, True, "2026-12-01"),
        (state("3"), Availability.UNKNOWN, None, ""),
        (state("0"), Availability.UNKNOWN, None, ""),
        (state("1", "4"), Availability.ONLINE, None, ""),
        (state("1", "5"), Availability.ON_SITE, False, ""),
        (state("1", "5") + state("2", "1", "20261201"), Availability.ON_LOAN, True, "2026-12-01"),
        ("", Availability.UNKNOWN, None, ""),
    ],
)
def test_copies_of_iso_20775_have_their_state(
    status: str, availability: Availability, lendable: bool | None, due: str
) -> None:
    assert copies.read(parse(iso(copy(status)).encode())) == (
        Holding(
            branch="Perpustakaan Pusat",
            location="Lantai 2",
            call_number="746.662 TIR b",
            barcode="B-1",
            availability=availability,
            lendable=lendable,
            due=due,
        ),
    )


def test_copies_that_are_only_counted_are_runs() -> None:
    summary = "<copiesSummary><copiesCount>5</copiesCount>{}</copiesSummary>"
    counted = iso(
        f"<holdingSimple>{summary.format('<status><availableCount>2</availableCount></status>')}</holdingSimple>"
    )
    assert [(one.copies, one.availability) for one in copies.read(parse(counted.encode()))] == [
        (2, Availability.AVAILABLE),
        (3, Availability.ON_LOAN),
    ]
    unsaid = iso(f"<holdingSimple>{summary.format('')}</holdingSimple>")
    assert [(one.copies, one.availability) for one in copies.read(parse(unsaid.encode()))] == [
        (5, Availability.UNKNOWN)
    ]


def test_parts_of_a_set_are_read_each() -> None:
    run = "<enumerationAndChronology><text>jil. {}</text></enumerationAndChronology>"
    part = f"<component><pieceIdentifier><value>{{}}</value></pieceIdentifier>{run}</component>"
    found = copies.read(
        parse(
            iso(
                f"<holdingStructured><set>{part.format('a', 1)}{part.format('b', 2)}</set></holdingStructured>",
                "",
            ).encode()
        )
    )
    assert [(one.branch, one.barcode, one.coverage) for one in found] == [
        ("ID-KNG", "a", "jil. 1"),
        ("ID-KNG", "b", "jil. 2"),
    ]


def test_a_library_that_says_no_more_is_a_run_of_its_own() -> None:
    assert copies.read(parse(iso("").encode())) == (Holding(branch="Perpustakaan Pusat"),)


OPAC = """<holdings><holding><localLocation>Pusat</localLocation><shelvingLocation>Rak 3</shelvingLocation>
 <callNumber>823 X</callNumber><publicNote>{note}</publicNote>
 <circulations>{circulations}</circulations></holding></holdings>"""


@pytest.mark.parametrize(
    ("circulation", "availability", "due"),
    [
        ('<availableNow value="1"/>', Availability.AVAILABLE, ""),
        (
            '<availableNow value="0"/><availabilityDate>20261201</availabilityDate>',
            Availability.ON_LOAN,
            "2026-12-01",
        ),
        ('<availableNow value="0"/><availablityDate>1 Dec</availablityDate>', Availability.ON_LOAN, "1 Dec"),
        ('<availableNow value="1"/><restrictions>Not for loan</restrictions>', Availability.ON_SITE, ""),
        ("", Availability.UNKNOWN, ""),
    ],
)
def test_copies_of_opac_records_have_their_state(
    circulation: str, availability: Availability, due: str
) -> None:
    inside = f"<circulation>{circulation}<itemId>77</itemId></circulation>"
    found = copies.read(parse(OPAC.format(note="", circulations=inside).encode()))
    assert [(one.branch, one.location, one.call_number, one.barcode) for one in found] == [
        ("Pusat", "Rak 3", "823 X", "77")
    ]
    assert (found[0].availability, found[0].due) == (availability, due)


def test_opac_records_without_circulation_go_by_their_note() -> None:
    found = copies.read(parse(OPAC.format(note="Baca di tempat", circulations="").encode()))
    assert [(one.availability, one.lendable) for one in found] == [(Availability.ON_SITE, False)]


def test_an_opac_record_in_an_answer_is_its_marc_and_its_copies() -> None:
    inside = OPAC.format(note="", circulations='<circulation><availableNow value="1"/></circulation>')
    whole = f"<opacRecord><bibliographicRecord>{marc()}</bibliographicRecord>{inside}</opacRecord>"
    item = answers.search(answers.root_of(response(record(whole), hits=1).encode())).items[0]
    assert parse(item.payload).tag == "{http://www.loc.gov/MARC21/slim}record"
    assert [one.availability for one in item.holdings] == [Availability.AVAILABLE]


def test_holdings_beside_a_record_are_taken_with_it() -> None:
    beside = f"<s:extraRecordData><x>{iso(copy(state('1', '1')))}</x></s:extraRecordData></s:record>"
    body = response(record(marc()).replace("</s:record>", beside), hits=1)
    item = answers.search(answers.root_of(body.encode())).items[0]
    assert [one.branch for one in item.holdings] == ["Perpustakaan Pusat"]


def test_copies_in_fields_of_marc_are_read_by_the_ways_that_harvests_know() -> None:
    fields = (
        '<datafield tag="852" ind1=" " ind2=" "><subfield code="b">Pusat</subfield>'
        '<subfield code="h">823</subfield></datafield>',
        '<datafield tag="952" ind1=" " ind2=" "><subfield code="a">KNG</subfield><subfield code="o">823 X</subfield>'
        '<subfield code="p">1234</subfield><subfield code="y">BK</subfield></datafield>',
        '<datafield tag="AVA" ind1=" " ind2=" "><subfield code="b">MAIN</subfield><subfield code="d">823</subfield>'
        '<subfield code="e">available</subfield></datafield>',
    )
    for names, field in zip((("marc852",), ("koha952",), ("ava",)), fields, strict=True):
        found = copies.of_marc(parse(marc().replace("</record>", f"{field}</record>").encode()), names)
        assert len(found) == 1, names
    assert found[0].availability is Availability.AVAILABLE


def test_no_more_copies_are_read_than_anybody_has() -> None:
    many = OPAC.format(note="", circulations="<circulation/>" * 5000)
    assert len(copies.read(parse(many.encode()))) == copies.MOST
