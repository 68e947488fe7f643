"""The records that a target hands out: USMARC in both character sets, OPAC, SUTRS, XML, whole and brief."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest
from lxml import etree
from pymarc import Record as Marc

from foundation.libraries import Library
from index.record import Availability, Format, Holding, Identifier, Name, Record
from index.z3950 import ber, oids, opac
from index.z3950.apdu import External
from index.z3950.apdu.records import read_record
from index.z3950.opac import Holdings, OpacRecord
from index.z3950.serving.catalogue import Form
from tests.web import samples
from tests.web.conftest import World
from web.oai.house import House
from web.sru import read_profile
from web.z3950 import holdings, marc, plain
from web.z3950.reading import Title
from web.z3950.union import UnionCatalogue

HOUSE = House(root="https://silang.example", name="Silang", domain="silang.example", email="", page_size=100)
WHEN = datetime(2026, 1, 5, tzinfo=UTC)
MEMBERS = {
    "m": Library(id="m", code="MLT", symbol="ISIL:ID-MLT", name="Perpustakaan Melati", created_at=WHEN),
    "k": Library(id="k", code="KNG", symbol="ISIL:ID-KNG", name="Perpustakaan Kenanga", created_at=WHEN),
}
RECORD = Record(
    title="Sungai & kota",
    subtitle="catatan",
    authors=(Name(text="Łukasz, Đặng"),),
    publisher="Obor",
    place="Jakarta",
    year=2019,
    year_text="2019",
    languages=("ind",),
    format=Format.BOOK,
    identifiers=(Identifier(kind="isbn", value="9786239999902"),),
    subjects=("Sungai", "Kota"),
    notes=("Ada peta",),
    summary="Tentang kota di tepi sungai. " * 6,
)
COPIES = (
    Holding(
        branch="Pusat",
        location="Lantai 2",
        call_number="307 LUK s",
        copies=2,
        availability=Availability.AVAILABLE,
        lendable=True,
    ),
    Holding(
        branch="Utara",
        call_number="307 LUK s",
        barcode="B-17",
        availability=Availability.ON_LOAN,
        due="2026-12-03",
        lendable=True,
    ),
    Holding(call_number="R 307", availability=Availability.ON_SITE, lendable=False, note="Rusak"),
    Holding(call_number="307"),
)
TITLE = Title(id="0190-a", record=RECORD, held=(("m", COPIES), ("k", ())))


def writer(copies: marc.Copies = "852", charset: Literal["utf-8", "marc-8"] = "utf-8") -> marc.Writer:
    return marc.Writer(house=HOUSE, members=MEMBERS, copies=copies, charset=charset)


def read(data: bytes) -> Marc:
    """The record as another library sees it."""
    return Marc(data=data, to_unicode=True, force_utf8=False)


def test_usmarc_holds_the_description_the_page_and_all_copies() -> None:
    data = writer().full(TITLE)
    found = read(data)
    assert (int(data[:5]), data[9:10]) == (len(data), b"a")
    assert found["001"].data == "0190-a"
    assert found["245"]["a"].startswith("Sungai & kota")
    assert found["100"]["a"].startswith("Łukasz, Đặng")
    assert found["856"]["u"] == "https://silang.example/record/0190-a"
    held = [[(one.code, one.value) for one in field.subfields] for field in found.get_fields("852")]
    assert held == [
        [("a", "ID-MLT"), ("b", "Pusat"), ("c", "Lantai 2"), ("h", "307 LUK s"), ("z", "2 copies")],
        [("a", "ID-MLT"), ("b", "Utara"), ("h", "307 LUK s"), ("p", "B-17")],
        [("a", "ID-MLT"), ("h", "R 307"), ("z", "Rusak"), ("z", "Not for loan")],
        [("a", "ID-MLT"), ("h", "307")],
        [("a", "ID-KNG")],
    ]
    assert [field.tag for field in found.fields] == sorted(field.tag for field in found.fields)


def test_copies_may_stand_as_items_of_koha_or_not_at_all() -> None:
    found = read(writer("952").full(TITLE))
    items = [{one.code: one.value for one in field.subfields} for field in found.get_fields("952")]
    assert items[0] == {"a": "ID-MLT", "b": "ID-MLT", "c": "Pusat / Lantai 2", "o": "307 LUK s"}
    assert items[1]["q"] == "2026-12-03"
    assert items[1]["p"] == "B-17"
    assert items[2]["7"] == "1"
    assert [field["a"] for field in found.get_fields("852")] == ["ID-KNG"]
    assert not read(writer("none").full(TITLE)).get_fields("852", "952")


def test_brief_records_tell_editions_apart_and_no_more() -> None:
    tags = {field.tag for field in read(writer().brief(TITLE)).fields}
    assert {"001", "020", "100", "245", "264"} <= tags
    assert not tags & {"500", "520", "650", "852", "856"}


def test_usmarc_in_marc_8_reads_as_the_same_record() -> None:
    data = writer(charset="marc-8").full(TITLE)
    found = read(data)
    assert (int(data[:5]), data[9:10]) == (len(data), b" ")
    assert found["100"]["a"].startswith("Łukasz, Đặng")
    assert found["245"]["a"].startswith("Sungai & kota")
    assert b"\xa1ukasz" in data


def test_a_record_in_plain_letters_differs_in_its_label_only() -> None:
    plain_title = replace(TITLE, record=replace(RECORD, authors=()))
    data = writer().full(plain_title)
    assert data.isascii()
    assert writer(charset="marc-8").full(plain_title) == data[:9] + b" " + data[10:]


def test_other_scripts_are_named_in_066() -> None:
    russian = replace(TITLE, record=replace(RECORD, title="Волга", authors=()), held=())
    data = writer(charset="marc-8").full(russian)
    found = read(data)
    assert found["066"].get_subfields("c") == ["(N"]
    assert found["245"]["a"].startswith("Волга")


def test_a_long_field_of_many_escapes_still_fits_the_directory() -> None:
    long = replace(TITLE, record=replace(RECORD, summary="Ж中" * 3000), held=())
    data = writer(charset="marc-8").full(long)
    assert int(data[:5]) == len(data)
    assert len(read(data).fields) == len(read(writer().full(long)).fields) + 1


def test_opac_holdings_say_where_copies_are_and_which_can_be_had() -> None:
    found = holdings.of_title(TITLE, MEMBERS)
    first, lent, here, unknown, other = found
    assert (first.nuc, first.local_location, first.shelving_location, first.call_number) == (
        "ID-MLT",
        "Perpustakaan Melati, Pusat",
        "Lantai 2",
        "307 LUK s",
    )
    assert first.circulation is not None
    assert [one.available_now for one in first.circulation] == [True, True]
    assert lent.circulation is not None
    (one,) = lent.circulation
    assert (one.available_now, one.availability_date, one.item) == (False, "2026-12-03", "B-17")
    assert here.circulation is not None
    assert here.circulation[0].restrictions == "For use in the library; Not for loan"
    assert here.public_note == "Rusak"
    assert unknown.circulation is None
    assert (other.nuc, other.circulation) == ("ID-KNG", None)


def test_a_run_of_a_thousand_copies_does_not_fill_the_answer() -> None:
    many = Title(id="x", record=RECORD, held=(("m", (replace(COPIES[0], copies=1000),)),))
    (found,) = holdings.of_title(many, MEMBERS)
    assert len(found.circulation or ()) == 30


def test_sutrs_is_readable() -> None:
    text = plain.full(TITLE, MEMBERS, "https://silang.example/record/0190-a")
    lines = text.splitlines()
    assert lines[0] == "Title:        Sungai & kota : catatan"
    assert lines[1] == "By:           Łukasz, Đặng"
    assert lines[2] == "Published:    Jakarta: Obor, 2019"
    assert "Record:       https://silang.example/record/0190-a" in lines
    assert "  copy:       2 copies: Pusat, Lantai 2, 307 LUK s, available" in lines
    assert "  copy:       Utara, 307 LUK s, on loan until 2026-12-03" in lines
    assert "Held by:      Perpustakaan Kenanga" in lines
    assert max(map(len, lines)) <= 78
    assert plain.brief(TITLE).splitlines() == lines[:3]


# --- from the store ------------------------------------------------------------------------------------


@pytest.fixture
def union(world: World) -> UnionCatalogue:
    samples.store_all(world)
    return UnionCatalogue(world.parts, read_profile(world.parts), "http://silang.example")


def payload(union: UnionCatalogue, id: str, syntax: str, **values: object) -> bytes:
    form = replace(Form(syntax=syntax), **values)  # type: ignore[arg-type]  # any field
    (one,) = union.records([id], form)
    assert one is not None
    record = read_record(ber.parse(one))
    assert (record.syntax, record.database) == (syntax, "silang")
    return record.payload


def test_each_syntax_comes_from_the_store(world: World, union: UnionCatalogue) -> None:
    batik = samples.cluster(world, "MLT", "batik")
    found = read(payload(union, batik, oids.USMARC))
    assert {field["a"] for field in found.get_fields("852")} == {"ID-MLT", "ID-KNG"}
    text = ber.parse(payload(union, batik, oids.SUTRS)).text()
    assert "Perpustakaan Kota Kenanga" in text
    record: OpacRecord = opac.decode(payload(union, batik, oids.OPAC))
    assert isinstance(record.bibliographic, External)
    assert read(record.bibliographic.payload)["245"]["a"].startswith("Batik Pesisir")
    held = [one for one in record.holdings or () if isinstance(one, Holdings)]
    lent = next(one for one in held if one.nuc == "ID-MLT")
    assert lent.circulation is not None
    assert lent.circulation[0].availability_date == "2026-12-03"
    for schema, root in (("", "record"), ("marcxml", "record"), ("mods", "mods"), ("dc", "dc")):
        element = etree.fromstring(payload(union, batik, oids.XML, schema=schema))
        assert etree.QName(element).localname == root


def test_no_reader_is_handed_on(world: World, union: UnionCatalogue) -> None:
    batik = samples.cluster(world, "MLT", "batik")
    for syntax in (oids.USMARC, oids.OPAC, oids.SUTRS, oids.XML):
        assert b"Canari" not in payload(union, batik, syntax)


def test_hostile_text_stays_text(world: World, union: UnionCatalogue) -> None:
    evil = samples.cluster(world, "KNG", "evil")
    assert b"<script>" not in payload(union, evil, oids.XML)
    assert read(payload(union, evil, oids.USMARC))["245"]["a"].startswith("Batik <script>")


def test_a_title_that_is_gone_is_none_and_what_changed_is_written_anew(
    world: World, union: UnionCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.z3950.union.LOOK_EVERY", 0.0)
    batik = samples.cluster(world, "MLT", "batik")
    assert b"Batik Pesisir" in payload(union, batik, oids.USMARC)
    changed = replace(samples.BATIK, title="Batik Pesisir Baru")
    samples.take(world, "MLT", batik=changed)
    samples.take(world, "KNG", batik=changed)
    assert b"Batik Pesisir Baru" in payload(union, batik, oids.USMARC)
    assert union.records(["nobody", batik], Form(syntax=oids.USMARC))[0] is None


def test_what_was_written_is_at_hand_and_soon_looked_at_again(
    world: World, union: UnionCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    batik = samples.cluster(world, "MLT", "batik")
    form = Form(syntax=oids.USMARC)
    assert union.at_hand([batik], form) is None
    first = union.records([batik], form)
    monkeypatch.setattr("web.z3950.union.LOOK_EVERY", 1e9)
    assert union.at_hand([batik], form) == first
    assert union.at_hand([batik], replace(form, brief=True)) is None
    monkeypatch.setattr("web.z3950.union.LOOK_EVERY", 0.0)
    assert union.at_hand([batik], form) is None
