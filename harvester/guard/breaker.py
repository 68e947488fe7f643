"""The circuit breaker of a source: after some failures in a row the schedule leaves it alone, longer each time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Failures in a row after which a source rests.
FAILURES = 3
FIRST = timedelta(minutes=30)
LONGEST = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How a source stands: failures in a row, until when it rests, when admins were told (once an outage)."""

    failures: int = 0
    rests_until: datetime | None = None
    alerted_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has failed so often that it is let rest between two tries."""
        return self.failures >= FAILURES


def pause(failures: int) -> timedelta:
    """How long a source rests after so many failures in a row: 30 minutes, doubled each time, at most two days."""
    if failures < FAILURES:
        return timedelta()
    times: int = 2 ** min(failures - FAILURES, 20)
    return min(LONGEST, FIRST * times)


def failed(before: Breaker, now: datetime, *, turned_away: bool = False) -> tuple[Breaker, bool]:
    """(how it stands after one more failure, whether to tell admins).

    A server that turns us away (401, 403, no such address permitted) opens the breaker at once: asking again
    does not help, and hammering is rude.
    """
    failures = max(before.failures + 1, FAILURES if turned_away else 0)
    after = Breaker(failures=failures, alerted_at=before.alerted_at)
    if not after.is_open:
        return after, False
    tell = before.alerted_at is None
    return (
        Breaker(
            failures=failures,
            rests_until=now + pause(failures),
            alerted_at=now if tell else before.alerted_at,
        ),
        tell,
    )


def succeeded(before: Breaker) -> tuple[Breaker, bool]:
    """(how it stands after a success, whether to tell admins that it works again)."""
    return Breaker(), before.alerted_at is not None
