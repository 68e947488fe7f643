"""Records and copies in the store: taking in, changing, withdrawing, and what is told afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from foundation import libraries
from foundation.db import Database
from index import normal, store, views
from index.record import Availability, Holding
from index.tables import cluster, holding, record, record_key
from tests.index.arrivals import Arrived, arrived, book, clusters, parts, source, take

pytestmark = pytest.mark.filterwarnings("error")


def _count(c: Any, table: Any) -> int:
    return int(c.execute(select(func.count()).select_from(table)).scalar_one())


def test_records_come_back_as_they_went_in_with_their_copies(db: Database, clock: Any) -> None:
    copies = (
        Holding(
            branch="Pusat",
            call_number="1 A",
            barcode="b1",
            availability=Availability.AVAILABLE,
            lendable=True,
        ),
        Holding(branch="Timur", copies=3, coverage="1-9", lendable=False, due="2026-12-01", note="n"),
    )
    described = book("Perahu di hulu", holdings=copies)
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        store.take(
            c,
            mlt,
            [Arrived(identifier="1", record=described, raw=b"x", page_id="p", page_offset=7, page_length=9)],
            clock(),
        )
    with db.read() as c:
        found = views.get(c, clusters(c)["1"])

    assert isinstance(found, views.Cluster)
    assert found.record == described
    assert found.title == "Perahu di hulu"
    assert [held.copy for held in found.copies] == list(copies)
    assert found.libraries() == (mlt.library_id,)
    assert len(found.by_library()[mlt.library_id]) == 2
    (description,) = found.descriptions
    assert (description.page_id, description.page_offset, description.page_length) == ("p", 7, 9)
    assert description.first_seen == clock()


def test_the_same_bytes_again_change_nothing_but_when_they_were_seen(db: Database, clock: Any) -> None:
    records = [("1", book("Perahu", holdings=(Holding(barcode="b"),))), ("2", book("Sungai"))]
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), records)
    with db.read() as c:
        before = [dict(row._mapping) for row in c.execute(select(cluster).order_by(cluster.c.id))]
    clock.go(hours=1)
    with db.begin() as c:
        take(c, mlt, clock(), records)
    with db.read() as c:
        after = [dict(row._mapping) for row in c.execute(select(cluster).order_by(cluster.c.id))]
        rows = c.execute(select(record)).all()

    assert before == after
    assert {row.last_seen for row in rows} == {clock()}
    assert {row.changed_at for row in rows} == {clock() - timedelta(hours=1)}


def test_a_change_of_copies_alone_moves_the_cluster_and_compares_nothing(
    db: Database, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [("1", book("Perahu", holdings=(Holding(barcode="b"),)))])
        before = views.changes(c, 0, 10)
    monkeypatch.setattr("index.clusters.normal.block_keys", lambda norm: pytest.fail("compared again"))
    with db.begin() as c:
        take(c, mlt, clock(), [("1", book("Perahu", holdings=(Holding(barcode="c"), Holding(barcode="d"))))])
        after = views.changes(c, 0, 10)
        barcodes = c.execute(select(holding.c.barcode).order_by(holding.c.id)).scalars().all()

    assert [change.id for change in before] == [change.id for change in after]
    assert after[0].position > before[0].position
    assert barcodes == ["c", "d"]


def test_of_two_arrivals_with_one_identifier_the_last_counts(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [("1", book("Old")), ("1", book("New"))])
        (found,) = views.several(c, list(clusters(c).values())).values()

    assert found.title == "New"


def test_a_withdrawn_record_takes_its_copies_along_and_its_cluster_is_gone(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [("1", book("Perahu", holdings=(Holding(barcode="b"),)))])
        (cluster_id,) = clusters(c).values()
    clock.go(hours=1)
    with db.begin() as c:
        store.withdraw(c, mlt, ["1", "never here"], clock())
    with db.read() as c:
        assert views.get(c, cluster_id) == views.Gone(id=cluster_id, title="Perahu", at=clock())
        assert views.several(c, [cluster_id]) == {}
        assert _count(c, holding) == 0
        assert _count(c, record_key) == 0
        assert views.changes(c, 0, 10)[0].gone
        assert views.get(c, "no such cluster") is None
        assert views.counts(c) == {"records": 0, "copies": 0, "clusters": 0, "joint_clusters": 0}


def test_a_record_that_comes_back_has_its_cluster_again(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [("1", book("Perahu"))])
        before = clusters(c)
        store.withdraw(c, mlt, ["1"], clock())
        take(c, mlt, clock(), [("1", book("Perahu"))])
        after = clusters(c)
        found = views.get(c, before["1"])

    assert after == before
    assert isinstance(found, views.Cluster)


def test_withdrawing_twice_moves_nothing_the_second_time(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [("1", book("Perahu"))])
        store.withdraw(c, mlt, ["1"], clock())
        before = views.changes(c, 0, 10)
        store.withdraw(c, mlt, ["1"], clock())

        assert views.changes(c, 0, 10) == before


def test_what_was_not_seen_since_is_named(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        other = source(c, "KNG", clock())
        take(c, mlt, clock(), [(str(n), book(f"Buku {n}")) for n in range(5)])
        take(c, other, clock(), [("x", book("Lain"))])
    clock.go(hours=1)
    since = clock()
    with db.begin() as c:
        take(c, mlt, clock(), [("0", book("Buku 0")), ("9", book("Buku 9"))])
        store.withdraw(c, mlt, ["4"], clock())

        assert store.unseen(c, mlt, since, 2) == (["1", "2"], 3, 5)
        assert store.unseen(c, mlt, since, None) == (["1", "2", "3"], 3, 5)


def test_the_branch_is_found_by_code_name_or_alias(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        pusat = libraries.add_branch(c, mlt.library_id, code="PST", name="Pusat", aliases=("Gedung A", "0"))
        timur = libraries.add_branch(c, mlt.library_id, code="TMR", name="Timur")
        copies = [("pst", ""), ("", "GEDUNG A"), ("Timur", "Sastra"), ("Barat", ""), ("", "")]
        take(
            c,
            mlt,
            clock(),
            [("1", book("P", holdings=tuple(Holding(branch=b, location=p) for b, p in copies)))],
        )
        found = c.execute(select(holding.c.branch_id).order_by(holding.c.id)).scalars().all()

    assert found == [pusat.id, pusat.id, timur.id, None, None]


def test_a_library_with_one_branch_has_everything_there(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        only = libraries.add_branch(c, mlt.library_id, code="PST", name="Pusat")
        take(c, mlt, clock(), [("1", book("P", holdings=(Holding(branch="Lantai 2"),)))])

        assert c.execute(select(holding.c.branch_id)).scalar() == only.id


def test_a_copy_that_the_desk_entered_stays_and_hides_the_sources_copy(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [("1", book("P", holdings=(Holding(barcode="a"), Holding(barcode="b"))))])
        c.execute(update(holding).where(holding.c.barcode == "a").values(origin="desk", availability="lost"))
        take(c, mlt, clock(), [("1", book("P", holdings=(Holding(barcode="a"), Holding(barcode="c"))))])
        rows = c.execute(select(holding.c.barcode, holding.c.availability).order_by(holding.c.barcode)).all()

    assert [tuple(row) for row in rows] == [("a", "lost"), ("c", "unknown")]


def test_texts_longer_than_their_columns_are_cut(db: Database, clock: Any) -> None:
    long = Holding(branch="b" * 999, location="l" * 999, call_number="c" * 999, barcode="1" * 999, note="n" * 999,
                   coverage="v" * 999, due="d" * 999, copies=10**9)  # fmt: skip
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        store.take(c, mlt, [arrived("1", book("P", holdings=(long,)), datestamp="z" * 99)], clock())

        assert len(c.execute(select(holding.c.call_number)).scalar() or "") == 200


def test_a_batch_of_two_hundred_is_taken_at_once(db: Database, clock: Any) -> None:
    records = [(str(n), book(f"Judul nomor {n}", year=1900 + n % 100)) for n in range(200)]
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), records)

        assert views.counts(c)["records"] == 200
        assert views.counts(c)["clusters"] == 200
        assert [change.position for change in views.changes(c, 0, 500)] == list(range(1, 201))


def test_every_change_has_a_position_of_its_own_and_they_only_grow(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [("1", book("A")), ("2", book("B"))])
    with db.begin() as c:
        take(c, mlt, clock(), [("1", book("A", pages=300))])
        found = views.changes(c, 0, 10)
        rest = views.changes(c, found[0].position, 10)

    assert [change.position for change in found] == [2, 3]
    assert found[1].id == clusters_of(db)["1"]
    assert rest == found[1:]


def clusters_of(db: Database) -> dict[str, str]:
    """The clusters as another reader sees them."""
    with db.read() as c:
        return clusters(c)


def test_after_a_change_of_rules_records_are_compared_again(
    db: Database, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        kng = source(c, "KNG", clock())
        monkeypatch.setattr(normal, "VERSION", 0)
        take(c, mlt, clock(), [("1", book("Perahu di hulu"))])
        take(c, kng, clock(), [("2", book("Perahu di hulu")), ("3", book("Lain"))])
        monkeypatch.undo()
    steps = []
    while not steps or steps[-1]:
        with db.begin() as c:
            steps.append(store.compare_again(c, clock(), limit=2))
    with db.read() as c:
        assert steps == [2, 1, 0]
        assert parts(c) == {frozenset("12"), frozenset("3")}


def test_a_failed_unit_of_work_leaves_nothing(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
    with pytest.raises(RuntimeError), db.begin() as c:
        take(c, mlt, clock(), [("1", book("P"))])
        raise RuntimeError
    with db.read() as c:
        assert views.counts(c)["records"] == 0
        assert views.changes(c, 0, 1) == ()
