"""Harvests as rows: asked for, claimed, carried on, ended; and what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import zstandard
from sqlalchemy import Connection, Row, func, select

from foundation.ids import uuid7
from foundation.once import insert_once
from harvester.errors import Fenced, UnknownSource
from harvester.tables import harvest, page, quarantine, seen, source

#: States in which a harvest still has something to do; one per source (a unique index says so).
OPEN = ("queued", "running", "interrupted")

#: A harvest whose heartbeat is older belongs to nobody.
STALE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """One run over one source. `kind` is incremental, full, sweep, file or removal.

    `state` is queued, running or interrupted, then complete, incomplete, failed or stopped.
    `receipt` is the value of harvester.receipt as JSON, None until it ended.
    """

    id: str
    source_id: str
    kind: str
    state: str
    asked_by: str | None
    from_at: datetime | None
    until_at: datetime | None
    prefix: str
    token: str | None
    fence: int
    owner: str
    heartbeat_at: datetime | None
    stop_asked: bool
    fetched_all: bool
    pages: int
    requests: int
    bytes: int
    records: int
    deleted: int
    rejected: int
    processed: int
    expected: int | None
    oddities: Any
    receipt: Any
    reason: str
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    retry_at: datetime | None
    not_before: datetime | None
    deferrals: int
    cursor: Any

    @property
    def is_open(self) -> bool:
        """Whether it still has something to do."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a live page shows. `rate` is records a second; `seconds_left` is None while unknown;
    `share` is 0.0 to 1.0 where the provider announced a size."""

    state: str
    pages: int
    records: int
    processed: int
    expected: int | None
    seconds: float
    rate: float
    seconds_left: float | None
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A record that could not be read. `identifier` is None when it has none; `size` is of the raw bytes."""

    id: str
    source_id: str
    harvest_id: str | None
    identifier: str | None
    position: str
    reason: str
    detail: str
    at: datetime
    resolved_at: datetime | None


def _harvest(row: Row[Any]) -> Harvest:
    return Harvest(**row._mapping)


# --- asking for one ------------------------------------------------------------------------------


def queue(
    c: Connection, source_id: str, *, at: datetime, kind: str = "incremental", asked_by: str | None = None
) -> Harvest:
    """A harvest that a worker will take up; the open one when there is one already (then `kind` is its own).

    `asked_by` is a user id, None for the schedule. What a person asks for need not wait: neither for its time nor
    until a source that failed has rested.
    """
    before = open_one(c, source_id)
    if before is not None:
        if asked_by is not None and before.state != "running":
            hurried = {"not_before": None, "asked_by": asked_by}
            c.execute(harvest.update().where(harvest.c.id == before.id).values(**hurried))
            return get(c, before.id)
        return before
    harvest_id = uuid7()
    others = select(harvest.c.id).where(harvest.c.source_id == source_id)
    c.execute(seen.delete().where(seen.c.harvest_id.in_(others)))  # no earlier one can be resumed any more
    rests = c.execute(select(source.c.rests_until).where(source.c.id == source_id)).scalar()
    if asked_by is not None or kind in ("removal", "file") or (rests is not None and rests <= at):
        rests = None
    fresh: dict[str, Any] = {
        "id": harvest_id,
        "source_id": source_id,
        "kind": kind,
        "state": "queued",
        "asked_by": asked_by,
        "oddities": [],
        "queued_at": at,
        "not_before": rests,
    }
    if not insert_once(c, harvest, fresh):  # somebody has just asked, too
        other = open_one(c, source_id)
        if other is not None:
            return other
    return get(c, harvest_id)


def ask_stop(c: Connection, harvest_id: str, *, at: datetime) -> None:
    """Stop at the next page; one that nobody works on is stopped at once."""
    c.execute(
        harvest.update().where(harvest.c.id == harvest_id, harvest.c.state.in_(OPEN)).values(stop_asked=True)
    )
    c.execute(
        harvest.update()
        .where(harvest.c.id == harvest_id, harvest.c.state.in_(("queued", "interrupted")))
        .values(state="stopped", reason="stopped", ended_at=at, fence=harvest.c.fence + 1)
    )


