"""Page by page through what an older crosswalk has read: most records say what they said and cost next to nothing.

Each stored record knows the version of the crosswalk that read it, so there is nothing to keep beside the records: a
run that was stopped or killed goes on with whatever is still of an older version. A record that is not readable any
more keeps its description and goes into quarantine; one whose bytes are gone keeps it too.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from harvester import process, sources
from harvester.context import Found, Harvesting
from harvester.payload import Rejected
from harvester.reprocess.raw import Place, Reading, read_page
from harvester.sources import Source
from harvester.tables import page
from index import store
from index.crosswalk import READERS, version_of
from index.packing import said
from index.record import Record
from index.tables import record

log = logging.getLogger("silang.reprocess")

#: Hears after each batch how many records were read, and how many there were to read. What it raises ends the run.
Report = Callable[[int, int], None]

#: Records in one unit of work: others must get their turn to write. Unchanged ones take less of one.
_CHANGED, _SAME = process.BATCH, 1000


@dataclass(slots=True)
class Tally:
    """What a run did: records read, of them changed, rejected now (kept as they were), and without their bytes."""

    read: int = 0
    changed: int = 0
    rejected: int = 0
    gone: int = 0
    pages: int = 0
    total: int = 0

    def value(self) -> dict[str, int]:
        """As a JSON value."""
        return asdict(self)


@dataclass(slots=True)
class _Page:
    """What is to be written of one page."""

    row: Row[Any]
    version: int
    source: Source
    same: list[int] = field(default_factory=list)
    changed: list[Found] = field(default_factory=list)
    rejected: list[Reading] = field(default_factory=list)


def _old(source_id: str | None = None) -> ColumnElement[bool]:
    """Records that were read by another version of their crosswalk than today's."""
    stale = or_(
        *(and_(record.c.schema == schema, record.c.crosswalk != version_of(schema)) for schema in READERS)
    )
    return stale if source_id is None else and_(stale, record.c.source_id == source_id)


def waiting(c: Connection, source_id: str | None = None) -> int:
    """How many records an older crosswalk has read."""
    return int(c.execute(select(func.count()).select_from(record).where(_old(source_id))).scalar_one())


def is_waiting(c: Connection) -> bool:
    """Whether an older crosswalk has read any record; costs next to nothing."""
    return any(
        c.execute(
            select(record.c.id).where(record.c.schema == schema, record.c.crosswalk != now).limit(1)
        ).first()
        for schema, now in ((schema, version_of(schema)) for schema in READERS)
    )


def mark(c: Connection, source_id: str | None = None) -> None:
    """Let all records (of a source) be read again, whichever version read them: after a change of its profile."""
    statement = update(record).where(record.c.crosswalk != 0).values(crosswalk=0)
    c.execute(statement if source_id is None else statement.where(record.c.source_id == source_id))


def run(ctx: Harvesting, source_id: str | None = None, report: Report | None = None) -> Tally:
    """Read again what an older crosswalk has read, of one source or of all; ends early when the process is to stop."""
    with ctx.db.read() as c:
        tally = Tally(total=waiting(c, source_id))
        known = {one.id: one for one in sources.listed(c)}
    if not tally.total:
        return tally
    log.info("reading again", extra={"records": tally.total, "source": source_id or "all"})
    with _seldom_collected():
        for row in _pages(ctx, source_id):
            if ctx.stopping.is_set():
                break
            source = known.get(row.source_id)
            if source is None or row.page_id is None or row.path is None:
                _without_bytes(ctx, row, tally)
            else:
                _page(ctx, source, row, tally)
            tally.pages += 1
            if report is not None:
                report(tally.read, max(tally.total, tally.read))
    log.info("read again", extra=tally.value())
    return tally


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for cycles seldom: records have none, and looking through a lot of them costs a tenth of reading them."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 50_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _pages(ctx: Harvesting, source_id: str | None) -> Iterator[Row[Any]]:
    """Pages that hold such records, by schema and version; looked for once, since a page that was read is done."""
    query = (
        select(record.c.schema, record.c.crosswalk, record.c.page_id, record.c.source_id, page.c.path)
        .distinct()
        .select_from(record.outerjoin(page, page.c.id == record.c.page_id))
        .where(_old(source_id))
        .order_by(record.c.schema, record.c.crosswalk, record.c.page_id)
    )
    with ctx.db.read() as c:
        rows: Sequence[Any] = c.execute(query).all()
    yield from rows


