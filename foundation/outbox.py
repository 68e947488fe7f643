"""Work that must be done after a commit: written with the change, leased in order, tried until it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from foundation.db import Database
from foundation.failpoints import failpoint
from foundation.once import insert_once
from foundation.tables import outbox

CHANNELS = ("message", "mail", "webhook", "job")

#: Seconds to wait after the first, second … failure; after the last one the row is a dead letter.
BACK_OFF = (30, 120, 600, 3_600, 14_400, 43_200, 43_200, 43_200, 43_200)


class NotDelivered(Exception):
    """It could not be done now and should be tried again; the text is kept for staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Something to be done. The same `effect_key` is done once, however often it is put.

    Rows of the same `order_key` are done one after the other, in the order in which they were put; '' has no order.
    """

    channel: str
    effect_key: str
    payload: Mapping[str, Any]
    order_key: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A row in somebody's hands until the lease ends; `attempts` counts this one."""

    id: int
    channel: str
    effect_key: str
    order_key: str
    payload: Mapping[str, Any]
    attempts: int
    created_at: datetime


def put(c: Connection, work: Work, now: datetime) -> bool:
    """Write work down in the caller's transaction; False when this effect was put before."""
    return insert_once(
        c,
        outbox,
        {
            "channel": work.channel,
            "effect_key": work.effect_key,
            "order_key": work.order_key,
            "payload": dict(work.payload),
            "due_at": work.due_at or now,
            "created_at": now,
        },
    )


def lease(
    c: Connection, channel: str, owner: str, now: datetime, *, seconds: float = 60, limit: int = 20
) -> tuple[Leased, ...]:
    """Take due rows of a channel, oldest first. What waits behind an unfinished or dead row of its order stays."""
    earlier = outbox.alias("earlier")
    blocked = (
        select(earlier.c.id)
        .where(
            earlier.c.order_key == outbox.c.order_key, earlier.c.id < outbox.c.id, earlier.c.state != "done"
        )
        .exists()
    )
    rows = c.execute(
        select(outbox)
        .where(
            outbox.c.channel == channel,
            outbox.c.state == "waiting",
            outbox.c.due_at <= now,
            or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now),
            or_(outbox.c.order_key == "", ~blocked),
        )
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if rows:
        c.execute(
            update(outbox)
            .where(outbox.c.id.in_([row.id for row in rows]))
            .values(
                lease_owner=owner,
                lease_until=now + timedelta(seconds=seconds),
                attempts=outbox.c.attempts + 1,
            )
        )
    return tuple(_leased(row) for row in rows)


def _leased(row: Row[Any]) -> Leased:
    return Leased(
        id=row.id,
        channel=row.channel,
        effect_key=row.effect_key,
        order_key=row.order_key,
        payload=row.payload,
        attempts=row.attempts + 1,
        created_at=row.created_at,
    )


def _mine(work_id: int, owner: str) -> Any:
    return and_(outbox.c.id == work_id, outbox.c.lease_owner == owner, outbox.c.state == "waiting")


def done(c: Connection, work_id: int, owner: str, now: datetime) -> bool:
    """Mark a leased row as done; False when the lease was lost meanwhile (somebody else does it again)."""
    return (
        c.execute(
            update(outbox)
            .where(_mine(work_id, owner))
            .values(state="done", done_at=now, lease_owner="", lease_until=None)
        ).rowcount
        == 1
    )


def failed(c: Connection, work_id: int, owner: str, now: datetime, error: str, *, final: bool = False) -> str:
    """Note a failure: tried again later by BACK_OFF, or dead (also at once when `final`). Returns the state."""
    attempts = c.execute(select(outbox.c.attempts).where(_mine(work_id, owner))).scalar()
    if attempts is None:
        return "lost"
    state = "dead" if final or attempts > len(BACK_OFF) else "waiting"
    wait = BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
    c.execute(
        update(outbox)
        .where(_mine(work_id, owner))
        .values(
            state=state,
            due_at=now + timedelta(seconds=wait),
            last_error=error[:2000],
            lease_owner="",
            lease_until=None,
        )
    )
    return state


def dead(c: Connection, *, channel: str | None = None, limit: int = 100) -> tuple[Row[Any], ...]:
    """Dead letters, newest first, as rows of the table."""
    query = select(outbox).where(outbox.c.state == "dead").order_by(outbox.c.id.desc()).limit(limit)
    if channel is not None:
        query = query.where(outbox.c.channel == channel)
    return tuple(c.execute(query))


def resend(c: Connection, work_id: int, now: datetime) -> bool:
    """Try a dead letter again from the beginning; False when it is not dead."""
    is_dead = (outbox.c.id == work_id, outbox.c.state == "dead")
    return (
        c.execute(update(outbox).where(*is_dead).values(state="waiting", due_at=now, attempts=0)).rowcount
        == 1
    )


def settle(c: Connection, work_id: int, now: datetime, note: str) -> bool:
    """Take a dead letter as done, by telephone for instance; what waits behind it goes on."""
    is_dead = (outbox.c.id == work_id, outbox.c.state == "dead")
    values = {"state": "done", "done_at": now, "last_error": note[:2000]}
    return c.execute(update(outbox).where(*is_dead).values(**values)).rowcount == 1


def counts(c: Connection) -> dict[tuple[str, str], int]:
    """How many rows by (channel, state)."""
    rows = c.execute(
        select(outbox.c.channel, outbox.c.state, func.count()).group_by(outbox.c.channel, outbox.c.state)
    )
    return {(channel, state): int(number) for channel, state, number in rows}


def work(
    db: Database,
    clock: Callable[[], datetime],
    channel: str,
    owner: str,
    do: Callable[[Leased], None],
    *,
    limit: int = 20,
    seconds: float = 60,
    final: Sequence[type[Exception]] = (),
) -> int:
    """Do due work of a channel, at most `limit` rows; how many were done.

    `do` carries one row out and must bear being called twice for it. NotDelivered is tried again, any other
    exception too (a fault of ours is no reason to lose work); those in `final` make a dead letter at once.
    """
    with db.begin() as c:
        rows = lease(c, channel, owner, clock(), seconds=seconds, limit=limit)
    failpoint("outbox.leased")
    count = 0
    for row in rows:
        try:
            do(row)
        except Exception as problem:
            with db.begin() as c:
                text = str(problem) or type(problem).__name__
                failed(c, row.id, owner, clock(), text, final=isinstance(problem, tuple(final)))
            continue
        failpoint("outbox.sent")
        with db.begin() as c:
            count += done(c, row.id, owner, clock())
        failpoint("outbox.done")
    return count
