"""Posts: written down as they came before anybody hears that they came, then processed in their order."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import zstandard
from sqlalchemy import Connection, Row, select

from foundation.failpoints import failpoint
from harvester import process, sources, store
from harvester.context import Harvesting
from harvester.errors import UnknownSource
from harvester.files import FileRecord
from harvester.push import dialect
from harvester.push.dialect import Post
from harvester.receipt import Receipt
from harvester.sources import Source
from harvester.store import Harvest
from harvester.tables import harvest, push_post, source
from harvester.uploads import batches
from index import crosswalk
from index.crosswalk import BadRecord
from index.record import Record
from index.tables import record

log = logging.getLogger("silang.harvester")

SCHEMA = "slims_ucs"
#: Posts of so long a time are one run of the source, with one receipt.
_TOGETHER = timedelta(hours=1)
#: A post that fails so often is laid aside, so that those behind it get their turn.
_ATTEMPTS = 5
#: How long processed posts are kept as they came.
_KEPT = timedelta(days=30)
_LISTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a post: how many titles, and (number, reason) of those that could not be read.

    `processed` is False where it is written down and its turn is still to come.
    """

    processed: bool
    records: int = 0
    deleted: int = 0
    rejected: tuple[tuple[str, str], ...] = ()


def accept(c: Connection, source_id: str, post: Post, body: bytes, at: datetime) -> int:
    """Write a post down; returns its number. Once the transaction is through it cannot be lost."""
    kept = zstandard.ZstdCompressor().compress(dialect.without_key(body, post.key))
    made = c.execute(
        push_post.insert().values(
            source_id=source_id, at=at, body=kept, size=len(body), operation=post.operation
        )
    )
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def process_up_to(ctx: Harvesting, source_id: str, number: int) -> Outcome:
    """Process the waiting posts of a source up to this one; returns what became of this one.

    A failure is ours: it is logged, and the post waits for the worker.
    """
    failpoint("push.written_down")
    try:
        while True:
            done = _next(ctx, source_id, number)
            if done is None:
                break
            if done[0] == number:
                return done[1]
    except Exception:
        log.exception("post not processed", extra={"source": source_id, "post": number})
        _count_attempt(ctx, source_id)
        return Outcome(processed=False)
    return _stored(ctx, number)


def catch_up(ctx: Harvesting) -> bool:
    """Process posts that wait, one of each source; says whether there may be more."""
    with ctx.db.read() as c:
        waiting = list(
            c.execute(
                select(push_post.c.source_id).where(push_post.c.processed_at.is_(None)).distinct()
            ).scalars()
        )
    more = False
    for source_id in waiting:
        try:
            more = _next(ctx, source_id, None) is not None or more
        except Exception:
            log.exception("post not processed", extra={"source": source_id})
            _count_attempt(ctx, source_id)
    return more


def _oldest(c: Connection, source_id: str, number: int | None) -> Row[Any] | None:
    wanted = select(push_post).where(push_post.c.source_id == source_id, push_post.c.processed_at.is_(None))
    if number is not None:
        wanted = wanted.where(push_post.c.id <= number)
    return c.execute(wanted.order_by(push_post.c.id).limit(1)).first()


def _next(ctx: Harvesting, source_id: str, number: int | None) -> tuple[int, Outcome] | None:
    """The oldest waiting post of a source, in one unit of work. None when none waits."""
    with ctx.db.begin() as c:
        at = ctx.clock()
        c.execute(
            select(source.c.id).where(source.c.id == source_id).with_for_update()
        )  # one at a time, in order
        row = _oldest(c, source_id, number)
        if row is None:
            return None
        of = sources.get(c, source_id)
        outcome = Outcome(processed=True)
        if of.deleted_at is None and row.attempts < _ATTEMPTS:
            outcome = _carry_out(ctx, c, of, row, at)
        values = {"records": outcome.records, "deleted": outcome.deleted, "rejected": len(outcome.rejected)}
        c.execute(push_post.update().where(push_post.c.id == row.id).values(processed_at=at, **values))
        old = (push_post.c.source_id == source_id, push_post.c.processed_at < at - _KEPT)
        c.execute(push_post.delete().where(*old))
        failpoint("push.before_commit")
    return int(row.id), outcome


def _count_attempt(ctx: Harvesting, source_id: str) -> None:
    with ctx.db.begin() as c:
        row = _oldest(c, source_id, None)
        if row is not None:
            c.execute(push_post.update().where(push_post.c.id == row.id).values(attempts=row.attempts + 1))


