"""Pages that are on disk become records: the second stage, which the first never waits for."""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import zstandard
from sqlalchemy import Connection, Row, func, select

from foundation.failpoints import failpoint
from harvester import payload, store
from harvester.bounds import Bounds
from harvester.context import Found, Harvesting
from harvester.errors import Fenced
from harvester.pages import Item
from harvester.plan import Cursor
from harvester.receipt import Counts, Rejection
from harvester.sources import Source
from harvester.store import Harvest
from harvester.tables import harvest, page, quarantine, seen

#: Records in one transaction: others must get their turn to write.
BATCH = 200
#: Seconds between two signs of life while nothing else is written.
_BEAT = 10.0
#: Kinds that never take the place of another.
_WEAK = ("rejected", "outside")
_NAMESPACE = uuid.UUID("5b0c1e62-6d0a-4d0e-9f5e-0d1f6c8f0a11")


@dataclass(slots=True)
class _Batch:
    found: dict[str, Found] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    rejected: list[tuple[Item, payload.Rejected]] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    odd: set[str] = field(default_factory=set)
    items: int = 0


def pending(c: Connection, harvest_id: str, after: int = 0) -> Sequence[Row[Any]]:
    """Pages that were stored and not yet processed, in order. All up to `after` are known to be processed: a list
    of fifty thousand pages would be looked through for each of them else.
    """
    wanted = select(page).where(
        page.c.harvest_id == harvest_id, page.c.number > after, page.c.processed_at.is_(None)
    )
    return c.execute(wanted.order_by(page.c.number)).all()


def process(ctx: Harvesting, source: Source, mine: Harvest, row: Row[Any]) -> None:
    """One stored page, batch by batch; doing it again changes nothing. Raises Fenced."""
    with ctx.db.read() as c:
        now = store.get(c, mine.id)
    cursor = Cursor.of(now.cursor) or Cursor()
    bounds = cursor.bounds() if cursor.bounded else Bounds()
    for batch in _batches(ctx, source, row, bounds):
        failpoint("harvest.batch_read")
        with ctx.db.begin() as c:
            at = ctx.clock()
            store.write(c, mine, at=at, processed=harvest.c.processed + batch.items)
            _write(ctx, c, source, mine, row, batch)
        failpoint("harvest.batch_written")
    with ctx.db.begin() as c:
        store.write(c, mine, at=ctx.clock())
        c.execute(page.update().where(page.c.id == row.id).values(processed_at=ctx.clock()))
    failpoint("harvest.page_processed")


def _batches(ctx: Harvesting, source: Source, row: Row[Any], bounds: Bounds) -> Iterator[_Batch]:
    batch = _Batch()
    for item in ctx.spool.items(row.path):
        if not bounds.hold(item.header):
            if item.header.identifier:
                batch.outside.add(payload.key_of(item.header.identifier))
            batch.odd.add("outside")
            continue
        _sort(batch, item, source, row)
        if batch.items >= BATCH:
            yield batch
            batch = _Batch()
    if batch.items or batch.odd:
        yield batch


def _sort(batch: _Batch, item: Item, source: Source, row: Row[Any]) -> None:
    batch.items += 1
    identifier = payload.key_of(item.header.identifier)
    try:
        if item.fault:
            raise payload.Rejected(reason=item.fault)
        if item.header.deleted:
            batch.gone[identifier] = item.header.datestamp
            batch.found.pop(identifier, None)
            return
        schema, record, odd = payload.read(item, source.profile)
    except payload.Rejected as rejected:
        batch.rejected.append((item, rejected))
        return
    batch.odd.update(odd)
    batch.gone.pop(identifier, None)
    batch.found[identifier] = Found(
        identifier=identifier,
        datestamp=item.header.datestamp[:40],
        schema=schema,
        raw=item.raw,
        record=record,
        page_id=row.id,
        page_offset=item.offset,
        page_length=item.length,
    )


