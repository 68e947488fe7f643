"""Round trips: a Record written in a format and read again is the same Record, as far as the format has a place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pymarc
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from index.crosswalk import read, read_iso2709, write
from index.crosswalk.iso2709write import write as write_iso2709
from index.crosswalk.marcwrite import write as write_marc
from index.crosswalk.modswrite import write as write_mods
from index.record import Format, Holding, Identifier, Name, Record
from tests.index.crosswalk_pairs import pairs, read_pair, value_of
from tests.index.mods_rules import faults
from tests.index.record_samples import records

few = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))


def by_mods(record: Record) -> Record:
    return read("mods", etree.fromstring(write_mods(record)))


def by_marc(record: Record) -> Record:
    return read("marc21", etree.fromstring(write_marc(record)))


def same_in_mods(record: Record) -> None:
    again = by_mods(record)
    # Shelf marks of the copies are shelf marks of the title too.
    marks = tuple(dict.fromkeys((*record.call_numbers, *(c.call_number for c in record.holdings))))
    assert set(again.call_numbers) == set(marks)
    key = lambda copy: copy.barcode  # noqa: E731  # copies are told place by place
    copies = tuple(sorted(again.holdings, key=key))
    assert replace(again, call_numbers=(), holdings=(), identifiers=()) == replace(
        record, call_numbers=(), holdings=(), identifiers=(), responsibility=record.responsibility
    )
    assert copies == tuple(sorted(record.holdings, key=key))
    assert set(again.identifiers) == set(record.identifiers)


def same_in_marc(record: Record) -> None:
    again = by_marc(record)
    bare = [replace(c, availability=Holding().availability, lendable=None, note="") for c in record.holdings]
    read_copies = [
        replace(c, availability=Holding().availability, lendable=None, note="") for c in again.holdings
    ]
    assert read_copies == bare
    left_out = {"holdings": (), "identifiers": (), "extra": {}}
    second = [replace(a, role="") for a in record.authors]
    assert [replace(a, role="") for a in again.authors] == second
    assert replace(again, authors=(), **left_out) == replace(record, authors=(), **left_out)
    assert set(again.identifiers) == set(record.identifiers)


@few
@given(records())
def test_mods_gives_the_record_back(record: Record) -> None:
    same_in_mods(record)


@few
@given(records())
def test_marcxml_gives_the_record_back(record: Record) -> None:
    same_in_marc(record)


@few
@given(records())
def test_iso_2709_says_what_marcxml_says(record: Record) -> None:
    assert value_of(read_iso2709(write_iso2709(record))) == value_of(by_marc(record))


@few
@given(records())
def test_mods_keeps_the_rules_of_its_schema(record: Record) -> None:
    assert faults(write_mods(record, "1", "ID-MLT")) == []


@few
@given(records())
def test_dublin_core_keeps_what_it_has_a_place_for(record: Record) -> None:
    again = read("oai_dc", etree.fromstring(write("oai_dc", record)))

    assert again.title == record.title
    assert again.subtitle == record.subtitle
    assert [n.text for n in again.authors] == list(dict.fromkeys(n.text for n in record.authors))
    assert (again.year, again.languages) == (record.year, record.languages)
    assert set(again.values("isbn")) == set(record.values("isbn"))
    assert again.not_for_sale is record.not_for_sale


@pytest.mark.slow
@many
@given(records())
def test_many_records_come_back(record: Record) -> None:
    same_in_mods(record)
    same_in_marc(record)
    assert faults(write_mods(record)) == []
    assert value_of(read_iso2709(write_iso2709(record))) == value_of(by_marc(record))


@pytest.mark.parametrize("path", pairs(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_golden_records_are_written_by_the_rules_and_read_by_another_hand(path: Path) -> None:
    record = read_pair(path)

    assert faults(write_mods(record, "1", "ID-MLT")) == []
    (found,) = list(pymarc.MARCReader(write_iso2709(record), force_utf8=True))
    assert found is not None
    assert found.title is not None
    assert found.title.startswith(record.title)
    assert by_mods(record).title == record.title
    again = by_mods(by_mods(record))
    assert value_of(again) == value_of(by_mods(record))


def test_the_first_identifier_is_the_isbn_and_the_first_author_the_primary_one() -> None:
    record = Record(
        title="T",
        identifiers=(Identifier(kind="oclc", value="12345"), Identifier(kind="isbn", value="9780306406157")),
        authors=(Name(text="Putra, A."),),
    )

    text = write_mods(record).decode()

    assert text.index('type="isbn"') < text.index('type="oclc"')
    assert "Primary Author" in text
    assert "recordCreationDate" not in text
    assert "<mods xmlns" in text


@pytest.mark.parametrize("profile", ["generic", "inlislite33"])
def test_indomarc_says_it_where_indonesian_systems_look(profile: str) -> None:
    record = Record(
        title="Judul",
        publisher="Balai Buku",
        place="Kota",
        year=2020,
        year_text="2020",
        languages=("ind",),
        format=Format.BOOK,
        series=("Seri kota",),
        call_numbers=("899.2 SAR p",),
        classes=("899.2",),
    )

    data = write_iso2709(record, "7", "ID-MLT", "indomarc")
    (found,) = list(pymarc.MARCReader(data, force_utf8=True))

    assert found is not None
    for tag in ("040", "082", "084", "260", "264", "336", "337", "338", "440", "490"):
        assert found.get_fields(tag), tag
    again = read_iso2709(data, profile)
    assert (again.publisher, again.series, again.call_numbers) == (
        "Balai Buku",
        ("Seri kota",),
        ("899.2 SAR p",),
    )
    assert again.classes == ("899.2",)


def test_what_is_longer_than_iso_2709_can_be_is_cut_where_nothing_breaks() -> None:
    copies = tuple(Holding(branch="Pusat", call_number="1 A", barcode=f"B{n:06d}") for n in range(3000))
    record = Record(title="é" * 900, summary="é" * 8000, holdings=copies)

    data = write_iso2709(record)
    again = read_iso2709(data)

    assert len(data) <= 99_999
    assert int(data[:5]) == len(data)
    assert (again.title, again.oddities) == (record.title, ())
    assert 0 < len(again.summary) < 8000
    assert 100 < len(again.holdings) < 3000


def test_marks_of_the_format_inside_of_a_text_do_not_end_it() -> None:
    again = read_iso2709(write_iso2709(Record(title="a\x1fb\x1ec\x1dd")))

    assert again.title == "a b c d"