def resume(c: Connection, harvest_id: str, *, at: datetime) -> Harvest:
    """Let a stopped, incomplete or failed harvest go on at the page where it was.

    One whose list was fetched to its end, or after which there was another, cannot be carried on: it is asked for
    again, from the start.
    Where another harvest of the source is open, that one is given back.
    """
    before = get(c, harvest_id)
    other = open_one(c, before.source_id)
    if other is not None:
        return other
    newest = history(c, before.source_id, limit=1)[0]
    if before.fetched_all or before.state == "complete" or newest.id != harvest_id:
        return queue(c, before.source_id, at=at, kind=before.kind, asked_by=before.asked_by)
    c.execute(
        harvest.update()
        .where(harvest.c.id == harvest_id)
        .values(
            state="interrupted", stop_asked=False, reason="", ended_at=None, receipt=None, not_before=None
        )
    )
    return get(c, harvest_id)


# --- working on one ------------------------------------------------------------------------------


def claim(c: Connection, *, owner: str, at: datetime, stale: timedelta = STALE) -> Harvest | None:
    """The oldest harvest that waits, now ours: state running, a fence nobody else has. None when none waits.

    A running harvest whose worker has been silent for `stale` counts as interrupted and is taken up too.
    """
    c.execute(
        harvest.update()
        .where(harvest.c.state == "running", harvest.c.heartbeat_at < at - stale)
        .values(state="interrupted")
    )
    row = c.execute(
        select(harvest.c.id, harvest.c.fence)
        .join(source, source.c.id == harvest.c.source_id)
        .where(
            harvest.c.state.in_(("interrupted", "queued")),
            harvest.c.not_before.is_(None) | (harvest.c.not_before <= at),
        )
        .order_by(harvest.c.queued_at, harvest.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=harvest)
    ).first()
    if row is None:
        return None
    return take(c, row.id, owner=owner, at=at)


def take(c: Connection, harvest_id: str, *, owner: str, at: datetime) -> Harvest:
    """This harvest, now ours. Whoever had it before meets Fenced at the next write."""
    c.execute(
        harvest.update()
        .where(harvest.c.id == harvest_id, harvest.c.state.in_(OPEN))
        .values(
            state="running",
            owner=owner,
            fence=harvest.c.fence + 1,
            heartbeat_at=at,
            started_at=func.coalesce(harvest.c.started_at, _instant(at)),
        )
    )
    return get(c, harvest_id)


def _instant(at: datetime) -> Any:
    from sqlalchemy import literal

    return literal(at, type_=harvest.c.started_at.type)


def write(c: Connection, mine: Harvest, *, at: datetime, **values: Any) -> None:
    """Change the row and beat the heart; raises Fenced when the harvest is not ours any more."""
    done = c.execute(
        harvest.update()
        .where(harvest.c.id == mine.id, harvest.c.fence == mine.fence, harvest.c.state == "running")
        .values(heartbeat_at=at, **values)
    )
    if done.rowcount != 1:
        raise Fenced(f"harvest {mine.id} was taken over")


def end(
    c: Connection, mine: Harvest, *, at: datetime, state: str, reason: str, receipt: Mapping[str, Any]
) -> None:
    """The harvest is over; raises Fenced. What a complete one had seen is forgotten; another may be resumed."""
    write(c, mine, at=at, state=state, reason=reason, receipt=dict(receipt), ended_at=at)
    if state == "complete":
        c.execute(seen.delete().where(seen.c.harvest_id == mine.id))


def interrupt(c: Connection, mine: Harvest, *, at: datetime) -> None:
    """Lay it down (the worker is asked to stop); the next worker goes on at the same page."""
    write(c, mine, at=at, state="interrupted")


# --- looking at them -----------------------------------------------------------------------------


def get(c: Connection, harvest_id: str) -> Harvest:
    """One harvest; raises UnknownSource."""
    row = c.execute(select(harvest).where(harvest.c.id == harvest_id)).first()
    if row is None:
        raise UnknownSource(harvest_id)
    return _harvest(row)


def open_one(c: Connection, source_id: str) -> Harvest | None:
    """The harvest of a source that waits or runs."""
    row = c.execute(
        select(harvest).where(harvest.c.source_id == source_id, harvest.c.state.in_(OPEN))
    ).first()
    return None if row is None else _harvest(row)


