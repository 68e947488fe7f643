"""Whatever a target sends, a lean record comes of it or a reason with a name; and it agrees with the whole Record."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

import pytest
from lxml import etree

from index.crosswalk import BadRecord
from index.live.lean import Lean, Reading, read, whole
from index.live.lean.record import as_record, lean_of
from index.live.link import Fetched
from index.live.merging import Arrival, Merger, asked, brief_of
from index.normal import block_keys, normal_form
from index.query import Term
from tests.index.crosswalk_pairs import pairs
from tests.index.live.marc_records import record
from tests.index.mutations import flipped, structure

T = TypeVar("T")
REASONS = frozenset(("no_title", "no_record", "truncated", "not_marc", "not_xml", "unknown_schema"))
_OIDS = (
    "1.2.840.10003.5.10",
    "1.2.840.10003.5.1",
    "1.2.840.10003.5.109.10",
    "1.2.840.10003.5.101",
    "",
    "mods",
)
_CHARSETS = ("", "", "", "", "marc-8", "iso-8859-1", "iso-5426", "big5", "utf-8")


def mutated(number: int, seed: int) -> tuple[int, int]:
    """So many broken payloads read, merged and described; (how many could be read, how many clusters they made)."""
    chance = random.Random(f"lean {seed}")
    samples = [
        path.read_bytes() for path in pairs() if path.parent.name in ("marc21", "unimarc", "mods", "oai_dc")
    ]
    merger = Merger(asked(Term(text="history")))
    sound = 0
    for place in range(number):
        if chance.random() < 0.8:
            payload, syntax = flipped(record(chance), chance), _OIDS[0]
        else:
            payload, syntax = structure(chance.choice(samples), chance), _OIDS[2]
            if chance.random() < 0.3:
                payload = flipped(payload, chance)
        if chance.random() < 0.1:
            syntax = chance.choice(_OIDS)
        how = Reading(
            charset=chance.choice(_CHARSETS), flavour=chance.choice(("auto", "auto", "marc21", "unimarc"))
        )
        fetched = Fetched(position=place + 1, syntax=syntax, payload=payload)
        lean, full = _outcome(read, fetched, how), _outcome(whole, fetched, how)
        if isinstance(lean, str) or isinstance(full, str):
            assert lean == full
            assert lean in REASONS
            continue
        assert lean == lean_of(full)
        _is_sound(lean)
        merger.add([Arrival(f"t{place % 7}", place // 7 + 1, lean)])
        sound += 1
    return sound, len(merger.rows())


def _outcome(reader: Callable[[Fetched, Reading], T], fetched: Fetched, how: Reading) -> T | str:
    try:
        return reader(fetched, how)
    except BadRecord as bad:
        return bad.reason


def _is_sound(lean: Lean) -> None:
    assert lean.title
    assert len(lean.title) <= 1000
    assert 0 <= lean.non_filing < len(lean.title)
    assert len(lean.holdings) <= 2000
    assert brief_of(lean)["title"] == lean.title
    assert len(block_keys(normal_form(as_record(lean)))) <= 40


def test_broken_records_end_in_a_lean_record_or_a_named_reason() -> None:
    sound, clusters = mutated(80, seed=1)

    assert sound > 40
    assert clusters > 20


@pytest.mark.slow
def test_ten_thousand_broken_records_end_in_a_lean_record_or_a_named_reason() -> None:
    sound, clusters = mutated(10_000, seed=2)

    assert sound > 6_000
    assert clusters > 3_000


def test_a_record_of_many_fields_stays_small() -> None:
    for tag, code in (("650", "a"), ("700", "a"), ("020", "a"), ("500", "a"), ("856", "u"), ("880", "6")):
        root = etree.Element("record")
        for number, name in ((1, "245"), (3000, tag)):
            for n in range(number):
                field = etree.SubElement(root, "datafield", tag=name)
                etree.SubElement(
                    field, "subfield", code=code if name == tag else "a"
                ).text = f"http://x.org/{n}"
        lean = read(Fetched(position=1, syntax="marcxml", payload=etree.tostring(root)))

        assert sum(len(v) for v in lean if isinstance(v, tuple)) <= 300
