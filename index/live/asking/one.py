"""Asking one target: search, then fetch in chunks, telling of everything as it comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.live.asking.aim import Aim
from index.live.asking.pool import Lent, Pool
from index.live.link import Diagnostic, Fetched, Found, LinkFailed
from index.query import Query

log = logging.getLogger(__name__)

#: Bytes of one record and of all records of one target: what is longer is told of and left out.
LONGEST_RECORD = 400_000
MOST_BYTES = 24_000_000
#: Diagnostics of one target that are kept.
DIAGNOSTICS = 20
#: A hit count beyond this is no count.
MOST_HITS = 10**12
#: Records with the answer to the search: few, so that the first are there soon.
FIRST = 20
#: What no server breaks on.
SAFE_CHUNK = 20


class Teller(Protocol):
    """Whoever wants to hear what comes, as it comes. Called in the event loop; must not take long."""

    def searching(self) -> None:
        """The link is there, the query on its way."""
        ...

    def found(self, found: Found) -> None:
        """The answer to the search, without its records."""
        ...

    def records(self, records: Sequence[Fetched]) -> None:
        """Records, numbered one after the other."""
        ...

    def remark(self, diagnostic: Diagnostic) -> None:
        """Something to be told beside the records."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of a target: records `start` (from 1) to `start + count - 1`, in the order `sort` ('' its own)."""

    query: Query
    start: int = 1
    count: int = 100
    sort: str = ""


async def ask(aim: Aim, wish: Wish, pool: Pool, deadline: float, teller: Teller) -> None:
    """Ask one target; returns when everything wanted, or all there is, has been told.

    Raises LinkFailed, at the latest a moment after the deadline, whatever the target and its link do. What was told
    before stays true.
    """
    try:
        async with asyncio.timeout_at(deadline), pool.lend(aim, deadline) as lent:
            teller.searching()
            await _Talk(aim, wish, pool, lent, deadline, teller, chunk=aim.chunk).whole()
    except TimeoutError:
        raise LinkFailed("timeout") from None
    except LinkFailed:
        raise
    except Exception as error:
        log.exception("asking %s went wrong", aim.id)
        raise LinkFailed("internal", type(error).__name__) from error


@dataclass(slots=True)
class _Talk:
    """One search and its fetching. `at` is the next record wanted, `last` the last one, `room` the bytes left,
    `chunk` how many are asked for at a time."""

    aim: Aim
    wish: Wish
    pool: Pool
    lent: Lent
    deadline: float
    teller: Teller
    at: int = 0
    last: int = 0
    room: int = MOST_BYTES
    chunk: int = 0

    async def whole(self) -> None:
        first = min(self.wish.count, self.aim.chunk, FIRST) if self.wish.start == 1 else 0
        found = await self._search(first)
        hits = found.hits if found.hits is not None and 0 <= found.hits <= MOST_HITS else None
        self.teller.found(replace(found, hits=hits, records=(), diagnostics=found.diagnostics[:DIAGNOSTICS]))
        self.at = self.wish.start
        self.last = self.wish.start + self.wish.count - 1
        if hits is not None:
            self.last = min(self.last, hits)
        self._tell(found.records[:first])
        while self.at <= self.last:
            if self.room <= 0:
                self.teller.remark(Diagnostic(code="too_big", detail=str(self.at - 1), fatal=False))
                return
            records = await self._fetch()
            if not records:
                if hits is not None:
                    self.teller.remark(Diagnostic(code="fewer_records", detail=str(self.at - 1), fatal=False))
                return
            self._tell(records)

    async def _search(self, first: int) -> Found:
        try:
            return await self._ask(first)
        except LinkFailed as failed:
            if not self.lent.used or failed.code not in ("lost", "protocol"):
                raise
        # Closed at the other end while it was at rest: that says nothing about the target.
        await self.pool.again(self.aim, self.lent, self.deadline)
        return await self._ask(first)

    async def _ask(self, first: int) -> Found:
        until = min(self.deadline, asyncio.get_running_loop().time() + self.aim.search_seconds)
        async with asyncio.timeout_at(until):
            return await self.lent.link.search(
                self.wish.query, deadline=until, first=first, sort=self.wish.sort
            )

    async def _fetch(self) -> Sequence[Fetched]:
        """The next records. What a server breaks on is asked for once more in small portions."""
        count = min(self.chunk, self.last - self.at + 1)
        try:
            return await self.lent.link.fetch(self.at, count, deadline=self.deadline)
        except LinkFailed as failed:
            if count <= SAFE_CHUNK or failed.code not in ("lost", "protocol", "too_big"):
                raise
        self.chunk = SAFE_CHUNK
        self.teller.remark(Diagnostic(code="smaller_portions", detail=str(SAFE_CHUNK), fatal=False))
        await self.pool.again(self.aim, self.lent, self.deadline)
        await self._ask(0)
        count = min(SAFE_CHUNK, self.last - self.at + 1)
        return await self.lent.link.fetch(self.at, count, deadline=self.deadline)

    def _tell(self, records: Sequence[Fetched]) -> None:
        told = _bounded(records[: max(0, self.last - self.at + 1)], self.at, self.room)
        if told:
            self.at += len(told)
            self.room -= sum(len(one.payload) for one in records[: len(told)])
            self.teller.records(told)


def _bounded(records: Sequence[Fetched], at: int, room: int) -> list[Fetched]:
    """The records, numbered by us (targets are not to be believed in that), without what is too long."""
    told = []
    for number, one in enumerate(records, at):
        size = len(one.payload)
        if size > LONGEST_RECORD:
            too_big = Diagnostic(code="record_too_big", detail=str(size))
            one = Fetched(position=number, syntax=one.syntax, diagnostic=too_big)
        elif one.position != number:
            one = replace(one, position=number)
        room -= size
        told.append(one)
        if room <= 0:
            break
    return told
