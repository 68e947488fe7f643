"""Reading the union catalogue: clusters with their descriptions and copies, redirects, and what changed since."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from index.assignment import lots
from index.packing import unpack
from index.record import Availability, Holding, Record
from index.tables import cluster, cluster_alias, holding, record, record_edge


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCopy:
    """A copy, or run of copies, of a record: whose it is and in which branch (None where that is not known)."""

    id: int
    record_id: int
    library_id: str
    branch_id: str | None
    copy: Holding
    origin: str = "harvest"
    override_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A record in the catalogue; `record.holdings` holds its copies too. `page_*` say where its raw bytes are."""

    id: int
    source_id: str
    library_id: str
    identifier: str
    datestamp: str
    schema: str
    record: Record
    first_seen: datetime
    last_seen: datetime
    changed_at: datetime
    page_id: str | None = None
    page_offset: int | None = None
    page_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One edition with all that libraries say of it and have of it; `shown` is an index into `descriptions`."""

    id: str
    title: str
    position: int
    created_at: datetime
    split_from: str | None
    descriptions: tuple[Description, ...]
    copies: tuple[HeldCopy, ...]
    shown: int = 0

    @property
    def record(self) -> Record:
        """The record that is displayed."""
        return self.descriptions[self.shown].record

    def libraries(self) -> tuple[str, ...]:
        """Ids of the libraries that have it, also where they told of no copies."""
        return tuple(dict.fromkeys(d.library_id for d in self.descriptions))

    def by_library(self) -> dict[str, tuple[HeldCopy, ...]]:
        """The copies by library; () for a library that only says that it has it."""
        found: dict[str, list[HeldCopy]] = {library: [] for library in self.libraries()}
        for copy in self.copies:
            found.setdefault(copy.library_id, []).append(copy)
        return {library: tuple(copies) for library, copies in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The cluster became part of another (301)."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """No library has it any longer (410). The title is what it was called."""

    id: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A cluster that changed at a position; `gone` when it is no longer there, merged or without records."""

    id: str
    position: int
    gone: bool


def get(c: Connection, cluster_id: str) -> Cluster | Moved | Gone | None:
    """The cluster, where it moved to, that it is gone, or None when there was never such a one."""
    row = c.execute(select(cluster).where(cluster.c.id == cluster_id)).first()
    if row is None or row.gone_at is not None:
        new = c.execute(select(cluster_alias.c.new_id).where(cluster_alias.c.old_id == cluster_id)).scalar()
        if new is not None:
            return Moved(id=new)
        return None if row is None else Gone(id=row.id, title=row.title, at=row.gone_at)
    return several(c, [cluster_id]).get(cluster_id)


def several(c: Connection, cluster_ids: Sequence[str]) -> dict[str, Cluster]:
    """Living clusters by id, in few queries; ids that moved or are gone are left out."""
    rows: dict[str, Row[Any]] = {}
    for lot in lots(dict.fromkeys(cluster_ids)):
        query = select(cluster).where(cluster.c.id.in_(lot), cluster.c.gone_at.is_(None))
        rows.update({row.id: row for row in c.execute(query)})
    return dict(_assemble(c, rows))


def _assemble(c: Connection, rows: Mapping[str, Row[Any]]) -> Iterator[tuple[str, Cluster]]:
    described: dict[str, list[Row[Any]]] = {}
    for lot in lots(rows):
        living = (record.c.cluster_id.in_(lot), record.c.gone_at.is_(None))
        for row in c.execute(select(record).where(*living).order_by(record.c.first_seen, record.c.id)):
            described.setdefault(row.cluster_id, []).append(row)
    copies = copies_of(c, [row.id for found in described.values() for row in found])
    for cluster_id, row in rows.items():
        descriptions = [_description(r, copies.get(r.id, ())) for r in described.get(cluster_id, ())]
        if not descriptions:
            continue
        shown = next((i for i, d in enumerate(descriptions) if d.id == row.displayed_record_id), 0)
        yield (
            cluster_id,
            Cluster(
                id=row.id,
                title=row.title,
                position=row.position,
                created_at=row.created_at,
                split_from=row.split_from,
                descriptions=tuple(descriptions),
                copies=tuple(copy for d in descriptions for copy in copies.get(d.id, ())),
                shown=shown,
            ),
        )


