"""A client for asyncio: one session with one server, connected anew when the connection was lost between operations.

    client = await connect(Address(host="z3950.example.org"), Opening(), deadline)
    found = await client.search(rpn, ("Default",), deadline=deadline)
    presented = await client.present(1, 10, syntaxes=(USMARC,), deadline=deadline)
    await client.close()

Deadlines are readings of the loop's clock. After TooSlow or a cancellation the connection is gone, since its next
answer would be that of the operation given up; the next operation makes a new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from foundation.fetch import Allowed
from foundation.fetch.addresses import Checked
from index.rpn.tree import BIB1, Operand
from index.z3950.address import Address, no_way, numeric, resolve
from index.z3950.apdu import Query, SortKeySpec
from index.z3950.asking import listing, presenting, searching
from index.z3950.asking.conversation import Conversation
from index.z3950.asking.session import Plan, Session
from index.z3950.asking.values import Agreed, Deleted, Found, Opening, Presented, Scanned, Sorted
from index.z3950.errors import Lost, NoWay, TooSlow, Z3950Failed
from index.z3950.limits import DEFAULT, Limits
from index.z3950.userinfo import Facet
from index.z3950.wire import Wire, connected

T = TypeVar("T")


async def connect(
    address: Address,
    opening: Opening | None = None,
    deadline: float | None = None,
    *,
    allowed: Allowed | None = None,
    limits: Limits = DEFAULT,
) -> Client:
    """A session with a server. Raises Z3950Failed: NoWay, Rejected, Lost, Garbled, TooSlow.

    `allowed` says which addresses beyond public ones may be reached.
    """
    client = Client(address, opening or Opening(), allowed=allowed or Allowed(), limits=limits)
    await client.open(deadline)
    return client


class Client:
    """One session. Used by one task at a time."""

    def __init__(
        self, address: Address, opening: Opening, *, allowed: Allowed, limits: Limits = DEFAULT
    ) -> None:
        self.address = address
        self.session = Session(opening)
        self._allowed = allowed
        self._limits = limits
        self._addresses: tuple[Checked, ...] = ()
        self._wire: Wire | None = None

    @property
    def agreed(self) -> Agreed:
        """What holds in the session, as the server answered."""
        return self.session.agreed

    @property
    def connected(self) -> bool:
        """Is there a connection, as far as is known?"""
        return self._wire is not None and not self._wire.over

    async def open(self, deadline: float | None = None) -> None:
        """Connect and initialise, unless connected. Raises Z3950Failed."""
        if self.connected:
            return
        self.drop()
        try:
            async with asyncio.timeout_at(deadline):
                await self._connect()
                await self._drive(self.session.open())
        except TimeoutError:
            raise self._too_slow() from None
        finally:
            # Whatever went wrong, also a cancellation: a session that was not accepted is none.
            if self._wire is not None and not self._wire.ready:
                self.drop()

    async def search(
        self,
        query: Query,
        databases: Sequence[str],
        *,
        result_set: str = "default",
        piggyback: int = 0,
        syntax: str | None = None,
        element_set: str | None = None,
        always_syntax: bool = False,
        facets: Sequence[Facet] = (),
        deadline: float | None = None,
    ) -> Found:
        """Search; up to `piggyback` records come along. Raises Z3950Failed; diagnostics stand in the answer."""
        wanted = searching.Search(
            query=query,
            databases=tuple(databases),
            result_set=result_set,
            piggyback=piggyback,
            syntax=syntax,
            elements=element_set,
            always_syntax=always_syntax,
            facets=tuple(facets),
        )
        return await self._run(lambda: searching.search(self.session, wanted), deadline)

    async def present(
        self,
        start: int,
        count: int,
        *,
        result_set: str = "default",
        syntaxes: Sequence[str] = (),
        element_set: str | None = None,
        schema: str | None = None,
        chunk: int = 20,
        brief: str | None = "B",
        deadline: float | None = None,
    ) -> Presented:
        """Records from `start` (counted from 1), in the first of `syntaxes` (dotted OIDs) that the server has.

        Raises Z3950Failed; diagnostics stand in the answer, or in the place of single records.
        """
        wanted = presenting.Wanted(
            start=start,
            count=count,
            result_set=result_set,
            syntaxes=tuple(syntaxes),
            elements=element_set,
            schema=schema,
            chunk=chunk,
            brief=brief,
        )
        return await self._run(lambda: presenting.present(self.session, wanted), deadline)

    async def scan(
        self,
        start: Operand,
        databases: Sequence[str],
        *,
        count: int = 10,
        position: int | None = 1,
        step: int | None = None,
        attribute_set: str = BIB1,
        deadline: float | None = None,
    ) -> Scanned:
        """Terms of the list that the attributes of `start` name, around its term. Raises Z3950Failed."""
        wanted = listing.Listing(
            start=start,
            databases=tuple(databases),
            count=count,
            position=position,
            step=step,
            attribute_set=attribute_set,
        )
        return await self._run(lambda: listing.scan(self.session, wanted), deadline)

    async def sort(
        self, keys: Sequence[SortKeySpec], *, result_set: str = "default", deadline: float | None = None
    ) -> Sorted:
        """Sort a result set in its place. Raises Z3950Failed."""
        return await self._run(lambda: listing.sort(self.session, tuple(keys), result_set), deadline)

    async def delete(self, *result_sets: str, deadline: float | None = None) -> Deleted:
        """Delete result sets; all of the session when none is named. Raises Z3950Failed."""
        return await self._run(lambda: listing.delete(self.session, *result_sets), deadline)

    async def close(self, *, politely: bool = True) -> None:
        """Close, saying so to the server; its own goodbye is not waited for. Never raises."""
        self.drop(politely=politely)

    async def _run(self, plan: Callable[[], Plan[T]], deadline: float | None) -> T:
        """Carry out a plan; when the connection breaks, once more from the start on a new one."""
        reconnected = not self.connected
        await self.open(deadline)
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    return await self._drive(plan())
            except TimeoutError:
                raise self._too_slow() from None
            except Lost:
                self.drop()
                if reconnected:
                    raise
                reconnected = True
            finally:
                wire = self._wire
                if wire is not None and (wire.over or wire.conversation.asked):
                    self.drop()
            await self.open(deadline)

    async def _drive(self, plan: Plan[T]) -> T:
        wire = self._wire
        if wire is None:
            raise Lost("there is no connection")
        try:
            request = next(plan)
            while True:
                request = plan.send(await wire.ask(request))
        except StopIteration as end:
            wire.ready = True
            value: T = end.value
            return value
        finally:
            plan.close()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._addresses:
            found = numeric(self.address, self._allowed)
            if found is None:
                seconds = self._limits.look_up
                found = await loop.run_in_executor(None, resolve, self.address, self._allowed, seconds)
            self._addresses = found
        opening = self.session.opening
        failed: Z3950Failed = NoWay("unreachable", f"{self.address.place}: no connection")
        for checked in self._addresses:
            conversation = Conversation(self._limits, version=opening.version, go_on=opening.go_on)
            try:
                self._wire = await connected(self.address, checked, conversation, self._limits)
                return
            except (OSError, Z3950Failed) as error:
                failed = no_way(self.address, error)
        raise failed

    def drop(self, *, politely: bool = False) -> None:
        """Close at once, without waiting for anything. The next operation connects anew."""
        if self._wire is not None:
            self._wire.part(politely=politely)
            self._wire = None
            self.session.lose()

    def _too_slow(self) -> TooSlow:
        self.drop()
        return TooSlow(f"{self.address.place}: no answer before the deadline")
