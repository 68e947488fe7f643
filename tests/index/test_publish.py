"""Publishing and selecting on each kind of database: order, windows, sets, tombstones, two publishers at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from foundation.db import Database
from index import store
from index.provider import publish, selection
from index.provider.selection import Listing
from tests.conftest import TestClock
from tests.index import arrivals

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def fill(db: Database, code: str, *names: str, at: datetime = AT) -> arrivals.Source:
    with db.begin() as c:
        origin = arrivals.source(c, code, at)
        arrivals.take(c, origin, at, [(name, arrivals.book(f"Judul {name} {name[::-1]}", author=f"{name}, A",
                                                           pages=100 + len(name))) for name in names])  # fmt: skip
    return origin


def publish_all(db: Database, clock: TestClock, limit: int = 200) -> None:
    while publish.publish(db, clock, limit=limit):
        pass


def walk(db: Database, listing: Listing, limit: int = 2) -> list[selection.Header]:
    found: list[selection.Header] = []
    while True:
        with db.read() as c:
            page = selection.page(c, listing, limit)
        found += page.headers
        if not page.more:
            return found
        listing = page.following()


def test_lists_are_in_the_order_of_change_and_windows_are_inclusive(db: Database, clock: TestClock) -> None:
    origin = fill(db, "MLT", "alfa", "beta", "gama")
    publish_all(db, clock, limit=1)
    clock.go(hours=1)
    with db.begin() as c:
        arrivals.take(c, origin, clock(), [("delta", arrivals.book("Judul delta", author="D, A", pages=999))])
        store.withdraw(c, origin, ["alfa"], clock())
    publish_all(db, clock)
    found = walk(db, Listing(prefix="x"))
    assert [one.changed_at for one in found] == sorted(one.changed_at for one in found)
    assert [one.deleted for one in found].count(True) == 1
    assert len(found) == 4
    stamp = clock() + publish.AHEAD
    assert len(walk(db, Listing(prefix="x", start=stamp))) == 2
    assert len(walk(db, Listing(prefix="x", start=stamp + timedelta(seconds=1)))) == 0
    assert len(walk(db, Listing(prefix="x", end=stamp - timedelta(seconds=1)))) == 2
    assert len(walk(db, Listing(prefix="x", end=stamp))) == 4
    assert len(walk(db, Listing(prefix="x", spec="library:MLT", start=stamp))) == 2
    assert walk(db, Listing(prefix="x", spec="library:NONE")) == []


def test_a_page_goes_on_after_the_last_record_whatever_happened_to_it(db: Database, clock: TestClock) -> None:
    origin = fill(db, "MLT", *(f"judul{n}" * (n + 1) for n in range(5)))
    publish_all(db, clock)
    with db.read() as c:
        page = selection.page(c, Listing(prefix="x", spec="library:MLT"), 2)
    with db.begin() as c:
        store.withdraw(c, origin, ["judul0", "judul1" * 2], clock())
    publish_all(db, clock)
    rest = walk(db, page.following())
    assert len(rest) == 5
    assert {one.cluster_id for one in page.headers} | {one.cluster_id for one in rest} == {
        one.cluster_id for one in walk(db, Listing(prefix="x"))
    }


def test_two_publishers_at_once_publish_everything_once(db: Database, clock: TestClock) -> None:
    fill(db, "MLT", *(f"judul{n}" * (n % 7 + 1) for n in range(30)))
    threads = [threading.Thread(target=publish_all, args=(db, clock, 5)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    publish_all(db, clock)
    found = walk(db, Listing(prefix="x"), 7)
    with db.read() as c:
        state = publish.state(c)
        assert publish.behind(c) == 0
    assert state is not None
    assert state.number == len(found) == len({one.cluster_id for one in found})


def test_the_size_is_counted_on_the_first_page_and_again_where_it_ends(
    db: Database, clock: TestClock
) -> None:
    origin = fill(db, "MLT", *(f"judul{n}" * (n + 1) for n in range(6)))
    publish_all(db, clock)
    with db.read() as c:
        page = selection.page(c, Listing(prefix="x"), 4)
    assert (page.listing.size, page.listing.cursor) == (6, 0)
    with db.begin() as c:
        arrivals.take(c, origin, clock(), [("baru", arrivals.book("Baru", author="B, A", pages=500))])
    publish_all(db, clock)
    with db.read() as c:
        last = selection.page(c, page.following(), 4)
    assert (last.listing.size, last.listing.cursor, len(last.headers), last.more) == (7, 4, 3, False)
    assert replace(last.listing, size=0) == replace(page.following(), size=0, counted=last.listing.counted)


def test_a_page_is_found_by_its_place_and_not_by_reading_up_to_it(
    sqlite_db: Database, clock: TestClock
) -> None:
    fill(sqlite_db, "MLT", *(f"judul{n}" * (n + 1) for n in range(6)))
    publish_all(sqlite_db, clock)
    plans = []
    for spec in ("", "library:MLT"):
        listing = Listing(prefix="x", spec=spec, start=AT, end=AT + timedelta(days=1))
        with sqlite_db.read() as c:
            following = selection.page(c, listing, 2).following()
            query = selection._page(following, 3).compile(c.engine, compile_kwargs={"literal_binds": False})
            found = c.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", tuple(query.construct_params().values()))
            plans += [row[3] for row in found if "ix_publication" in row[3]]
    assert len(plans) == 2
    assert all("(changed_at,number)>(?,?)" in plan for plan in plans), plans
