"""What is found out about a provider is there at the next harvest; what more than one run shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from harvester import sources, store
from harvester.context import Harvesting
from harvester.run import process_queue
from harvester.sources import Source
from harvester.store import Harvest
from harvester.transport import FORGOTTEN, Quirks
from index.tables import record
from tests.harvester.conftest import MovingClock
from tests.peers.fault_server import Entry, FaultServer

SourceAt = Callable[..., Source]


def work(ctx: Harvesting, source: Source, kind: str = "incremental") -> Harvest:
    with ctx.db.begin() as c:
        asked = store.queue(c, source.id, at=ctx.clock(), kind=kind, asked_by="somebody")
    assert process_queue(ctx, "test")
    with ctx.db.read() as c:
        return store.get(c, asked.id)


def known(ctx: Harvesting, source: Source) -> Source:
    with ctx.db.read() as c:
        return sources.get(c, source.id)


def test_what_is_stored_forgets_what_is_over() -> None:
    assert Quirks().remembered() == {}
    assert FORGOTTEN.keys() == Quirks().stored().keys()
    assert set(FORGOTTEN.values()) == {None}
    kept = Quirks(post=True, token_form="once", windows=100)
    assert kept.remembered() == {"post": True, "windows": 100}
    assert Quirks.of({**kept.remembered(), "sweep_held": {}}) == Quirks(post=True, windows=100)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "remembered", "fewer"),
    [
        ("needs_prefix", {"token_needs_prefix": True}, True),
        ("verbatim_token", {"token_form": "verbatim"}, True),
        ("space_matters", {"token_untrimmed": True}, True),
        ("post_only", {"post": True}, True),
        ("tail_early_everywhere", {"windows": 10, "window_ends": "open"}, False),
    ],
)
def test_the_next_harvest_begins_with_what_worked(
    sqlite_ctx: Harvesting, source_at: SourceAt, fault: str, remembered: dict[str, object], fewer: bool
) -> None:
    with FaultServer(fault) as server:
        source = source_at(server.url)
        first = work(sqlite_ctx, source, kind="full")
        assert first.state == "complete"
        assert first.receipt["remembered"].items() >= remembered.items()
        assert known(sqlite_ctx, source).quirks.items() >= remembered.items()
        server.log.clear()
        second = work(sqlite_ctx, source, kind="full")
        assert (second.state, second.records) == ("complete", 30)
        refused = [one for one in server.asked("ListRecords") if "resumptionToken" in one.arguments]
        if fault == "tail_early_everywhere":
            assert refused == []
            assert server.asked("ListIdentifiers") == []
        else:
            assert second.requests < first.requests


@pytest.mark.slow
def test_what_was_remembered_and_works_no_more_is_found_out_again(
    sqlite_ctx: Harvesting, source_at: SourceAt
) -> None:
    with FaultServer("needs_prefix") as server:
        source = source_at(server.url)
        work(sqlite_ctx, source, kind="full")
        server.faults = set()
        done = work(sqlite_ctx, source, kind="full")
        assert (done.state, done.records) == ("complete", 30)
        assert "token_needs_prefix" not in known(sqlite_ctx, source).quirks


@pytest.mark.slow
def test_windows_that_work_no_more_give_way_to_tokens(sqlite_ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer("tail_early_everywhere") as server:
        source = source_at(server.url)
        work(sqlite_ctx, source, kind="full")
        server.faults = {"ignores_from"}
        done = work(sqlite_ctx, source, kind="full")
        assert (done.state, done.records) == ("complete", 30)
        assert "windows" not in known(sqlite_ctx, source).quirks


@pytest.mark.slow
def test_a_provider_that_sends_us_away_says_until_when(sqlite_ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer("come_tomorrow") as server:
        done = work(sqlite_ctx, source_at(server.url))
    assert done.state == "incomplete"
    assert done.retry_at is not None
    assert timedelta(hours=23) < done.retry_at - datetime.now(UTC) < timedelta(hours=25)
    assert datetime.fromisoformat(done.receipt["retry_at"]) - done.retry_at < timedelta(seconds=1)


@pytest.mark.slow
def test_the_watermark_is_the_earliest_of_all_clocks(
    sqlite_ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer("slow_clock", "unordered") as server:
        source = source_at(server.url)
        moving_clock.go(days=3)  # ours runs ahead
        work(sqlite_ctx, source)
        first = known(sqlite_ctx, source).watermark
        assert first is not None
        assert abs(datetime.now(UTC) - timedelta(hours=2) - first) < timedelta(minutes=1)
        moving_clock.go(days=-6)  # and is put back too far
        work(sqlite_ctx, source)
        second = known(sqlite_ctx, source).watermark
        assert second is not None
        assert second <= moving_clock()


@pytest.mark.slow
def test_a_record_that_comes_back_lives_again(sqlite_ctx: Harvesting, source_at: SourceAt) -> None:
    def living() -> int:
        with sqlite_ctx.db.read() as c:
            wanted = select(func.count()).where(record.c.source_id == source.id, record.c.gone_at.is_(None))
            return int(c.execute(wanted).scalar_one())

    with FaultServer() as server:
        source = source_at(server.url)
        server.entries[3].deleted = True
        work(sqlite_ctx, source)
        assert living() == 29
        server.entries[3] = Entry(number=4, at=datetime.now(UTC), title="Judul 4 kembali")
        work(sqlite_ctx, source)
        assert living() == 30


@pytest.mark.slow
def test_a_run_by_windows_goes_on_where_it_was_laid_down(sqlite_ctx: Harvesting, source_at: SourceAt) -> None:
    with FaultServer("tail_early_everywhere") as server:
        source = source_at(server.url)
        with sqlite_ctx.db.begin() as c:
            asked = store.queue(c, source.id, at=sqlite_ctx.clock(), kind="full", asked_by="somebody")
        pages = 0

        def stop_at_the_third(harvest_id: str) -> None:
            nonlocal pages
            pages += 1
            if pages == 3:
                sqlite_ctx.stopping.set()

        from dataclasses import replace

        assert process_queue(replace(sqlite_ctx, on_page=stop_at_the_third), "test")
        sqlite_ctx.stopping.clear()
        with sqlite_ctx.db.read() as c:
            assert store.get(c, asked.id).state == "interrupted"
        asked_before = {one.raw for one in server.asked("ListRecords")}
        server.log.clear()
        assert process_queue(sqlite_ctx, "test")
        with sqlite_ctx.db.read() as c:
            done = store.get(c, asked.id)
        assert (done.state, done.records) == ("complete", 30)
        again = [one for one in server.asked("ListRecords") if one.raw in asked_before]
        assert len(again) <= 1
