"""Leases by name: one owner at a time, and a fence that tells a late owner that it is none any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from foundation.once import insert_once
from foundation.tables import lease


class Fenced(Exception):
    """The lease went to somebody else: the unit of work must not commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease held: `fence` grows with each new owner."""

    name: str
    owner: str
    fence: int
    ends_at: datetime


def acquire(c: Connection, name: str, owner: str, now: datetime, seconds: float) -> Lease | None:
    """Take a lease, or prolong the own one (same fence); None while somebody else holds it."""
    ends_at = now + timedelta(seconds=seconds)
    if insert_once(c, lease, {"name": name, "owner": owner, "fence": 1, "ends_at": ends_at}):
        return Lease(name=name, owner=owner, fence=1, ends_at=ends_at)
    row = c.execute(select(lease).where(lease.c.name == name).with_for_update()).one()
    running = row.ends_at > now
    if running and row.owner != owner:
        return None
    fence = row.fence if running else row.fence + 1
    c.execute(update(lease).where(lease.c.name == name).values(owner=owner, fence=fence, ends_at=ends_at))
    return Lease(name=name, owner=owner, fence=fence, ends_at=ends_at)


def check(c: Connection, name: str, fence: int) -> None:
    """Raises Fenced unless this fence is the newest; holds the row so that it stays so until the commit."""
    newest = c.execute(select(lease.c.fence).where(lease.c.name == name).with_for_update()).scalar()
    if newest != fence:
        raise Fenced(f"{name}: {fence} is not {newest}")


def release(c: Connection, name: str, owner: str, now: datetime) -> bool:
    """Give a lease back early; False when it was somebody else's."""
    held = (lease.c.name == name, lease.c.owner == owner, lease.c.ends_at > now)
    return c.execute(update(lease).where(*held).values(ends_at=now)).rowcount == 1
