"""Golden pairs: what each format says becomes the Record beside it; and no input, however broken, does harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unicodedata import is_normalized

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from index import crosswalk
from index.crosswalk import BadRecord, content_hash, schema_of
from index.crosswalk.marcform import from_xml
from index.document import document
from index.packing import pack, unpack
from index.record import Record
from tests.index.crosswalk_pairs import FOLDER, binary_pairs, pairs, read_pair, value_of

MARC = "http://www.loc.gov/MARC21/slim"


@pytest.mark.parametrize("path", pairs() + binary_pairs(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_payload_becomes_the_record_beside_it(path: Path) -> None:
    wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))

    assert value_of(read_pair(path)) == wanted


@pytest.mark.parametrize("path", pairs(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_record_survives_being_stored(path: Path) -> None:
    record = read_pair(path)

    assert unpack(pack(record)) == unpack(pack(unpack(pack(record))))
    assert pack(unpack(pack(record))) == pack(record)


@pytest.mark.parametrize(
    ("namespace", "root", "schema"),
    [
        (MARC, "record", "marc21"),
        (MARC, "collection", "marc21"),
        ("http://www.openarchives.org/OAI/2.0/oai_dc/", "dc", "oai_dc"),
        ("http://purl.org/dc/elements/1.1/", "dc", "oai_dc"),
        ("http://www.loc.gov/mods/v3", "mods", "mods"),
        ("", "record", "marc21"),
        ("http://datacite.org/schema/kernel-4", "resource", None),
        ("http://example.org/own", "record", None),
    ],
)
def test_the_namespace_chooses_the_schema(namespace: str, root: str, schema: str | None) -> None:
    assert schema_of(namespace, root) == schema


def test_the_prefix_of_a_namespace_does_not_matter() -> None:
    plain = read_pair(FOLDER / "marc21" / "scripts.xml")
    text = (FOLDER / "marc21" / "scripts.xml").read_text(encoding="utf-8")
    other = text.replace("marc:", "x:").replace("xmlns:marc", "xmlns:x")

    assert crosswalk.read("marc21", etree.fromstring(other.encode())) == plain


@pytest.mark.parametrize(
    ("schema", "payload", "reason"),
    [
        ("marc21", "<record/>", "no_record"),
        ("marc21", "<collection/>", "no_record"),
        ("marc21", '<record><controlfield tag="001">1</controlfield></record>', "no_title"),
        (
            "marc21",
            '<record><datafield tag="245"><subfield code="a"> / </subfield></datafield></record>',
            "no_title",
        ),
        ("oai_dc", "<dc/>", "no_record"),
        ("oai_dc", "<dc><creator>A</creator></dc>", "no_title"),
        ("mods", "<mods/>", "no_title"),
        ("mods", "<modsCollection/>", "no_record"),
        ("lom", "<lom/>", "unknown_schema"),
    ],
)
def test_a_record_without_sense_costs_itself_only_and_says_why(
    schema: str, payload: str, reason: str
) -> None:
    with pytest.raises(BadRecord) as caught:
        crosswalk.read(schema, etree.fromstring(payload))

    assert caught.value.reason == reason


def test_same_bytes_have_the_same_hash_and_other_bytes_or_schemas_another() -> None:
    assert content_hash("marc21", b"x") == content_hash("marc21", b"x")
    assert content_hash("marc21", b"x") != content_hash("marc21", b"y")
    assert content_hash("marc21", b"x") != content_hash("mods", b"x")


def test_repeated_titles_and_unlinked_scripts_are_kept_as_other_titles() -> None:
    record = crosswalk.read(
        "marc21",
        etree.fromstring(
            '<record><datafield tag="245"><subfield code="a">One</subfield></datafield>'
            '<datafield tag="245"><subfield code="a">Two</subfield></datafield>'
            '<datafield tag="880"><subfield code="6">245-00/$1</subfield><subfield code="a">一</subfield></datafield>'
            "</record>"
        ),
    )

    assert (record.title, record.alternates, record.scripts) == ("One", ("Two",), ("一",))


def test_a_record_in_another_script_alone_has_its_title_from_880() -> None:
    record = crosswalk.read(
        "marc21",
        etree.fromstring(
            '<record><datafield tag="880"><subfield code="6">245-00/$1</subfield>'
            '<subfield code="a">건강 경계주의보</subfield></datafield></record>'
        ),
    )

    assert record.title == "건강 경계주의보"


def test_words_that_do_not_sort_may_be_marked_instead_of_counted() -> None:
    record = crosswalk.read(
        "marc21",
        etree.fromstring(
            '<record><datafield tag="245" ind2="0"><subfield code="a">&#x98;Der &#x9C;Strom</subfield>'
            "</datafield></record>"
        ),
    )

    assert record.title == "Der Strom"
    assert record.title[record.non_filing :] == "Strom"


@pytest.mark.parametrize(
    ("fixed", "printed", "year"),
    [
        ("s2021    ", "c2020", 2021),
        ("s19uu    ", "1998", 1998),
        ("q19001999", "[19--?]", None),
        ("q19981999", "[1998 or 1999]", 1998),
        ("m19009999", "[between 1900 and 1999]-", None),
        ("|||||||||", "2005", 2005),
        ("nuuuuuuuu", "", None),
        ("c19879999", "1987-", 1987),
    ],
)
def test_the_year_is_coded_or_printed_or_not_known(fixed: str, printed: str, year: int | None) -> None:
    record = crosswalk.read(
        "marc21",
        etree.fromstring(
            f'<record><controlfield tag="008">240301{fixed}io            000 0 ind d</controlfield>'
            '<datafield tag="245"><subfield code="a">T</subfield></datafield>'
            f'<datafield tag="264" ind2="1"><subfield code="c">{printed}</subfield></datafield></record>'
        ),
    )

    assert record.year == year


def test_a_952_that_is_not_kohas_is_no_copy() -> None:
    record = crosswalk.read(
        "marc21",
        etree.fromstring(
            '<record><datafield tag="245"><subfield code="a">T</subfield></datafield>'
            '<datafield tag="952"><subfield code="a">Batch load 2018</subfield></datafield></record>'
        ),
    )

    assert record.holdings == ()


def test_items_in_876_stand_at_the_place_of_852() -> None:
    record = crosswalk.read(
        "marc21",
        etree.fromstring(
            '<record><datafield tag="245"><subfield code="a">T</subfield></datafield>'
            '<datafield tag="852"><subfield code="b">Pusat</subfield><subfield code="h">1 A</subfield></datafield>'
            '<datafield tag="876"><subfield code="p">b1</subfield><subfield code="j">Available</subfield></datafield>'
            '<datafield tag="876"><subfield code="p">b2</subfield><subfield code="j">Checked out</subfield></datafield>'
            "</record>"
        ),
    )

    assert [(h.branch, h.call_number, h.barcode, h.availability) for h in record.holdings] == [
        ("Pusat", "1 A", "b1", "available"),
        ("Pusat", "1 A", "b2", "on_loan"),
    ]


def _outcome(schema: str, element: Any) -> Record | BadRecord:
    try:
        return crosswalk.read(schema, element)
    except BadRecord as bad:
        return bad


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_stands_in_a_title_becomes_clean_text(a: str, b: str) -> None:
    field = etree.Element("datafield", tag="245")
    for code, text in (("a", a), ("b", b)):
        subfield = etree.SubElement(field, "subfield", code=code)
        try:
            subfield.text = text
        except ValueError:  # what XML cannot hold
            subfield.text = "x"
    root = etree.Element("record")
    root.append(field)
    record = _outcome("marc21", root)
    if isinstance(record, BadRecord):
        assert record.reason == "no_title"
        return
    for text in (record.title, record.subtitle):
        assert is_normalized("NFC", text)
        assert text == text.strip()
        assert not any(ord(c) < 32 for c in text)


def test_comments_inside_of_a_record_are_passed_over() -> None:
    marc = from_xml(
        etree.fromstring(
            '<record><!-- c --><datafield tag="245"><!-- d --><subfield code="a">T</subfield></datafield></record>'
        )
    )

    assert marc.first("245", "a") == "T"


def test_names_in_their_own_script_are_found_as_authors() -> None:
    record = read_pair(FOLDER / "marc21" / "scripts.xml")

    doc = document("c", [(record, "MLT", "")], 0, 1, 0)

    assert "حكيم" in doc.author
