"""A target as the engine sees it: a name, a way to open a link, and its bounds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from index.live.lean.reading import PLAIN, Reading
from index.live.link import Link

#: Opens a link until a deadline (a reading of the loop's clock). Raises LinkFailed.
Opening = Callable[[float], Awaitable[Link]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One target to ask.

    `revision` changes when its profile does: results are shared only between the same. `seconds` bounds the whole of one
    search there, `search_seconds` the answer to its query; `want` counts records to fetch at first and `chunk` those of
    one round trip. `connections` are open at most at a time, searches begin at least `interval` seconds apart, and an
    idle connection is kept for `idle` seconds. `closed` says in the code of a diagnostic why it must not be asked now
    ('': it may). `reading` says how its records are read.
    """

    id: str
    name: str
    url: str
    open: Opening
    library: str = ""
    revision: str = ""
    seconds: float = 8.0
    search_seconds: float = 8.0
    want: int = 100
    chunk: int = 100
    connections: int = 2
    interval: float = 0.0
    idle: float = 60.0
    closed: str = ""
    reading: Reading = PLAIN
