"""Sources and their schedules: what may be entered, what a change means, when they are due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foundation.db import Database
from foundation.ids import uuid7
from foundation.seal import BadSeal, Seal, seal_in
from foundation.tables import library
from harvester import schedule, sources, store
from harvester.errors import BadSource, ReadOnlySource, StaleSource, UnknownSource
from harvester.sources import SourceDraft
from harvester.tables import source
from tests.conftest import TestClock


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return seal_in(tmp_path)


@pytest.fixture
def draft(db: Database, clock: TestClock) -> SourceDraft:
    library_id = uuid7()
    with db.begin() as c:
        c.execute(
            library.insert().values(
                id=library_id, code="MLT", symbol="NPP:MLT", name="Melati", created_at=clock()
            )
        )
    return SourceDraft(code="mlt", library_id=library_id, name="Melati", url="https://example.org/oai")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("code", "", "bad_code"),
        ("code", "a b", "bad_code"),
        ("code", "x" * 41, "bad_code"),
        ("name", " ", "required"),
        ("url", "ftp://example.org", "bad_url"),
        ("url", "example.org/oai", "bad_url"),
        ("url", "https://ani:rahasia@example.org/oai", "credentials_in_url"),
        ("zone", "Asia/Atlantis", "unknown_zone"),
        ("schedule", "every day", "bad_schedule"),
        ("schedule", "61 * * * *", "bad_schedule"),
        ("schedule", "0 2 * * 8", "bad_schedule"),
        ("ca_pem", "hello", "not_pem"),
        ("delay_ms", -1, "out_of_range"),
        ("headers", {"X\r\nY": "1"}, "bad_header"),
        ("headers", {"X": "1\n2"}, "bad_header"),
        ("kind", "ftp", "unknown"),
    ],
)
def test_what_cannot_be_a_source_is_refused_with_its_field(
    draft: SourceDraft, field: str, value: object, reason: str
) -> None:
    with pytest.raises(BadSource) as caught:
        sources.check(replace(draft, **{field: value}))  # type: ignore[arg-type]
    assert (caught.value.field, caught.value.reason) == (field, reason)


def test_a_password_is_sealed_kept_and_taken_away(
    db: Database, draft: SourceDraft, seal: Seal, clock: TestClock
) -> None:
    with db.begin() as c:
        one = sources.add(c, replace(draft, password="rahasia"), seal=seal, at=clock())
        assert one.secret is not None
        assert seal.open(one.secret) == "rahasia"
        kept = sources.change(c, one.id, replace(draft, name="Baru"), version=one.version, seal=seal)
        assert (kept.name, kept.secret) == ("Baru", one.secret)
        gone = sources.change(c, one.id, replace(draft, password=""), version=kept.version, seal=seal)
        assert gone.secret is None
        with pytest.raises(StaleSource):
            sources.change(c, one.id, draft, version=one.version, seal=seal)
        with pytest.raises(BadSource):
            sources.add(c, draft, seal=seal, at=clock())


def test_another_address_forgets_what_was_proven(
    db: Database, draft: SourceDraft, seal: Seal, clock: TestClock
) -> None:
    with db.begin() as c:
        one = sources.add(c, draft, seal=seal, at=clock())
        c.execute(source.update().values(watermark=clock(), quirks={"post": True}))
        same = sources.change(c, one.id, replace(draft, name="x"), version=1, seal=seal)
        assert (same.watermark, same.quirks) == (clock(), {"post": True})
        moved = sources.change(c, one.id, replace(draft, url="https://example.org/2"), version=2, seal=seal)
        assert (moved.watermark, moved.quirks) == (None, {})


def test_what_config_lists_is_loaded_read_only_and_disabled_when_it_leaves(
    db: Database, draft: SourceDraft, seal: Seal, clock: TestClock
) -> None:
    with db.begin() as c:
        sources.provision(c, [draft, replace(draft, code="kng")], seal=seal, at=clock())
        sources.provision(c, [replace(draft, name="Lain")], seal=seal, at=clock())
        one, other = sources.by_code(c, "mlt"), sources.by_code(c, "kng")
        assert (one.name, one.provisioned, one.enabled, other.enabled) == ("Lain", True, True, False)
        for forbidden in (
            lambda: sources.change(c, one.id, draft, version=one.version, seal=seal),
            lambda: sources.mark_deleted(c, one.id, at=clock()),
        ):
            with pytest.raises(ReadOnlySource):
                forbidden()
        sources.provision(c, [draft, replace(draft, code="kng")], seal=seal, at=clock())
        assert sources.by_code(c, "kng").enabled
        sources.add(c, replace(draft, code="own"), seal=seal, at=clock())
        with pytest.raises(BadSource):
            sources.provision(c, [replace(draft, code="own")], seal=seal, at=clock())
        with pytest.raises(UnknownSource):
            sources.by_code(c, "none")


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("0 2 * * *", "2026-11-25T02:00:00+07:00"),
        ("30 9 * * *", "2026-11-25T09:30:00+07:00"),
        ("*/15 * * * *", "2026-11-24T10:15:00+07:00"),
        ("0 2 * * 0", "2026-11-29T02:00:00+07:00"),
        ("0 2 * * 7", "2026-11-29T02:00:00+07:00"),
        ("0 2 * * 1-5", "2026-11-25T02:00:00+07:00"),
        ("0 2 * * 5-7", "2026-11-27T02:00:00+07:00"),
        ("0 2 * * sat,sun", "2026-11-28T02:00:00+07:00"),
        ("0 2 1 * *", "2026-12-01T02:00:00+07:00"),
        ("@weekly", "2026-11-29T02:00:00+07:00"),
    ],
)
def test_cron_text_means_what_crontab_says(clock: TestClock, text: str, due: str) -> None:
    clock.go(seconds=1)
    assert schedule.next_run(text, "Asia/Jakarta", clock()) == datetime.fromisoformat(due)


def test_without_a_schedule_nothing_is_due(clock: TestClock) -> None:
    assert schedule.next_run("", "Asia/Jakarta", clock()) is None


def test_after_downtime_a_source_is_harvested_once(
    db: Database, draft: SourceDraft, seal: Seal, clock: TestClock
) -> None:
    with db.begin() as c:
        one = sources.add(c, replace(draft, schedule="0 2 * * *"), seal=seal, at=clock())
        sources.add(c, replace(draft, code="byhand"), seal=seal, at=clock())
        assert schedule.catch_up(c, clock()) == ()
        clock.go(days=4)
        assert schedule.catch_up(c, clock()) == (one.id,)
        assert schedule.catch_up(c, clock()) == ()
        assert [late.source_id for late in store.running(c)] == [one.id]


def test_the_schedule_queues_and_follows_changes(
    sqlite_db: Database, seal: Seal, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    library_id = uuid7()
    now = datetime.now(UTC)
    with sqlite_db.begin() as c:
        c.execute(library.insert().values(id=library_id, code="A", symbol="NPP:A", name="A", created_at=now))
        wanted = SourceDraft(
            code="a", library_id=library_id, name="A", url="http://x/oai", schedule="0 0 1 1 *"
        )
        one = sources.add(c, wanted, seal=seal, at=now)
    timed = schedule.Schedule(sqlite_db, lambda: datetime.now(UTC))
    timed.start()
    try:
        job = timed._scheduler.get_job(one.id)
        job.modify(next_run_time=datetime.now(UTC) - timedelta(hours=3))  # late: it must run all the same

        def queued() -> bool:
            with sqlite_db.read() as c:
                return len(store.running(c)) == 1

        wait_until(queued)
        with sqlite_db.begin() as c:
            sources.set_enabled(c, one.id, False)
        timed.refresh()
        assert timed._scheduler.get_jobs() == []
    finally:
        timed.stop()


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = seal_in(tmp_path / "a"), seal_in(tmp_path / "a")
    assert second.open(first.close("rahasia é")) == "rahasia é"
    assert (tmp_path / "a" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["secret.key"]
    with pytest.raises(BadSeal):
        seal_in(tmp_path / "b").open(first.close("x"))
