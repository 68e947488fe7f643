"""Hours in which a source is left alone: text like '07:30-16:00 mon-fri; 22:00-05:00'. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY = frozenset(range(7))
_TIME = r"([01]?\d|2[0-4])[:.]([0-5]\d)"
_WINDOW = re.compile(rf"{_TIME}\s*-\s*{_TIME}(?:\s+(.+))?")

#: More windows than anybody needs.
_MOST = 12


class BadBlackout(ValueError):
    """Not a list of windows; `reason` is a code."""

    def __init__(self, text: str, reason: str = "bad_blackout") -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `start` to `end` by the wall clock, on `days` (Monday is 0) on which it begins.

    It runs past midnight where `end` is not after `start`; minutes count from midnight, 1440 is its end.
    """

    start: int
    end: int
    days: frozenset[int] = _EVERY


def read(text: str) -> tuple[Window, ...]:
    """The windows of a text, () for ''. They stand on lines of their own or between semicolons.

    Raises BadBlackout, with reason all_day when no hour of the week is left.
    """
    parts = [part.strip().lower() for part in re.split(r"[;\n]", text) if part.strip()]
    if len(parts) > _MOST:
        raise BadBlackout(text)
    windows = tuple(_window(part) for part in parts)
    if windows and _leaves_nothing(windows):
        raise BadBlackout(text, "all_day")
    return windows


def _window(part: str) -> Window:
    found = _WINDOW.fullmatch(part)
    if found is None:
        raise BadBlackout(part)
    first_hour, first_minute, last_hour, last_minute, days = found.groups()
    start, end = int(first_hour) * 60 + int(first_minute), int(last_hour) * 60 + int(last_minute)
    if start >= 1440 or end > 1440 or start == end:
        raise BadBlackout(part)
    return Window(start=start, end=end, days=_days(days) if days else _EVERY)


def _days(text: str) -> frozenset[int]:
    """'mon-fri', 'sat,sun', 'fri-mon'."""
    found: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip()):
        first, _, last = part.partition("-")
        try:
            a = DAYS.index(first)
            b = DAYS.index(last) if last else a
        except ValueError:
            raise BadBlackout(text) from None
        found |= {(a + n) % 7 for n in range((b - a) % 7 + 1)}
    return frozenset(found)


def _leaves_nothing(windows: tuple[Window, ...]) -> bool:
    covered = [False] * (7 * 1440)
    for one in windows:
        length = (one.end - one.start) % 1440 or 1440
        for day in one.days:
            for minute in range(length):
                covered[(day * 1440 + one.start + minute) % len(covered)] = True
    return all(covered)


def ends(windows: tuple[Window, ...], zone: str, now: datetime) -> datetime | None:
    """When the source may be asked again (UTC); None when it may be asked now.

    The wall clock of `zone` counts: a window that begins or ends in an hour which daylight saving repeats
    covers both of them, one in an hour that it leaves out begins when the clock was put forward. Windows that
    touch are one.
    """
    at, free = now, False
    for _ in range(8 * len(windows) + 1):
        if free:
            break
        free = True
        for one in windows:
            until = _until(one, zone, at)
            if until is not None:
                at, free = until, False
    return None if at == now else at


def _until(one: Window, zone: str, now: datetime) -> datetime | None:
    """The end of this window where `now` lies in it."""
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    for back in (1, 0):
        day = today - timedelta(days=back)
        if day.weekday() not in one.days:
            continue
        start = _instant(day, one.start, here, fold=0)
        last = day + timedelta(days=1) if one.end <= one.start else day
        end = _instant(last, one.end, here, fold=1)
        if start <= now < end:
            return end
    return None


def _instant(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> datetime:
    """The wall clock as an instant; of an hour that comes twice the first (fold 0) or the second."""
    if minutes == 1440:
        day, minutes = day + timedelta(days=1), 0
    wall = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
    first, second = wall.replace(fold=0).astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    return max(first, second) if fold else min(first, second)
