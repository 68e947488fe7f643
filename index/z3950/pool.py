"""Keeps idle sessions for a while, so that the next search finds the way open; a few for each server and login."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from foundation.fetch import Allowed
from index.z3950.address import Address
from index.z3950.asking.values import Opening
from index.z3950.client import Client
from index.z3950.errors import TooSlow
from index.z3950.limits import DEFAULT, Limits

_Key = tuple[Address, Opening]


class Pool:
    """Sessions of one event loop. At most `most` with one server and login at a time; idle ones end after `idle` seconds."""

    def __init__(
        self, *, most: int = 2, idle: float = 120, allowed: Allowed | None = None, limits: Limits = DEFAULT
    ) -> None:
        self._most = most
        self._idle = idle
        self._allowed = allowed or Allowed()
        self._limits = limits
        self._places: dict[_Key, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(most))
        self._resting: dict[_Key, list[Client]] = defaultdict(list)
        self._timers: dict[Client, asyncio.TimerHandle] = {}
        self._closed = False

    @property
    def resting(self) -> int:
        """How many idle sessions are open."""
        return len(self._timers)

    @asynccontextmanager
    async def session(
        self, address: Address, opening: Opening, deadline: float | None = None
    ) -> AsyncIterator[Client]:
        """An open session, kept for the next one afterwards unless it broke or the block raised.

        Raises Z3950Failed; TooSlow too when all places are taken until the deadline.
        """
        key = (address, opening)
        places = self._places[key]
        try:
            async with asyncio.timeout_at(deadline):
                await places.acquire()
        except TimeoutError:
            raise TooSlow(f"{address.place}: all {self._most} sessions with it are busy") from None
        try:
            client = self._take(key) or Client(address, opening, allowed=self._allowed, limits=self._limits)
            try:
                await client.open(deadline)
                yield client
            except BaseException:
                await client.close()
                raise
            self._keep(key, client)
        finally:
            places.release()

    async def close(self) -> None:
        """End all idle sessions; those in use end when they are given back."""
        self._closed = True
        for clients in self._resting.values():
            for client in clients:
                self._timers.pop(client).cancel()
                await client.close()
        self._resting.clear()

    def _take(self, key: _Key) -> Client | None:
        resting = self._resting[key]
        while resting:
            client = resting.pop()
            self._timers.pop(client).cancel()
            if client.connected:
                return client
            client.drop()
        return None

    def _keep(self, key: _Key, client: Client) -> None:
        if self._closed or not client.connected:
            client.drop()
            return
        client.session.sets.clear()  # whoever comes next has searched for nothing yet
        self._resting[key].append(client)
        loop = asyncio.get_running_loop()
        self._timers[client] = loop.call_later(self._idle, self._expire, key, client)

    def _expire(self, key: _Key, client: Client) -> None:
        self._timers.pop(client).cancel()
        self._resting[key].remove(client)
        client.drop(politely=True)