def _write(
    ctx: Harvesting, c: Connection, source: Source, mine: Harvest, row: Row[Any], batch: _Batch
) -> None:
    at = ctx.clock()
    if batch.found:
        ctx.catalogue.take(c, source, list(batch.found.values()), at)
    if batch.gone:
        ctx.catalogue.withdraw(c, source, list(batch.gone), at)
    kinds = dict.fromkeys(batch.found, "record") | dict.fromkeys(batch.gone, "deleted")
    for item, rejected in batch.rejected:
        identifier = payload.key_of(item.header.identifier)
        reject(
            c,
            source_id=source.id,
            harvest_id=mine.id,
            identifier=identifier or None,
            position=f"page {row.number}, record {item.number}",
            reason=rejected.reason,
            detail=rejected.detail,
            raw=item.raw,
            at=at,
        )
        if identifier:
            kinds.setdefault(identifier, "rejected")
    for identifier in batch.outside:
        kinds.setdefault(identifier, "outside")
    note_seen(c, mine.id, kinds)
    for code in batch.odd:
        note_odd(c, mine.id, code, "")


def reject(
    c: Connection,
    *,
    source_id: str,
    harvest_id: str,
    identifier: str | None,
    position: str,
    reason: str,
    detail: str,
    raw: bytes,
    at: Any,
) -> None:
    """Put a record into quarantine with its bytes; the same place of the same harvest only once."""
    row_id = str(uuid.uuid5(_NAMESPACE, f"{harvest_id} {position}"))
    if c.execute(select(quarantine.c.id).where(quarantine.c.id == row_id)).first() is not None:
        return
    c.execute(
        quarantine.insert().values(
            id=row_id,
            source_id=source_id,
            harvest_id=harvest_id,
            identifier=identifier,
            position=position[:40],
            reason=reason[:40],
            detail=detail[:1000],
            raw=zstandard.ZstdCompressor().compress(raw),
            at=at,
        )
    )


def note_seen(c: Connection, harvest_id: str, kinds: dict[str, str]) -> None:
    """What became of identifiers in this harvest: the last delivery counts, but a bad one never hides a good one.

    Kinds: record, deleted, rejected; outside is one that was not asked for and is left.
    """
    if not kinds:
        return
    names = list(kinds)
    before: dict[str, str] = {}
    for at in range(0, len(names), 400):
        chosen = seen.c.identifier.in_(names[at : at + 400])
        rows = c.execute(
            select(seen.c.identifier, seen.c.kind).where(seen.c.harvest_id == harvest_id, chosen)
        )
        before.update({row.identifier: row.kind for row in rows})
    fresh = [
        {"harvest_id": harvest_id, "identifier": name, "kind": kind}
        for name, kind in kinds.items()
        if name not in before
    ]
    if fresh:
        c.execute(seen.insert(), fresh)
    for name, kind in kinds.items():
        if name in before and before[name] != kind and (kind not in _WEAK or before[name] == "outside"):
            c.execute(
                seen.update()
                .where(seen.c.harvest_id == harvest_id, seen.c.identifier == name)
                .values(kind=kind)
            )


def note_odd(c: Connection, harvest_id: str, code: str, text: str) -> None:
    """Add an oddity to the row of a harvest, each code once."""
    before = c.execute(select(harvest.c.oddities).where(harvest.c.id == harvest_id)).scalar() or []
    if all(one["code"] != code for one in before):
        c.execute(
            harvest.update()
            .where(harvest.c.id == harvest_id)
            .values(oddities=[*before, {"code": code, "text": text[:300]}])
        )


def counts(c: Connection, harvest_id: str) -> Counts:
    """What has been delivered so far, each identifier once."""
    wanted = select(seen.c.kind, func.count()).where(seen.c.harvest_id == harvest_id).group_by(seen.c.kind)
    found = {kind: int(number) for kind, number in c.execute(wanted)}
    nameless = c.execute(
        select(func.count()).where(quarantine.c.harvest_id == harvest_id, quarantine.c.identifier.is_(None))
    ).scalar_one()
    return Counts(
        records=found.get("record", 0),
        deleted=found.get("deleted", 0),
        rejected=found.get("rejected", 0),
        nameless=int(nameless),
        outside=found.get("outside", 0),
    )


