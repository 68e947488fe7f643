"""Runs from queue to receipt: incremental and full, deletions, guards, stops, and who may write."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from harvester import process, retention, scratch, sources, store
from harvester.context import Harvesting
from harvester.errors import Fenced
from harvester.run import process_queue
from harvester.sources import Source
from harvester.store import Harvest
from index import crosswalk
from index.tables import record
from tests.harvester.conftest import MovingClock
from tests.peers.fault_server import Entry, FaultServer

pytestmark = pytest.mark.slow

SourceAt = Callable[..., Source]


def work(ctx: Harvesting, source: Source, kind: str = "incremental") -> Harvest:
    with ctx.db.begin() as c:
        asked = store.queue(c, source.id, at=ctx.clock(), kind=kind)
    assert process_queue(ctx, "test")
    with ctx.db.read() as c:
        return store.get(c, asked.id)


def living(ctx: Harvesting, source: Source) -> int:
    with ctx.db.read() as c:
        wanted = select(func.count()).where(record.c.source_id == source.id, record.c.gone_at.is_(None))
        return int(c.execute(wanted).scalar_one())


def test_a_first_harvest_takes_everything_and_sets_the_watermark(
    ctx: Harvesting, source_at: SourceAt
) -> None:
    with FaultServer() as server:
        source = source_at(server.url)
        done = work(ctx, source)
        assert (done.state, done.records, done.pages) == ("complete", 30, 3)
        assert living(ctx, source) == 30
        with ctx.db.read() as c:
            after = sources.get(c, source.id)
        assert after.watermark is not None
        assert after.watermark <= ctx.clock()
        assert (after.health, after.granularity, after.deleted_policy) == ("ok", "seconds", "persistent")
        assert server.log[0].headers["User-Agent"].startswith("Silang/test")
        assert server.log[0].headers["From"] == "a@example.org"
        assert not process_queue(ctx, "test")


def test_the_next_harvest_asks_only_for_what_changed(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer() as server:
        source = source_at(server.url)
        work(ctx, source)
        with ctx.db.read() as c:
            watermark = sources.get(c, source.id).watermark
        assert watermark is not None
        moving_clock.go(hours=1)
        server.log.clear()
        now = datetime.now(UTC)
        server.entries[2].title, server.entries[2].at = "Judul baru", now
        server.entries[5].deleted, server.entries[5].at = True, now
        server.entries.append(Entry(number=31, at=now, title="Judul 31"))
        done = work(ctx, source)
        assert (done.state, done.records, done.deleted) == ("complete", 2, 1)
        assert living(ctx, source) == 30
        asked = datetime.fromisoformat(server.asked("ListRecords")[0].arguments["from"])
        assert watermark - timedelta(hours=1) < asked < watermark


def test_nothing_new_is_complete_with_nothing(ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer("error_as_422") as server:
        source = source_at(server.url)
        work(ctx, source)
        done = work(ctx, source)
        assert (done.state, done.records, done.reason) == ("complete", 0, "")
        assert living(ctx, source) == 30


def test_a_provider_of_days_that_says_seconds_is_asked_again_in_days(
    ctx: Harvesting, source_at: SourceAt
) -> None:
    with FaultServer("refuses_seconds") as server:
        source = source_at(server.url)
        work(ctx, source)
        assert work(ctx, source).state == "complete"
        assert len(server.asked("ListRecords")[-1].arguments["from"]) == 10
        with ctx.db.read() as c:
            assert sources.get(c, source.id).quirks["granularity"] == "day"


def test_an_untrue_clock_never_moves_the_watermark_ahead(ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer("local_time") as server:
        source = source_at(server.url)
        work(ctx, source)
        with ctx.db.read() as c:
            after = sources.get(c, source.id)
        assert after.watermark is not None
        assert after.watermark <= datetime.now(UTC)
        assert after.quirks["clock_untrusted"] is True
        work(ctx, source)
        asked = datetime.fromisoformat(server.asked("ListRecords")[-1].arguments["from"])
        assert after.watermark - asked >= timedelta(hours=26)


def test_what_is_not_proven_moves_no_watermark_and_deletes_nothing(
    ctx: Harvesting, source_at: SourceAt
) -> None:
    with FaultServer() as server:
        source = source_at(server.url)
        work(ctx, source)
        with ctx.db.read() as c:
            before = sources.get(c, source.id).watermark
        server.faults = {"stops_early_everywhere"}
        for entry in server.entries:
            entry.at = server.entries[0].at  # so that no window of time helps either
        done = work(ctx, source, kind="full")
        assert done.state == "incomplete"
        assert "20 of 30" in done.reason
        assert living(ctx, source) == 30
        with ctx.db.read() as c:
            after = sources.get(c, source.id)
        assert (after.watermark, after.health, after.failures) == (before, "late", 1)


def test_a_full_harvest_lets_go_of_what_vanished(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer() as server:
        source = source_at(server.url)
        work(ctx, source)
        moving_clock.go(minutes=5)
        del server.entries[10]
        done = work(ctx, source, kind="full")
        assert (done.state, done.receipt["swept"]) == ("complete", 1)
        assert living(ctx, source) == 29


def test_a_catalogue_that_vanishes_is_held_until_somebody_has_looked(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer(count=120, page=60) as server:
        source = source_at(server.url)
        work(ctx, source)
        moving_clock.go(minutes=5)
        server.entries = server.entries[:40]
        done = work(ctx, source, kind="full")
        assert (done.state, done.receipt["swept"]) == ("complete", 0)
        assert living(ctx, source) == 120
        with ctx.db.begin() as c:
            after = sources.get(c, source.id)
            assert after.health == "held"
            assert "80 of 120" in after.health_reason
        moving_clock.go(minutes=5)
        assert work(ctx, source, kind="full").receipt["swept"] == 80  # the second list says the same
        assert living(ctx, source) == 40
        with ctx.db.read() as c:
            assert sources.get(c, source.id).health == "ok"


def test_an_empty_list_never_empties_a_catalogue(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer() as server:
        source = source_at(server.url)
        work(ctx, source)
        moving_clock.go(minutes=5)
        server.entries = []
        for _ in range(3):
            work(ctx, source, kind="full")
        assert living(ctx, source) == 30


def test_a_rejected_record_keeps_its_bytes_and_costs_one_record(ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer("broken_tag") as server:
        source = source_at(server.url)
        done = work(ctx, source)
        assert (done.state, done.records, done.rejected) == ("complete", 29, 1)
        with ctx.db.begin() as c:
            kept = store.quarantined(c, source_id=source.id)
            assert [(one.identifier, one.reason, one.position) for one in kept] == [
                ("oai:faults:5", "malformed", "page 1, record 5")
            ]
            raw = store.quarantined_raw(c, kept[0].id)
            assert raw.startswith(b"<record>")
            assert b"<i>unclosed" in raw
            assert store.quarantine_count(c, source.id) == 1
            store.resolve(c, kept[0].id, at=ctx.clock())
            assert store.quarantine_count(c, source.id) == 0


def test_the_raw_bytes_of_each_record_can_be_read_again(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer() as server:
        source = source_at(server.url)
        work(ctx, source)
        moving_clock.go(hours=1)
        for entry in server.entries:
            entry.title, entry.at = f"Baru {entry.number}", datetime.now(UTC)
        work(ctx, source)
        retention.tidy(ctx, source.id, keep=1)
        assert len(list((ctx.spool.folder / source.id).glob("*/*"))) == 3  # those of the newest versions
        with ctx.db.read() as c:
            assert len(store.history(c, source.id)) == 1
            raw = retention.raw_record(ctx, c, source.id, "oai:faults:7")
        assert raw is not None
        assert raw.startswith(b"<record>")
        assert raw.endswith(b"</record>")
        assert b"Baru 7" in raw


def test_a_run_that_is_asked_to_stop_stops_at_a_page_and_can_go_on(
    ctx: Harvesting, source_at: SourceAt
) -> None:
    with FaultServer(count=100) as server:
        source = source_at(server.url)

        def stop(harvest_id: str) -> None:
            with ctx.db.begin() as c:
                if store.get(c, harvest_id).pages == 4:
                    store.ask_stop(c, harvest_id, at=ctx.clock())

        done = work(replace(ctx, on_page=stop), source)
        assert (done.state, done.pages) == ("stopped", 4)
        assert living(ctx, source) == 40
        with ctx.db.begin() as c:
            assert store.resume(c, done.id, at=ctx.clock()).state == "interrupted"
        assert process_queue(ctx, "test")
        with ctx.db.read() as c:
            done = store.get(c, done.id)
        assert (done.state, done.records) == ("complete", 100)
        assert len(server.asked("ListRecords")) == 10
        assert not server.asked("GetRecord")


def test_a_worker_that_is_stopped_lays_the_run_down(ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer(count=50) as server:
        source = source_at(server.url)
        done = work(replace(ctx, on_page=lambda _: ctx.stopping.set()), source)
        assert done.state == "interrupted"
        ctx.stopping.clear()
        assert process_queue(ctx, "another")
        with ctx.db.read() as c:
            done = store.get(c, done.id)
        assert (done.state, done.records, done.owner) == ("complete", 50, "another")
        assert len(server.asked("ListRecords")) == 5


def test_whoever_was_taken_over_may_not_write(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    source = source_at("http://127.0.0.1:9/oai")
    with ctx.db.begin() as c:
        store.queue(c, source.id, at=ctx.clock())
        first = store.claim(c, owner="first", at=ctx.clock())
        assert first is not None
        assert store.claim(c, owner="second", at=ctx.clock()) is None
    moving_clock.go(minutes=2)
    with ctx.db.begin() as c:
        second = store.claim(c, owner="second", at=ctx.clock())
    assert second is not None
    assert second.id == first.id
    with pytest.raises(Fenced), ctx.db.begin() as c:
        store.write(c, first, at=ctx.clock(), pages=1)
    with ctx.db.begin() as c:
        store.write(c, second, at=ctx.clock(), pages=1)


def test_one_harvest_of_a_source_is_open_at_a_time(ctx: Harvesting, source_at: SourceAt) -> None:
    source = source_at("http://127.0.0.1:9/oai")
    with ctx.db.begin() as c:
        first = store.queue(c, source.id, at=ctx.clock())
        assert store.queue(c, source.id, at=ctx.clock(), kind="full").id == first.id


def test_an_unreachable_source_fails_with_its_reason(ctx: Harvesting, source_at: SourceAt) -> None:
    source = source_at("http://127.0.0.1:9/oai")
    for failures in (1, 2, 3):
        done = work(replace(ctx, patience=1.0), source)
        assert done.state == "failed"
        assert done.reason
        with ctx.db.read() as c:
            after = sources.get(c, source.id)
        assert after.failures == failures
    assert after.health == "failing"


def test_basic_auth_and_headers_reach_the_provider(ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer("needs_login") as server:
        source = source_at(server.url, username="ani", password="rahasia", headers={"X-Key": "k"})
        assert source.secret is not None
        assert b"rahasia" not in source.secret
        assert work(ctx, source).state == "complete"
        assert server.log[0].headers["X-Key"] == "k"


def test_deleting_a_source_takes_its_records_with_tombstones(ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer() as server:
        source = source_at(server.url)
        work(ctx, source)
        with ctx.db.begin() as c:
            asked = retention.delete_source(c, source.id, at=ctx.clock())
            assert sources.listed(c) == ()
        assert process_queue(ctx, "test")
        with ctx.db.read() as c:
            assert store.get(c, asked.id).state == "complete"
            assert c.execute(select(func.count()).select_from(record)).scalar_one() == 30
        assert living(ctx, source) == 0
        assert not (ctx.spool.folder / source.id).exists()


def test_progress_knows_how_far_it_is(ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer(count=100) as server:
        source = source_at(server.url)
        seen: list[store.Progress] = []

        def look(harvest_id: str) -> None:
            with ctx.db.read() as c:
                seen.append(store.progress(store.get(c, harvest_id), ctx.clock()))

        work(replace(ctx, on_page=look), source)
        assert [one.records for one in seen] == list(range(10, 101, 10))
        assert seen[4].share == 0.5
        assert seen[4].expected == 100
        assert seen[4].seconds_left is not None


def test_a_fault_of_ours_in_one_record_costs_one_record(
    ctx: Harvesting, source_at: SourceAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = crosswalk.read

    def stumbles(schema: str, element: Any, *how: Any) -> Any:
        found = read(schema, element, *how)
        if found.title.startswith("Judul 5 "):
            raise ZeroDivisionError
        return found

    monkeypatch.setattr(crosswalk, "read", stumbles)
    with FaultServer() as server:
        done = work(ctx, source_at(server.url))
    assert (done.state, done.records, done.rejected) == ("complete", 29, 1)
    assert done.receipt["rejected"][0]["reason"] == "crosswalk_failed"


def test_a_fault_of_ours_in_the_catalogue_ends_the_run_and_not_the_worker(
    ctx: Harvesting, source_at: SourceAt
) -> None:
    class Broken(scratch.NoCatalogue):
        def take(self, *_: object) -> None:
            raise ZeroDivisionError

    with FaultServer() as server:
        source = source_at(server.url)
        done = work(replace(ctx, catalogue=Broken()), source)
        assert (done.state, done.is_open) == ("failed", False)
        assert "ZeroDivisionError" in done.reason
        assert work(ctx, source).state == "complete"


def test_a_run_gives_signs_of_life_while_a_page_is_slow(
    ctx: Harvesting, source_at: SourceAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_BEAT", 0.0)
    beats = set()
    with FaultServer("slow_start") as server:
        source = source_at(server.url)
        with ctx.db.begin() as c:
            asked = store.queue(c, source.id, at=ctx.clock())
        thread = threading.Thread(target=process_queue, args=(ctx, "test"))
        thread.start()
        while thread.is_alive():
            with ctx.db.read() as c:
                one = store.get(c, asked.id)
            if one.pages == 0:
                beats.add(one.heartbeat_at)
            time.sleep(0.05)
        thread.join()
    assert len(beats) >= 3
