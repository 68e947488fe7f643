"""A page that is not well-formed loses only the record that is not, and nothing of the others changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester import oai, pages, salvage
from harvester.errors import NotOai, Truncated
from tests.harvester.test_oai import page, record

MARC = '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>x</leader>{}</record>'


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        (b"a & b", b"a &amp; b"),
        (b"R&D; &nbsp;&eacute;", "R&amp;D; \u00a0é".encode()),
        (b"a\x03b\x1ac", "a\ufffdb\ufffdc".encode()),
        (b"&#x1a; &#xfffe; &#65;", "\ufffd \ufffd &#65;".encode()),
        (b"caf\xe9 \x93quoted\x94", "café “quoted”".encode()),
        ("é ok".encode() + b"\xff", "é okÿ".encode()),
        (b'<?xml version="1.0"?><a/>', b"<a/>"),
        (b"<![CDATA[a & b]]> & c", b"<![CDATA[a & b]]> &amp; c"),
        (b"&amp; &lt; &#233; &#xE9;", b"&amp; &lt; &#233; &#xE9;"),
    ],
)
def test_what_xml_forbids_is_put_right_and_nothing_is_dropped(broken: bytes, mended: bytes) -> None:
    assert salvage.mend(broken) == mended


@given(st.text(st.characters(codec="utf-8", exclude_characters="&", exclude_categories=["Cc", "Cs", "Cn"])))
def test_what_is_right_stays_as_it_is(text: str) -> None:
    if "<?xml" not in text:
        assert salvage.mend(text.encode()) == text.encode()


@pytest.mark.parametrize("bad", ["a & b", "\x03", "<?xml version='1.0'?>"])
def test_a_record_that_can_be_mended_is(bad: str) -> None:
    data = page(
        record("1")
        + record("2", MARC.format(f"<f>{bad}</f>"))
        + record("3")
        + "<resumptionToken>t</resumptionToken>"
    )
    found = salvage.page(data)
    assert [(one.header.identifier, one.fault, one.mended) for one in found.items] == [
        ("1", "", False), ("2", "", True), ("3", "", False),
    ]  # fmt: skip
    assert found.summary.token == pages.Token(text="t", raw_text="t")
    for one in found.items:
        assert data[one.offset : one.offset + one.length] == one.raw


@pytest.mark.parametrize("bad", ["<i>unclosed", "</f></f>", "<f a=b/>", "</record>", "<x:y/>&"])
def test_a_record_that_cannot_be_mended_costs_only_itself(bad: str) -> None:
    data = page(
        record("1", MARC.format(""))
        + record("2", MARC.format(f"<f>{bad}</f>"))
        + record("3", MARC.format(""))
    )
    found = salvage.page(data)
    living = [one.header.identifier for one in found.items if not one.fault]
    assert living in (["1", "3"], ["1", "2", "3"])
    assert "2" in living or any(one.header.identifier == "2" and one.fault for one in found.items)
    assert b"2" in b"".join(one.raw for one in found.items)


def test_a_broken_frame_is_mended_too() -> None:
    data = page(record("1")).replace(b"http://x/oai", b"http://x/oai?a=1&b=2")
    assert [one.header.identifier for one in salvage.page(data).items] == ["1"]


def test_a_page_that_is_cut_off_is_no_page() -> None:
    with pytest.raises(Truncated):
        salvage.page(page(record("1") + record("2", "a & b"))[:-40])


def test_what_is_no_oai_is_not_salvaged() -> None:
    with pytest.raises(NotOai):
        salvage.page(b"<html>a & b</html>")


@given(st.binary(max_size=300))
def test_no_bytes_inside_a_record_harm_its_neighbours(noise: bytes) -> None:
    for word in (b"<record", b"</record", b"header", b"ListRecords", b"OAI-PMH", b"resumptionToken"):
        noise = noise.replace(word, b"")
    text = page(record("1") + record("2", "NOISE") + record("3")).replace(b"NOISE", noise)
    try:
        found = oai.read(text).items
    except NotOai:
        found = salvage.page(text).items
    assert {"1", "3"} <= {one.header.identifier for one in found if not one.fault}