def rejections(c: Connection, harvest_id: str, limit: int = 10_000) -> tuple[Rejection, ...]:
    """Records of a harvest that could not be read, each identifier once, those that came well elsewhere left out."""
    rejected = select(seen.c.identifier).where(seen.c.harvest_id == harvest_id, seen.c.kind == "rejected")
    rows = c.execute(
        select(quarantine.c.identifier, quarantine.c.reason, quarantine.c.position)
        .where(
            quarantine.c.harvest_id == harvest_id,
            quarantine.c.identifier.is_(None) | quarantine.c.identifier.in_(rejected),
        )
        .order_by(quarantine.c.at, quarantine.c.position)
        .limit(limit)
    )
    out: list[Rejection] = []
    named: set[str] = set()
    for row in rows:
        if row.identifier is not None:
            if row.identifier in named:
                continue
            named.add(row.identifier)
        out.append(Rejection(identifier=row.identifier, reason=row.reason, position=row.position))
    return tuple(out)


def missing_of(c: Connection, harvest_id: str, identifiers: Sequence[str]) -> list[str]:
    """Those of the identifiers that this harvest has not had."""
    lacking = set(identifiers)
    names = list(lacking)
    for at in range(0, len(names), 400):
        chosen = seen.c.identifier.in_(names[at : at + 400])
        lacking -= set(
            c.execute(select(seen.c.identifier).where(seen.c.harvest_id == harvest_id, chosen)).scalars()
        )
    return [name for name in dict.fromkeys(identifiers) if name in lacking]


def short(identifier: str) -> str:
    """A few characters that stand for an identifier in a position, the same each time."""
    return hashlib.sha256(identifier.encode()).hexdigest()[:12]


class Processor:
    """Processes the pages of one harvest in a thread of its own, while more of them come in."""

    def __init__(self, ctx: Harvesting, source: Source, mine: Harvest) -> None:
        self._ctx, self._source, self._mine = ctx, source, mine
        self._more = threading.Event()
        self._idle = threading.Event()
        self._closing = False
        self._done = 0
        self._failure: BaseException | None = None
        self._beaten = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"process-{mine.id[:8]}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """A page was stored."""
        self._idle.clear()
        self._more.set()

    def drain(self) -> None:
        """Wait until every stored page is processed; raises what went wrong on the way."""
        while True:
            self.check()
            with self._ctx.db.read() as c:
                if not pending(c, self._mine.id, self._done):
                    return
            self.wake()
            self._idle.wait(1.0)

    def check(self) -> None:
        """Raises what went wrong in the thread, Fenced for one."""
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Finish the batch in hand and end; what is left is processed by whoever takes the harvest up."""
        self._closing = True
        self._more.set()
        self._thread.join()

    def _beat(self) -> None:
        """A page may take minutes to come in: the run is alive all the while."""
        if time.monotonic() - self._beaten > _BEAT:
            self._beaten = time.monotonic()
            with self._ctx.db.begin() as c:
                store.write(c, self._mine, at=self._ctx.clock())

    def _run(self) -> None:
        try:
            while not self._closing:
                self._more.clear()
                with self._ctx.db.read() as c:
                    rows = pending(c, self._mine.id, self._done)
                for row in rows:
                    if self._closing:
                        return
                    process(self._ctx, self._source, self._mine, row)
                    self._done = row.number  # they are processed in order
                if not rows:
                    self._idle.set()
                    self._more.wait(1.0)
                    self._beat()
        except Fenced as fenced:
            self._failure = fenced
        except BaseException as error:
            self._failure = error
        finally:
            self._idle.set()