def _description(row: Row[Any], copies: Sequence[HeldCopy]) -> Description:
    described = unpack(row.body)
    if copies:
        described = replace(described, holdings=tuple(held.copy for held in copies))
    return Description(
        id=row.id,
        source_id=row.source_id,
        library_id=row.library_id,
        identifier=row.identifier,
        datestamp=row.datestamp,
        schema=row.schema,
        record=described,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        changed_at=row.changed_at,
        page_id=row.page_id,
        page_offset=row.page_offset,
        page_length=row.page_length,
    )


def copies_of(c: Connection, record_ids: Collection[int]) -> dict[int, list[HeldCopy]]:
    """The copies of records, by record, in the order in which the sources told them."""
    found: dict[int, list[HeldCopy]] = {}
    for lot in lots(record_ids):
        query = select(holding).where(holding.c.record_id.in_(lot)).order_by(holding.c.id)
        for row in c.execute(query):
            found.setdefault(row.record_id, []).append(_copy(row))
    return found


def _copy(row: Row[Any]) -> HeldCopy:
    return HeldCopy(
        id=row.id,
        record_id=row.record_id,
        library_id=row.library_id,
        branch_id=row.branch_id,
        copy=Holding(
            branch=row.branch_text,
            location=row.location,
            call_number=row.call_number,
            copies=row.copies,
            barcode=row.barcode,
            availability=Availability(row.availability),
            lendable=row.lendable,
            for_sale=row.for_sale,
            due=row.due,
            coverage=row.coverage,
            note=row.note,
        ),
        origin=row.origin,
        override_until=row.override_until,
    )


def changes(c: Connection, after: int, limit: int) -> tuple[Changed, ...]:
    """Clusters that changed after a position, in the order of their last change, at most `limit`."""
    query = (
        select(cluster.c.id, cluster.c.position, cluster.c.gone_at)
        .where(cluster.c.position > after)
        .order_by(cluster.c.position)
        .limit(limit)
    )
    return tuple(
        Changed(id=row.id, position=row.position, gone=row.gone_at is not None) for row in c.execute(query)
    )


def counts(c: Connection) -> dict[str, int]:
    """How many records, copies and clusters there are, and how many clusters have more than one library's record."""
    living = record.c.gone_at.is_(None)
    joint = (
        select(record.c.cluster_id)
        .where(living)
        .group_by(record.c.cluster_id)
        .having(func.count(record.c.library_id.distinct()) > 1)
        .subquery()
    )
    queries = {
        "records": select(func.count()).select_from(record).where(living),
        "copies": select(func.coalesce(func.sum(holding.c.copies), 0)),
        "clusters": select(func.count()).select_from(cluster).where(cluster.c.gone_at.is_(None)),
        "joint_clusters": select(func.count()).select_from(joint),
    }
    return {name: int(c.execute(query).scalar_one()) for name, query in queries.items()}


def reasons(
    c: Connection, record_ids: Collection[int]
) -> tuple[tuple[int, int, float, str, Mapping[str, float]], ...]:
    """(one, other, score, verdict, weight by reason) of each compared pair among records: why they are together."""
    wanted = set(record_ids)
    found = []
    for lot in lots(sorted(wanted)):
        for row in c.execute(select(record_edge).where(record_edge.c.a.in_(lot)).order_by(record_edge.c.a)):
            if row.b in wanted:
                found.append((row.a, row.b, row.score, row.verdict, row.reasons))
    return tuple(found)
