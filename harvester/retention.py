"""What is let go: the records of a deleted source, old harvests, raw pages that nothing needs any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from harvester import process, sources, store
from harvester.context import Harvesting
from harvester.errors import Stopped
from harvester.receipt import Receipt
from harvester.sources import Source
from harvester.store import OPEN, Harvest
from harvester.tables import harvest, page, quarantine
from index.tables import record


def delete_source(c: Connection, source_id: str, *, at: datetime, asked_by: str | None = None) -> Harvest:
    """Take a source off the lists and queue the job that withdraws its records, with tombstones.

    Raises ReadOnlySource for one from config.yaml. An open harvest of it is stopped.
    """
    sources.mark_deleted(c, source_id, at=at)
    running = store.open_one(c, source_id)
    if running is not None:
        c.execute(
            harvest.update()
            .where(harvest.c.id == running.id)
            .values(
                state="stopped",
                stop_asked=True,
                reason="source deleted",
                ended_at=at,
                fence=harvest.c.fence + 1,
            )
        )
    return store.queue(c, source_id, at=at, kind="removal", asked_by=asked_by)


def remove_records(ctx: Harvesting, source: Source, mine: Harvest) -> Receipt:
    """Withdraw every record of a source, batch by batch; its raw pages go last. Raises Fenced."""
    removed, state = mine.deleted, "complete"
    began = mine.started_at or ctx.clock()
    while True:
        with ctx.db.begin() as c:
            at = ctx.clock()
            store.write(c, mine, at=at, deleted=removed, processed=removed)
            if store.get(c, mine.id).stop_asked:
                state = "stopped"
                break
            chosen = (
                select(record.c.identifier)
                .where(record.c.source_id == source.id, record.c.gone_at.is_(None))
                .limit(process.BATCH)
            )
            names = list(c.execute(chosen).scalars())
            if not names:
                break
            ctx.catalogue.withdraw(c, source, names, at)
            removed += len(names)
    if state == "complete" and source.deleted_at is not None:
        ctx.spool.remove(source.id)
    slip = Receipt(
        state="complete" if state == "complete" else "stopped",
        reason="" if state == "complete" else Stopped.reason,
        records=0,
        deleted=removed,
        rejected=(),
        pages=0,
        requests=0,
        bytes=0,
        seconds=(ctx.clock() - began).total_seconds(),
        oddities=(),
    )
    with ctx.db.begin() as c:
        store.end(c, mine, at=ctx.clock(), state=slip.state, reason=slip.reason, receipt=slip.value())
        if state == "complete" and source.deleted_at is not None:
            c.execute(delete(page).where(page.c.source_id == source.id))
            c.execute(delete(quarantine).where(quarantine.c.source_id == source.id))
    return slip


def tidy(ctx: Harvesting, source_id: str, *, keep: int | None = None) -> int:
    """Forget raw pages that hold no record's latest version, and harvests beyond the last `keep`; bytes freed.

    A page stays while any record points to it, so the newest bytes of each record can always be read.
    """
    keep = ctx.settings.keep_harvests if keep is None else keep
    with ctx.db.read() as c:
        ended = select(harvest.c.id).where(harvest.c.source_id == source_id, harvest.c.state.not_in(OPEN))
        done = page.c.harvest_id.in_(ended) & page.c.processed_at.is_not(None)
        rows = c.execute(select(page.c.id, page.c.path, page.c.stored).where(done)).all()
        in_use = set(
            c.execute(select(record.c.page_id).where(record.c.source_id == source_id).distinct()).scalars()
        )
        old = [one.id for one in store.history(c, source_id, limit=10_000, offset=keep) if not one.is_open]
    idle = [row for row in rows if row.id not in in_use]
    for at in range(0, len(idle), 400):
        with ctx.db.begin() as c:
            c.execute(page.delete().where(page.c.id.in_([row.id for row in idle[at : at + 400]])))
    with ctx.db.begin() as c:
        still = set(c.execute(select(page.c.harvest_id).where(page.c.source_id == source_id)).scalars())
        gone = [harvest_id for harvest_id in old if harvest_id not in still]
        for at in range(0, len(gone), 400):
            c.execute(harvest.delete().where(harvest.c.id.in_(gone[at : at + 400])))
    for row in idle:
        ctx.spool.remove(row.path)
    return sum(row.stored for row in idle)


def raw_record(ctx: Harvesting, c: Connection, source_id: str, identifier: str) -> bytes | None:
    """The newest bytes of a record as they came (the whole <record> element); None when there are none."""
    row = c.execute(
        select(page.c.path, record.c.page_offset, record.c.page_length)
        .join(page, page.c.id == record.c.page_id)
        .where(record.c.source_id == source_id, record.c.identifier == identifier)
    ).first()
    if row is None or row.page_offset is None:
        return None
    return ctx.spool.cut(row.path, row.page_offset, row.page_length)
