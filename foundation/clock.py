"""What time it is: instants are aware and UTC everywhere inside; days belong to a library's own zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

# ISO 18626 has only date-times: this time of day, in UTC, says that the time does not matter.
_NO_TIME = time(23, 59, 59)


def system_clock() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)


class FixedClock:
    """A clock for tests that stands still until it is told to move."""

    __slots__ = ("now",)

    def __init__(self, now: datetime) -> None:
        self.now = to_utc(now)

    def __call__(self) -> datetime:
        return self.now

    def set(self, now: datetime) -> None:
        self.now = to_utc(now)

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Move by this much elapsed time (not calendar days); returns the new now."""
        self.now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self.now


def to_utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a datetime without a zone: it names no instant."""
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(UTC)


def parse_utc(text: str) -> datetime:
    """An instant as ISO 8601 writes it: with Z or an offset, with or without fractions of a second.

    A date alone means its midnight, UTC (OAI-PMH's day granularity). Raises ValueError, also for a time without a zone.
    """
    text = text.strip()
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        return to_utc(datetime.fromisoformat(text))
    except OverflowError as error:  # year 1 or 9999 with an offset that leads out of them
        raise ValueError(f"{text!r} is outside the calendar") from error


def format_utc(instant: datetime) -> str:
    """ "2026-11-24T09:30:00Z": whole seconds and Z, as OAI-PMH and ISO 18626 want it."""
    return to_utc(instant).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def local_day(instant: datetime, zone: str) -> date:
    """The day that the people in this zone have at this instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def end_of_day(day: date, zone: str) -> datetime:
    """The last second of a day in this zone, in UTC: a loan that is due on `day` is overdue after it."""
    return to_utc(datetime.combine(day, _NO_TIME, ZoneInfo(zone)).replace(fold=1))


def due_to_iso18626(due: date) -> datetime:
    """A due date as ISO 18626 carries it: the same day with 23:59:59Z. The day is the owning library's."""
    return datetime.combine(due, _NO_TIME, UTC)


def due_from_iso18626(due: datetime, zone: str) -> date:
    """The due date that a message means, in the zone of the owning library.

    23:59:59Z says "this day, the time does not matter" and is taken at its word: moved to Jakarta it would
    become the next morning. Any other time is an instant, and falls on a day in the library's zone.
    """
    due = to_utc(due)
    if due.time().replace(microsecond=0) == _NO_TIME:
        return due.date()
    return local_day(due, zone)