def _stored(ctx: Harvesting, number: int) -> Outcome:
    """What somebody else made of a post meanwhile."""
    with ctx.db.read() as c:
        row = c.execute(select(push_post).where(push_post.c.id == number)).first()
    if row is None or row.processed_at is None:
        return Outcome(processed=False)
    return Outcome(processed=True, records=row.records, deleted=row.deleted)


# --- one post ----------------------------------------------------------------------------------------


def _carry_out(ctx: Harvesting, c: Connection, of: Source, row: Row[Any], at: datetime) -> Outcome:
    post = dialect.read(zstandard.ZstdDecompressor().decompress(row.body, max_output_size=dialect.LARGEST))
    mine = _run(c, of, at)
    if post.operation == "delete":
        living = _living(c, of, post.gone)
        ctx.catalogue.withdraw(c, of, living, at)
        process.note_seen(c, mine.id, dict.fromkeys(living, "deleted"))
        outcome = Outcome(processed=True, deleted=len(living))
    else:
        batch = [_read(number, *title) for number, title in enumerate(post.titles, start=1)]
        kept = batches.keep(ctx, of, mine, batch)
        batches.take(ctx, c, of, mine, batch, kept, where=f"post {row.id}", at=at)
        bad = tuple(
            (one.identifier or f"#{one.number}", one.outcome.reason)
            for one in batch
            if isinstance(one.outcome, BadRecord)
        )
        outcome = Outcome(processed=True, records=len(batch) - len(bad), rejected=bad)
    _settle(c, of, mine, row.size, at)
    return outcome


def _read(number: int, identifier: str | None, title: Any) -> FileRecord:
    raw = json.dumps(title, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    outcome: Record | BadRecord
    try:
        if identifier is None:
            raise BadRecord("no_identifier", "no biblio_id")
        outcome = crosswalk.read(SCHEMA, raw)
    except BadRecord as bad:
        outcome = bad
    except Exception as error:  # a fault of ours, and still only one record's
        log.exception("crosswalk failed", extra={"schema": SCHEMA, "identifier": identifier})
        outcome = BadRecord("crosswalk_failed", repr(error)[:500])
    return FileRecord(number=number, identifier=identifier, schema=SCHEMA, raw=raw, outcome=outcome)


def _living(c: Connection, of: Source, names: Sequence[str]) -> list[str]:
    known = (record.c.source_id == of.id, record.c.identifier.in_(names), record.c.gone_at.is_(None))
    return list(c.execute(select(record.c.identifier).where(*known)).scalars())


def _run(c: Connection, of: Source, at: datetime) -> Harvest:
    """The run that posts of this hour belong to, ours until the transaction ends. Raises UnknownSource."""
    last = store.history(c, of.id, limit=1)
    if last and last[0].kind == "push" and last[0].state == "complete" and at - last[0].queued_at < _TOGETHER:
        c.execute(
            harvest.update()
            .where(harvest.c.id == last[0].id)
            .values(state="interrupted", ended_at=None, receipt=None)
        )
        return store.take(c, last[0].id, owner="push", at=at)
    asked = store.queue(c, of.id, at=at, kind="push")
    if asked.kind != "push":
        raise UnknownSource(f"{of.code} is being removed")
    return store.take(c, asked.id, owner="push", at=at)


def _settle(c: Connection, of: Source, mine: Harvest, size: int, at: datetime) -> None:
    """Count what the run has had so far; what it has seen is kept until the next run begins."""
    counts = process.counts(c, mine.id)
    before = store.get(c, mine.id)
    slip = Receipt(
        state="complete",
        reason="",
        records=counts.records,
        deleted=counts.deleted,
        rejected=process.rejections(c, mine.id, _LISTED),
        pages=before.pages + 1,
        requests=before.pages + 1,
        bytes=before.bytes + size,
        seconds=max(0.0, (at - before.queued_at).total_seconds()),
        oddities=tuple(before.oddities),
        rejected_total=counts.rejected + counts.nameless,
    )
    store.write(
        c,
        mine,
        at=at,
        state="complete",
        receipt=slip.value(),
        ended_at=at,
        pages=slip.pages,
        requests=slip.requests,
        bytes=slip.bytes,
        records=counts.records,
        deleted=counts.deleted,
        rejected=slip.rejected_total,
    )
    c.execute(source.update().where(source.c.id == of.id).values(health="ok", health_reason="", failures=0))
