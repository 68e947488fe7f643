"""MARC in memory: leader, control fields and data fields, from MARCXML and from ISO 2709."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeAlias
from unicodedata import normalize

from pymarc.marc8 import marc8_to_unicode

from index.crosswalk.errors import BadRecord

#: A data field: first indicator, second indicator, subfields as (code, text) in order.
Field: TypeAlias = tuple[str, str, list[tuple[str, str]]]

NAMESPACE = "http://www.loc.gov/MARC21/slim"

_LEADER_LENGTH = 24
_FIELD_END = "\x1e"
_SUBFIELD = "\x1f"
#: Never read, and common: skipping them early is a tenth of the time.
_UNREAD = frozenset(("005", "040", "042", "043", "049", "072", "074", "922", "955", "994"))


class Marc:
    """One MARC record. Texts are as the record has them: not yet cleaned."""

    __slots__ = ("control", "fields", "leader", "oddities")

    def __init__(self, leader: str) -> None:
        self.leader = leader.ljust(_LEADER_LENGTH)
        self.control: dict[str, str] = {}
        self.fields: dict[str, list[Field]] = {}
        self.oddities: list[str] = []

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


def local_name(tag: object) -> str:
    """The name of an element without its namespace; '' for comments and processing instructions."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


#: Element names in full → what they are. Filled as names are met: prefixes and namespaces vary, names do not.
_KINDS: dict[object, str] = {}


def _kind(tag: object) -> str:
    kind = local_name(tag)
    if len(_KINDS) < 1000 and len(str(tag)) < 200:
        _KINDS[tag] = kind
    return kind


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
    control, fields, kinds = marc.control, marc.fields, _KINDS
    for child in element:
        tag = child.tag
        kind = kinds[tag] if tag in kinds else _kind(tag)
        if kind == "datafield":
            name = child.get("tag") or ""
            if name in _UNREAD:
                continue
            subfields = [(s.get("code") or "", s.text or "") for s in child]
            field = (child.get("ind1") or " ", child.get("ind2") or " ", subfields)
            if name in fields:
                fields[name].append(field)
            else:
                fields[name] = [field]
        elif kind == "controlfield":
            control.setdefault(child.get("tag") or "", child.text or "")
        elif kind == "leader":
            marc.leader = (child.text or "").ljust(_LEADER_LENGTH)
    if not fields and not control:
        raise BadRecord("no_record", "no MARC fields")
    return marc


def from_iso2709(data: bytes) -> Marc:
    """Read one ISO 2709 record. Raises BadRecord.

    Leader/09 lies both ways, so the bytes decide: UTF-8 where they are that strictly, else MARC-8,
    else Windows-1252; a leader that says otherwise is an oddity. The lengths in the directory are not trusted either.
    """
    data = data.strip(b"\r\n\x1a\x00 ").removesuffix(b"\x1d")
    if len(data) < _LEADER_LENGTH + 1:
        raise BadRecord("truncated", f"{len(data)} bytes")
    if not data[:5].isdigit() and not data[12:17].isdigit():
        raise BadRecord("not_marc", repr(data[:24]))
    decode, encoding = _decoder(data)
    head, *parts = data.split(b"\x1e")
    directory = head[_LEADER_LENGTH:]
    if len(directory) < 12 or not parts:
        raise BadRecord("truncated", "no directory")
    entries = [directory[i : i + 12] for i in range(0, len(directory) - 11, 12)]
    marc = Marc(data[:_LEADER_LENGTH].decode("ascii", "replace"))
    pieces = _pieces(data, entries, parts)
    for entry, piece in zip(entries, pieces, strict=False):
        tag = entry[:3].decode("ascii", "replace")
        if tag not in _UNREAD:
            _add(marc, tag, decode(piece))
    if not marc.fields:
        raise BadRecord("truncated", "no data fields")
    if len(entries) != len(pieces) or not data[:5].isdigit() or abs(int(data[:5]) - len(data)) > 2:
        marc.oddities.append("marc_lengths_wrong")
    if encoding != "ascii":
        said = "utf8" if data[9:10] == b"a" else "marc8"
        if said != encoding:
            marc.oddities.append(f"encoding_{encoding}_not_{said}")
    return marc


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


def _decoder(data: bytes) -> tuple[Any, str]:
    """How to turn the bytes of a field into text, and the encoding's name."""
    plain = data.isascii()
    if b"\x1b" not in data:
        if plain:
            return _ascii, "ascii"
        if _is_utf8(data):
            return _utf8, "utf8"
        return (_marc8, "marc8") if _looks_like_marc8(data) else (_cp1252, "cp1252")
    # Escapes are MARC-8's, yet systems that turn records into UTF-8 leave some behind.
    return (_utf8_with_escapes, "utf8") if not plain and _is_utf8(data) else (_marc8, "marc8")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_ODD_MARC8 = re.compile(rb"[\xe0-\xfe](?![A-Za-z\xe0-\xfe\xa1-\xbd])|[\xd0-\xdf]")


def _looks_like_marc8(data: bytes) -> bool:
    """MARC-8 puts its accents before the letter and uses no byte D0-DF; Latin-1 text breaks one of the two."""
    return _ODD_MARC8.search(data) is None


def _ascii(data: bytes) -> str:
    return data.decode("ascii")


def _utf8(data: bytes) -> str:
    return data.decode("utf-8", "replace")


#: Shifts of character set; '"S' is what one large exporter writes for 'back to Latin'.
_ESCAPE = re.compile(rb'\x1b(?:[psgb]|[(),\-]"S|[(),\-]?[A-Z0-9])?')


def _utf8_with_escapes(data: bytes) -> str:
    return _utf8(_ESCAPE.sub(b"", data) if b"\x1b" in data else data)


def _cp1252(data: bytes) -> str:
    return data.decode("cp1252", "replace")


def _marc8(data: bytes) -> str:
    if data.isascii() and b"\x1b" not in data:
        return data.decode("ascii")
    # The converter drops what divides subfields; and a shift of character set ends with its subfield.
    return _SUBFIELD.join(_marc8_text(part) for part in data.split(b"\x1f"))


_TONE_FIRST = re.compile("([\u0300\u0301\u0303\u0309])([\u0302\u0306])")


def _marc8_text(data: bytes) -> str:
    try:
        text = str(marc8_to_unicode(data.replace(b'\x1b("S', b"\x1b(B"), hide_utf8_warnings=True))
    except (UnicodeDecodeError, KeyError, ValueError, IndexError):
        return data.decode("latin-1")
    # MARC-8 has accents in any order, Unicode composes a Vietnamese letter only with its own mark before the tone.
    return normalize("NFC", _TONE_FIRST.sub(r"\2\1", normalize("NFD", text)))
