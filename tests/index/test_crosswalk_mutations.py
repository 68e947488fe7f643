"""No input, however broken, ends in anything but a Record or a named reason, within bounds of time and memory."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress

import pytest
from lxml import etree

from index import crosswalk
from index.crosswalk import BadRecord
from tests.index.iso2709 import iso2709
from tests.index.mutations import KINDS, mutated, outcome_of_marc


@pytest.mark.parametrize("kind", KINDS)
def test_broken_input_becomes_a_record_or_a_named_reason(kind: str) -> None:
    assert mutated(kind, 60, seed=1) > 10


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_broken_inputs_become_records_or_named_reasons(kind: str) -> None:
    begun = time.process_time()

    assert mutated(kind, 10_000, seed=2) > 1500
    assert time.process_time() - begun < 120


def _wide(tag: str, code: str, number: int) -> bytes:
    fields = f'<datafield tag="{tag}"><subfield code="{code}">x</subfield></datafield>' * number
    return (
        f'<record><datafield tag="245"><subfield code="a">T</subfield></datafield>{fields}</record>'.encode()
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("650", "a"),
        ("700", "a"),
        ("020", "a"),
        ("500", "a"),
        ("852", "p"),
        ("952", "p"),
        ("880", "6"),
        ("856", "u"),
    ],
)
def test_a_record_of_ten_thousand_fields_stays_small_and_quick(tag: str, code: str) -> None:
    data = _wide(tag, code, 10_000)
    element = etree.fromstring(data)
    tracemalloc.start()
    begun = time.process_time()
    try:
        record = crosswalk.read("marc21", element, "koha")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert time.process_time() - begun < 5
    assert peak < 40 * 2**20
    assert len(record.holdings) <= 2000


@pytest.mark.parametrize(
    "text",
    [
        "Ã\u0089" * 20_000,
        "<" * 50_000,
        "<p" * 25_000,
        "&amp" * 20_000,
        "<!--" * 20_000,
        "<i>" * 20_000,
        "0-306-" * 10_000,
        " / : ; " * 10_000,
        "[" * 50_000,
        "((((" * 20_000,
        "a." * 30_000,
        "10.1234/" * 10_000,
        "tidak " * 20_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_no_text_makes_an_expression_run_away(text: str) -> None:
    dc = etree.Element("dc")
    marc = etree.Element("record")
    for name in ("title", "description", "identifier", "subject", "date", "format", "rights", "creator"):
        etree.SubElement(dc, name).text = text
    for tag in ("245", "020", "100", "264", "300", "500", "650", "856", "035"):
        field = etree.SubElement(marc, "datafield", tag=tag)
        for code in "abcu":
            etree.SubElement(field, "subfield", code=code).text = text
    begun = time.process_time()
    for schema, element in (("oai_dc", dc), ("marc21", marc)):
        with suppress(BadRecord):
            crosswalk.read(schema, element)

    assert time.process_time() - begun < 2


def test_where_a_record_breaks_is_told() -> None:
    sound = iso2709([("001", b"77"), ("245", b"00\x1faJudul")])

    cut = outcome_of_marc(sound[:20], "generic")
    other = outcome_of_marc(b"=LDR  0194", "generic")
    nameless = outcome_of_marc(iso2709([("001", b"77"), ("100", b"1 \x1faX")]), "generic")

    assert isinstance(cut, BadRecord)
    assert (cut.reason, cut.detail) == ("truncated", "17 bytes")  # blanks at the end are none of it
    assert isinstance(other, BadRecord)
    assert isinstance(nameless, BadRecord)
    assert (nameless.reason, nameless.detail) == ("no_title", "77")
