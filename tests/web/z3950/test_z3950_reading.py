"""Titles for a target on each kind of database: what index.views says of them, read in fewer rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from foundation.db import Database
from index import store, views
from index.record import Availability, Holding
from index.tables import cluster
from tests.index import arrivals
from web.z3950 import reading

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ISBN = "9786239999902"
COPIES = (
    Holding(
        branch="Pusat", location="Lantai 2", call_number="001", copies=2, availability=Availability.AVAILABLE
    ),
    Holding(branch="Utara", barcode="B1", availability=Availability.ON_LOAN, due="2026-12-03", lendable=True),
)


def test_titles_are_those_of_the_whole_view(db: Database) -> None:
    shared = arrivals.book("Kopi di lereng", isbn=ISBN, holdings=COPIES)
    with db.begin() as c:
        one, other = arrivals.source(c, "MLT", AT), arrivals.source(c, "KNG", AT)
        arrivals.take(c, one, AT, [("a", shared), ("b", arrivals.book("Lain sama sekali", author="Z, Q"))])
        arrivals.take(
            c, other, AT, [("a", replace(shared, holdings=())), ("gone", arrivals.book("Sementara"))]
        )
        store.withdraw(c, other, ["gone"], AT)
    with db.read() as c:
        ids = [id for (id,) in c.execute(select(cluster.c.id))]
        found = reading.several(c, [*ids, "nobody", *ids])
        whole = views.several(c, ids)
    assert set(found) == set(whole)
    assert len(found) == 2
    for id, title in found.items():
        view = whole[id]
        assert title.record == replace(view.record, holdings=())
        assert dict(title.held) == {
            library: tuple(replace(held.copy, for_sale=None) for held in copies)
            for library, copies in view.by_library().items()
        }
    both = next(title for title in found.values() if len(title.held) == 2)
    assert [len(copies) for _, copies in both.held] == [2, 0]


def test_more_titles_than_a_statement_takes(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.assignment._LOT", 7)
    with db.begin() as c:
        one = arrivals.source(c, "MLT", AT)
        names = [
            (f"n{n}", arrivals.book(f"Judul nomor {n} {n * 7919}", author=f"P{n}, Q")) for n in range(20)
        ]
        arrivals.take(c, one, AT, names)
    with db.read() as c:
        ids = [id for (id,) in c.execute(select(cluster.c.id))]
        assert len(ids) > 7
        assert set(reading.several(c, ids)) == set(ids)
