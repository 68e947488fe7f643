"""Pages are read strictly, at fixed places, with the place of every record, in constant memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester import oai, pages
from harvester.errors import Malformed, NotOai, Truncated

ROOT = Path(__file__).parents[2]
SPACE = 'xmlns="http://www.openarchives.org/OAI/2.0/"'
DC = '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"><t>a &gt; b</t></oai_dc:dc>'


def page(content: str, root: str = SPACE, verb: str = "ListRecords", after: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH {root}><responseDate> 2026-11-24T00:00:00Z </responseDate>'
        f'<request verb="{verb}" metadataPrefix="oai_dc">http://x/oai</request>'
        f"<{verb}>{content}</{verb}></OAI-PMH>{after}"
    ).encode()


def record(identifier: str, payload: str = DC, header: str = "") -> str:
    named = f"<identifier> {identifier} </identifier>" if identifier else ""
    rest = "<datestamp>2026-01-01</datestamp><setSpec>s</setSpec>"
    return f"<record><header{header}>{named}{rest}</header><metadata>{payload}</metadata></record>"


def test_a_page_gives_its_records_with_their_places_and_its_token() -> None:
    data = page(
        record("é1")
        + record("2", header=' status="deleted"')
        + '<resumptionToken completeListSize="12" cursor="0" expirationDate="x"> t&amp;1 </resumptionToken>'
    )
    read = oai.read(data)
    assert [item.header.identifier for item in read.items] == ["é1", "2"]
    assert [item.header.deleted for item in read.items] == [False, True]
    assert read.items[0].header.sets == ("s",)
    assert read.items[0].content == DC.encode()
    assert [item.number for item in read.items] == [1, 2]
    for item in read.items:
        assert data[item.offset : item.offset + item.length] == item.raw
        assert item.raw.startswith(b"<record>")
        assert item.raw.endswith(b"</record>")
    assert read.summary.token == pages.Token(text="t&1", raw_text=" t&1 ", size=12, cursor=0, expires="x")
    assert (read.summary.verb, read.summary.asked, read.summary.asked_prefix) == (
        "ListRecords",
        "ListRecords",
        "oai_dc",
    )
    assert read.summary.response_date == "2026-11-24T00:00:00Z"


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_it_does_not_matter_how_the_bytes_come_in(sizes: list[int]) -> None:
    data = b"<br>Notice</br>\n" + page(
        record("1") + record("2", "") + "<record/>" + "<resumptionToken/>", after="\n<!-- x -->"
    )
    whole = oai.read(data)
    reader, found, at = oai.ListReader(), [], 0
    turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found += reader.feed(data[at : at + size])
        at += size
        turn += 1
    summary = reader.close()
    found += reader.feed(b"")
    assert found == whole.items
    assert summary.token == whole.summary.token
    assert {one.code for one in summary.oddities} == {one.code for one in whole.summary.oddities}


def test_what_a_payload_contains_never_counts() -> None:
    inner = (
        f'<x {SPACE}><record><header status="deleted"><identifier>no</identifier></header><metadata>m</metadata></record>'
        '<error code="badArgument">no</error><resumptionToken>no</resumptionToken>'
        "<ListRecords><record/></ListRecords></x>"
    )
    read = oai.read(page(record("1", inner) + record("2", f"<metadata>{inner}</metadata>")))
    assert [item.header.identifier for item in read.items] == ["1", "2"]
    assert read.items[1].content == f"<metadata>{inner}</metadata>".encode()
    assert read.summary.errors == ()
    assert read.summary.token is None


def test_an_about_container_never_counts() -> None:
    about = f"<about><header {SPACE}><identifier>no</identifier></header><metadata><x/></metadata></about>"
    text = record("1").replace("</record>", about + "</record>")
    read = oai.read(page(text))
    assert [(item.header.identifier, item.content) for item in read.items] == [("1", DC.encode())]


@pytest.mark.parametrize(
    ("root", "odd"),
    [
        (SPACE, None),
        ("", "no_namespace"),
        ('xmlns="https://www.openarchives.org/OAI/2.0/"', "odd_namespace"),
        ('xmlns="http://www.openarchives.org/OAI/2.0"', "odd_namespace"),
    ],
)
def test_the_namespace_may_be_nearly_right(root: str, odd: str | None) -> None:
    read = oai.read(page(record("1"), root=root))
    assert len(read.items) == 1
    assert [one.code for one in read.summary.oddities] == ([odd] if odd else [])


def test_another_namespace_is_another_protocol() -> None:
    with pytest.raises(NotOai, match="namespace"):
        oai.read(page(record("1"), root='xmlns="http://www.openarchives.org/OAI/1.1/oai"'))


def test_prefixed_elements_and_namespaces_from_outside_are_kept_for_the_payload() -> None:
    text = (
        '<o:OAI-PMH xmlns:o="http://www.openarchives.org/OAI/2.0/" xmlns:m="http://m/"><o:ListRecords>'
        '<o:record><o:header><o:identifier>1</o:identifier></o:header><o:metadata xmlns:n="http://n/"><m:a><n:b/></m:a></o:metadata>'
        "</o:record></o:ListRecords></o:OAI-PMH>"
    )
    item = oai.read(text.encode()).items[0]
    assert item.content == b"<m:a><n:b/></m:a>"
    assert b'xmlns:m="http://m/"' in item.namespaces
    assert b'xmlns:n="http://n/"' in item.namespaces


@pytest.mark.parametrize(
    ("text", "fault", "content"),
    [  # H stands for a header
        ("<record/>", "no_header", None),
        ("<record><header/><metadata><a/></metadata></record>", "no_identifier", b"<a/>"),
        ("<record>H</record>", "", None),
        ("<record>H<metadata/></record>", "", b""),
        ("<record>H<metadata></metadata></record>", "", b""),
        ("<record>H<metadata ></metadata></record>", "", b""),
        (
            "<record><header><identifier>1</identifier></header><metadata a='>'><b c='>'/></metadata></record>",
            "",
            b"<b c='>'/>",
        ),
        (
            "<record><metadata><a/></metadata><header status='DELETED'><identifier>1</identifier></header></record>",
            "",
            b"<a/>",
        ),
    ],
)
def test_each_state_of_a_record(text: str, fault: str, content: bytes | None) -> None:
    text = text.replace("H<", "<header><identifier>1</identifier></header><")
    read = oai.read(page(text + record("next")))
    assert (read.items[0].fault, read.items[0].content) == (fault, content)
    assert read.items[0].raw == text.encode()
    assert read.items[1].header.identifier == "next"


def test_headers_of_list_identifiers() -> None:
    text = "<header><identifier>1</identifier><datestamp>d</datestamp></header>"
    text += '<header status="Deleted"><identifier>2</identifier></header>'
    read = oai.read(page(text, verb="ListIdentifiers"))
    assert [(item.header.identifier, item.header.deleted) for item in read.items] == [
        ("1", False),
        ("2", True),
    ]


def test_all_errors_are_read_also_those_without_a_code() -> None:
    text = f'<OAI-PMH {SPACE}><error code="badArgument">a</error><error>b</error><error code=""/></OAI-PMH>'
    read = oai.read(text.encode())
    assert [(one.code, one.text) for one in read.summary.errors] == [
        ("badArgument", "a"),
        ("", "b"),
        ("", ""),
    ]
    assert read.summary.verb == ""


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", Truncated),
        (b"  \n", Truncated),
        (b"<html><body>Maintenance</body></html>", NotOai),
        (b"<!DOCTYPE html><html></html>", NotOai),
        (b'{"error": 1}', NotOai),
        (b"<?xml version='1.0'?><rss/>", NotOai),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><OAI-PMH/>", NotOai),
        (page(record("1"))[:-30], Truncated),
        (page(record("1"))[:-1], Truncated),
        (page(record("1"))[:200], Truncated),
        (page(record("1", "a & b")), Malformed),
        (page(record("1", "a \x03 b")), Malformed),
        (page(record("1", "<a></b>")), Malformed),
        (page(record("1", "<a>" * 500 + "</a>" * 500)), Malformed),
    ],
)
def test_what_is_no_page_is_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        oai.read(data)
    if error is NotOai:
        assert type(caught.value) is NotOai


def test_what_stands_around_the_page_is_skipped_and_said() -> None:
    read = oai.read(b"\xef\xbb\xbf\r\n" + page(record("1")))
    assert [one.code for one in read.summary.oddities] == ["bom_or_space_before_xml"]
    read = oai.read(b"<b>Notice</b>: x\n" + page(record("1"), after="<hr>more & more"))
    assert [one.code for one in read.summary.oddities] == ["junk_before_xml", "junk_after_xml"]


def test_a_record_that_is_too_long_is_cut_out_of_its_page() -> None:
    reader = oai.ListReader(record_limit=200_000)
    data = page(
        record("1") + record("2", "x" * 1_000_000) + record("3") + "<resumptionToken>t</resumptionToken>"
    )
    found = list(oai.items([data], reader))
    assert [(item.header.identifier, item.fault) for item in found] == [
        ("1", ""),
        ("2", "too_large"),
        ("3", ""),
    ]
    assert len(found[1].raw) < 100_000
    assert reader.close().token is not None


@pytest.mark.parametrize("records", [1000, pytest.param(30_000, marks=pytest.mark.slow)])
def test_memory_stays_flat_whatever_the_size_of_the_page(records: int) -> None:
    code = (
        "from harvester import oai; import benchmarks.list_records as made\n"
        f"assert sum(1 for _ in oai.items(made.stream({records}))) == {records}\n"
        "print([l for l in open('/proc/self/status') if l.startswith('VmHWM')][0].split()[1])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert int(out.stdout) <= 64 * 1024
