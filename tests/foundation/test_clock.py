"""Instants are UTC, due dates are days of the owning library."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import clock
from foundation.clock import FixedClock, due_from_iso18626, due_to_iso18626, end_of_day, format_utc, parse_utc

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin", "America/Los_Angeles", "UTC")
some_days = st.dates(date(1990, 1, 1), date(2100, 1, 1))


def test_the_system_clock_is_aware_and_utc() -> None:
    assert clock.system_clock().utcoffset() == timedelta(0)


def test_a_fixed_clock_moves_only_when_told() -> None:
    fixed = FixedClock(datetime(2026, 11, 24, 16, tzinfo=timezone(timedelta(hours=7))))
    assert fixed() == fixed() == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert fixed().tzinfo is UTC
    fixed.advance(days=1, minutes=30)
    assert fixed() == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
    fixed.set(datetime(2027, 1, 1, tzinfo=UTC))
    assert fixed().year == 2027


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-24T09:30:00Z", datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        (" 2026-11-24T16:30:00+07:00\n", datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        ("2026-11-24T09:30:00.250Z", datetime(2026, 11, 24, 9, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-11-24T09:30:00.1234567Z", datetime(2026, 11, 24, 9, 30, 0, 123_456, tzinfo=UTC)),
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
    ],
)
def test_iso_8601_is_read(text: str, instant: datetime) -> None:
    assert parse_utc(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-24T09:30:00",
        "2026-13-01",
        "2026-02-30T00:00:00Z",
        "24/11/2026",
        "0001-01-01T00:00+09:00",
    ],
)
def test_what_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_utc(text)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        clock.to_utc(datetime(2026, 11, 24))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))
def test_written_instants_are_read_back(instant: datetime) -> None:
    assert parse_utc(format_utc(instant)) == clock.to_utc(instant).replace(microsecond=0)
    assert len(format_utc(instant)) == len("2026-11-24T09:30:00Z")


@given(some_days, st.sampled_from(ZONES))
def test_a_due_date_survives_the_way_through_iso_18626_in_every_zone(day: date, zone: str) -> None:
    assert format_utc(due_to_iso18626(day)) == f"{day.isoformat()}T23:59:59Z"
    assert due_from_iso18626(due_to_iso18626(day), zone) == day


@given(some_days, st.sampled_from(ZONES))
def test_the_end_of_a_local_day_means_that_day(day: date, zone: str) -> None:
    end = end_of_day(day, zone)
    assert due_from_iso18626(end, zone) == day
    assert clock.local_day(end, zone) == day
    assert clock.local_day(end + timedelta(seconds=1), zone) == day + timedelta(days=1)


def test_a_due_instant_falls_on_the_owning_library_s_day() -> None:
    assert due_from_iso18626(parse_utc("2026-12-01T18:00:00Z"), "Asia/Jakarta") == date(2026, 12, 2)
    assert due_from_iso18626(parse_utc("2026-12-01T16:59:59Z"), "Asia/Jakarta") == date(2026, 12, 1)
