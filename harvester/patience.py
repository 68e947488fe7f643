"""How long a run may wait for a server, all its waiting taken together."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

from harvester.errors import OutOfPatience, Stopped

#: Tries of one request that fails without saying when to come back.
TRIES = 5
#: Tries of one request that is told to come back later.
TOLD_TRIES = 20


class Patience:
    """A budget of seconds for waiting: between tries, and in requests that came to nothing.

    Requests that succeed cost nothing, however many there are. `stop` is asked at least once a second
    while waiting; when it says True, Stopped is raised.
    """

    def __init__(
        self,
        seconds: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.total = seconds
        self.used = 0.0
        self._sleep = sleep
        self._stop = stop
        self.monotonic = monotonic

    @property
    def left(self) -> float:
        """Seconds that may still be waited."""
        return max(0.0, self.total - self.used)

    def spend(self, seconds: float) -> None:
        """A request that came to nothing took so long."""
        self.used += max(0.0, seconds)

    def wait(self, seconds: float, why: str) -> None:
        """Wait; raises OutOfPatience at once when that is more than is left, Stopped when asked to stop."""
        if seconds > self.left:
            raise OutOfPatience(f"{why}: {seconds:.0f} s more to wait, {self.left:.0f} s left", seconds)
        self.used += seconds
        self.pause(seconds)

    def pause(self, seconds: float) -> None:
        """Wait out of politeness: costs no patience."""
        while seconds > 0:
            if self._stop():
                raise Stopped("asked to stop")
            step = min(1.0, seconds)
            self._sleep(step)
            seconds -= step

    def back_off(self, tries: int) -> float:
        """Seconds before the next try, `tries` counted from 1: doubling, with jitter, in proportion to the budget."""
        first = min(5.0, max(0.05, self.total / 150))
        return float(min(first * 2 ** (tries - 1), 120.0) * random.uniform(0.8, 1.2))  # noqa: S311 - no secret


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110 10.2.3: a number or a date).

    None when it is missing or makes no sense; 0.0 for a date that has passed.
    """
    if not text:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 12:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if at.tzinfo is None:
        return None
    return max(0.0, (at - now).total_seconds())