def running(c: Connection) -> tuple[Harvest, ...]:
    """All open harvests, the oldest first."""
    rows = c.execute(select(harvest).where(harvest.c.state.in_(OPEN)).order_by(harvest.c.queued_at))
    return tuple(_harvest(row) for row in rows)


def history(c: Connection, source_id: str, *, limit: int = 30, offset: int = 0) -> tuple[Harvest, ...]:
    """Harvests of a source, the newest first."""
    rows = c.execute(
        select(harvest)
        .where(harvest.c.source_id == source_id)
        .order_by(harvest.c.queued_at.desc(), harvest.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(_harvest(row) for row in rows)


def last_complete(c: Connection, source_id: str) -> Harvest | None:
    """The newest harvest that was proven complete; a sweep reads no records and does not count."""
    row = c.execute(
        select(harvest)
        .where(harvest.c.source_id == source_id, harvest.c.state == "complete", harvest.c.kind != "sweep")
        .order_by(harvest.c.ended_at.desc())
        .limit(1)
    ).first()
    return None if row is None else _harvest(row)


def progress(of: Harvest, now: datetime) -> Progress:
    """How far a harvest is. The rate is over the whole run; counts of a running one come from its row."""
    begun = of.started_at or of.queued_at
    seconds = max(0.0, ((of.ended_at or now) - begun).total_seconds()) if of.started_at else 0.0
    held = of.records + of.deleted + of.rejected
    rate = held / seconds if seconds > 0 else 0.0
    share = min(1.0, held / of.expected) if of.expected else None
    left = None
    if of.expected and rate > 0 and of.is_open:
        left = max(0.0, (of.expected - held) / rate)
    return Progress(
        state=of.state,
        pages=of.pages,
        records=held,
        processed=of.processed,
        expected=of.expected,
        seconds=seconds,
        rate=rate,
        seconds_left=left,
        share=share,
    )


def quarantined(
    c: Connection,
    *,
    source_id: str | None = None,
    harvest_id: str | None = None,
    unresolved_only: bool = True,
    limit: int = 50,
    offset: int = 0,
) -> tuple[Quarantined, ...]:
    """Records that could not be read, the newest first."""
    columns = [quarantine.c[name] for name in Quarantined.__dataclass_fields__]
    wanted = select(*columns).order_by(quarantine.c.at.desc(), quarantine.c.id.desc())
    if source_id is not None:
        wanted = wanted.where(quarantine.c.source_id == source_id)
    if harvest_id is not None:
        wanted = wanted.where(quarantine.c.harvest_id == harvest_id)
    if unresolved_only:
        wanted = wanted.where(quarantine.c.resolved_at.is_(None))
    return tuple(Quarantined(**row._mapping) for row in c.execute(wanted.limit(limit).offset(offset)))


def quarantine_count(c: Connection, source_id: str) -> int:
    """How many records of a source could not be read and still wait for somebody."""
    wanted = select(func.count()).where(
        quarantine.c.source_id == source_id, quarantine.c.resolved_at.is_(None)
    )
    return int(c.execute(wanted).scalar_one())


def quarantined_raw(c: Connection, quarantine_id: str) -> bytes:
    """The bytes of a quarantined record as they came; raises UnknownSource."""
    packed = c.execute(select(quarantine.c.raw).where(quarantine.c.id == quarantine_id)).scalar()
    if packed is None:
        raise UnknownSource(quarantine_id)
    return zstandard.ZstdDecompressor().decompressobj().decompress(packed)


def resolve(c: Connection, quarantine_id: str, *, at: datetime) -> None:
    """Somebody has looked at it."""
    c.execute(quarantine.update().where(quarantine.c.id == quarantine_id).values(resolved_at=at))


def pages(c: Connection, harvest_id: str) -> Sequence[Row[Any]]:
    """The page rows of a harvest, in order."""
    return c.execute(select(page).where(page.c.harvest_id == harvest_id).order_by(page.c.number)).all()


def disk_use(c: Connection, source_id: str | None = None) -> int:
    """Bytes of raw pages on disk, of one source or of all."""
    wanted = select(func.coalesce(func.sum(page.c.stored), 0))
    if source_id is not None:
        wanted = wanted.where(page.c.source_id == source_id)
    return int(c.execute(wanted).scalar_one())
