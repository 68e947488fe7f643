"""Tries the addresses that descriptions point to, a few at a time, one host after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from foundation.db import Database
from foundation.fetch import Fetcher, FetchFailed, Limits
from index.quality import issues
from index.tables import link_check

#: An address is tried again after so many days; one that failed, the next day.
AGAIN = timedelta(days=30)
SOON = timedelta(days=1)

#: Answers that mean that nothing is there; 401, 403, 429 and 5xx say nothing about the link itself.
_GONE = frozenset({404, 410})

_LIMITS = Limits(total=15, bytes=64 * 1024)


def due(db: Database, now: datetime, limit: int) -> list[tuple[str, str]]:
    """(address, cluster id) of up to `limit` addresses whose turn it is, never tried ones first."""
    t = link_check.c
    with db.read() as c:
        query = (
            select(t.url, t.cluster_id)
            .where(or_(t.next_at.is_(None), t.next_at <= now))
            .order_by(t.next_at.is_not(None), t.next_at, t.url)
            .limit(limit)
        )
        return [(row.url, row.cluster_id) for row in c.execute(query)]


def try_some(db: Database, fetcher: Fetcher, clock: Callable[[], datetime], *, limit: int = 20) -> int:
    """Try addresses whose turn it is and write the faults of what they belong to anew; returns how many."""
    found = due(db, clock(), limit)
    for url, cluster_id in found:
        there = answers(fetcher, url)
        with db.begin() as c:
            now = clock()
            before = c.execute(select(link_check.c.failures).where(link_check.c.url == url)).scalar() or 0
            failures = 0 if there else before + 1
            c.execute(
                update(link_check)
                .where(link_check.c.url == url)
                .values(failures=failures, tried_at=now, next_at=now + (AGAIN if there else SOON))
            )
            if (failures >= issues.FAILURES) != (before >= issues.FAILURES):
                issues.look_at(c, [cluster_id], now)
    return len(found)


def answers(fetcher: Fetcher, url: str) -> bool:
    """Whether something is there; what refuses us, or is down for a moment, counts as there."""
    try:
        with fetcher.open(url, limits=_LIMITS) as response:
            return response.status not in _GONE
    except FetchFailed as failed:
        return failed.passing and "no such host" not in str(failed)
