"""What stands where: the copies of a cluster as shelves, over all libraries or at one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, func, select

from broker.views import Shelf
from foundation.tables import branch
from index.tables import cluster_alias, holding, record

#: Reads the shelves of a cluster; a function passed in, so that a live catalogue can take its place.
Holdings = Callable[[Connection, str], Sequence[Shelf]]

#: Best first.
CONFIDENCE = {
    "available": 0,
    "unknown": 1,
    "on_loan": 2,
    "on_order": 3,
    "in_process": 3,
    "on_site": 4,
    "online": 5,
    "lost": 6,
}

#: What a reader can take home now.
FREE = frozenset({"available"})


def held(c: Connection, cluster_id: str) -> tuple[Shelf, ...]:
    """The shelves that hold a cluster, merged by place and call number, the most hopeful first.

    A library that has the title but told of no copies is one shelf of unknown availability.
    """
    moved = select(cluster_alias.c.new_id).where(cluster_alias.c.old_id == cluster_id).scalar_subquery()
    rows = c.execute(
        select(
            record.c.library_id.label("of_record"),
            holding.c.library_id,
            holding.c.branch_id,
            func.coalesce(branch.c.name, holding.c.branch_text, "").label("branch_text"),
            holding.c.location,
            holding.c.call_number,
            holding.c.copies,
            holding.c.availability,
            holding.c.lendable,
            holding.c.due,
        )
        .select_from(
            record.outerjoin(holding, holding.c.record_id == record.c.id).outerjoin(
                branch, branch.c.id == holding.c.branch_id
            )
        )
        .where(record.c.cluster_id == func.coalesce(moved, cluster_id), record.c.gone_at.is_(None))
        .order_by(record.c.id, holding.c.id)
    )
    found: dict[tuple[str | None, ...], Shelf] = {}
    for row in rows:
        one = Shelf(
            library_id=row.library_id or row.of_record,
            branch_id=row.branch_id,
            branch_text=row.branch_text or "",
            location=row.location or "",
            call_number=row.call_number or "",
            copies=row.copies or 1,
            available=(row.copies or 1) if row.availability in FREE else 0,
            availability=row.availability or "unknown",
            lendable=row.lendable,
            due=row.due or "",
        )
        key = (one.library_id, one.branch_id, one.branch_text, one.location, one.call_number)
        found[key] = _merged(found[key], one) if key in found else one
    return tuple(sorted(found.values(), key=lambda shelf: CONFIDENCE.get(shelf.availability, 3)))


def _merged(a: Shelf, b: Shelf) -> Shelf:
    better, worse = sorted((a, b), key=lambda shelf: CONFIDENCE.get(shelf.availability, 3))
    return Shelf(
        library_id=a.library_id,
        branch_id=a.branch_id,
        branch_text=a.branch_text,
        location=a.location,
        call_number=a.call_number,
        copies=a.copies + b.copies,
        available=a.available + b.available,
        availability=better.availability,
        lendable=better.lendable if better.lendable is not None else worse.lendable,
        due=better.due,
    )


def on_shelf(shelves: Sequence[Shelf]) -> bool:
    """Whether a reader could simply go there and take it home."""
    return any(shelf.available > 0 and shelf.lendable is not False for shelf in shelves)
