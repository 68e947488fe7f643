"""What a list request selects, page by page in the order of change: no page is counted off, so none can shift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, tuple_

from index.provider import publish, sets
from index.tables import publication, publication_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A record as a list names it. `left` when it is there, but no longer in the set that was asked for."""

    cluster_id: str
    changed_at: datetime
    deleted: bool
    specs: tuple[str, ...] = ()
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list: what was asked for, and how far an earlier page came.

    `start` and `end` are inclusive, `spec` '' is everything. `after` is the (datestamp, number) of the last record
    given out, `cursor` how many those were, `size` how many there are altogether, counted when `counted` was the
    last number given to a change.
    """

    prefix: str
    start: datetime | None = None
    end: datetime | None = None
    spec: str = ""
    after: tuple[datetime, int] | None = None
    cursor: int = 0
    size: int = 0
    counted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list, with the place of each record and how the list goes on (see `Listing`).

    `cursor` counts the records before this page, `size` those of the whole list.
    """

    listing: Listing
    headers: tuple[Header, ...]
    places: tuple[tuple[datetime, int], ...]
    more: bool

    def first(self, count: int) -> Page:
        """Its first records only, where all are too many bytes."""
        if count >= len(self.headers):
            return self
        return replace(self, headers=self.headers[:count], places=self.places[:count], more=True)

    def following(self) -> Listing:
        """The listing of the next page."""
        at = self.listing
        return replace(at, after=self.places[-1], cursor=at.cursor + len(self.headers))


def page(c: Connection, listing: Listing, limit: int) -> Page:
    """The next page, at most `limit` records; empty when nothing (more) is selected.

    A record that changes while a list is read moves to its end, and so is never passed over.
    """
    rows = c.execute(_page(listing, limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    state = publish.state(c)
    number = state.number if state else 0
    if listing.after is None:
        size = int(c.execute(_count(listing)).scalar_one()) if more else len(rows)
        listing = replace(listing, size=size, counted=number)
    elif number != listing.counted and not more:
        # The last page says how it turned out; while changes go on, the pages before it carry an estimate.
        size = int(c.execute(_count(listing)).scalar_one())
        listing = replace(listing, size=size, cursor=size - len(rows), counted=number)
    elif more and listing.size <= listing.cursor + len(rows):
        listing = replace(listing, size=listing.cursor + len(rows) + 1)
    named = _named(c, [row.cluster_id for row in rows])
    headers = tuple(_header(row, listing.spec, named.get(row.cluster_id, ())) for row in rows)
    return Page(
        listing=listing,
        headers=headers,
        places=tuple((row.changed_at, row.number) for row in rows),
        more=more,
    )


def header(c: Connection, cluster_id: str) -> Header | None:
    """The record of a cluster; None when it was never published."""
    row = c.execute(select(publication).where(publication.c.cluster_id == cluster_id)).first()
    if row is None:
        return None
    named = _named(c, [cluster_id]).get(cluster_id, ())
    specs = sets.named([spec for spec, left in named if row.deleted or not left])
    return Header(cluster_id=cluster_id, changed_at=row.changed_at, deleted=row.deleted, specs=specs)


def _page(listing: Listing, limit: int) -> Select[Any]:
    s, p = publication_set.c, publication.c
    if _whole(listing):
        query = select(p.cluster_id, p.changed_at, p.number, p.deleted)
        stamp, number = p.changed_at, p.number
    else:
        query = select(s.cluster_id, s.changed_at, s.number, s.has_left, p.deleted).join(
            publication, p.cluster_id == s.cluster_id
        )
        stamp, number = s.changed_at, s.number
    # After a record of the window its beginning says nothing more; with both, SQLite seeks by the beginning.
    window = listing if listing.after is None else replace(listing, start=None)
    query = query.where(*_window(window))
    if listing.after is not None:
        last_stamp, last_number = listing.after
        query = query.where(
            tuple_(stamp, number) > tuple_(literal(last_stamp, stamp.type), literal(last_number, number.type))
        )
    return query.order_by(stamp, number).limit(limit)


def _count(listing: Listing) -> Select[Any]:
    table = publication if _whole(listing) else publication_set
    return select(func.count()).select_from(table).where(*_window(listing))


def _window(listing: Listing) -> list[ColumnElement[bool]]:
    whole = _whole(listing)
    stamp = (publication if whole else publication_set).c.changed_at
    conditions: list[ColumnElement[bool]] = [] if whole else [publication_set.c.spec == listing.spec]
    if listing.start is not None:
        conditions.append(stamp >= listing.start)
    if listing.end is not None:
        conditions.append(stamp <= listing.end)
    return conditions


def _whole(listing: Listing) -> bool:
    return listing.spec in ("", sets.LIBRARIES)


def _named(c: Connection, cluster_ids: Sequence[str]) -> dict[str, list[tuple[str, bool]]]:
    found: dict[str, list[tuple[str, bool]]] = {}
    query = select(publication_set.c.cluster_id, publication_set.c.spec, publication_set.c.has_left)
    for row in c.execute(query.where(publication_set.c.cluster_id.in_(cluster_ids))):
        found.setdefault(row.cluster_id, []).append((row.spec, row.has_left))
    return found


def _header(row: Any, spec: str, named: Sequence[tuple[str, bool]]) -> Header:
    left = bool(getattr(row, "has_left", False)) and not row.deleted
    specs = [spec] if left else [name for name, has_left in named if row.deleted or not has_left]
    return Header(
        cluster_id=row.cluster_id,
        changed_at=row.changed_at,
        deleted=row.deleted or left,
        specs=sets.named(specs),
        left=left,
    )
