"""Titles for a target, read in few rows: the displayed description of each edition, and whose copies there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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


_COPY = (
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


def _lot(c: Connection, ids: Sequence[str]) -> dict[str, Title]:
    shown = dict(
        c.execute(
            select(cluster.c.id, cluster.c.displayed_record_id).where(
                cluster.c.id.in_(ids), cluster.c.gone_at.is_(None)
            )
        ).all()
    )
    first: dict[str, int] = {}
    holders: dict[str, dict[str, list[Holding]]] = {}
    living: set[int] = set()
    rows = c.execute(
        select(record.c.cluster_id, record.c.id, record.c.library_id, *_COPY)
        .select_from(record.outerjoin(holding, holding.c.record_id == record.c.id))
        .where(record.c.cluster_id.in_(list(shown)), record.c.gone_at.is_(None))
        .order_by(record.c.first_seen, record.c.id, holding.c.id)
    )
    for cluster_id, number, library_id, *copy in rows.all():
        if number not in living:
            living.add(number)
            first.setdefault(cluster_id, number)
            holders.setdefault(cluster_id, {}).setdefault(library_id, [])
        if copy[0] is not None:
            holders[cluster_id].setdefault(copy[0], []).append(_holding(copy))
    chosen = {
        cluster_id: wanted if (wanted := shown[cluster_id]) in living else number
        for cluster_id, number in first.items()
    }
    asked = select(record.c.id, record.c.body).where(record.c.id.in_(list(chosen.values())))
    bodies = dict(c.execute(asked).all())
    return {
        cluster_id: Title(
            id=cluster_id,
            record=unpack(bodies[number]),
            held=tuple((library, tuple(copies)) for library, copies in holders[cluster_id].items()),
        )
        for cluster_id, number in chosen.items()
    }


def _holding(row: Sequence[Any]) -> Holding:
    _, branch, location, mark, copies, barcode, state, lends, due, run, note = row
    return Holding(
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
