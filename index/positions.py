"""The change position of clusters: one number for all, which only grows, in the order of the commits."""

from __future__ import annotations

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from index.tables import change_position

_NAME = "cluster"


def hold(c: Connection) -> None:
    """Take the sequence until this unit of work ends: whoever clusters at the same time waits.

    Two at once would not see each other's records and would miss what they have in common; and a position that
    becomes visible after a greater one would be missed by an index that has already passed it.
    """
    query = select(change_position.c.last).where(change_position.c.name == _NAME).with_for_update()
    if c.execute(query).first() is None:
        insert = sqlite.insert if c.dialect.name == "sqlite" else postgresql.insert
        # Two may find it missing; the second waits here until the first is done.
        c.execute(insert(change_position).values(name=_NAME, last=0).on_conflict_do_nothing())
        c.execute(query)


def take(c: Connection, count: int) -> range:
    """The next `count` positions; needs `hold` before."""
    c.execute(
        update(change_position)
        .where(change_position.c.name == _NAME)
        .values(last=change_position.c.last + count)
    )
    last = current(c)
    return range(last - count + 1, last + 1)


def current(c: Connection) -> int:
    """The last position given; 0 before the first."""
    return int(c.execute(select(change_position.c.last).where(change_position.c.name == _NAME)).scalar() or 0)
