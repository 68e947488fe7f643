"""What people decide about records: these two are the same edition, or they are not, whatever the rules say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from foundation.ids import uuid7
from index.clusters import settle_all
from index.tables import cluster_decision, record


class UnknownRecord(LookupError):
    """There is no such record."""


def decide(
    c: Connection,
    one: int,
    other: int,
    verdict: str,
    at: datetime,
    *,
    user_id: str | None = None,
    library_id: str | None = None,
    note: str = "",
) -> None:
    """Say that two records are 'same' or 'not_same'; '' takes back what was said. Clusters follow at once.

    Kept by the records' names, so it holds after they were harvested anew. Raises UnknownRecord.
    """
    if verdict not in ("same", "not_same", ""):
        raise ValueError(f"no such verdict: {verdict}")
    rows = {r.id: r for r in c.execute(select(record).where(record.c.id.in_((one, other))))}
    if len(rows) != 2:
        raise UnknownRecord(f"{one}, {other}")
    a, b = sorted(rows.values(), key=lambda r: (r.source_id, r.identifier))
    d = cluster_decision.c
    c.execute(
        delete(cluster_decision).where(
            d.a_source_id == a.source_id,
            d.a_identifier == a.identifier,
            d.b_source_id == b.source_id,
            d.b_identifier == b.identifier,
        )
    )
    if verdict:
        c.execute(
            insert(cluster_decision).values(
                id=uuid7(),
                a_source_id=a.source_id,
                a_identifier=a.identifier,
                b_source_id=b.source_id,
                b_identifier=b.identifier,
                verdict=verdict,
                user_id=user_id,
                library_id=library_id,
                note=note,
                at=at,
            )
        )
    settle_all(c, {one, other}, at)
