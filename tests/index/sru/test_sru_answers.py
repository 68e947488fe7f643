"""Answers of SRU servers are read as they really are: other namespaces, packings, orders, and none at all."""

from __future__ import annotations

from html import escape

import pytest

from foundation.strictxml import parse
from index.live.link import LinkFailed
from index.sru import answers, zeerex
from index.sru.values import Answer
from tests.index.sru.scripted import OASIS, ZING, diagnostic, marc, record, response


def read(text: str, start: int = 1) -> Answer:
    return answers.search(answers.root_of(text.encode()), start)


@pytest.mark.parametrize("version", ["1.1", "1.2", "2.0"])
def test_each_version_is_read_and_named(version: str) -> None:
    found = read(response(record(marc()), hits=7, version=version))
    assert (found.version, found.hits, found.exact) == (version, 7, True)
    assert found.items[0].schema == "marcxml"
    assert b"Batik pesisir" in found.items[0].payload


@pytest.mark.parametrize(
    "space", ["http://www.loc.gov/zing/srw", "urn:quite:wrong", "http://catalogue.example/SRU"]
)
def test_the_namespace_does_not_matter(space: str) -> None:
    found = read(response(record(marc()), hits=1, space=space))
    assert (found.hits, len(found.items), found.version) == (1, 1, "1.2")


def test_without_any_namespace_and_prefix_it_is_read_too() -> None:
    found = read(
        "<searchRetrieveResponse><numberOfRecords>1</numberOfRecords><records><record><recordData><dc>"
        "<title>a</title></dc></recordData></record></records></searchRetrieveResponse>"
    )
    assert (found.hits, found.items[0].payload, found.items[0].schema, found.version) == (
        1,
        b"<dc><title>a</title></dc>",
        "dc",
        "",
    )


@pytest.mark.parametrize("declared", ["xml", "string"])
@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0" encoding="ISO-8859-1"?>\n'])
def test_records_packed_as_text_are_unpacked_whatever_the_packing_is_called(
    declared: str, declaration: str
) -> None:
    found = read(
        response(record(escape(declaration + marc("Kesusastraan Jawa: ā")), packing=declared), hits=1)
    )
    title = parse(found.items[0].payload).findtext(".//{*}subfield")
    assert title == "Kesusastraan Jawa: ā"


def test_records_escaped_twice_are_unpacked() -> None:
    found = read(response(record(escape(escape(marc()))), hits=1))
    assert parse(found.items[0].payload).tag.endswith("record")


def test_text_that_is_no_xml_is_the_payload_itself() -> None:
    found = read(response(record('{"title": "a"}', schema="json"), hits=1))
    assert (found.items[0].payload, found.items[0].schema) == (b'{"title": "a"}', "json")


@pytest.mark.parametrize(
    "data", ["", "   ", escape("<record><leader>"), escape("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")]
)
def test_a_record_that_cannot_be_read_costs_only_itself(data: str) -> None:
    found = read(response(record(marc()), record(data), record(marc()), hits=3))
    assert [one.diagnostic is None for one in found.items] == [True, False, True]
    assert found.items[1].diagnostic is not None
    assert found.items[1].diagnostic.code == "bad_record"


def test_a_record_without_data_costs_only_itself() -> None:
    found = read(response("<s:record/>", record(marc()), hits=2))
    assert [one.diagnostic is None for one in found.items] == [False, True]


def test_positions_are_ours() -> None:
    found = read(response(record(marc(), position=1), record(marc(), position=1), hits=50), start=11)
    assert [one.position for one in found.items] == [11, 12]


def test_surrogate_diagnostics_stand_for_their_record() -> None:
    parts = "<details>secret</details><uri>info:srw/diagnostic/1/68</uri>"
    inside = f'<diagnostic xmlns="{ZING}diagnostic/">{parts}</diagnostic>'
    found = read(
        response(record(marc()), record(inside, schema="info:srw/schema/1/diagnostics-v1.1"), hits=2)
    )
    said = found.items[1].diagnostic
    assert said is not None
    assert (said.set, said.code, said.detail, said.text) == (
        "srw",
        "68",
        "secret",
        "Not authorised to send record",
    )
    assert found.items[1].payload == b""
    assert found.diagnostics == ()


def test_a_diagnostic_without_hits_is_a_refusal_even_with_a_count_of_zero() -> None:
    for hits in (None, 0):
        found = read(response(hits=hits, more=diagnostic(16, "dc.foo", "Unsupported index")))
        assert found.refused
        assert [(one.code, one.detail) for one in found.diagnostics] == [("16", "dc.foo")]


def test_a_diagnostic_beside_hits_is_a_remark() -> None:
    found = read(response(record(marc()), hits=1, more=diagnostic(8, "lang")))
    assert not found.refused
    assert found.diagnostics[0].code == "8"


def test_zero_hits_with_a_mere_remark_are_zero_hits() -> None:
    found = read(response(hits=0, more=diagnostic(8, "lang")))
    assert (found.hits, found.refused) == (0, False)


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (
            "<d><uri>info:srw/diagnostic/1/10</uri><details>a</details><message>b</message></d>",
            ("srw", "10", "a", "b"),
        ),
        (
            "<d><message>b</message><details>a</details><uri>info:srw/diagnostic/1/10</uri></d>",
            ("srw", "10", "a", "b"),
        ),
        ("<d><code>10</code><details>a</details></d>", ("srw", "10", "a", "Query syntax error")),
        ("<d><uri>info:srw/diagnostic/1.1/10</uri></d>", ("srw", "10", "", "Query syntax error")),
        (
            "<d><uri>info:srw/diagnostic/12/13</uri></d>",
            ("info:srw/diagnostic/12", "13", "", "General system error"),
        ),
        ("<d><message>out of order</message></d>", ("srw", "1", "", "out of order")),
        ("<d>just text</d>", ("srw", "1", "", "just text")),
    ],
)
def test_diagnostics_are_read_in_every_order_and_age(element: str, expected: tuple[str, ...]) -> None:
    element = element.replace("<d>", "<diagnostic>").replace("</d>", "</diagnostic>")
    said = read(response(more=f"<s:diagnostics>{element}</s:diagnostics>")).diagnostics[0]
    assert (said.set, said.code, said.detail, said.text) == expected


