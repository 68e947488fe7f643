"""Records with a structure of their own: OPAC, GRS-1, SUTRS; and what travels as other information."""

from __future__ import annotations

import pytest

from index.rpn.tree import Attribute, Operand, Rpn
from index.z3950 import ber, charset, grs1, oids, opac
from index.z3950.apdu import External, Info, Measure, Unit
from index.z3950.ber import BerError
from index.z3950.userinfo import (
    FacetTerm,
    PartOfQuery,
    QueryTerm,
    facet,
    facets_info,
    read_facets,
    read_report,
    report_info,
)

COPY = opac.Circulation(
    available_now=True,
    availability_date="2026-11-30",
    available_through="x",
    restrictions="reading room",
    item="1226176",
    renewable=True,
    on_hold=False,
    enumeration="v. 1",
    midspine="m",
    temporary_location="desk",
)
HOLDINGS = opac.Holdings(
    **{name: name for name in tuple(opac.Holdings.__dataclass_fields__)[:17]},
    volumes=(
        opac.Volume(enumeration="1", chronology="1999", enumeration_and_chronology="1 (1999)"),
        opac.Volume(),
    ),
    circulation=(COPY, opac.Circulation()),
)
MARC = External(oid=oids.USMARC, payload=b"00026     2200025   4500\x1e\x1d")


def test_an_opac_record_comes_back_with_every_field() -> None:
    record = opac.OpacRecord(bibliographic=MARC, holdings=(HOLDINGS, MARC, opac.Holdings()))
    assert opac.decode(opac.encode(record)) == record
    assert opac.decode(opac.encode(opac.OpacRecord())) == opac.OpacRecord()


def test_one_broken_field_of_a_copy_costs_only_itself() -> None:
    copies = opac.encode(opac.OpacRecord(holdings=(opac.Holdings(circulation=(COPY,)),)))
    read = opac.decode(copies.replace(b"\x82\x0a2026-11-30", b"\xa2\x0a\x05\x7f26-11-30"))
    assert isinstance(read.holdings, tuple)
    (holdings,) = read.holdings
    assert isinstance(holdings, opac.Holdings)
    assert holdings.circulation is not None
    assert (holdings.circulation[0].item, holdings.circulation[0].availability_date) == ("1226176", None)


def test_a_grs1_record_comes_back_and_reads_as_lines() -> None:
    record = (
        grs1.Tagged(tag_type=2, tag=1, value="Aida"),
        grs1.Tagged(tag_type=1, tag=14, value=b"id7"),
        grs1.Tagged(
            tag_type=3,
            tag="creation",
            occurrence=2,
            elements=(
                grs1.Tagged(tag_type=2, tag=2, value="Verdi"),
                grs1.Tagged(tag="year", value=1871),
                grs1.Tagged(tag="lost", value=True),
                grs1.Tagged(tag="nothing"),
                grs1.Tagged(tag="length", value=Measure(value=150, unit=Unit(unit="min"))),
                grs1.Tagged(tag="score", value=MARC),
            ),
        ),
    )
    assert grs1.decode(grs1.encode(record)) == record
    assert list(grs1.lines(record)) == [
        "title: Aida",
        "identifier: id7",
        "creation",
        "  author: Verdi",
        "  year: 1871",
        "  lost: True",
        "  nothing",
        "  length: 150",
        f"  score: 26 bytes of {oids.USMARC}",
    ]


@pytest.mark.parametrize("payload", [b"", b"\x30", b"\x02\x01\x00", b"MARC"])
def test_what_is_no_record_of_its_syntax_is_refused(payload: bytes) -> None:
    for decode in (opac.decode, grs1.decode):
        with pytest.raises(BerError):
            decode(payload)


def test_plain_text_may_stand_in_an_element_or_not() -> None:
    assert grs1.sutrs(ber.element(ber.GENERAL_STRING, "größer".encode())) == "größer"
    assert grs1.sutrs(b"just text") == "just text"


def test_facets_come_back() -> None:
    asked = facet("title", limit=5, alphabetic=True)
    assert read_facets((Info(text="else"), facets_info((asked, facet(1003))))) == (asked, facet(1003))
    answered = type(asked)(
        attributes=asked.attributes, terms=(FacetTerm(term=b"Aida", count=3), FacetTerm(term="Tosca"))
    )
    (read,) = read_facets((facets_info((answered,)),))
    assert (read.name, read.terms and read.terms[0].text, read.terms and read.terms[0].count) == (
        "title",
        "Aida",
        3,
    )


def test_the_hits_of_parts_of_a_query_come_back() -> None:
    query = Rpn(root=Operand(term=b"aida", attributes=(Attribute(type=1, value=4),)))
    parts = (
        PartOfQuery(id="1", whole=True, expression=query, count=3),
        PartOfQuery(expression=QueryTerm(term=b"aida", comment="as a word"), recommendation=query, count=0),
    )
    assert read_report((report_info(parts),)) == parts


def test_broken_other_information_is_as_if_it_were_not_there() -> None:
    for oid in (oids.FACET1, oids.SEARCH_RESULT1, oids.CHARSET3):
        broken = (Info(external=External(oid=oid, payload=b"\x30\x7f\x00", form="asn1")),)
        assert read_facets(broken) == ()
        assert read_report(broken) == ()
        assert charset.selected(broken) is None
        assert charset.proposed(broken) == frozenset()


def test_utf8_is_offered_and_agreed_to() -> None:
    assert charset.proposed((charset.proposal(records_too=True, language="ind"),)) == {"utf-8"}
    assert charset.selected((charset.selection(),)) == "utf-8"
    assert charset.selected((charset.proposal(),)) is None
    assert charset.selected(None) is None
