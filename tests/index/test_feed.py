"""From the catalogue to the index: what changed is written, with the position, and nothing is left out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from foundation.db import Database
from index import store
from index.feed import behind, feed, rebuild
from index.record import Availability, Holding
from index.search import IndexDoc
from tests.index.arrivals import book, clusters, source, take

ISBN = "9786020387659"


class MemoryEngine:
    """Holds documents; fails before the commit when told to."""

    def __init__(self) -> None:
        self.docs: dict[str, IndexDoc] = {}
        self.at = 0
        self.writes = 0
        self.rebuilds = 0
        self.fail = False

    def write(self, docs: Iterable[IndexDoc], delete: Iterable[str], position: int) -> None:
        """All or nothing, like a commit."""
        new = {doc.id: doc for doc in docs}
        gone = list(delete)
        if self.fail:
            raise OSError("disk full")
        for cluster_id in gone:
            self.docs.pop(cluster_id, None)
        self.docs.update(new)
        self.at = position
        self.writes += 1

    def rebuild(self, docs: Iterable[IndexDoc], position: int) -> None:
        """A new set in place of the old."""
        self.docs = {doc.id: doc for doc in docs}
        self.at = position
        self.rebuilds += 1

    def position(self) -> int:
        """Of the last commit."""
        return self.at

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the feed has no business with {name}")


@pytest.fixture
def engine() -> Any:
    """An empty index."""
    return MemoryEngine()


def _feed_all(db: Database, engine: Any, limit: int = 1000) -> int:
    total = 0
    while done := feed(db, engine, limit=limit):
        total += done
    return total


def test_new_clusters_are_written_with_their_holders_and_the_position(
    db: Database, clock: Any, engine: Any
) -> None:
    copies = (Holding(barcode="b", availability=Availability.AVAILABLE, lendable=True),)
    with db.begin() as c:
        take(
            c, source(c, "MLT", clock()), clock(), [("a", book("Perahu di hulu", isbn=ISBN, holdings=copies))]
        )
        take(c, source(c, "KNG", clock()), clock(), [("b", book("Perahu di hulu", isbn=ISBN))])

    assert behind(db, engine) == 1
    assert _feed_all(db, engine) == 1
    (doc,) = engine.docs.values()
    assert set(doc.library) == {"MLT", "KNG"}
    assert doc.isbn == (ISBN,)
    assert doc.position == engine.at == 2
    assert doc.added == int(clock().timestamp())
    assert json.loads(doc.brief)["title"] == "Perahu di hulu"
    assert behind(db, engine) == 0
    assert feed(db, engine) == 0


def test_changes_come_in_lots_in_the_order_of_their_positions(db: Database, clock: Any, engine: Any) -> None:
    with db.begin() as c:
        take(c, source(c, "MLT", clock()), clock(), [(str(n), book(f"Buku {n}")) for n in range(25)])

    assert feed(db, engine, limit=10) == 10
    assert engine.at == 10
    assert _feed_all(db, engine, limit=10) == 15
    assert len(engine.docs) == 25
    assert engine.writes == 3


def test_what_is_gone_or_merged_leaves_the_index(db: Database, clock: Any, engine: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [("a", book("Satu")), ("b", book("Dua")), ("c", book("Tiga"))])
    _feed_all(db, engine)
    with db.begin() as c:
        store.withdraw(c, mlt, ["a"], clock())
        take(c, mlt, clock(), [("b", book("Satu hal", isbn=ISBN)), ("c", book("Satu hal", isbn=ISBN))])
        wanted = set(clusters(c).values())
    _feed_all(db, engine)

    assert set(engine.docs) == wanted
    assert len(wanted) == 1


def test_after_a_failure_the_same_work_is_done_again(db: Database, clock: Any, engine: Any) -> None:
    with db.begin() as c:
        take(c, source(c, "MLT", clock()), clock(), [("a", book("Satu"))])
    engine.fail = True
    with pytest.raises(OSError, match="disk full"):
        feed(db, engine)
    engine.fail = False

    assert feed(db, engine) == 1
    assert len(engine.docs) == 1


def test_a_rebuild_holds_everything_that_lives_and_the_position_of_its_view(
    db: Database, clock: Any, engine: Any
) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [(str(n), book(f"Buku {n}")) for n in range(450)])
        store.withdraw(c, mlt, ["7"], clock())
    engine.docs = {"stale": IndexDoc(id="stale")}

    assert rebuild(db, engine) == 449
    assert len(engine.docs) == 449
    assert "stale" not in engine.docs
    assert engine.at == 451
    assert feed(db, engine) == 0


def test_an_index_ahead_of_the_catalogue_is_built_anew(db: Database, clock: Any, engine: Any) -> None:
    with db.begin() as c:
        take(c, source(c, "MLT", clock()), clock(), [("a", book("Satu"))])
    engine.at = 99

    assert feed(db, engine) == 1
    assert engine.rebuilds == 1
    assert engine.at == 1


def test_an_empty_catalogue_is_fed_without_a_word(db: Database, engine: Any) -> None:
    assert feed(db, engine) == 0
    assert rebuild(db, engine) == 0
    assert engine.docs == {}
