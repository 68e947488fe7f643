"""MARC in memory: leader, control fields and data fields, from MARCXML and from ISO 2709."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Protocol, TypeAlias

from index.crosswalk.encodings import Decoder
from index.crosswalk.errors import BadRecord
from index.crosswalk.repairs import DOUBLE_UTF8, noted, undouble

#: A data field: first indicator, second indicator, subfields as (code, text) in order.
Field: TypeAlias = tuple[str, str, list[tuple[str, str]]]

NAMESPACE = "http://www.loc.gov/MARC21/slim"

_LEADER_LENGTH = 24
_FIELD_END = "\x1e"
_SUBFIELD = "\x1f"
#: Never read, and common: skipping them early is a tenth of the time.
_UNREAD = frozenset(("005", "040", "042", "043", "072", "074", "922", "994"))


class Marc:
    """One MARC record. Texts are as the record has them: not yet cleaned."""

    __slots__ = ("control", "fields", "leader", "oddities", "repairs")

    def __init__(self, leader: str) -> None:
        self.leader = leader.ljust(_LEADER_LENGTH)
        self.control: dict[str, str] = {}
        self.fields: dict[str, list[Field]] = {}
        self.oddities: list[str] = []
        self.repairs: list[str] = []

    def add(self, tag: str, field: Field) -> None:
        """Append a data field."""
        if tag in self.fields:
            self.fields[tag].append(field)
        else:
            self.fields[tag] = [field]

    def get(self, *tags: str) -> Iterator[Field]:
        """The fields of these tags, in the order of the tags given."""
        for tag in tags:
            yield from self.fields.get(tag, ())

    def first(self, tag: str, code: str) -> str:
        """The first subfield of this code in the first field of the tag that has it; '' when there is none."""
        for _, _, subfields in self.fields.get(tag, ()):
            for found, text in subfields:
                if found == code:
                    return text
        return ""


#: Element names in full → without their namespace. Filled as names are met: prefixes and namespaces vary, names do not.
_NAMES: dict[object, str] = {}


def local_name(tag: object) -> str:
    """The name of an element without its namespace; '' for comments and processing instructions."""
    name = _NAMES.get(tag)
    if name is None:
        name = tag.rpartition("}")[2] if isinstance(tag, str) else ""
        if len(_NAMES) < 1000 and len(str(tag)) < 200:
            _NAMES[tag] = name
    return name


def from_xml(element: Any) -> Marc:
    """Read a MARCXML record element (or a collection or OAI metadata element around one).

    The namespace does not matter: real servers leave it out or get it wrong. Raises BadRecord.
    """
    while local_name(element.tag) in ("collection", "metadata"):
        inner = next((child for child in element if local_name(child.tag)), None)
        if inner is None:
            raise BadRecord("no_record", "empty wrapper")
        element = inner
    marc = Marc("")
    control, fields, names = marc.control, marc.fields, _NAMES
    subfields: list[tuple[str, str]] | None = None
    for child in element.iterdescendants():  # one loop for all levels: there are few, and loops cost
        tag = child.tag
        kind = names[tag] if tag in names else local_name(tag)
        if kind == "subfield":
            if subfields is not None:
                # A code that is missing is a blank: '' would be part of every list of codes.
                subfields.append(((child.get("code") or " ")[:1], child.text or ""))
        elif kind == "datafield":
            name = child.get("tag") or ""
            if name in _UNREAD:
                subfields = None
                continue
            subfields = []
            field = (child.get("ind1") or " ", child.get("ind2") or " ", subfields)
            if name in fields:
                fields[name].append(field)
            else:
                fields[name] = [field]
        elif kind == "controlfield":
            control.setdefault(child.get("tag") or "", child.text or "")
        elif kind == "leader":
            marc.leader = _straight(child.text or "")
    if not fields and not control:
        raise BadRecord("no_record", "no MARC fields")
    _undouble(marc)
    return marc


_LABEL = re.compile("[acdnp][a-goprtijklm][abcdims]")


def _straight(leader: str) -> str:
    """The leader in its length; one that lost characters at its beginning is moved to where its codes can be read."""
    if len(leader) != _LEADER_LENGTH and (found := _LABEL.search(leader[:10])):
        leader = "0" * 5 + leader[found.start() :]
    return leader.ljust(_LEADER_LENGTH)[:_LEADER_LENGTH]


class Decodes(Protocol):
    """Turns the bytes of a record's fields into text: `index.crosswalk.encodings.Decoder`, or one that was told how."""

    said: str
    used: set[str]

    def text(self, piece: bytes) -> tuple[str, str]:
        """(the text of a field with its subfield marks, the encoding that was not the leader's, or '')."""
        ...


