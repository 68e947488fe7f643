"""Catalogues that come as files: ISO 2709, MARCXML, MODS and Dublin Core, plain or compressed, record by record."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any, BinaryIO

import zstandard
from lxml import etree
from sqlalchemy import Connection, func, select

from foundation import libraries
from foundation.ids import uuid7
from foundation.strictxml import BadXml, XmlLimits, pull, release
from harvester import process, sources, store
from harvester.context import Found, Harvesting
from harvester.errors import UnknownSource
from harvester.receipt import Receipt
from harvester.sources import Source, SourceDraft
from harvester.store import Harvest
from harvester.tables import harvest, page
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
    """One record of a file. `number` counts from 1; `identifier` is None where a bad record shows none."""

    number: int
    identifier: str | None
    schema: str
    raw: bytes
    outcome: Record | BadRecord


def read(path: Path) -> Iterator[FileRecord]:
    """The records of a file in order, good and bad, in constant memory. Raises BadFile.

    XML that breaks in the middle ends with a bad record 'not_xml': what stood before it has been read, what
    follows cannot be.
    """
    try:
        stream = _open(path)
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}") from error
    with stream:
        try:
            yield from read_stream(stream, str(path))
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise BadFile(f"{path}: {error}") from error


_OPENERS: tuple[tuple[bytes, Any], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"BZh", bz2.open),
)


def _open(path: Path) -> BinaryIO:
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
        identifier = marc21.control_number(marc).rpartition(":")[2][:512] or _hashed(raw)
        outcome = marc21.record_of(marc)
    except BadRecord as bad:
        outcome = bad
    return FileRecord(number=number, identifier=identifier, schema="marc21", raw=raw, outcome=outcome)


def _hashed(raw: bytes) -> str:
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
        identifier = local[-1][:512] if schema == "mods" and local else _hashed(raw)
    except BadRecord as bad:
        outcome = bad
    return FileRecord(number=number, identifier=identifier, schema=schema, raw=raw, outcome=outcome)


# --- into the catalogue ------------------------------------------------------------------------------


def harvest_files(ctx: Harvesting, paths: Sequence[Path], *, library_id: str, at: datetime) -> dict[str, Any]:
    """Take the records of files into the catalogue as those of one library; returns the receipt as a JSON value.

    A record replaces the one with the same identifier that an earlier file of the library brought; nothing is
    withdrawn. Bad records go into quarantine. A file that cannot be read to its end makes the run incomplete.
    """
    with ctx.db.begin() as c:
        source = _source_of(ctx, c, library_id, at)
        mine = store.queue(c, source.id, at=at, kind="file")
        mine = store.take(c, mine.id, owner="file", at=ctx.clock())
    trouble: list[str] = []
    size = 0
    for number, path in enumerate(paths, start=1):
        batch: list[FileRecord] = []
        try:
            size += path.stat().st_size
            for record in read(path):
                batch.append(record)
                if len(batch) >= process.BATCH:
                    _store(ctx, source, mine, number, batch)
                    batch = []
            broken = _store(ctx, source, mine, number, batch)
            trouble.extend(f"{path.name}: {detail}" for detail in broken)
        except (BadFile, OSError) as error:
            _store(ctx, source, mine, number, batch)
            trouble.append(str(error))
    return _end(ctx, mine, at, len(paths), size, trouble)


def _source_of(ctx: Harvesting, c: Connection, library_id: str, at: datetime) -> Source:
    code = f"{libraries.get(c, library_id).code.lower()}-files"
    try:
        return sources.by_code(c, code)
    except UnknownSource:
        draft = SourceDraft(code=code, library_id=library_id, name=code, kind="file")
        return sources.add(c, draft, seal=ctx.seal, at=at)


def _store(
    ctx: Harvesting, source: Source, mine: Harvest, file_number: int, batch: list[FileRecord]
) -> list[str]:
    """One batch in one unit of work; returns what makes the file unreadable from here on."""
    found: dict[str, Found] = {}
    page_id, offset = uuid7(), 0
    rejected: list[tuple[FileRecord, BadRecord]] = []
    for one in batch:
        if isinstance(one.outcome, BadRecord):
            rejected.append((one, one.outcome))
        else:
            name = one.identifier or _hashed(one.raw)
            found[name] = Found(
                identifier=name,
                datestamp="",
                schema=one.schema,
                raw=one.raw,
                record=one.outcome,
                page_id=page_id,
                page_offset=offset,
                page_length=len(one.raw),
            )
            offset += len(one.raw)
    path = f"{source.id}/{mine.id}/{page_id}.raw.zst"
    raw = b"".join(one.raw for one in batch if isinstance(one.outcome, Record))
    stored = _keep(ctx.spool.folder / path, raw) if raw else 0
    with ctx.db.begin() as c:
        at = ctx.clock()
        store.write(c, mine, at=at, processed=harvest.c.processed + len(batch))
        if raw:
            c.execute(
                page.insert().values(
                    id=page_id,
                    source_id=source.id,
                    harvest_id=mine.id,
                    number=_next_page(c, mine),
                    path=path,
                    sha256=sha256(raw).hexdigest(),
                    size=len(raw),
                    stored=stored,
                    records=len(found),
                    fetched_at=at,
                    processed_at=at,
                )
            )
        if found:
            ctx.catalogue.take(c, source, list(found.values()), at)
        kinds = dict.fromkeys(found, "record")
        for one, bad in rejected:
            process.reject(
                c,
                source_id=source.id,
                harvest_id=mine.id,
                identifier=one.identifier,
                position=f"file {file_number}, record {one.number}",
                reason=bad.reason,
                detail=bad.detail,
                raw=one.raw,
                at=at,
            )
            if one.identifier:
                kinds.setdefault(one.identifier, "rejected")
        process.note_seen(c, mine.id, kinds)
        for code in {code for record in found.values() for code in record.record.oddities}:
            process.note_odd(c, mine.id, code, "")
    return [bad.detail for _, bad in rejected if bad.reason == "not_xml"]


def _next_page(c: Connection, mine: Harvest) -> int:
    last = c.execute(select(func.max(page.c.number)).where(page.c.harvest_id == mine.id)).scalar()
    return int(last or 0) + 1


def _keep(path: Path, raw: bytes) -> int:
    """The raw bytes of a batch, compressed and safe on disk before the records that point to them; returns bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(zstandard.ZstdCompressor(level=3).compress(raw))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path.stat().st_size


def _end(
    ctx: Harvesting, mine: Harvest, began: datetime, files: int, size: int, trouble: list[str]
) -> dict[str, Any]:
    now = ctx.clock()
    with ctx.db.begin() as c:
        counts = process.counts(c, mine.id)
        slip = Receipt(
            state="complete" if not trouble else "incomplete" if counts.records else "failed",
            reason="; ".join(trouble)[:1000],
            records=counts.records,
            deleted=0,
            rejected=process.rejections(c, mine.id, _LISTED),
            pages=files,
            requests=0,
            bytes=size,
            seconds=max(0.0, (now - began).total_seconds()),
            oddities=tuple(store.get(c, mine.id).oddities),
            rejected_total=counts.rejected + counts.nameless,
        )
        value = slip.value()
        store.write(
            c,
            mine,
            at=now,
            pages=files,
            bytes=size,
            records=counts.records,
            rejected=counts.rejected + counts.nameless,
        )
        store.end(c, mine, at=now, state=slip.state, reason=slip.reason, receipt=value)
    return value
