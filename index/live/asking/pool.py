"""Links that are lent: few at a time to one target, not too often, and kept open for whoever comes next."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from index.live.asking.aim import Aim
from index.live.link import Link, LinkFailed

log = logging.getLogger(__name__)

#: Seconds that closing a link may take.
GOODBYE = 0.5
#: Failures after which a link may be used again: the target said no, and goes on listening.
GOES_ON = frozenset(("diagnostic", "unsupported"))


@dataclass(slots=True)
class _Gate:
    """What is known of one target: free places, links at rest with the time until which they are kept, the next start."""

    places: asyncio.Semaphore
    idle: deque[tuple[Link, float, str]] = field(default_factory=deque)
    next_start: float = 0.0
    users: int = 0


@dataclass(slots=True)
class Lent:
    """A link in somebody's hands. `used` says that it has served before: it may have been closed at the other end."""

    link: Link
    used: bool
    good: bool = True


class Pool:
    """The links of one event loop."""

    def __init__(self) -> None:
        self._gates: dict[str, _Gate] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lend(self, aim: Aim, deadline: float) -> AsyncIterator[Lent]:
        """A link to a target; waits for its turn. Raises LinkFailed ('busy' when no turn came by the deadline).

        What is left in the middle of something (an error, a cancellation) is closed, all else kept for `aim.idle` seconds.
        """
        gate = self._gates.setdefault(aim.id, _Gate(asyncio.Semaphore(aim.connections)))
        gate.users += 1
        try:
            try:
                async with asyncio.timeout_at(deadline):
                    await gate.places.acquire()
            except TimeoutError:
                raise LinkFailed("busy", "all connections are in use") from None
            kept = True
            try:
                await self._pause(gate, aim, deadline)
                lent = await self._take(gate, aim, deadline)
                try:
                    yield lent
                except BaseException as error:
                    lent.good = isinstance(error, LinkFailed) and error.code in GOES_ON
                    raise
                finally:
                    if lent.good and aim.idle > 0:
                        until = asyncio.get_running_loop().time() + aim.idle
                        gate.idle.append((lent.link, until, aim.revision))
                    else:
                        kept = False
                        self._close(lent.link).add_done_callback(lambda _: gate.places.release())
            finally:
                if kept:
                    gate.places.release()
        finally:
            gate.users -= 1
            self._sweep_later()

    async def again(self, aim: Aim, lent: Lent, deadline: float) -> None:
        """Put a fresh link in the place of one that had been closed while it was at rest."""
        self._close(lent.link)
        lent.link, lent.used = await aim.open(deadline), False

    async def _pause(self, gate: _Gate, aim: Aim, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        start = max(loop.time(), gate.next_start)
        if start >= deadline:
            raise LinkFailed("busy", "it must not be asked so soon again")
        gate.next_start = start + aim.interval
        if (pause := start - loop.time()) > 0:
            await asyncio.sleep(pause)

    async def _take(self, gate: _Gate, aim: Aim, deadline: float) -> Lent:
        now = asyncio.get_running_loop().time()
        while gate.idle:
            link, until, revision = gate.idle.pop()
            if until > now and revision == aim.revision:
                return Lent(link, used=True)
            self._close(link)
        return Lent(await aim.open(deadline), used=False)

    def _close(self, link: Link) -> asyncio.Task[None]:
        """Close a link in a task of its own: nobody waits for a goodbye, and who is cancelled leaves no socket behind."""
        task = asyncio.ensure_future(_goodbye(link))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task

    def _sweep_later(self) -> None:
        if self._sweeper is None and (
            times := [until for g in self._gates.values() for _, until, _ in g.idle]
        ):
            self._sweeper = asyncio.get_running_loop().call_at(min(times) + 0.01, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        now = asyncio.get_running_loop().time()
        for key, gate in list(self._gates.items()):
            for _ in range(len(gate.idle)):
                link, until, revision = gate.idle.popleft()
                if until <= now:
                    self._close(link)
                else:
                    gate.idle.append((link, until, revision))
            if not gate.users and not gate.idle and gate.next_start <= now:
                del self._gates[key]
        self._sweep_later()

    async def close(self) -> None:
        """Close everything that is at rest, and wait for what is being closed."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        links = [link for gate in self._gates.values() for link, _, _ in gate.idle]
        for gate in self._gates.values():
            gate.idle.clear()
        await asyncio.gather(*(_goodbye(link) for link in links), *self._closing, return_exceptions=True)


async def _goodbye(link: Link) -> None:
    with suppress(Exception):
        async with asyncio.timeout(GOODBYE):
            await link.close()
