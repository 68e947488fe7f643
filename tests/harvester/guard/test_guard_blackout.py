"""Hours without harvest: by the wall clock, across midnight and where clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harvester.guard import blackout
from harvester.guard.blackout import BadBlackout

JAKARTA, BERLIN = "Asia/Jakarta", "Europe/Berlin"


def ends(text: str, zone: str, now: str) -> str | None:
    found = blackout.ends(blackout.read(text), zone, datetime.fromisoformat(now))
    return None if found is None else found.astimezone(UTC).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("text", "now", "until"),
    [
        ("", "2026-11-24T03:00+00:00", None),
        ("07:30-16:00", "2026-11-24T08:00+07:00", "24 09:00"),
        ("07:30-16:00", "2026-11-24T07:29+07:00", None),
        ("07:30-16:00", "2026-11-24T07:30+07:00", "24 09:00"),
        ("07:30-16:00", "2026-11-24T16:00+07:00", None),
        ("7.30-16.00 mon-fri", "2026-11-28T10:00+07:00", None),  # a Saturday
        ("22:00-05:00", "2026-11-24T23:00+07:00", "24 22:00"),
        ("22:00-05:00", "2026-11-25T04:59+07:00", "24 22:00"),
        ("22:00-05:00", "2026-11-25T05:00+07:00", None),
        ("22:00-05:00 fri", "2026-11-28T02:00+07:00", "27 22:00"),  # begun on Friday
        ("22:00-05:00 sat", "2026-11-28T02:00+07:00", None),
        ("00:00-24:00 sat,sun", "2026-11-28T12:00+07:00", "29 17:00"),  # two that touch are one
        ("00:00-24:00 fri-mon", "2026-11-27T12:00+07:00", "30 17:00"),
        ("08:00-12:00; 11:00-13:00", "2026-11-24T09:00+07:00", "24 06:00"),
    ],
)
def test_a_window_is_kept_by_the_wall_clock(text: str, now: str, until: str | None) -> None:
    assert ends(text, JAKARTA, now) == until


@pytest.mark.parametrize(
    ("text", "now", "until"),
    [
        # 25 October 2026: 03:00 summer time is 02:00 winter time again
        ("01:00-02:30", "2026-10-25T00:45+00:00", "25 01:30"),  # 02:45 summer: the hour comes again
        ("01:00-02:30", "2026-10-25T01:29+00:00", "25 01:30"),
        ("01:00-02:30", "2026-10-25T01:30+00:00", None),
        ("02:15-04:00", "2026-10-25T00:15+00:00", "25 03:00"),
        # 29 March 2026: 02:00 winter time is 03:00 summer time
        ("02:30-04:00", "2026-03-29T01:05+00:00", "29 02:00"),
        ("01:00-02:30", "2026-03-29T00:59+00:00", "29 01:30"),
        ("22:00-06:00", "2026-03-29T03:59+00:00", "29 04:00"),
    ],
)
def test_where_clocks_are_changed_a_window_is_rather_too_long(text: str, now: str, until: str | None) -> None:
    assert ends(text, BERLIN, now) == until


@pytest.mark.parametrize(
    "text",
    [
        "night",
        "25:00-26:00",
        "08:00",
        "08:00-08:00",
        "08:00-09:00 someday",
        "24:00-01:00",
        "8-9",
        "1:00-2:00;" * 13,
    ],
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(BadBlackout):
        blackout.read(text)


def test_windows_that_leave_no_hour_of_the_week_are_refused() -> None:
    with pytest.raises(BadBlackout) as refused:
        blackout.read("00:00-12:00; 12:00-24:00")
    assert refused.value.reason == "all_day"
