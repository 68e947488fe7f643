"""Token buckets by key, in a table that cannot grow: what they hold refills with time, and who empties one waits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from threading import Lock


class Buckets:
    """Buckets that are full at first. Shared by the threads of one process; the oldest keys are forgotten first."""

    def __init__(self, *, keys: int = 50_000) -> None:
        self._keys = keys
        self._held: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, wanted: Sequence[tuple[str, float]], cost: float, now: datetime) -> float:
        """Take `cost` out of every bucket, or out of none; seconds to wait, 0 when it was taken.

        `wanted` are (key, how much it holds and refills within a minute). What costs more than a bucket holds
        is had for a full one.
        """
        with self._lock:
            levels = [self._level(key, size, now) for key, size in wanted]
            waits = [
                (min(cost, size) - level) * 60 / size
                for (_, size), level in zip(wanted, levels, strict=True)
                if level < min(cost, size)
            ]
            if waits:
                return max(waits)
            for (key, size), level in zip(wanted, levels, strict=True):
                self._held[key] = (level - min(cost, size), now)
                self._held.move_to_end(key)
            while len(self._held) > self._keys:
                self._held.popitem(last=False)
        return 0.0

    def _level(self, key: str, size: float, now: datetime) -> float:
        if key not in self._held:
            return size
        level, at = self._held[key]
        return min(size, level + max(0.0, (now - at).total_seconds()) * size / 60)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._held)
