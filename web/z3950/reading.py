"""Titles for a target, read in few rows: the displayed description of each edition, and whose copies there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from index.assignment import lots
from index.packing import unpack
from index.record import Availability, Holding, Record
from index.tables import cluster, holding, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """An edition: its displayed record without copies, and the copies by the library that has them.

    A library that only says that it has the title comes with ().
    """

    id: str
    record: Record
    held: tuple[tuple[str, tuple[Holding, ...]], ...]


def several(c: Connection, ids: Sequence[str]) -> dict[str, Title]:
    """Living titles by id. Only one description of each is unpacked, unlike index.views, which shows all of them."""
    found: dict[str, Title] = {}
    for lot in lots(dict.fromkeys(ids)):
        found.update(_lot(c, lot))
    return found


def _lot(c: Connection, ids: Sequence[str]) -> dict[str, Title]:
    asked = select(cluster.c.id, cluster.c.displayed_record_id).where(
        cluster.c.id.in_(ids), cluster.c.gone_at.is_(None)
    )
    shown: dict[str, int | None] = dict(c.execute(asked).tuples().all())
    rows = c.execute(
        select(record.c.id, record.c.cluster_id, record.c.library_id)
        .where(record.c.cluster_id.in_(list(shown)), record.c.gone_at.is_(None))
        .order_by(record.c.first_seen, record.c.id)
    ).all()
    holders: dict[str, dict[str, list[Holding]]] = {}
    cluster_of: dict[int, str] = {}
    first: dict[str, int] = {}
    for number, cluster_id, library_id in rows:
        cluster_of[number] = cluster_id
        holders.setdefault(cluster_id, {}).setdefault(library_id, [])
        first.setdefault(cluster_id, number)
    for record_id, library_id, copy in _copies(c, list(cluster_of)):
        holders[cluster_of[record_id]].setdefault(library_id, []).append(copy)
    chosen = {
        cluster_id: wanted if (wanted := shown[cluster_id]) in cluster_of else number
        for cluster_id, number in first.items()
    }
    bodies: dict[int, bytes] = {}
    for lot in lots([number for number in chosen.values() if number is not None]):
        asked_bodies = select(record.c.id, record.c.body).where(record.c.id.in_(lot))
        bodies.update(c.execute(asked_bodies).tuples().all())
    return {
        cluster_id: Title(
            id=cluster_id,
            record=unpack(bodies[number]),
            held=tuple((library, tuple(copies)) for library, copies in holders[cluster_id].items()),
        )
        for cluster_id, number in chosen.items()
        if number is not None and number in bodies
    }


_COPY = (
    holding.c.record_id,
    holding.c.library_id,
    holding.c.branch_text,
    holding.c.location,
    holding.c.call_number,
    holding.c.copies,
    holding.c.barcode,
    holding.c.availability,
    holding.c.lendable,
    holding.c.due,
    holding.c.coverage,
    holding.c.note,
)
_AVAILABILITY = {one.value: one for one in Availability}


def _copies(c: Connection, record_ids: Sequence[int]) -> list[tuple[int, str, Holding]]:
    found = []
    for lot in lots(record_ids):
        asked = select(*_COPY).where(holding.c.record_id.in_(lot)).order_by(holding.c.id)
        for row in c.execute(asked).all():
            record_id, library_id, branch, location, mark, copies, barcode, state, lends, due, run, note = row
            copy = Holding(
                branch=branch,
                location=location,
                call_number=mark,
                copies=copies,
                barcode=barcode,
                availability=_AVAILABILITY[state],
                lendable=lends,
                due=due,
                coverage=run,
                note=note,
            )
            found.append((record_id, library_id, copy))
    return found