def test_diagnostics_alone_as_the_whole_answer_are_read() -> None:
    found = read("<diagnostics><diagnostic><uri>info:srw/diagnostic/1/2</uri></diagnostic></diagnostics>")
    assert (found.hits, found.refused, found.diagnostics[0].code) == (None, True, "2")


@pytest.mark.parametrize(
    ("count", "expected"), [("", None), ("many", None), ("-1", None), ("12", 12), (" 12 ", 12)]
)
def test_the_count_is_a_number_or_unknown(count: str, expected: int | None) -> None:
    found = read(response(record(marc()), hits=count))
    assert found.hits == expected
    assert bool(found.diagnostics) == (count in ("many", "-1"))
    assert not found.refused


@pytest.mark.parametrize(
    ("precision", "exact"), [("exact", True), ("estimate", False), ("unknown", False), ("minimum", False)]
)
@pytest.mark.parametrize("prefix", ["", "info:srw/vocabulary/resultCountPrecision/1/"])
def test_estimates_are_told_from_counts(precision: str, exact: bool, prefix: str) -> None:
    more = f"<s:resultCountPrecision>{prefix}{precision}</s:resultCountPrecision>"
    assert read(response(record(marc()), hits=9, version="2.0", more=more)).exact is exact


def test_facets_of_the_standard_and_of_yaz_are_read() -> None:
    terms = (
        "<terms><term><actualTerm>Jawa</actualTerm><count>3</count></term><term><actualTerm>Bali</actualTerm>"
        "<count>none</count></term></terms>"
    )
    inside = f"<facet><facetDisplayLabel>Place</facetDisplayLabel><index>dc.coverage</index>{terms}</facet>"
    for more in (
        f"<facetedResults>{inside}</facetedResults>",
        f"<s:extraResponseData><facetedResults><datasource><facets>{inside}</facets></datasource></facetedResults>"
        "</s:extraResponseData>",
    ):
        found = read(response(hits=3, version="2.0", more=more))
        assert found.facets == (("dc.coverage", (("Jawa", 3),)),)


def test_an_envelope_of_soap_is_opened() -> None:
    inside = response(record(marc()), hits=1).partition("?>")[2]
    found = read(
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{inside}</e:Body></e:Envelope>'
    )
    assert (found.hits, len(found.items)) == (1, 1)


def test_bare_collections_of_records_are_an_answer_without_a_count() -> None:
    found = read(f'<collection xmlns="http://www.loc.gov/MARC21/slim">{marc()}{marc("Dua")}</collection>')
    assert (found.hits, len(found.items)) == (None, 2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "protocol"),
        (b"   ", "protocol"),
        (b"quite something else", "protocol"),
        (b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>", "protocol"),
        (b"<html><head><title>Sign in</title></head></html>", "protocol"),
        (b"<rss/>", "protocol"),
        (b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>', "protocol"),
        (response(record(marc()), hits=1).encode()[:-200], "lost"),
        (b"<a>" * 300 + b"</a>" * 300, "too_big"),
    ],
)
def test_what_is_no_answer_has_a_named_reason(body: bytes, code: str) -> None:
    with pytest.raises(LinkFailed) as caught:
        answers.search(answers.root_of(body))
    assert caught.value.code == code


def test_a_web_page_is_told_by_its_title() -> None:
    with pytest.raises(LinkFailed, match="Please sign in"):
        answers.root_of(b"<!DOCTYPE html><html><head><title>Please\n sign in</title></head></html>")


def test_lists_of_terms_are_read() -> None:
    found = answers.scan(
        answers.root_of(
            f'<s:scanResponse xmlns:s="{ZING}"><s:version>1.1</s:version><s:terms><s:term><s:value>batik</s:value>'
            "<s:numberOfRecords>4</s:numberOfRecords><s:displayTerm>Batik</s:displayTerm></s:term><s:term>"
            "<s:value>wayang</s:value></s:term><s:term/></s:terms></s:scanResponse>".encode()
        )
    )
    assert [(one.term, one.count, one.shown) for one in found.entries] == [
        ("batik", 4, "Batik"),
        ("wayang", None, ""),
    ]


def test_a_refused_list_keeps_its_reason() -> None:
    body = f'<s:scanResponse xmlns:s="{OASIS}">{diagnostic(4)}</s:scanResponse>'
    found = answers.scan(answers.root_of(body.encode()))
    assert [(one.code, one.fatal) for one in found.diagnostics] == [("4", True)]


def test_an_answer_to_something_else_is_no_answer() -> None:
    with pytest.raises(LinkFailed, match="explainResponse"):
        answers.search(parse(b"<explainResponse/>"))
    with pytest.raises(LinkFailed, match="searchRetrieveResponse"):
        answers.scan(parse(b"<searchRetrieveResponse/>"))
    with pytest.raises(LinkFailed, match="scanResponse"):
        zeerex.explanation(parse(b"<scanResponse/>"))
