"""Datestamps of OAI-PMH: written as the protocol wants them, read as providers write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LOOSE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)


def read(text: str) -> datetime | None:
    """An instant from a datestamp as leniently as is safe (fractions, offsets, a space for the T); None else."""
    found = _LOOSE.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        at = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    if zone and zone != "Z":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        at = at - offset if zone[0] == "+" else at + offset
    return at


def write(at: datetime, granularity: str) -> str:
    """As the protocol wants it: seconds in UTC, or the day where granularity is 'day'."""
    at = at.astimezone(UTC)
    return at.strftime("%Y-%m-%d") if granularity == "day" else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def http_date(text: str) -> datetime | None:
    """The instant of a Date header (RFC 9110 5.6.7), None where there is none."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def earliest_clock(response_date: str, date_header: str, own: datetime) -> tuple[datetime, bool]:
    """(the earliest of the three clocks, whether the provider's cannot be trusted).

    A responseDate more than a minute off its own server's Date header is local time that says Z, or worse.
    """
    said, server = read(response_date), http_date(date_header)
    untrusted = said is not None and abs((said - (server or own)).total_seconds()) > 60
    return min(at for at in (said, server, own) if at is not None), untrusted
