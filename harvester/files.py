"""Catalogues that come as files: ISO 2709, MARCXML, MODS and Dublin Core, plain or compressed, record by record."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from foundation.strictxml import BadXml, XmlLimits, pull, release
from index.crosswalk import BadRecord, marc21, schema_of
from index.crosswalk import read as crosswalk
from index.crosswalk.marcform import Marc, from_iso2709, from_xml, local_name
from index.record import Record

#: Rejected records that a receipt lists; the quarantine has all of them.
_LISTED = 1000
#: Bytes read at once, and the most that one ISO 2709 record may have (its own limit is 99,999).
_CHUNK = 1 << 20
_LONGEST = 2 << 20
_ROOTS = ("{*}record", "{*}mods", "{*}dc")
_LIMITS = XmlLimits(bytes=1 << 40, nodes=200_000)
_MARC_PARTS = frozenset(("leader", "controlfield", "datafield"))


class BadFile(Exception):
    """The file is none of the formats that can be read, or cannot be opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """One record of a file. `number` counts from 1; `identifier` is None where a bad record shows none.

    In tables `unit` is 'row' and `number` its row in the sheet; `holders` are the libraries that the row names,
    as it names them.
    """

    number: int
    identifier: str | None
    schema: str
    raw: bytes
    outcome: Record | BadRecord
    unit: str = "record"
    holders: tuple[str, ...] = ()


def read(path: Path) -> Iterator[FileRecord]:
    """The records of a file in order, good and bad, in constant memory. Raises BadFile.

    XML that breaks in the middle ends with a bad record 'not_xml': what stood before it has been read, what
    follows cannot be.
    """
    try:
        stream = opened(path)
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}") from error
    with stream:
        try:
            yield from read_stream(stream, str(path))
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise BadFile(f"{path}: {error}") from error


_OPENERS: tuple[tuple[bytes, Any], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"BZh", bz2.open),
)


def opened(path: Path) -> BinaryIO:
    """A file to read from, decompressed where it is compressed. Raises OSError."""
    with path.open("rb") as file:
        magic = file.read(6)
    opener = next((opener for beginning, opener in _OPENERS if magic.startswith(beginning)), open)
    stream: BinaryIO = opener(path, "rb")
    return stream


def read_stream(stream: BinaryIO, name: str = "file") -> Iterator[FileRecord]:
    """The records of an open file, whose beginning tells the format. Raises BadFile."""
    head = stream.read(_CHUNK)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"<" or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield from _xml(_chunks(head, stream))
    elif start[:5].isdigit() and len(start) >= 24:
        yield from _iso2709(_chunks(start, stream))
    elif not start:
        raise BadFile(f"{name}: empty")
    else:
        raise BadFile(f"{name}: neither ISO 2709 nor XML, it begins with {start[:16]!r}")


def _chunks(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield head
    while chunk := stream.read(_CHUNK):
        yield chunk


# --- ISO 2709 --------------------------------------------------------------------------------------


def _iso2709(chunks: Iterator[bytes]) -> Iterator[FileRecord]:
    number = 0
    for raw in _between(chunks, b"\x1d"):
        if not raw.strip(b"\r\n\x1a\x00 "):
            continue
        number += 1
        yield _from_marc(number, raw.lstrip(b"\r\n\x1a\x00 ") + b"\x1d", from_iso2709)


def _between(chunks: Iterator[bytes], end: bytes) -> Iterator[bytes]:
    """What stands between the ends; a piece that grows beyond all bounds is cut, and is a bad record then."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(end)
        yield from whole
        if len(rest) > _LONGEST:
            yield rest[:_LONGEST]
            rest = b""
    yield rest


def _from_marc(number: int, raw: bytes, parse: Any, element: Any = None) -> FileRecord:
    identifier: str | None = None
    outcome: Record | BadRecord
    try:
        marc: Marc = parse(raw if element is None else element)
        identifier = marc21.control_number(marc).rpartition(":")[2][:512] or hashed(raw)
        outcome = marc21.record_of(marc)
    except BadRecord as bad:
        outcome = bad
    return FileRecord(number=number, identifier=identifier, schema="marc21", raw=raw, outcome=outcome)


def from_marcxml(number: int, raw: bytes, element: Any) -> FileRecord:
    """A record of a table that was made MARCXML: `number` is its first row."""
    return replace(_from_marc(number, raw, from_xml, element), unit="row")


def hashed(raw: bytes) -> str:
    """A name for a record without one: the same bytes have the same."""
    return "hash:" + blake2b(raw, digest_size=16).hexdigest()


# --- XML -------------------------------------------------------------------------------------------


def _xml(chunks: Iterator[bytes]) -> Iterator[FileRecord]:
    number = 0
    try:
        for _, element in pull(chunks, tags=_ROOTS, limits=_LIMITS):
            schema = _schema(element)
            if schema is None:
                continue  # the record of an OAI response around ours, whose end comes after it
            number += 1
            raw = etree.tostring(element, encoding="utf-8", with_tail=False)
            if schema == "marc21":
                yield _from_marc(number, raw, from_xml, element)
            else:
                yield _from_xml(number, raw, schema, element)
            release(element)
    except BadXml as bad:
        yield FileRecord(
            number=number + 1, identifier=None, schema="", raw=b"", outcome=BadRecord("not_xml", str(bad))
        )


def _schema(element: Any) -> str | None:
    name = local_name(element.tag)
    if name == "record" and not any(local_name(child.tag) in _MARC_PARTS for child in element):
        return None
    namespace = element.tag.rpartition("}")[0].lstrip("{")
    return schema_of(namespace, name)


def _from_xml(number: int, raw: bytes, schema: str, element: Any) -> FileRecord:
    identifier: str | None = None
    outcome: Record | BadRecord
    try:
        outcome = crosswalk(schema, element)
        local = outcome.values("local")
        identifier = local[-1][:512] if schema == "mods" and local else hashed(raw)
    except BadRecord as bad:
        outcome = bad
    return FileRecord(number=number, identifier=identifier, schema=schema, raw=raw, outcome=outcome)
