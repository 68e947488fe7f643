"""What a lean record says is what the crosswalk's Record says, field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from lxml import etree

from benchmarks.cluster_records import HALVES, labelled
from index.crosswalk import BadRecord, read_iso2709
from index.crosswalk import read as read_schema
from index.live.lean import LEFT_OUT, Lean, read
from index.live.lean.record import as_record, lean_of
from index.live.link import Fetched
from index.normal import block_keys, normal_form
from index.record import Record
from tests.index.crosswalk_pairs import binary_pairs, pairs, read_pair
from tests.index.live.marc_records import records

USMARC = "1.2.840.10003.5.10"


def differences(lean: Lean, record: Record) -> list[str]:
    """Names of fields in which the two differ."""
    same = lean_of(record)
    return [f"{n}: {a!r} | {b!r}" for n, a, b in zip(Lean._fields, lean, same, strict=True) if a != b]


def outcome(reader: Callable[[], Lean | Record]) -> Lean | Record | str:
    """What is read, or the reason why it cannot be."""
    try:
        return reader()
    except BadRecord as bad:
        return bad.reason


def check(data: bytes) -> bool:
    """Both read it alike, or both say alike why they cannot; True when it could be read."""
    record = outcome(lambda: read_iso2709(data))
    lean = outcome(lambda: read(Fetched(position=1, syntax=USMARC, payload=data)))
    if isinstance(record, Record) and isinstance(lean, Lean):
        assert differences(lean, record) == [], data
        return True
    assert lean == record, data
    return False


def test_every_field_of_record_is_in_a_lean_record_or_named_as_left_out() -> None:
    assert {f.name for f in fields(Record)} == set(Lean._fields) | set(LEFT_OUT)


def test_generated_records_are_read_alike() -> None:
    assert sum(map(check, records(50))) > 40


@pytest.mark.slow
def test_many_generated_records_are_read_alike() -> None:
    assert sum(map(check, records(3000, seed=2))) > 2500


@pytest.mark.parametrize("path", binary_pairs(), ids=lambda path: path.stem)
def test_the_crosswalks_own_pairs_in_iso2709_are_read_alike(path: Path) -> None:
    assert check(path.read_bytes())


@pytest.mark.parametrize("path", [p for p in pairs() if p.parent.name in ("marc21", "unimarc", "mods", "oai_dc")],
                         ids=lambda path: f"{path.parent.name}-{path.stem}")  # fmt: skip
def test_the_crosswalks_own_pairs_in_xml_are_read_alike(path: Path) -> None:
    if path.stem in ("slims1", "slims2", "inlislite", "koha"):
        return  # read there by a profile of a harvested system
    lean = read(Fetched(position=1, syntax="1.2.840.10003.5.109.10", payload=path.read_bytes()))

    assert differences(lean, read_pair(path)) == []


@pytest.mark.parametrize("half", HALVES)
def test_normal_form_and_keys_are_those_of_the_record(half: str) -> None:
    for one in labelled(half)[:20]:
        payload = etree.tostring(one.element)
        lean = read(Fetched(position=1, syntax="marcxml", payload=payload))
        whole = normal_form(_record(payload), "LIB", "source")
        mine = normal_form(as_record(lean), "LIB", "source")

        assert block_keys(mine) == block_keys(whole)
        for field in fields(whole):
            if field.name != "richness":  # weighs contents and summary, which a lean record leaves out
                assert getattr(mine, field.name) == getattr(whole, field.name)


def _record(payload: bytes) -> Record:
    return read_schema("marc21", etree.fromstring(payload))
