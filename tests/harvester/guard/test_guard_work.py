"""Runs through the guard: whose turn it is, one connection a host, put off, laid down, left alone, recovered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from foundation import leases
from harvester import schedule, sources, store
from harvester.context import Harvesting
from harvester.guard import pace, talk, turn, work
from harvester.guard.wire import PoliteWire
from harvester.health import store as cards
from harvester.sources import Source
from harvester.tables import harvest, host, source
from tests.conftest import TestClock
from tests.harvester.conftest import MovingClock
from tests.peers.fault_server import FaultServer

SourceAt = Callable[..., Source]
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def ask(ctx: Harvesting, of: Source, at: datetime | None = None, **more: Any) -> str:
    with ctx.db.begin() as c:
        return store.queue(c, of.id, at=at or ctx.clock(), **more).id


def claim(ctx: Harvesting, at: datetime, parallel: int = 9) -> str:
    """The code of the source whose turn it is, '' for none."""
    with ctx.db.begin() as c:
        found = turn.claim(c, owner="test", at=at, parallel=parallel)
        return sources.get(c, found.harvest.source_id).code if found else ""


def beat(ctx: Harvesting, at: datetime) -> None:
    with ctx.db.begin() as c:
        c.execute(harvest.update().values(heartbeat_at=at))


def test_one_host_is_talked_to_for_one_source_at_a_time(ctx: Harvesting, source_at: SourceAt) -> None:
    a, b = source_at("http://x.example/a", "a"), source_at("http://X.example:80/b", "b")
    other = source_at("http://x.example:8080/c", "c")
    for n, one in enumerate((a, b, other)):
        ask(ctx, one, NOW + timedelta(seconds=n))
    assert [claim(ctx, NOW + timedelta(seconds=9)) for _ in range(3)] == ["a", "c", ""]
    with ctx.db.begin() as c:
        held = leases.acquire(c, turn.slot_name("x.example:80"), "me", NOW, 60)
        assert held is None
        taken = c.execute(select(harvest.c.id).where(harvest.c.source_id == a.id)).scalar_one()
        leases.release(c, turn.slot_name("x.example:80"), f"harvest {taken}", NOW + timedelta(seconds=10))
    assert claim(ctx, NOW + timedelta(seconds=11)) == "b"


def test_a_worker_that_died_lets_its_host_go_and_its_run_is_taken_up(
    ctx: Harvesting, source_at: SourceAt
) -> None:
    ask(ctx, source_at("http://x.example/a", "a"), NOW)
    assert claim(ctx, NOW) == "a"
    assert claim(ctx, NOW + timedelta(seconds=59)) == ""
    assert claim(ctx, NOW + timedelta(seconds=61)) == "a"


def test_no_more_run_than_are_allowed_whoever_runs_them(ctx: Harvesting, source_at: SourceAt) -> None:
    for n in range(4):
        ask(ctx, source_at(f"http://h{n}.example/oai", f"s{n}"), NOW)
    assert [bool(claim(ctx, NOW, parallel=2)) for _ in range(3)] == [True, True, False]


@pytest.mark.slow
def test_claims_at_the_same_moment_give_each_run_once_and_never_too_many(
    ctx: Harvesting, source_at: SourceAt
) -> None:
    for n in range(12):
        ask(ctx, source_at(f"http://h{n % 8}.example/{n}", f"s{n}"), NOW)
    found: list[str] = []
    start = threading.Barrier(6)

    def go() -> None:
        start.wait(10)
        for _ in range(3):
            code = claim(ctx, NOW + timedelta(seconds=1), parallel=5)
            if code:
                found.append(code)

    threads = [threading.Thread(target=go) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert len(found) == len(set(found)) == 5
    with ctx.db.read() as c:
        fences = list(c.execute(select(harvest.c.fence).where(harvest.c.state == "running")).scalars())
    assert fences == [1] * 5


def test_what_is_not_due_waits_and_a_person_need_not(ctx: Harvesting, source_at: SourceAt) -> None:
    of = source_at("http://x.example/a", "a", blackout="08:00-12:00")
    asked = ask(ctx, of, NOW)  # 10.00 in Jakarta
    assert claim(ctx, NOW) == ""
    assert claim(ctx, NOW + timedelta(hours=2)) == "a"
    with ctx.db.begin() as c:
        late = NOW + timedelta(hours=9)
        c.execute(harvest.update().where(harvest.c.id == asked).values(state="interrupted", not_before=late))
    beat(ctx, NOW)
    assert claim(ctx, NOW + timedelta(hours=8)) == ""
    assert ask(ctx, of, NOW + timedelta(hours=8), asked_by="ada") == asked
    assert claim(ctx, NOW + timedelta(days=1)) == "a"  # 10.00 again, but a person asked


def test_a_source_that_rests_is_queued_for_the_end_of_its_rest(ctx: Harvesting, source_at: SourceAt) -> None:
    of = source_at("http://x.example/a", "a")
    rests = NOW + timedelta(hours=1)
    with ctx.db.begin() as c:
        c.execute(source.update().values(rests_until=rests))
    ask(ctx, of, NOW)
    assert claim(ctx, NOW) == ""
    ask(ctx, of, NOW, asked_by="ada")
    assert claim(ctx, NOW) == "a"


@pytest.mark.slow
def test_a_thousand_sources_due_at_once_are_taken_one_after_the_other(
    sqlite_ctx: Harvesting, source_at: SourceAt
) -> None:
    of = source_at("http://x.example/a", "a")
    with sqlite_ctx.db.begin() as c:
        row = dict(c.execute(select(source)).mappings().one())
        more = [
            row | {"id": f"s{n}", "code": f"s{n}", "url": f"http://h{n % 50}.example/{n}"} for n in range(999)
        ]
        c.execute(source.insert(), more)
        c.execute(
            harvest.insert(),
            [{"id": f"h{n}", "source_id": f"s{n}", "oddities": [], "queued_at": NOW} for n in range(999)],
        )
    ask(sqlite_ctx, of, NOW)
    hosts = [claim(sqlite_ctx, NOW, parallel=60) for _ in range(60)]
    assert len([code for code in hosts if code]) == 51  # one a host


@pytest.mark.slow
def test_two_schedules_that_strike_at_once_ask_for_one_harvest(ctx: Harvesting, source_at: SourceAt) -> None:
    of = source_at("http://x.example/a", "a", schedule="0 2 * * *")
    start = threading.Barrier(8)
    faults: list[Exception] = []

    def strike() -> None:
        one = schedule.Schedule(ctx.db, ctx.clock)
        start.wait(10)
        try:
            one._due(of.id)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=strike) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert faults == []
    with ctx.db.read() as c:
        assert len(store.history(c, of.id)) == 1


def test_a_second_worker_keeps_time_only_when_the_first_is_gone(ctx: Harvesting) -> None:
    def hold(owner: str, at: datetime) -> int | None:
        with ctx.db.begin() as c:
            got = leases.acquire(c, "duty:schedule", owner, at, 30)
            return got.fence if got else None

    assert hold("a", NOW) == 1
    assert hold("b", NOW + timedelta(seconds=29)) is None
    assert hold("a", NOW + timedelta(seconds=29)) == 1
    assert hold("b", NOW + timedelta(seconds=58)) is None
    assert hold("b", NOW + timedelta(seconds=60)) == 2  # the first was silent: it stood still, or died
    assert hold("a", NOW + timedelta(seconds=61)) is None
    with ctx.db.begin() as c, pytest.raises(leases.Fenced):
        leases.check(c, "duty:schedule", 1)


def test_a_worker_that_lost_its_host_lays_its_run_down(ctx: Harvesting, source_at: SourceAt) -> None:
    """It stood still for longer than its lease; another worker talks to the host now."""
    of = source_at("http://x.example/a", "a")
    ask(ctx, of, NOW)
    with ctx.db.begin() as c:
        mine = turn.claim(c, owner="test", at=NOW, parallel=9)
        assert mine is not None
        assert mine.slot is not None
        late = NOW + timedelta(seconds=61)
        assert leases.acquire(c, mine.slot.name, "somebody else", late, 60) is not None
        assert not turn.renew(c, mine.slot, late)
    leg = work._Leg(of=of, mine=mine.harvest, ends_at=NOW + timedelta(days=1))
    assert not leg.over(NOW)
    leg.lost.set()
    assert leg.over(NOW)


class _Answer:
    def __init__(self, status: int, **headers: str) -> None:
        self.status, self.headers, self.chunks = status, headers, (b"",)

    def __enter__(self) -> _Answer:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


class _Wire:
    def __init__(self, *answers: _Answer) -> None:
        self.answers = list(answers)

    def open(self, url: str, *, headers: Mapping[str, str], form: str | None, deadline: float) -> Any:
        return self.answers.pop(0)


def test_a_polite_wire_pauses_and_is_slower_after_each_429(clock: TestClock) -> None:
    slept: list[float] = []
    time = [100.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time[0] += seconds

    told = _Answer(429, **{"retry-after": "3600"})
    wire = PoliteWire(
        _Wire(_Answer(200), told, told, _Answer(200)),
        least_ms=100,
        now=clock,
        sleep=sleep,
        monotonic=lambda: time[0],
    )
    for _ in range(2):
        with wire.open("http://x/", headers={}, form=None, deadline=1):
            pass
    assert sum(slept) == pytest.approx(0.1)
    assert (wire.too_many, wire.learned_ms, wire.told_until) == (1, 1000, clock() + timedelta(hours=1))
    with wire.open("http://x/", headers={}, form=None, deadline=1):
        pass
    with wire.open("http://x/", headers={}, form=None, deadline=1):
        pass
    assert sum(slept) == pytest.approx(0.1 + 1 + 2)
    assert (wire.told_until, wire.turned_away) == (None, False)


# --- real runs ---------------------------------------------------------------------------------------


class Told:
    """What admins were told."""

    def __init__(self) -> None:
        self.news: list[str] = []

    def __call__(self, _c: Connection, _source: Source, what: str, _data: Mapping[str, Any]) -> None:
        self.news.append(what)


def stand(ctx: Harvesting, of: Source) -> Source:
    with ctx.db.read() as c:
        return sources.get(c, of.id)


@pytest.mark.slow
def test_a_long_retry_after_puts_the_run_off_and_it_goes_on_then(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    told = Told()
    with FaultServer("come_tomorrow") as server:
        of = source_at(server.url)
        asked = ask(ctx, of)
        assert work.work_on_one(ctx, "test", tell=told)
        with ctx.db.read() as c:
            row = store.get(c, asked)
        assert row.is_open
        assert row.not_before is not None
        assert timedelta(hours=23) < row.not_before - ctx.clock() <= timedelta(days=1)
        assert (row.deferrals, stand(ctx, of).failures, told.news) == (1, 0, [])
        assert not work.work_on_one(ctx, "test", tell=told)
        server.faults = set()
        moving_clock.go(days=1)
        assert work.work_on_one(ctx, "test", tell=told)
        with ctx.db.read() as c:
            assert store.get(c, asked).state == "complete"
            assert c.execute(select(host.c.asked_at)).scalar_one() is not None


@pytest.mark.slow
def test_failures_open_the_breaker_tell_once_and_a_success_closes_it(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    told = Told()
    hasty = replace(ctx, patience=0.2)
    with FaultServer() as server:
        url = server.url
    of = source_at(url)  # nobody is there any more
    for _ in range(5):
        ask(ctx, of)
        assert work.work_on_one(hasty, "test", tell=told)
        rests = stand(ctx, of).rests_until
        if rests is not None:
            ask(ctx, of)
            assert not work.work_on_one(hasty, "test", tell=told)  # it rests
            moving_clock.go(seconds=(rests - ctx.clock()).total_seconds() + 1)
    assert told.news == ["failing"]
    assert stand(ctx, of).health == "failing"
    with FaultServer() as server:
        with ctx.db.begin() as c:
            c.execute(source.update().values(url=server.url))
        ask(ctx, of, asked_by="ada")  # try now
        assert work.work_on_one(ctx, "test", tell=told)
    after = stand(ctx, of)
    assert (after.failures, after.rests_until, after.alerted_at, after.health) == (0, None, None, "ok")
    assert told.news == ["failing", "recovered"]


@pytest.mark.slow
def test_a_server_that_turns_us_away_is_left_alone_at_once(ctx: Harvesting, source_at: SourceAt) -> None:
    told = Told()
    with FaultServer("forbidden") as server:
        of = source_at(server.url)
        ask(ctx, of)
        assert work.work_on_one(ctx, "test", tell=told)
        asked = len(server.log)
        ask(ctx, of)
        assert not work.work_on_one(ctx, "test", tell=told)
        assert (len(server.log), told.news) == (asked, ["failing"])
        assert asked <= 3
    assert stand(ctx, of).rests_until is not None


@pytest.mark.slow
def test_a_429_is_remembered_for_the_host_and_forgotten_by_quiet_runs(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    def pause() -> int:
        with ctx.db.read() as c:
            return int(c.execute(select(host.c.delay_ms)).scalar_one())

    with FaultServer("late_429") as server:
        of = source_at(server.url)
        ask(ctx, of)
        assert work.work_on_one(ctx, "test")
        assert pause() == 1000
        server.faults = set()
        ask(ctx, of)
        assert work.work_on_one(ctx, "test")
        assert pause() == 500
        ask(ctx, of)
        assert work.work_on_one(ctx, "test")
        assert pause() == 0


@pytest.mark.slow
@pytest.mark.parametrize("why", ["hours", "long"])
def test_a_run_is_laid_down_at_a_page_border_and_goes_on_at_its_page(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock, why: str
) -> None:
    with FaultServer() as server:
        of = source_at(server.url)
        begin = ctx.clock().astimezone(UTC) + timedelta(hours=2)
        text = f"{begin:%H}:00-{begin + timedelta(hours=2):%H}:00"
        with ctx.db.begin() as c:
            c.execute(source.update().values(blackout=text if why == "hours" else "", zone="UTC"))
        asked = ask(ctx, of)

        def after_a_page(_: str) -> None:
            moving_clock.go(hours=2 if why == "hours" else 25)

        assert work.work_on_one(replace(ctx, on_page=after_a_page), "test")
        with ctx.db.read() as c:
            row = store.get(c, asked)
        assert (row.state, row.pages) == ("interrupted", 1)
        assert row.not_before is not None
        assert row.not_before > ctx.clock()
        assert not work.work_on_one(ctx, "test")
        moving_clock.go(hours=3)
        before = len(server.log)
        assert work.work_on_one(ctx, "test")
        with ctx.db.read() as c:
            row = store.get(c, asked)
        assert (row.state, row.records, row.pages) == ("complete", 30, 3)
        assert len(server.log) - before <= 3


@pytest.mark.slow
@pytest.mark.parametrize("what", ["disabled", "edited", "deleted"])
def test_a_source_that_changes_while_it_is_read_stops_at_a_page_border(
    ctx: Harvesting, source_at: SourceAt, what: str
) -> None:
    from harvester import retention

    with FaultServer() as server:
        of = source_at(server.url)
        asked = ask(ctx, of)

        def meddle(_: str) -> None:
            with ctx.db.begin() as c:
                if what == "disabled":
                    sources.set_enabled(c, of.id, False)
                elif what == "deleted":
                    retention.delete_source(c, of.id, at=ctx.clock())
                else:
                    draft = sources.SourceDraft(
                        code=of.code, library_id=of.library_id, name="x", url=server.url + "?x=1"
                    )
                    sources.change(c, of.id, draft, version=of.version, seal=ctx.seal)

        assert work.work_on_one(replace(ctx, on_page=meddle), "test")
        with ctx.db.read() as c:
            row = store.get(c, asked)
        assert (row.state, row.pages) == ("stopped", 1)
        assert len(server.asked("ListRecords")) == 1
        assert stand(ctx, of).watermark is None


@pytest.mark.slow
def test_the_command_line_waits_for_the_host_and_goes_before_its_time(
    ctx: Harvesting, source_at: SourceAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer() as server:
        of = source_at(server.url)
        asked = ask(ctx, of)
        with ctx.db.begin() as c:
            c.execute(harvest.update().values(not_before=ctx.clock() + timedelta(days=1)))
            name = turn.slot_name(pace.host_of(server.url))
            assert leases.acquire(c, name, "another source", ctx.clock(), 60) is not None
        monkeypatch.setattr(talk.wait_for_slot, "__kwdefaults__", {"wait": 0.0})
        with pytest.raises(talk.HostBusy):
            work.harvest_now(ctx, of.id, owner="shell")
        assert server.log == []
        with ctx.db.begin() as c:
            leases.release(c, name, "another source", ctx.clock())
        slip = work.harvest_now(ctx, of.id, owner="shell")
        assert slip is not None
        assert (slip.state, slip.records) == ("complete", 30)
        with ctx.db.read() as c:
            assert store.get(c, asked).state == "complete"
            assert cards.get(c, of.id) is not None
        assert not work.work_on_one(ctx, "test")
