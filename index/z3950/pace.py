"""Notices a peer that lets a message drip in, byte by byte, to hold the connection."""

from __future__ import annotations

from index.z3950.errors import TooSlow
from index.z3950.limits import Limits


class Pace:
    """Told of everything that comes; raises TooSlow when a message under way is slower than the limits allow."""

    __slots__ = ("_bytes", "_limits", "_since")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._since: float | None = None
        self._bytes = 0

    def note(self, count: int, partway: bool, now: float) -> None:
        """So many bytes came `now` (seconds); `partway`: a message is not complete."""
        if not partway:
            self._since = None
            return
        if self._since is None:
            self._since, self._bytes = now, 0
        self._bytes += count
        waited = now - self._since
        if waited >= self._limits.window:
            if self._bytes < self._limits.floor * waited:
                raise TooSlow(f"less than {self._limits.floor:g} bytes a second")
            self._since, self._bytes = now, 0
