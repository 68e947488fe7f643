"""Clusters in the store: merge, split, redirect, delete, come back; whatever the order, the same partition."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from foundation.db import Database
from index import decisions, store, views
from index.matching.groups import HOT
from index.record import Record
from index.tables import change_position, cluster_alias, record, record_edge
from tests.index.arrivals import Source, arrived, book, clusters, parts, source, take

ISBN = "9786020387659"
#: b is like a in title and like c in nothing but number: with the bridge there, all three hold together.
A = book("Perahu di hulu sungai")
B = book("Perahu di hulu sungai", isbn=ISBN)
C = book("Perahu di hulu sungai", isbn=ISBN, author="Aji, Bima")


def _two(c: Any, at: Any) -> tuple[Source, Source]:
    return source(c, "MLT", at), source(c, "KNG", at)


def test_the_same_edition_of_two_libraries_is_one_cluster(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt, kng = _two(c, clock())
        take(c, mlt, clock(), [("a", A), ("x", book("Lain sekali"))])
        take(c, kng, clock(), [("b", B)])
        found = clusters(c)

        assert found["a"] == found["b"] != found["x"]
        assert views.counts(c)["joint_clusters"] == 1
        joint = views.get(c, found["a"])
        assert isinstance(joint, views.Cluster)
        assert joint.libraries() == (mlt.library_id, kng.library_id)
        ids = [d.id for d in joint.descriptions]
        ((_, _, score, verdict, reasons),) = views.reasons(c, ids)
        assert verdict == "same"
        assert score == pytest.approx(sum(reasons.values()))


def test_merging_keeps_the_elder_id_and_redirects_the_other(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt, kng = _two(c, clock())
        take(c, mlt, clock(), [("a", A)])
        clock.go(hours=1)
        take(c, kng, clock(), [("b", book("Judul yang salah"))])
        before = clusters(c)
        clock.go(hours=1)
        take(c, kng, clock(), [("b", B)])

        assert clusters(c) == {"a": before["a"], "b": before["a"]}
        assert views.get(c, before["b"]) == views.Moved(id=before["a"])
        changed = {change.id: change.gone for change in views.changes(c, 0, 10)}
        assert changed == {before["a"]: False, before["b"]: True}


def test_a_split_leaves_the_id_with_the_anchor_and_names_where_the_new_one_came_from(
    db: Database, clock: Any
) -> None:
    with db.begin() as c:
        mlt, kng = _two(c, clock())
        take(c, mlt, clock(), [("a", A)])
        take(c, kng, clock(), [("b", B)])
        before = clusters(c)
        position = views.changes(c, 0, 10)[-1].position
        take(c, kng, clock(), [("b", book("Judul yang lain"))])
        after = clusters(c)
        new = views.get(c, after["b"])

        assert after["a"] == before["a"] != after["b"]
        assert isinstance(new, views.Cluster)
        assert new.split_from == before["a"]
        assert {change.id for change in views.changes(c, position, 10)} == set(after.values())


def test_redirects_never_lead_to_redirects(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt, kng = _two(c, clock())
        for number, name in enumerate("abc"):
            take(c, mlt, clock(), [(name, book(f"Sendiri {number}"))])
            clock.go(hours=1)
        alone = clusters(c)
        take(
            c, mlt, clock(), [("b", book("Bersama kita", isbn=ISBN)), ("c", book("Bersama kita", isbn=ISBN))]
        )
        take(c, mlt, clock(), [("a", book("Bersama kita", isbn=ISBN))])

        assert set(clusters(c).values()) == {alone["a"]}
        assert views.get(c, alone["c"]) == views.get(c, alone["b"]) == views.Moved(id=alone["a"])
        assert kng


def test_when_the_bridge_goes_the_two_ends_part(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt, kng = _two(c, clock())
        take(c, mlt, clock(), [("a", A), ("c", C)])
        assert parts(c) == {frozenset("a"), frozenset("c")}
        take(c, kng, clock(), [("b", B)])
        together = parts(c)
        store.withdraw(c, kng, ["b"], clock())

        assert together in (
            {frozenset("abc")},
            {frozenset("ab"), frozenset("c")},
            {frozenset("a"), frozenset("bc")},
        )
        assert parts(c) == {frozenset("a"), frozenset("c")}


def test_when_the_anchor_goes_the_id_stays_with_the_oldest_left(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt, kng = _two(c, clock())
        take(c, mlt, clock(), [("a", A)])
        clock.go(hours=1)
        take(c, kng, clock(), [("b", B), ("d", B)])
        before = clusters(c)
        store.withdraw(c, mlt, ["a"], clock())
        after = clusters(c)
        position = views.changes(c, 0, 10)[-1].position

        assert after["b"] == after["d"] == before["a"]
        found = views.get(c, before["a"])
        assert isinstance(found, views.Cluster)
        assert found.position == position


def test_a_record_that_comes_back_to_its_cluster_finds_it_also_after_a_merge(
    db: Database, clock: Any
) -> None:
    with db.begin() as c:
        mlt, kng = _two(c, clock())
        take(c, mlt, clock(), [("a", A)])
        clock.go(hours=1)
        take(c, kng, clock(), [("b", book("Judul yang salah"))])
        alone = clusters(c)
        take(c, kng, clock(), [("b", B)])
        store.withdraw(c, kng, ["b"], clock())
        take(c, kng, clock(), [("b", B)])

        assert clusters(c) == {"a": alone["a"], "b": alone["a"]}
        take(c, kng, clock(), [("b", book("Judul yang salah"))])
        # Its first id redirects for good; on its own again it gets a new one.
        assert clusters(c)["b"] not in alone.values()
        assert views.get(c, alone["b"]) == views.Moved(id=alone["a"])


def test_people_join_and_part_records_and_it_holds_through_a_new_harvest(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt, kng = _two(c, clock())
        take(c, mlt, clock(), [("a", A), ("x", book("Judul lain"))])
        take(c, kng, clock(), [("b", B)])
        number = {row.identifier: row.id for row in c.execute(select(record.c.identifier, record.c.id))}
        decisions.decide(c, number["a"], number["b"], "not_same", clock(), note="other text")
        decisions.decide(c, number["x"], number["a"], "same", clock())
        assert parts(c) == {frozenset("ax"), frozenset("b")}

        take(c, kng, clock(), [("b", book("Perahu di hulu sungai", isbn=ISBN, pages=201))])
        store.withdraw(c, mlt, ["x"], clock())
        take(c, mlt, clock(), [("x", book("Judul lain"))])
        assert parts(c) == {frozenset("ax"), frozenset("b")}

        decisions.decide(c, number["b"], number["a"], "", clock())
        decisions.decide(c, number["a"], number["x"], "", clock())
        assert parts(c) == {frozenset("ab"), frozenset("x")}
        with pytest.raises(decisions.UnknownRecord):
            decisions.decide(c, number["a"], 10**6, "same", clock())
        with pytest.raises(ValueError, match="perhaps"):
            decisions.decide(c, number["a"], number["b"], "perhaps", clock())


def test_the_fuller_record_is_shown(db: Database, clock: Any) -> None:
    full = Record(**{f: getattr(A, f) for f in ("title", "authors", "year", "publisher", "place", "extent", "languages")},
                  subtitle="", summary="Dua saudara.", subjects=("Sungai",), responsibility="Dewi Saraswati")  # fmt: skip
    with db.begin() as c:
        mlt, kng = _two(c, clock())
        take(c, mlt, clock(), [("a", A)])
        take(c, kng, clock(), [("b", full)])
        found = views.get(c, clusters(c)["a"])

        assert isinstance(found, views.Cluster)
        assert found.record.summary == "Dua saudara."
        assert found.shown == 1


def test_a_key_that_everybody_has_says_nothing_whatever_the_order(sqlite_db: Database, clock: Any) -> None:
    # The same words and no number: more than HOT of them share every key they have.
    many = [(f"r{n:03d}", book("Laporan tahunan", author="Balai")) for n in range(2 * HOT + 25)]
    with sqlite_db.begin() as c:
        mlt = source(c, "MLT", clock())
        for start in range(0, len(many), 7):
            take(c, mlt, clock(), many[start : start + 7])

        assert c.execute(select(record_edge.c.a)).first() is None
        assert len(parts(c)) == len(many)


def _library() -> list[tuple[str, Record]]:
    """Forty records of twelve editions, some hard to tell apart."""
    chance = random.Random(7)
    records = []
    for number in range(40):
        edition = chance.randrange(12)
        described = book(
            f"Perahu di hulu sungai {'besar' if edition % 2 else 'kecil'}",
            isbn=(ISBN, "9780306406157", "")[edition % 3],
            year=2018 + edition // 4,
            author=("Saraswati, Dewi", "Dewi Saraswati", "Aji, Bima")[edition % 3],
            pages=200 + chance.choice((0, 1, 3)),
            publisher=("Lereng Biru", "Penerbit Lereng Biru", "Senja")[chance.randrange(3)],
        )
        records.append((f"r{number:02d}", described))
    return records


def _same_in_any_order(db: Database, clock: Any, seed: int, batch: int) -> None:
    chance = random.Random(seed)
    records = _library()
    with db.engine.connect() as c:
        wanted = _partition(c, clock, records, 40, None)
        shuffled = chance.sample(records, len(records))
        assert _partition(c, clock, shuffled, batch, None) == wanted
        assert _partition(c, clock, shuffled, batch, chance) == wanted
    assert len(wanted) > 4


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "batch"), [(1, 1), (2, 7), (3, 40)])
def test_any_order_and_any_batches_give_the_same_partition(
    sqlite_db: Database, clock: Any, seed: int, batch: int
) -> None:
    _same_in_any_order(sqlite_db, clock, seed, batch)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), batch=st.sampled_from([1, 3, 7, 40]))
def test_many_orders_give_the_same_partition(sqlite_db: Database, clock: Any, seed: int, batch: int) -> None:
    _same_in_any_order(sqlite_db, clock, seed, batch)


def _partition(
    c: Any, clock: Any, records: list[tuple[str, Record]], batch: int, detours: random.Random | None
) -> set[frozenset[str]]:
    """The partition after taking the records in, with detours over wrong versions and withdrawals if asked."""
    with c.begin() as work:
        sources = [source(c, code, clock()) for code in ("MLT", "KNG", "AGR")]
        for start in range(0, len(records), batch):
            lot = records[start : start + batch]
            for number, origin in enumerate(sources):
                mine = [(i, r) for i, r in lot if int(i[1:]) % 3 == number]
                if detours:
                    take(c, origin, clock(), [(i, detours.choice(records)[1]) for i, _ in mine])
                    if detours.random() < 0.5:
                        store.withdraw(c, origin, [i for i, _ in mine[:2]], clock())
                take(c, origin, clock(), mine)
        found = parts(c)
        _check(c)
        work.rollback()
    return found


def _check(c: Any) -> None:
    """What must hold at any time."""
    living = clusters(c)
    aliases = dict(c.execute(select(cluster_alias.c.old_id, cluster_alias.c.new_id)).tuples().all())
    assert not set(aliases) & set(living.values())
    assert not set(aliases) & set(aliases.values())
    seen = views.changes(c, 0, 10_000)
    assert len({change.position for change in seen}) == len(seen)
    assert {change.id for change in seen if not change.gone} == set(living.values())
    ids = set(c.execute(select(record.c.id).where(record.c.gone_at.is_(None))).scalars())
    assert all(a in ids and b in ids for a, b in c.execute(select(record_edge.c.a, record_edge.c.b)))
    for found in views.several(c, list(living.values())).values():
        assert found.title
        assert found.record.title


def test_ids_do_not_change_when_everything_is_harvested_again(db: Database, clock: Any) -> None:
    records = _library()
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), records)
        before = clusters(c)
        clock.go(days=1)
        chance = random.Random(3)
        store.take(c, mlt, [arrived(i, r, datestamp="later") for i, r in chance.sample(records, 40)], clock())

        assert clusters(c) == before
        # The bytes differ and say the same: still the same clusters.
        again = [arrived(i, r) for i, r in records]
        store.take(
            c,
            mlt,
            [type(a)(identifier=a.identifier, record=a.record, raw=a.raw + b" ") for a in again],
            clock(),
        )
        assert clusters(c) == before
        _check(c)


def test_two_sources_at_the_same_time_find_each_other(db: Database, clock: Any) -> None:
    with db.begin() as c:
        origins = [source(c, code, clock()) for code in ("MLT", "KNG", "AGR")]
    with db.begin() as c:
        c.execute(delete(change_position))  # also the very first time
    ready = threading.Barrier(3, timeout=20)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            ready.wait()
            for lot in range(5):
                with db.begin() as c:
                    take(
                        c,
                        origins[number],
                        clock(),
                        [(f"{number}-{lot}", book(f"Perahu di hulu sungai {lot}"))],
                    )
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    with db.read() as c:
        assert parts(c) == {frozenset(f"{n}-{lot}" for n in range(3)) for lot in range(5)}
        _check(c)
