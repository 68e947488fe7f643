"""The network of one run, asked politely: a least pause between requests, a longer one after each 429."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from harvester.guard import pace
from harvester.patience import retry_after
from harvester.transport import Answer, Wire


class PoliteWire:
    """A Wire that keeps the pace of its host and remembers what the server last said about coming back.

    `told_until` is the moment that the last answer named in Retry-After, None where it named none; `turned_away`
    is whether the last answer was 401 or 403; `too_many` counts 429.
    """

    def __init__(
        self,
        inner: Wire,
        *,
        least_ms: int,
        learned_ms: int = 0,
        since: float = 3600.0,
        now: Callable[[], datetime],
        stop: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.learned_ms = learned_ms
        self.told_until: datetime | None = None
        self.turned_away = False
        self.too_many = 0
        self._inner = inner
        self._least_ms = least_ms
        self._now = now
        self._stop = stop
        self._sleep = sleep
        self._monotonic = monotonic
        self._last = monotonic() - since

    @contextmanager
    def open(
        self, url: str, *, headers: Mapping[str, str], form: str | None, deadline: float
    ) -> Iterator[Answer]:
        """As Wire.open, after the pause."""
        self._pause()
        try:
            with self._inner.open(url, headers=headers, form=form, deadline=deadline) as answer:
                self._note(answer)
                yield answer
        finally:
            self._last = self._monotonic()

    def _pause(self) -> None:
        left = pace.wait(
            since=self._monotonic() - self._last, least_ms=self._least_ms, learned_ms=self.learned_ms
        )
        while left > 0 and not self._stop():  # whoever stops us finds out before the next page
            self._sleep(min(1.0, left))
            left -= 1.0

    def _note(self, answer: Answer) -> None:
        self.turned_away = answer.status in (401, 403)
        seconds = retry_after(answer.headers.get("retry-after"), self._now())
        later = answer.status in (429, 503) and seconds
        self.told_until = self._now() + timedelta(seconds=min(seconds or 0, 10 * 86400)) if later else None
        if answer.status == 429:
            self.too_many += 1
            self.learned_ms = pace.slower(self.learned_ms)