def from_iso2709(data: bytes, decodes: Decodes | None = None) -> Marc:
    """Read one ISO 2709 record, by `decodes` where its encoding is known from elsewhere. Raises BadRecord.

    Leader/09 lies both ways, so the bytes of each subfield decide: UTF-8 where they are that strictly, else MARC-8,
    else Windows-1252; a leader that says otherwise is an oddity, and the fields concerned are told in `repairs`.
    The lengths in the directory are not trusted either.
    """
    data = data.strip(b"\r\n\x1a\x00 ").removesuffix(b"\x1d")
    if len(data) < _LEADER_LENGTH + 1:
        raise BadRecord("truncated", f"{len(data)} bytes")
    if not data[:5].isdigit() and not data[12:17].isdigit():
        raise BadRecord("not_marc", repr(data[:24]))
    decoder: Decodes = decodes or Decoder(data)
    head, *parts = data.split(b"\x1e")
    if len(head) < _LEADER_LENGTH + 12 or not parts:
        raise BadRecord("truncated", "no directory")
    directory, leader = _directory(head)
    entries = [directory[i : i + 12] for i in range(0, len(directory) - 11, 12)]
    marc = Marc(leader)
    pieces = _pieces(data, entries, parts)
    for entry, piece in zip(entries, pieces, strict=False):
        tag = entry[:3].decode("ascii", "replace")
        if tag not in _UNREAD:
            text, lied = decoder.text(piece)
            _add(marc, tag, text)
            if lied:
                noted(marc.repairs, tag, f"{lied}_not_{decoder.said}")
    if not marc.fields:
        raise BadRecord("truncated", "no data fields")
    if len(entries) != len(pieces) or not data[:5].isdigit() or abs(int(data[:5]) - len(data)) > 2:
        marc.oddities.append("marc_lengths_wrong")
    marc.oddities.extend(
        f"encoding_{found}_not_{decoder.said}" for found in sorted(decoder.used) if found != decoder.said
    )
    if "utf8" in decoder.used:
        _undouble(marc)
    return marc


def _directory(head: bytes) -> tuple[bytes, str]:
    """(the directory, the leader): where the leader is too short, or too long because a character in it was lost, the
    directory is found from its end."""
    if (len(head) - _LEADER_LENGTH) % 12:
        length = 12 * round((len(head) - _LEADER_LENGTH) / 12)
        if length and head[-length:].isdigit():
            return head[-length:], head[:-length].decode("utf-8", "replace")[:_LEADER_LENGTH]
    return head[_LEADER_LENGTH:], head[:_LEADER_LENGTH].decode("ascii", "replace")


def _pieces(data: bytes, entries: list[bytes], parts: list[bytes]) -> list[bytes]:
    """The fields' bytes in the order of the directory: by their ends where those agree with the directory's order."""
    if parts and not parts[-1]:
        parts = parts[:-1]
    starts = [entry[7:12] for entry in entries]
    if len(parts) == len(entries) and all(a < b for a, b in pairwise(starts)):
        return parts
    try:
        base = int(data[12:17])
        spans = [(base + int(e[7:12]), int(e[3:7])) for e in entries]
    except ValueError:
        return parts
    if all(data[at + length - 1 : at + length] == b"\x1e" for at, length in spans[:-1]):
        return [data[at : at + length].rstrip(b"\x1e") for at, length in spans]
    order = sorted(range(len(entries)), key=lambda i: starts[i])
    by_place = dict(zip(order, parts, strict=False))
    return [by_place[i] for i in range(len(entries)) if i in by_place]


def _add(marc: Marc, tag: str, text: str) -> None:
    if tag < "010":
        marc.control.setdefault(tag, text)
        return
    indicators, *subfields = text.split(_SUBFIELD)
    pairs = [(s[0], s[1:]) for s in subfields if s]
    if pairs:
        marc.add(tag, (indicators[:1] or " ", indicators[1:2] or " ", pairs))


def _undouble(marc: Marc) -> None:
    """Mend texts that were encoded twice, subfield by subfield."""
    for tag, fields in marc.fields.items():
        for _, _, subfields in fields:
            for at, (code, text) in enumerate(subfields):
                if not text.isascii() and (mended := undouble(text)) is not text:
                    subfields[at] = (code, mended)
                    noted(marc.repairs, tag, DOUBLE_UTF8)
                    if "mojibake_repaired" not in marc.oddities:
                        marc.oddities.append("mojibake_repaired")
