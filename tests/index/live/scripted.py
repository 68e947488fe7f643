"""A target that does as it is told: for tests of what asks it."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

from index.live.asking.aim import Aim
from index.live.link import Diagnostic, Fetched, Found, LinkFailed, Scanned
from index.query import Query
from tests.index.iso2709 import iso2709


def marc(title: str, author: str = "", year: int = 1999, isbn: str = "") -> bytes:
    """A small MARC 21 record."""
    fields = [("008", f"990101s{year:04d}    io            000 0 ind d".ljust(40).encode())]
    if isbn:
        fields.append(("020", b"  \x1fa" + isbn.encode()))
    if author:
        fields.append(("100", b"1 \x1fa" + author.encode()))
    fields.append(("245", b"10\x1fa" + title.encode()))
    fields.append(("260", b"  \x1faJakarta :\x1fbPenerbit,\x1fc" + str(year).encode()))
    return iso2709(fields)


@dataclass(eq=False)
class Target:
    """What it does. Delays in seconds; `silent` never answers; `fails` is the code of a failure, or several in a row;
    `breaks_over` is the largest Present that it survives; `gives` fewer records than it has hits."""

    name: str = "t"
    records: list[bytes] = field(default_factory=list)
    hits: int | None = None
    search_delay: float = 0.0
    fetch_delay: float = 0.0
    silent: bool = False
    silent_fetch: bool = False
    fails: list[str] = field(default_factory=list)
    diagnostics: tuple[Diagnostic, ...] = ()
    breaks_over: int = 10**6
    piggyback: bool = True
    opened: int = 0
    open_now: int = 0
    most_open: int = 0
    searches: int = 0
    started: list[float] = field(default_factory=list)
    fetches: list[tuple[int, int]] = field(default_factory=list)
    gate: threading.Event | None = None  # it answers once this is set

    def aim(self, **more: object) -> Aim:
        """The target as the engine sees it."""
        return Aim(
            id=self.name, name=self.name.title(), url=f"z3950://{self.name}/db", open=self.open, **more
        )  # type: ignore[arg-type]  # keywords of Aim

    async def open(self, deadline: float) -> _Link:
        """Open a link, or fail."""
        if self.fails and self.fails[0] in ("refused", "unreachable", "rejected"):
            raise LinkFailed(self.fails.pop(0))
        self.opened += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        return _Link(self)


@dataclass(eq=False)
class _Link:
    target: Target
    closed: bool = False

    async def search(self, query: Query, *, deadline: float, first: int = 0, sort: str = "") -> Found:
        target = self.target
        assert not self.closed
        target.searches += 1
        target.started.append(asyncio.get_running_loop().time())
        if target.silent:
            await asyncio.sleep(3600)
        while target.gate is not None and not target.gate.is_set():
            await asyncio.sleep(0.005)
        if target.search_delay:
            await asyncio.sleep(target.search_delay)
        if target.fails:
            raise LinkFailed(target.fails.pop(0), diagnostics=target.diagnostics)
        hits = len(target.records) if target.hits is None else target.hits
        count = min(first, len(target.records)) if target.piggyback else 0
        return Found(
            hits=None if hits < 0 else hits,
            records=tuple(self._record(n) for n in range(1, count + 1)),
            diagnostics=target.diagnostics,
        )

    async def fetch(self, start: int, count: int, *, deadline: float) -> tuple[Fetched, ...]:
        target = self.target
        assert not self.closed
        target.fetches.append((start, count))
        if target.silent_fetch:
            await asyncio.sleep(3600)
        if target.fetch_delay:
            await asyncio.sleep(target.fetch_delay)
        if count > target.breaks_over:
            raise LinkFailed("lost")
        return tuple(self._record(n) for n in range(start, min(start + count, len(target.records) + 1)))

    async def scan(self, field: str, start: str, count: int, *, deadline: float) -> Scanned:
        return Scanned(entries=())

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.target.open_now -= 1

    def _record(self, number: int) -> Fetched:
        return Fetched(position=number, syntax="1.2.840.10003.5.10", payload=self.target.records[number - 1])
