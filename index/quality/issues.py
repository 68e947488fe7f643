"""The list of faults as rows: kept true to clusters that changed, read by library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from index import views
from index.assignment import lots
from index.quality.rules import Fault, faults, is_address
from index.tables import change_position, link_check, quality_issue, record, record_edge

#: How far the list has got, beside the position of the clusters themselves.
_NAME = "quality"

#: A link counts as dead when it failed so often in a row.
FAILURES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One fault of one record of a library; `cluster_id` is the title under which it is found."""

    record_id: int
    cluster_id: str
    identifier: str
    title: str
    kind: str
    detail: str
    found_at: datetime


def review(c: Connection, now: datetime, *, limit: int = 200) -> int:
    """Look at up to `limit` clusters that changed since the last look; returns how many, 0 when all was seen."""
    changed = views.changes(c, _position(c), limit)
    if not changed:
        return 0
    look_at(c, [one.id for one in changed], now)
    c.execute(
        update(change_position).where(change_position.c.name == _NAME).values(last=changed[-1].position)
    )
    return len(changed)


def look_at(c: Connection, cluster_ids: Sequence[str], now: datetime) -> None:
    """Write the faults of these clusters' records anew; what was found before keeps its date."""
    for lot in lots(cluster_ids):
        kept = {
            (row.record_id, row.kind): row.found_at
            for row in c.execute(select(quality_issue).where(quality_issue.c.cluster_id.in_(lot)))
        }
        c.execute(delete(quality_issue).where(quality_issue.c.cluster_id.in_(lot)))
        for found in views.several(c, lot).values():
            _write(c, found, now, kept)


def _write(c: Connection, found: views.Cluster, now: datetime, kept: dict[tuple[int, str], datetime]) -> None:
    ids = [one.id for one in found.descriptions]
    doubles = _doubles(c, found)
    dead = _dead(c, [link.url for one in found.descriptions for link in one.record.links])
    c.execute(delete(quality_issue).where(quality_issue.c.record_id.in_(ids)))
    rows: list[dict[str, Any]] = []
    for one in found.descriptions:
        said = {fault.kind: fault for fault in faults(one.record)}
        gone = next((link.url for link in one.record.links if link.url in dead), None)
        if gone is not None:
            said.setdefault("dead_link", Fault(kind="dead_link", detail=gone[:200]))
        if one.id in doubles:
            said["duplicate"] = Fault(kind="duplicate", detail=doubles[one.id])
        rows += [
            {
                "record_id": one.id,
                "library_id": one.library_id,
                "cluster_id": found.id,
                "kind": fault.kind,
                "detail": fault.detail,
                "title": one.record.title[:200],
                "found_at": kept.get((one.id, fault.kind), now),
            }
            for fault in said.values()
        ]
        _note_links(c, found.id, [link.url for link in one.record.links])
    if rows:
        c.execute(quality_issue.insert(), rows)


def _doubles(c: Connection, found: views.Cluster) -> dict[int, str]:
    """Records that another record of the same source may repeat, with that one's identifier."""
    doubles: dict[int, str] = {}
    by_source: dict[str, list[views.Description]] = {}
    for one in found.descriptions:
        by_source.setdefault(one.source_id, []).append(one)
    for same in by_source.values():
        for one in same[1:]:
            doubles[one.id] = same[0].identifier
            doubles.setdefault(same[0].id, one.identifier)
    mine = {one.id: one for one in found.descriptions}
    edge = record_edge.c
    for lot in lots(mine):
        near = select(edge.a, edge.b).where(edge.verdict == "maybe", or_(edge.a.in_(lot), edge.b.in_(lot)))
        for a, b in c.execute(near):
            here, there = (a, b) if a in mine else (b, a)
            other = c.execute(
                select(record.c.source_id, record.c.identifier).where(
                    record.c.id == there, record.c.gone_at.is_(None)
                )
            ).first()
            if other is not None and other.source_id == mine[here].source_id:
                doubles.setdefault(here, other.identifier)
    return doubles


def _dead(c: Connection, urls: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for lot in lots(dict.fromkeys(urls)):
        query = select(link_check.c.url).where(link_check.c.url.in_(lot), link_check.c.failures >= FAILURES)
        found.update(c.execute(query).scalars())
    return found


def _note_links(c: Connection, cluster_id: str, urls: Sequence[str]) -> None:
    """Remember addresses to be tried some day."""
    insert = sqlite.insert if c.dialect.name == "sqlite" else postgresql.insert
    for url in dict.fromkeys(urls):
        if len(url) <= 1000 and is_address(url) and not url.startswith("ftp"):
            row = insert(link_check).values(url=url, cluster_id=cluster_id)
            c.execute(row.on_conflict_do_update(index_elements=["url"], set_={"cluster_id": cluster_id}))


def _position(c: Connection) -> int:
    last = c.execute(select(change_position.c.last).where(change_position.c.name == _NAME)).scalar()
    if last is None:
        c.execute(change_position.insert().values(name=_NAME, last=0))
    return int(last or 0)


def counts(c: Connection, library_id: str) -> dict[str, int]:
    """How many records of a library have each kind of fault."""
    kind = quality_issue.c.kind
    query = select(kind, func.count()).where(quality_issue.c.library_id == library_id).group_by(kind)
    return {row[0]: row[1] for row in c.execute(query)}


def page(
    c: Connection, library_id: str, *, kind: str = "", after: int = 0, limit: int = 50, skip: int = 0
) -> tuple[Issue, ...]:
    """Faults of a library's records in the order of records, of one kind or all; `after` is a row's record id."""
    q = quality_issue.c
    query = (
        select(quality_issue, record.c.identifier)
        .join(record, record.c.id == q.record_id)
        .where(q.library_id == library_id, q.record_id > after)
        .order_by(q.record_id, q.kind)
        .offset(skip)
        .limit(limit)
    )
    if kind:
        query = query.where(q.kind == kind)
    return tuple(
        Issue(
            record_id=row.record_id,
            cluster_id=row.cluster_id,
            identifier=row.identifier,
            title=row.title,
            kind=row.kind,
            detail=row.detail,
            found_at=row.found_at,
        )
        for row in c.execute(query)
    )
