"""Broken input for crosswalks: bytes and structures mutated at random, from a seed; and what must come of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from unicodedata import is_normalized

from lxml import etree

from foundation.strictxml import BadXml, XmlLimits, parse
from index import crosswalk
from index.crosswalk import BadRecord
from index.packing import pack, said, unpack
from index.record import Record
from tests.index.crosswalk_pairs import binary_pairs, pairs

MARC = "http://www.loc.gov/MARC21/slim"
_TEXTS = (
    "", " ", "\u200f", "|" * 40, "9" * 300, "19uu", "é" * 20_000, "=", "[", "/", "Ã\u0089", "\x85", "#", "245-01/$1",
    "<p>x</p>", "&nbsp;", "Rp 1", "\u0098Der\u009c", "not for sale", "-5", "²", "٣", "10." * 50, "\u0301",
)  # fmt: skip
_VALUES = ("", "245", "200", "999", "a", "\u0660", "$", "9", "952", "AVA", "880", "yes", "date", "abc")
_TAGS = (
    "record",
    "datafield",
    "subfield",
    "dc",
    "title",
    "name",
    "controlfield",
    "leader",
    "location",
    "mods",
)
#: What a parser may say of a record; nothing else is an answer.
REASONS = frozenset(("no_title", "no_record", "truncated", "not_marc"))
_LIMITS = XmlLimits(bytes=20 * 2**20, depth=100, attributes=256, nodes=500_000)


def structure(data: bytes, chance: random.Random) -> bytes:
    """A payload with elements, attributes and texts lost, doubled, swapped, nested or blown up."""
    root = etree.fromstring(data)
    for _ in range(chance.randint(1, 8)):
        elements = [e for e in root.iter() if isinstance(e.tag, str)]
        element = chance.choice(elements)
        what = chance.randint(0, 9)
        if what == 0 and element is not root:
            element.getparent().remove(element)
        elif what == 1:
            element.text = chance.choice(_TEXTS)
        elif what == 2 and element.attrib:
            del element.attrib[chance.choice(list(element.attrib))]
        elif what == 3:
            key = chance.choice([*map(str, element.attrib), "tag", "code", "ind2", "type"])
            element.set(key, chance.choice(_VALUES))
        elif what == 4:
            element.append(etree.Element(chance.choice([*_TAGS, f"{{{MARC}}}datafield"])))
        elif what == 5 and element is not root:
            element.getparent().append(etree.fromstring(etree.tostring(element, with_tail=False)))
        elif what == 6:
            element.tag = chance.choice(_TAGS)
        elif what == 7:
            element.append(etree.Comment("c"))
        elif what == 8:
            element.append(etree.ProcessingInstruction("p", "q"))
        else:
            other = chance.choice(elements)
            element.text, other.text = other.text, element.text
    return bytes(etree.tostring(root))


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Bytes changed, lost, doubled and put in."""
    mutated = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(mutated)) if mutated else 0
        what = chance.randint(0, 4)
        if what == 0 and mutated:
            mutated[place] = chance.randrange(256)
        elif what == 1:
            del mutated[place : place + chance.randint(1, 30)]
        elif what == 2:
            mutated[place:place] = bytes(chance.choices(b"\x1b\x1d\x1e\x1f09az<>&\xe2\xc3\xff", k=3))
        elif what == 3:
            mutated[place:place] = mutated[place : place + chance.randint(1, 60)]
        else:
            mutated[place:place] = chance.choice(
                (b"\x1b$1!37", b"\x1b(B", b"\xef\xbf\xbd", b"99999", b"\x00")
            )
    return bytes(mutated)


def outcome_of_xml(
    schema: str, data: bytes, profile: str, copies: tuple[str, ...]
) -> Record | BadRecord | BadXml:
    """What becomes of a payload on its way through the one parser and the crosswalk."""
    try:
        return crosswalk.read(schema, parse(data, limits=_LIMITS), profile, copies)
    except (BadRecord, BadXml) as bad:
        return bad


def outcome_of_marc(data: bytes, profile: str) -> Record | BadRecord:
    """What becomes of an ISO 2709 record."""
    try:
        return crosswalk.read_iso2709(data, profile)
    except BadRecord as bad:
        return bad


def is_sound(outcome: Record | BadRecord | BadXml) -> bool:
    """Whether it is a Record that can be stored and shown (True) or a reason that can be told (False); else fails."""
    if isinstance(outcome, BadXml):
        assert outcome.message
        return False
    if isinstance(outcome, BadRecord):
        assert outcome.reason in REASONS, outcome.reason
        assert len(outcome.detail) < 2000
        return False
    assert outcome.title
    assert len(outcome.title) <= 1000
    assert is_normalized("NFC", outcome.title)
    assert 0 <= outcome.non_filing < len(outcome.title)
    body = pack(outcome)
    assert unpack(body).title == outcome.title
    assert pack(unpack(body)) == body
    assert len(said(outcome)) == 16
    assert len(outcome.holdings) <= 2000
    for copy in outcome.holdings:
        assert len(copy.barcode) <= 80
        assert max(len(copy.call_number), len(copy.branch), len(copy.location), len(copy.coverage)) <= 200
        assert 1 <= copy.copies < 100_000
    assert len(body) < 200_000
    return True


def mutated(kind: str, number: int, seed: int) -> int:
    """Put so many mutated inputs through the parser of a kind; returns how many could be read."""
    chance = random.Random(f"{kind} {seed}")
    sound = 0
    for _ in range(number):
        sound += is_sound(_KINDS[kind](chance))
    return sound


_PROFILES = ("generic", "koha", "slims_oai1", "slims_oai2", "inlislite33", "koha_unimarc", "alma")
_COPIES = (
    (),
    (),
    ("marc852",),
    ("949",),
    ("koha952",),
    ("995",),
    ("ava",),
    ("hasPart",),
    ("mods_copies",),
    ("049",),
)


def _xml(schema: str) -> Callable[[random.Random], Any]:
    samples = [path.read_bytes() for path in pairs() if path.parent.name == schema]

    def one(chance: random.Random) -> Any:
        data = structure(chance.choice(samples), chance)
        if chance.random() < 0.3:
            data = flipped(data, chance)
        return outcome_of_xml(schema, data, chance.choice(_PROFILES), chance.choice(_COPIES))

    return one


def _iso(chance: random.Random) -> Any:
    samples = [path.read_bytes() for path in binary_pairs()]
    return outcome_of_marc(flipped(chance.choice(samples), chance), chance.choice(_PROFILES))


_KINDS: dict[str, Callable[[random.Random], Any]] = {
    "marc21": _xml("marc21"),
    "unimarc": _xml("unimarc"),
    "mods": _xml("mods"),
    "oai_dc": _xml("oai_dc"),
    "iso2709": _iso,
}
KINDS = tuple(_KINDS)
