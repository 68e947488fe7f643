"""The client with yaz-ztest and Zebra themselves, by both shells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from foundation.fetch import Allowed
from index.z3950 import blocking, oids
from index.z3950.address import Address
from index.z3950.apdu import Close, encode
from index.z3950.asking.session import Plan, Session
from index.z3950.asking.values import Opening
from index.z3950.blocking import BlockingClient
from index.z3950.client import connect
from index.z3950.errors import Rejected, TooSlow
from tests.index.z3950.sessions import STORIES, Rpn, term
from tests.peers.live.catalogues import Peer, ZTest

pytestmark = pytest.mark.peers

ANYWHERE = Allowed(everything=True)
PATIENCE = 30.0
TITLES = Rpn(root=term("42", (1, 4)))


class Teller:
    """Tells a story to a server over a blocking socket."""

    def __init__(self, port: int, opening: Opening) -> None:
        self._client = BlockingClient(Address(host="127.0.0.1", port=port), opening, allowed=ANYWHERE)
        self.session: Session = self._client.session
        self._client._socket = self._client._dial(None)

    def drive(self, plan: Plan[Any]) -> Any:
        return self._client._drive(plan, None)

    def close(self) -> None:
        self._client.close()


@pytest.mark.parametrize("name", STORIES)
def test_a_session_goes_as_it_was_recorded(
    name: str, ztest: ZTest, zebra_marcxml: Peer, zebra_iso2709: Peer
) -> None:
    server, opening, story = STORIES[name]
    port = {"ztest": ztest, "marcxml": zebra_marcxml, "iso2709": zebra_iso2709}[server].port
    teller = Teller(port, opening)
    try:
        story(teller)
    finally:
        teller.close()


def _now(patience: float = PATIENCE) -> float:
    return asyncio.get_running_loop().time() + patience


def _run(story: Callable[[], Any]) -> Any:
    return asyncio.run(story())


def test_over_asyncio_a_search_and_its_records_come(ztest: ZTest) -> None:
    async def story() -> None:
        client = await connect(Address(host="127.0.0.1", port=ztest.port), None, _now(), allowed=ANYWHERE)
        try:
            found = await client.search(
                TITLES, ("Default",), piggyback=5, syntax=oids.USMARC, deadline=_now()
            )
            assert (found.hits, len(found.records)) == (42, 5)
            presented = await client.present(6, 20, syntaxes=(oids.USMARC,), deadline=_now())
            assert len(presented.records) == 20
            scanned = await client.scan(term("cat"), ("Default",), count=2, deadline=_now())
            assert [entry.term for entry in scanned.terms] == [b"CAT", b"DOG"]
        finally:
            await client.close()
        assert not client.connected

    _run(story)


def test_a_wrong_password_is_told(zebra_iso2709: Peer) -> None:
    async def story() -> None:
        address = Address(host="127.0.0.1", port=zebra_iso2709.port)
        with pytest.raises(Rejected, match="1011"):
            await connect(address, Opening(authentication="reader/wrong"), _now(), allowed=ANYWHERE)

    _run(story)


def test_a_slow_server_is_left_at_the_deadline_and_asked_anew(ztest: ZTest) -> None:
    async def story() -> None:
        client = await connect(Address(host="127.0.0.1", port=ztest.port), None, _now(), allowed=ANYWHERE)
        try:
            with pytest.raises(TooSlow):
                await client.search(TITLES, ("Default?search-delay=20",), deadline=_now(0.2))
            assert not client.connected
            assert (await client.search(TITLES, ("Default",), deadline=_now())).hits == 42
        finally:
            await client.close()

    _run(story)


def test_a_lost_connection_is_made_again_and_the_result_found_again(ztest: ZTest) -> None:
    async def story() -> None:
        client = await connect(Address(host="127.0.0.1", port=ztest.port), None, _now(), allowed=ANYWHERE)
        try:
            await client.search(TITLES, ("Default",), result_set="mine", deadline=_now())
            client.drop()
            presented = await client.present(
                1, 3, result_set="mine", syntaxes=(oids.USMARC,), deadline=_now()
            )
            assert len(presented.records) == 3
        finally:
            await client.close()

    _run(story)


def test_the_blocking_shell_does_the_same(ztest: ZTest) -> None:
    with blocking.connect(Address(host="127.0.0.1", port=ztest.port), allowed=ANYWHERE) as client:
        found = client.search(blocking.Search(query=TITLES, databases=("Default",)))
        assert found.hits == 42
        presented = client.present(blocking.Wanted(start=1, count=42, syntaxes=(oids.USMARC,)))
        assert len(presented.records) == 42


def test_a_session_that_the_server_ended_while_idle_is_opened_again(ztest: ZTest) -> None:
    async def story() -> None:
        client = await connect(Address(host="127.0.0.1", port=ztest.port), None, _now(), allowed=ANYWHERE)
        try:
            await client.search(TITLES, ("Default",), deadline=_now())
            client._wire._socket.send(encode(Close()))  # which it answers, and ends the connection
            async with asyncio.timeout(PATIENCE):
                while client.connected:
                    await asyncio.sleep(0.01)
            presented = await client.present(1, 3, syntaxes=(oids.USMARC,), deadline=_now())
            assert len(presented.records) == 3
        finally:
            await client.close()

    _run(story)
