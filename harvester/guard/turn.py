"""Whose turn it is: the harvest that has waited longest and may go now, with the one connection to its host."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlalchemy import Connection, func, select

from foundation import leases
from foundation.leases import Lease
from foundation.once import insert_once
from foundation.tables import lease
from harvester import store
from harvester.guard import blackout, pace
from harvester.store import STALE, Harvest
from harvester.tables import harvest, source

log = logging.getLogger("silang.harvester")

#: A worker that renews the connection to a host no more has lost it after so many seconds.
SLOT_SECONDS = 60.0

#: Kinds that ask no provider: they need no connection and mind no hours.
AT_HOME = ("removal", "file")

_TURN = "harvest:turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A claimed harvest, and the lease of its host; None for work that asks nobody."""

    harvest: Harvest
    slot: Lease | None
    host: str = ""


def slot_name(host: str) -> str:
    """The name of the lease of a host; long names are shortened to a hash."""
    name = f"host:{host}"
    return name if len(name) <= 60 else f"host:#{blake2b(host.encode(), digest_size=20).hexdigest()}"


def claim(c: Connection, *, owner: str, at: datetime, parallel: int, stale: timedelta = STALE) -> Turn | None:
    """The harvest that has waited longest among those that may go, now ours; None when none may.

    None may while `parallel` of them run, whichever worker has them. One may not while its host is talked to for
    another source, before its time (`not_before`), or in hours without harvest; what a person asked for minds no
    hours. A running harvest whose worker has been silent for `stale` is taken up too.
    """
    _one_at_a_time(c, at)
    c.execute(
        harvest.update()
        .where(harvest.c.state == "running", harvest.c.heartbeat_at < at - stale)
        .values(state="interrupted")
    )
    running = select(func.count()).select_from(harvest).where(harvest.c.state == "running")
    if c.execute(running).scalar_one() >= parallel:
        return None
    waiting = (
        select(
            harvest.c.id,
            harvest.c.kind,
            harvest.c.asked_by,
            source.c.url,
            source.c.blackout,
            source.c.zone,
        )
        .join(source, source.c.id == harvest.c.source_id)
        .where(
            harvest.c.state.in_(("interrupted", "queued")),
            harvest.c.not_before.is_(None) | (harvest.c.not_before <= at),
        )
        .order_by(harvest.c.queued_at, harvest.c.id)
    )
    held = _held(c, at)
    for row in c.execute(waiting).all():
        if row.kind in AT_HOME:
            return Turn(harvest=store.take(c, row.id, owner=owner, at=at), slot=None)
        host = pace.host_of(row.url)
        name = slot_name(host)
        if name in held:
            continue
        if row.asked_by is None and blackout.ends(blackout.read(row.blackout), row.zone, at) is not None:
            continue
        slot = leases.acquire(c, name, f"harvest {row.id}", at, SLOT_SECONDS)
        if slot is None:
            continue
        return Turn(harvest=store.take(c, row.id, owner=owner, at=at), slot=slot, host=host)
    return None


def _held(c: Connection, at: datetime) -> frozenset[str]:
    rows = select(lease.c.name).where(lease.c.name.like("host:%"), lease.c.ends_at > at)
    return frozenset(c.execute(rows).scalars())


def _one_at_a_time(c: Connection, at: datetime) -> None:
    """Let claims follow each other (PostgreSQL): two at once could both see room for one more."""
    insert_once(c, lease, {"name": _TURN, "owner": "", "fence": 0, "ends_at": at})
    c.execute(select(lease.c.name).where(lease.c.name == _TURN).with_for_update()).one()


def renew(c: Connection, slot: Lease, at: datetime) -> bool:
    """Keep the connection to a host; False when somebody else has it."""
    kept = leases.acquire(c, slot.name, slot.owner, at, SLOT_SECONDS)
    return kept is not None and kept.fence == slot.fence


def give_back(c: Connection, slot: Lease, at: datetime) -> None:
    """Let others talk to the host."""
    leases.release(c, slot.name, slot.owner, at)
