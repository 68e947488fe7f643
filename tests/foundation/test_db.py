"""The database keeps instants, refuses naive ones, and gives whole units of work or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from foundation.db import Database
from foundation.ids import check_character, is_code, next_code, uuid7
from foundation.tables import lease, sequence


def test_instants_come_back_aware_and_in_utc(db: Database) -> None:
    noon = datetime(2026, 11, 24, 12, 0, tzinfo=timezone(timedelta(hours=7)))
    with db.begin() as c:
        c.execute(lease.insert().values(name="x", owner="me", fence=1, ends_at=noon))
    with db.read() as c:
        assert c.execute(select(lease.c.ends_at)).scalar_one() == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def test_a_naive_instant_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), db.begin() as c:
        c.execute(lease.insert().values(name="x", owner="me", fence=1, ends_at=datetime(2026, 1, 1)))


def test_an_error_takes_the_whole_unit_back(db: Database) -> None:
    with pytest.raises(RuntimeError), db.begin() as c:
        c.execute(sequence.insert().values(prefix="SL", year=2026, last=1))
        raise RuntimeError
    with db.read() as c:
        assert c.execute(select(sequence)).all() == []


def test_sqlite_is_set_up_to_lose_nothing(sqlite_db: Database) -> None:
    with sqlite_db.read() as c:
        assert c.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert c.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert c.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_numbers_for_people_have_no_gaps_and_start_anew_each_year(db: Database) -> None:
    with db.begin() as c:
        codes = [next_code(c, "SL", datetime(year, 5, 1, tzinfo=UTC)) for year in (2026, 2026, 2027)]
    assert [code[:14] for code in codes] == ["SL-2026-000001", "SL-2026-000002", "SL-2027-000001"]
    assert all(is_code(code) for code in codes)


def test_every_single_mistyped_digit_is_noticed() -> None:
    code = "SL-2026-004711"
    right = check_character(code)
    for place, digit in enumerate(code):
        if digit.isdigit():
            for other in "0123456789":
                if other != digit:
                    assert check_character(code[:place] + other + code[place + 1 :]) != right


def test_swapped_neighbours_are_noticed() -> None:
    code = "SL-2026-004731"
    for place in range(8, len(code) - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or check_character(swapped) != check_character(code)


def test_uuid7_sorts_by_time() -> None:
    ids = [uuid7(at) for at in range(1_000, 1_100)]
    assert ids == sorted(ids)
    assert all(i[14] == "7" and i[19] in "89ab" for i in ids)


def test_ids_of_one_process_sort_as_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([5_000_000_000] * 400 + [4_000_000_000] * 400 + [6_000_000_000] * 400)
    monkeypatch.setattr("foundation.ids.time.time_ns", lambda: next(now) + 10**18)
    ids = [uuid7() for _ in range(1_200)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1_200