def _of(row: Row[Any]) -> ColumnElement[bool]:
    on_page = record.c.page_id == row.page_id if row.page_id is not None else record.c.page_id.is_(None)
    return and_(
        record.c.schema == row.schema,
        record.c.crosswalk == row.crosswalk,
        on_page,
        record.c.source_id == row.source_id,
    )


def _without_bytes(ctx: Harvesting, row: Row[Any], tally: Tally) -> None:
    """Records whose bytes were never kept, or whose source has gone, stay as they are."""
    with ctx.db.begin() as c:
        done = c.execute(update(record).where(_of(row)).values(crosswalk=version_of(row.schema))).rowcount
    tally.read += done
    tally.gone += done


def _page(ctx: Harvesting, source: Source, row: Row[Any], tally: Tally) -> None:
    with ctx.db.read() as c:
        found: Sequence[Any] = c.execute(
            select(
                record.c.id,
                record.c.identifier,
                record.c.page_offset,
                record.c.page_length,
                record.c.datestamp,
                record.c.said,
            )
            .where(_of(row), record.c.gone_at.is_(None))
            .order_by(record.c.page_offset)
        ).all()
    now = _Page(row=row, version=version_of(row.schema), source=source)
    rows = {one.id: one for one in found}
    places = [
        Place(
            id=one.id,
            identifier=one.identifier,
            schema=row.schema,
            offset=one.page_offset,
            length=one.page_length,
        )
        for one in found
        if one.page_offset is not None and one.page_length is not None
    ]
    now.same.extend(one.id for one in found if one.page_offset is None or one.page_length is None)
    tally.gone += len(now.same)
    for reading in read_page(ctx.spool, row.path, places, source.profile) if places else ():
        before = rows[reading.place.id]
        outcome = reading.outcome
        if outcome is None:
            tally.gone += 1
            now.same.append(before.id)
        elif isinstance(outcome, Rejected):
            now.rejected.append(reading)
        elif reading.schema == row.schema and said(outcome) == before.said:
            now.same.append(before.id)
        else:
            now.changed.append(_found(reading, outcome, before, row))
        if len(now.changed) >= _CHANGED or len(now.same) >= _SAME:
            _write(ctx, now, tally)
    _write(ctx, now, tally)
    with ctx.db.begin() as c:  # what is gone already is read again when it comes back
        c.execute(update(record).where(_of(row), record.c.gone_at.is_not(None)).values(crosswalk=now.version))


def _found(reading: Reading, outcome: Record, before: Row[Any], row: Row[Any]) -> Found:
    return Found(
        identifier=before.identifier,
        datestamp=before.datestamp,
        schema=reading.schema,
        raw=reading.raw,
        record=outcome,
        page_id=row.page_id,
        page_offset=before.page_offset,
        page_length=before.page_length,
    )


def _write(ctx: Harvesting, now: _Page, tally: Tally) -> None:
    """One unit of work."""
    done = len(now.same) + len(now.changed) + len(now.rejected)
    if not done:
        return
    with ctx.db.begin() as c:
        at = ctx.clock()
        store.read_again(
            c, [*now.same, *(one.place.id for one in now.rejected)], now.row.page_id, now.version
        )
        changed = store.take_again(c, now.source, now.changed, at)
        _reject(c, now.source, now.rejected, at)
    tally.read += done
    tally.changed += changed
    tally.rejected += len(now.rejected)
    now.same, now.changed, now.rejected = [], [], []


def _reject(c: Connection, source: Source, rejected: Sequence[Reading], at: Any) -> None:
    for reading in rejected:
        fault = reading.outcome
        assert isinstance(fault, Rejected)
        process.reject(
            c,
            source_id=source.id,
            harvest_id="",
            identifier=reading.place.identifier,
            position=f"read again {process.short(source.id + reading.place.identifier)}",
            reason=fault.reason,
            detail=fault.detail,
            raw=reading.raw,
            at=at,
        )
