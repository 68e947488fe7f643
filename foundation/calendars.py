"""When a branch works: weekly hours, closures and holidays in its own zone, and deadlines counted in them.

Pure: the values come from the database (`Calendar.of`), national holidays from the `holidays` package.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import overload
from zoneinfo import ZoneInfo

from foundation.clock import to_utc

Hours = tuple[tuple[int, int], ...]  # of one weekday: (opens, closes) in minutes from midnight, in order

DAY_MINUTES = 24 * 60
OFFICE_HOURS: tuple[Hours, ...] = (((8 * 60, 16 * 60),),) * 5 + ((),) * 2
"""Monday to Friday, 8 to 16: for a branch that has not said when it is open."""

LONGEST_CLOSURE = 1100
"""Days without an opening after which a calendar counts as never open: three years of rebuilding are thinkable."""

_MOST = 100_000  # working days or hours asked for at once; more is a mistake


class NeverOpen(Exception):
    """The calendar has no open day within three years, so no deadline can be counted in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The working days and hours of one branch.

    `hours` has one entry a weekday from Monday. `closures` are (first day, last day), both closed. Holidays are
    the national ones of `country` (ISO 3166-1, "" for none), without the `removed`, with the `added`.
    """

    zone: str = "Asia/Jakarta"
    hours: tuple[Hours, ...] = OFFICE_HOURS
    closures: tuple[tuple[date, date], ...] = ()
    country: str = "ID"
    added: frozenset[date] = frozenset()
    removed: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        """Raises ValueError for hours that overlap or end before they begin, and for an unknown zone."""
        try:
            ZoneInfo(self.zone)
        except (OSError, KeyError, ValueError):
            raise ValueError(f"there is no time zone {self.zone!r}") from None
        if len(self.hours) != 7:
            raise ValueError("a week has seven days of opening hours")
        for spans in self.hours:
            last = 0
            for opens, closes in spans:
                if not last <= opens < closes <= DAY_MINUTES:
                    raise ValueError("opening hours must be in order and end after they begin")
                last = closes
        if any(last < first for first, last in self.closures):
            raise ValueError("a closure ends before it begins")

    @classmethod
    def of(
        cls,
        zone: str,
        openings: Iterable[tuple[int, str, str]] = (),
        closures: Iterable[tuple[date, date]] = (),
        *,
        country: str = "ID",
        added: Iterable[date] = (),
        removed: Iterable[date] = (),
    ) -> "Calendar":
        """From rows: (weekday from 0 = Monday, "08:00", "16:00"), midnight at the end is "24:00". Raises ValueError.

        Without openings it has OFFICE_HOURS.
        """
        week: list[list[tuple[int, int]]] = [[] for _ in range(7)]
        for weekday, opens, closes in openings:
            if not 0 <= weekday <= 6:
                raise ValueError(f"{weekday} is no weekday from 0 to 6")
            week[weekday].append((_minutes(opens), _minutes(closes)))
        hours = tuple(tuple(sorted(spans)) for spans in week)
        return cls(
            zone=zone,
            hours=hours if any(hours) else OFFICE_HOURS,
            closures=tuple(sorted(closures)),
            country=country,
            added=frozenset(added),
            removed=frozenset(removed),
        )

    # -- days

    def is_holiday(self, day: date) -> bool:
        """Is it a holiday, whatever the branch would do on that weekday?"""
        if day in self.added:
            return True
        return day not in self.removed and bool(self.country) and day in national(self.country, day.year)

    def is_open_day(self, day: date) -> bool:
        """Does the branch work on this day?"""
        return (
            bool(self.hours[day.weekday()])
            and not any(first <= day <= last for first, last in self.closures)
            and not self.is_holiday(day)
        )

    def next_open_day(self, day: date) -> date:
        """The first open day from `day` on, `day` included. Raises NeverOpen."""
        for number, open_day in enumerate(_days_from(day)):
            if number > LONGEST_CLOSURE:
                break
            if self.is_open_day(open_day):
                return open_day
        raise NeverOpen(f"no open day within {LONGEST_CLOSURE} days from {day.isoformat()}")

    def working_days_between(self, start: date, end: date) -> int:
        """Open days after `start` up to and with `end`; negative when `end` is the earlier one.

        Instants count as the local days on which they fall.
        """
        start, end = self._day(start), self._day(end)
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_open_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    # -- hours

    def open_hours(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """(opens, closes) of this day as instants in UTC, in order; empty when closed."""
        if not self.is_open_day(day):
            return ()
        spans = (
            (self._instant(day, opens), self._instant(day, closes))
            for opens, closes in self.hours[day.weekday()]
        )
        return tuple(span for span in spans if span[0] < span[1])  # summer time may swallow one at night

    def is_open(self, instant: datetime) -> bool:
        """Is somebody there at this instant?"""
        return any(opens <= instant < closes for opens, closes in self.open_hours(self._day(instant)))

    # -- deadlines

    @overload
    def add_working_days(self, start: datetime, days: int) -> datetime: ...
    @overload
    def add_working_days(self, start: date, days: int) -> date: ...
    def add_working_days(self, start: date, days: int) -> date:
        """The deadline that many working days after `start`; 0 is the first moment or day from `start` on.

        A date gives the n-th open day after it. An instant gives the same time of the local day on the n-th open
        day after its own; what comes in while the branch is closed for the day counts from the next opening, so a
        later start never gives an earlier deadline. Raises NeverOpen; ValueError for negative numbers.
        """
        _check(days)
        if not isinstance(start, datetime):
            day = self.next_open_day(start) if days == 0 else start
            for _ in range(days):
                day = self.next_open_day(_after(day))
            return day
        begin = self._from_opening(start)
        local = begin.astimezone(ZoneInfo(self.zone))
        day = self.add_working_days(local.date(), days)
        if day == local.date():
            return begin
        return to_utc(local.replace(year=day.year, month=day.month, day=day.day))

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """The instant by which the branch has been open for that many hours since `start`.

        0 is `start` itself, or the next opening. Raises NeverOpen; ValueError for negative numbers.
        """
        _check(hours)
        now, left = to_utc(start), timedelta(hours=hours)
        dry = 0
        for day in _days_from(self._day(now)):
            for opens, closes in self.open_hours(day):
                if closes < now:
                    continue
                begin = max(opens, now)
                if closes - begin >= left:
                    return begin + left
                left -= closes - begin
                dry = 0
            dry += 1
            if dry > LONGEST_CLOSURE:
                break
        raise NeverOpen(f"not open for {hours:g} hours from {start.isoformat()}")

    # -- in the zone

    def _day(self, when: date) -> date:
        return to_utc(when).astimezone(ZoneInfo(self.zone)).date() if isinstance(when, datetime) else when

    def _instant(self, day: date, minutes: int) -> datetime:
        """A time of day as people read it off the clock: on days with a change of time, too."""
        naive = datetime.combine(day, time()) + timedelta(minutes=minutes)
        return naive.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def _from_opening(self, start: datetime) -> datetime:
        """`start`, or the next opening when the branch is closed for the rest of the day or has not opened yet."""
        start = to_utc(start)
        day = self._day(start)
        spans = self.open_hours(day)
        if spans and start < spans[-1][1]:
            return max(start, spans[0][0])
        for _ in range(LONGEST_CLOSURE):
            day = self.next_open_day(_after(day))
            if spans := self.open_hours(day):
                return spans[0][0]
        raise NeverOpen(f"not open after {start.isoformat()}")


@lru_cache(maxsize=512)
def national(country: str, year: int) -> Mapping[date, str]:
    """National holidays of a year with their names, joint leave (cuti bersama) included. Raises ValueError.

    Those that follow the moon are estimates for years to come: the admin corrects them.
    """
    import holidays  # a quarter of a second; most processes never ask

    try:
        known = getattr(holidays, country).supported_categories
        days = holidays.country_holidays(
            country, years=year, categories=[kind for kind in ("public", "government") if kind in known]
        )
    except (AttributeError, NotImplementedError):
        raise ValueError(f"there is no national calendar for {country!r}") from None
    return MappingProxyType(dict(days.items()))


def _minutes(text: str) -> int:
    hour, colon, minute = text.partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and int(minute) < 60):
        raise ValueError(f"{text!r} is no time like 08:30")
    return int(hour) * 60 + int(minute)


def _after(day: date) -> date:
    if day == date.max:
        raise NeverOpen("the calendar ends")
    return day + timedelta(days=1)


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day = _after(day)


def _check(number: float) -> None:
    if not 0 <= number <= _MOST:
        raise ValueError(f"{number} is not a number of working days or hours from 0 to {_MOST:,}")
