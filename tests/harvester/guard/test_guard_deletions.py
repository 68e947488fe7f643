"""Deletions that a list asks for: judged, held, confirmed, carried out, kept, taken back; and sweeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from harvester import schedule, sources, store
from harvester.context import Harvesting
from harvester.guard import deletions, due, held, work
from harvester.guard.deletions import Before, Missing
from harvester.guard.due import Habits
from harvester.sources import Source
from harvester.store import Harvest
from harvester.tables import harvest
from index.tables import holding, record
from tests.harvester.conftest import MovingClock
from tests.peers.fault_server import Entry, FaultServer

SourceAt = Callable[..., Source]
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("missing", "living", "delivered", "fresh", "judged"),
    [
        (0, 100, 100, 0, ("few", "nothing")),
        (50, 100, 50, 0, ("few", "delete")),
        (51, 100, 49, 0, ("mass", "hold")),
        (500, 10_000, 9_500, 0, ("few", "delete")),
        (501, 10_000, 9_499, 0, ("mass", "hold")),
        (1, 1, 0, 0, ("empty", "hold")),
        (30, 30, 30, 30, ("migration", "hold")),
        (600, 1000, 1000, 600, ("migration", "hold")),
        (600, 1000, 400, 0, ("mass", "hold")),
        (9, 9, 9, 9, ("few", "delete")),
    ],
)
def test_what_is_missing_is_judged(
    missing: int, living: int, delivered: int, fresh: int, judged: tuple[str, str]
) -> None:
    now = Missing(missing=missing, living=living, delivered=delivered, fresh=fresh)
    assert deletions.judge(now, None) == judged


def before(
    kind: str = "mass", state: str = "held", missing: int = 100, common: int = 100, delivered: int = 900
) -> Before:
    return Before(kind=kind, state=state, missing=missing, common=common, delivered=delivered)


@pytest.mark.parametrize(
    ("last", "act"),
    [
        (before(), "delete"),
        (before(missing=95, common=95), "delete"),
        (before(missing=80, common=80), "hold"),  # many more than the last time
        (before(common=80), "hold"),  # not the same ones
        (before(kind="migration"), "hold"),
        (before(kind="empty", delivered=0), "hold"),
        (before(state="replaced"), "hold"),
        (before(state=""), "hold"),  # the same harvest again
    ],
)
def test_only_a_second_list_that_lacks_the_same_confirms(last: Before, act: str) -> None:
    assert deletions.judge(Missing(missing=100, living=1000, delivered=900), last)[1] == act


def test_an_empty_list_or_a_migration_is_never_confirmed_by_a_second_one() -> None:
    empty = Missing(missing=100, living=100, delivered=0)
    assert deletions.judge(empty, before(kind="empty", delivered=0)) == ("empty", "hold")
    moved = Missing(missing=100, living=100, delivered=100, fresh=100)
    assert deletions.judge(moved, before(kind="migration")) == ("migration", "hold")


@pytest.mark.parametrize(
    ("habits", "every"),
    [
        (Habits(), 7),
        (Habits(deleted_policy="no"), 7),
        (Habits(deleted_policy="transient"), 7),
        (Habits(deleted_policy="persistent"), 0),
        (Habits(deleted_policy="no", tombstones_seen=True), 0),  # what is observed counts
        (Habits(deleted_policy="no", ignores_from=True), 0),
        (Habits(deleted_policy="persistent", sweep_days=3), 3),
        (Habits(deleted_policy="no", sweep_days=0), 0),
    ],
)
def test_sweeps_are_made_where_deletions_are_not_announced(habits: Habits, every: int) -> None:
    assert due.sweeps_every(habits) == every


def test_a_whole_list_is_due_after_its_days_or_when_a_sweep_named_unknown_records() -> None:
    monthly = Habits(full_days=30)
    assert due.kind_due(monthly, last_full=NOW - timedelta(days=29), now=NOW) == "incremental"
    assert due.kind_due(monthly, last_full=NOW - timedelta(days=30), now=NOW) == "full"
    assert due.kind_due(monthly, last_full=None, now=NOW) == "incremental"
    assert due.kind_due(Habits(), last_full=NOW - timedelta(days=999), now=NOW) == "incremental"
    assert due.kind_due(Habits(unknown_named=True), last_full=NOW, now=NOW) == "full"
    assert due.kind_due(Habits(ignores_from=True), last_full=NOW, now=NOW) == "full"
    assert due.sweep_kind(Habits()) == "sweep"
    assert due.sweep_kind(Habits(names_unproven=True)) == "full"
    assert not due.sweep_due(Habits(), first_full=None, last_whole=None, now=NOW)
    assert not due.sweep_due(Habits(), first_full=NOW - timedelta(days=6), last_whole=None, now=NOW)
    assert due.sweep_due(Habits(), first_full=NOW - timedelta(days=7), last_whole=None, now=NOW)
    assert not due.sweep_due(Habits(), first_full=NOW - timedelta(days=70), last_whole=NOW, now=NOW)


# --- real lists --------------------------------------------------------------------------------------

slow = pytest.mark.slow


def harvested(ctx: Harvesting, of: Source, kind: str = "full") -> Harvest:
    with ctx.db.begin() as c:
        asked = store.queue(c, of.id, at=ctx.clock(), kind=kind, asked_by="ada")
    assert work.work_on_one(ctx, "test")
    with ctx.db.read() as c:
        return store.get(c, asked.id)


def living(ctx: Harvesting, of: Source) -> set[str]:
    with ctx.db.read() as c:
        wanted = select(record.c.identifier).where(record.c.source_id == of.id, record.c.gone_at.is_(None))
        return set(c.execute(wanted).scalars())


def health(ctx: Harvesting, of: Source) -> str:
    with ctx.db.read() as c:
        return sources.get(c, of.id).health


def last(ctx: Harvesting, of: Source) -> held.Held:
    with ctx.db.read() as c:
        return held.listed(c, source_id=of.id, limit=1)[0]


def copies(ctx: Harvesting) -> int:
    with ctx.db.read() as c:
        return int(c.execute(select(func.count()).select_from(holding)).scalar_one())


def big(server: FaultServer) -> list[Entry]:
    """Two hundred records."""
    start = server.entries[0].at
    server.entries = [
        Entry(number=n, at=start + timedelta(hours=n), title=f"Judul {n}") for n in range(1, 201)
    ]
    server.page = 100
    return list(server.entries)


@slow
@pytest.mark.parametrize("kind", ["full", "sweep"])
def test_a_mass_deletion_is_held_and_the_second_list_confirms_it(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock, kind: str
) -> None:
    with FaultServer() as server:
        every = big(server)
        of = source_at(server.url)
        harvested(ctx, of)
        server.entries = every[:100]
        moving_clock.go(days=1)
        done = harvested(ctx, of, kind)
        assert (done.state, done.deleted) == ("complete", 0)
        found = last(ctx, of)
        assert (found.kind, found.state, found.missing, found.living) == ("mass", "held", 100, 200)
        assert (len(living(ctx, of)), health(ctx, of)) == (200, "held")
        moving_clock.go(days=1)
        assert harvested(ctx, of, kind).deleted == 100
        assert (len(living(ctx, of)), health(ctx, of)) == (100, "ok")
        again = last(ctx, of)
        assert (again.state, again.decided_by) == ("deleted", None)
        with ctx.db.read() as c:
            assert held.get(c, found.id).state == "replaced"


@slow
def test_what_was_deleted_comes_back_and_is_not_deleted_again(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer() as server:
        every = big(server)
        of = source_at(server.url)
        harvested(ctx, of)
        before, copies_before = living(ctx, of), copies(ctx)
        server.entries = every[:100]
        moving_clock.go(days=1)
        harvested(ctx, of)
        found = last(ctx, of)
        with ctx.db.begin() as c:
            assert held.agree(c, found.id, by="ada", at=ctx.clock())
            assert not held.agree(c, found.id, by="ada", at=ctx.clock())
        assert held.carry_out(ctx, found.id) == 100
        assert len(living(ctx, of)) == 100
        moving_clock.go(days=1)
        with ctx.db.begin() as c:
            assert held.undo(c, found.id, by="ada", at=ctx.clock())
        assert held.bring_back(ctx, found.id) == 100
        assert held.bring_back(ctx, found.id) == 0
        assert living(ctx, of) == before
        assert copies(ctx) == copies_before
        for kind in ("full", "sweep"):
            moving_clock.go(days=1)
            assert harvested(ctx, of, kind).deleted == 0
            assert (living(ctx, of), health(ctx, of)) == (before, "ok")
        server.entries = every[:90]  # ten more vanish: those go, the others stay
        moving_clock.go(days=1)
        assert harvested(ctx, of).deleted == 10
        assert len(living(ctx, of)) == 190


@slow
def test_what_was_kept_stays_until_a_list_names_it_again(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer() as server:
        every = big(server)
        of = source_at(server.url)
        harvested(ctx, of)
        for round_ in range(2):
            server.entries = every[:100]
            moving_clock.go(days=1)
            harvested(ctx, of)
            found = last(ctx, of)
            assert found.state == "held", round_
            with ctx.db.begin() as c:
                assert held.keep(c, found.id, by="ada", at=ctx.clock())
            moving_clock.go(days=1)
            harvested(ctx, of)
            assert last(ctx, of).id == found.id
            assert (len(living(ctx, of)), health(ctx, of)) == (200, "ok")
            server.entries = every
            moving_clock.go(days=1)
            harvested(ctx, of)


@slow
def test_an_undo_that_comes_too_late_is_refused(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer() as server:
        of = source_at(server.url)
        harvested(ctx, of)
        server.entries = server.entries[:25]
        moving_clock.go(days=1)
        assert harvested(ctx, of).deleted == 5  # few: no question is asked, and still it can be undone
        found = last(ctx, of)
        assert (found.kind, found.state) == ("few", "deleted")
        with ctx.db.begin() as c:
            assert not held.undo(c, found.id, by="ada", at=ctx.clock() + timedelta(days=31))
            assert held.undo(c, found.id, by="ada", at=ctx.clock() + timedelta(days=29))
        assert held.bring_back(ctx, found.id) == 5


@slow
@pytest.mark.parametrize("kind", ["full", "sweep"])
def test_new_identifiers_for_everything_are_held_as_a_migration(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock, kind: str
) -> None:
    with FaultServer() as server:
        of = source_at(server.url)
        harvested(ctx, of)
        for entry in server.entries:
            entry.number += 1000
        for _ in range(2):
            moving_clock.go(days=1)
            harvested(ctx, of, kind)
            found = last(ctx, of)
            assert (found.kind, found.state, found.missing, found.fresh) == ("migration", "held", 30, 30)
            if kind == "full":
                break  # the second list knows them all
        assert len(living(ctx, of)) == (60 if kind == "full" else 30)


@slow
def test_a_sweep_without_a_proven_end_deletes_nothing(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer() as server:
        of = source_at(server.url)
        harvested(ctx, of)
        server.faults = {"stops_early_everywhere"}
        moving_clock.go(days=1)
        done = harvested(ctx, of, "sweep")
        assert done.state == "incomplete"
        assert len(living(ctx, of)) == 30
        with ctx.db.read() as c:
            assert held.listed(c, source_id=of.id) == ()
            after = sources.get(c, of.id)
        assert (after.health, after.failures) == ("ok", 0)  # it answers, after all
        assert due.sweep_kind(schedule.habits(after)) == "full"  # the whole list does it next time


@slow
def test_what_is_new_or_in_quarantine_is_no_reason_for_the_whole_list(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer("broken_tag") as server:  # one record is rejected
        of = source_at(server.url)
        harvested(ctx, of, "incremental")
        moving_clock.go(days=7)
        server.entries.append(Entry(number=31, at=ctx.clock(), title="Baru hari ini"))
        assert harvested(ctx, of, "sweep").receipt["extra"] == {"unknown": 0}
        with ctx.db.read() as c:
            assert "sweep_unknown" not in sources.get(c, of.id).quirks


@slow
def test_the_schedule_asks_for_a_sweep_in_time_and_for_the_whole_list_after_unknown_names(
    ctx: Harvesting, source_at: SourceAt, moving_clock: MovingClock
) -> None:
    with FaultServer() as server:
        of = source_at(server.url, schedule="0 2 * * *", sweep_days=7)
        harvested(ctx, of, "incremental")
        with ctx.db.begin() as c:
            assert schedule.queue_sweeps(c, ctx.clock()) == ()
        moving_clock.go(days=7)
        with ctx.db.begin() as c:
            assert schedule.queue_sweeps(c, ctx.clock()) == (of.id,)
            assert schedule.queue_sweeps(c, ctx.clock()) == ()
        old = server.entries[0].at
        server.entries.append(Entry(number=31, at=old, title="Dibuat dengan tanggal lama"))
        assert work.work_on_one(ctx, "test")
        with ctx.db.begin() as c:
            swept = store.history(c, of.id, limit=1)[0]
            assert (swept.kind, swept.state, swept.records) == ("sweep", "complete", 31)
            assert schedule.queue_sweeps(c, ctx.clock()) == ()
            schedule.queue_due(c, sources.get(c, of.id), ctx.clock())
            opened = store.open_one(c, of.id)
        assert opened is not None
        assert opened.kind == "full"
        assert work.work_on_one(ctx, "test")
        assert len(living(ctx, of)) == 31
        with ctx.db.read() as c:
            after = sources.get(c, of.id)
            assert ("sweep_unknown" in after.quirks, after.quirks["selects_by_creation"]) == (False, True)
            kinds = list(c.execute(select(harvest.c.kind).order_by(harvest.c.queued_at)).scalars())
        assert kinds == ["incremental", "sweep", "full"]
