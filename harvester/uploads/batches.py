"""A batch of records that came without OAI-PMH, into the catalogue: raw bytes on disk first, then one unit of work."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import zstandard
from sqlalchemy import Connection, func, select

from foundation.ids import uuid7
from harvester import process, store
from harvester.context import Found, Harvesting
from harvester.files import FileRecord, hashed
from harvester.sources import Source
from harvester.store import Harvest
from harvester.tables import harvest, page
from index.crosswalk import BadRecord
from index.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The raw bytes of a batch on disk; `stored` counts them compressed."""

    page_id: str
    path: str
    raw: bytes
    stored: int


def keep(ctx: Harvesting, source: Source, mine: Harvest, batch: Sequence[FileRecord]) -> Kept:
    """Put the raw bytes of the good records on disk, safe before any record points to them."""
    page_id = uuid7()
    path = f"{source.id}/{mine.id}/{page_id}.raw.zst"
    raw = b"".join(one.raw for one in batch if isinstance(one.outcome, Record))
    return Kept(
        page_id=page_id, path=path, raw=raw, stored=_write(ctx.spool.folder / path, raw) if raw else 0
    )


def _write(path: Path, raw: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(zstandard.ZstdCompressor(level=3).compress(raw))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path.stat().st_size


def take(
    ctx: Harvesting,
    c: Connection,
    source: Source,
    mine: Harvest,
    batch: Sequence[FileRecord],
    kept: Kept,
    *,
    where: str,
    at: datetime,
) -> Mapping[str, str]:
    """Write a batch that was kept; returns what became of each identifier: record or rejected. Raises Fenced.

    `where` begins the place of a rejected record: 'file 2'. Doing it again changes nothing.
    """
    found: dict[str, Found] = {}
    offset = 0
    store.write(c, mine, at=at, processed=harvest.c.processed + len(batch))
    kinds: dict[str, str] = {}
    for one in batch:
        if isinstance(one.outcome, BadRecord):
            _reject(c, source, mine, one, one.outcome, where, at)
            if one.identifier:
                kinds.setdefault(one.identifier, "rejected")
            continue
        name = one.identifier or hashed(one.raw)
        kinds[name] = "record"
        found[name] = Found(
            identifier=name,
            datestamp="",
            schema=one.schema,
            raw=one.raw,
            record=one.outcome,
            page_id=kept.page_id,
            page_offset=offset,
            page_length=len(one.raw),
        )
        offset += len(one.raw)
    if kept.raw:
        c.execute(page.insert().values(_page(c, source, mine, kept, len(found), at)))
    if found:
        ctx.catalogue.take(c, source, list(found.values()), at)
    process.note_seen(c, mine.id, kinds)
    for code in {code for one in found.values() for code in one.record.oddities}:
        process.note_odd(c, mine.id, code, "")
    return kinds


def _reject(
    c: Connection, source: Source, mine: Harvest, one: FileRecord, bad: BadRecord, where: str, at: datetime
) -> None:
    process.reject(
        c,
        source_id=source.id,
        harvest_id=mine.id,
        identifier=one.identifier,
        position=f"{where}, {one.unit} {one.number}",
        reason=bad.reason,
        detail=bad.detail,
        raw=one.raw,
        at=at,
    )


def _page(
    c: Connection, source: Source, mine: Harvest, kept: Kept, records: int, at: datetime
) -> dict[str, object]:
    last = c.execute(select(func.max(page.c.number)).where(page.c.harvest_id == mine.id)).scalar()
    return {
        "id": kept.page_id,
        "source_id": source.id,
        "harvest_id": mine.id,
        "number": int(last or 0) + 1,
        "path": kept.path,
        "sha256": sha256(kept.raw).hexdigest(),
        "size": len(kept.raw),
        "stored": kept.stored,
        "records": records,
        "fetched_at": at,
        "processed_at": at,
    }
