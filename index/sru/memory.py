"""What was learnt about servers while asking them, so that it is not found out at each search again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

from index.sru.asking import Spoken

#: Servers that are remembered; the ones not asked for longest are forgotten.
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Of one server: how it is spoken to (None: not known yet), what it does not bear, how many records it gives at a
    time, which of several indexes it knows, by access point, and whether it only takes PQF."""

    spoken: Spoken | None = None
    without: frozenset[str] = frozenset()
    most: int | None = None
    chosen: tuple[tuple[str, int], ...] = ()
    pqf: bool = False


class Memory:
    """Shared by links and threads; keyed by the URL of a server and what its profile says of it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Known] = {}
        self._lock = threading.Lock()

    def of(self, key: tuple[str, ...]) -> Known:
        """What is known of a server."""
        return self._known.get(key, Known())

    def learn(self, key: tuple[str, ...], **changes: Any) -> None:
        """Remember more of a server."""
        with self._lock:
            known = self._known.pop(key, None) or Known()
            self._known[key] = replace(known, **changes)
            while len(self._known) > MOST:
                del self._known[next(iter(self._known))]
