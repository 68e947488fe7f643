"""A target that listens on loopback, and a client that says PDUs to it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from foundation.db import Database, metadata
from index.record import Identifier
from index.rpn import pqf
from index.z3950 import apdu, oids
from index.z3950.apdu import (
    InitRequest,
    InitResponse,
    Option,
    Pdu,
    PresentRequest,
    PresentResponse,
    SearchRequest,
    SearchResponse,
)
from index.z3950.framer import Framer
from tests.harvester.conftest import MovingClock
from tests.web import samples
from tests.web.conftest import World, make_parts, make_world
from web.settings import Z3950Settings
from web.sru import read_profile
from web.wiring import Parts
from web.z3950 import running

#: Longest wait for anything, seconds.
PATIENCE = 30.0


JOURNAL = replace(
    samples.plain(40),
    title="Majalah Batik",
    identifiers=(
        Identifier(kind="issn", value="0854-1019"),
        Identifier(kind="local", value="KNG-77"),
    ),
)


def stock(world: World) -> World:
    """BATIK at two libraries, THESIS, EVIL, a journal with an ISSN, and fifteen other titles."""
    samples.store_all(world)
    samples.take(world, "KNG", journal=JOURNAL, **{f"t{n}": samples.plain(n) for n in range(15)})
    return world


@contextmanager
def stocked(folder: Path) -> Iterator[World]:
    """The same in a world of its own, for the tests of a whole module."""
    db = Database(f"sqlite:///{folder / 'silang.db'}")
    metadata.create_all(db.engine)
    clock = MovingClock()
    try:
        yield stock(make_world(make_parts(db, folder, clock), clock))  # type: ignore[arg-type]  # a clock that moves
    finally:
        db.close()


@contextmanager
def listening(parts: Parts, **values: object) -> Iterator[int]:
    """The port of a target over these parts; with settings of its own."""
    settings = replace(Z3950Settings(), **values)  # type: ignore[arg-type]  # any field
    parts.settings = replace(parts.settings, z3950=settings)
    stop, begun = threading.Event(), threading.Event()
    port: list[int] = []

    def ready(found: int) -> None:
        port.append(found)
        begun.set()

    thread = threading.Thread(
        target=lambda: asyncio.run(running.listen(parts, read_profile(parts), stop, ready)), daemon=True
    )
    thread.start()
    assert begun.wait(PATIENCE)
    try:
        yield port[0]
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@dataclass(slots=True)
class Wire:
    """A connection to a target."""

    port: int
    sock: socket.socket = field(init=False)
    framer: Framer = field(default_factory=Framer)
    waiting: list[Pdu] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def hear(self) -> Pdu | None:
        """The next PDU; None when the target hangs up."""
        while not self.waiting:
            data = self.sock.recv(65536)
            if not data:
                return None
            self.waiting += [apdu.decode(frame) for frame in self.framer.feed(data)]
        return self.waiting.pop(0)

    def say(self, pdu: Pdu) -> Pdu | None:
        """The answer to a PDU."""
        self.sock.sendall(apdu.encode(pdu))
        return self.hear()

    def init(self, **values: object) -> InitResponse:
        """Init with every option."""
        asked = InitRequest(options=frozenset(Option), preferred_size=2**20, exceptional_size=2**20)
        answer = self.say(replace(asked, **values))  # type: ignore[arg-type]  # any field
        assert isinstance(answer, InitResponse), answer
        return answer

    def search(self, query: str, **values: object) -> SearchResponse:
        """A Search in PQF."""
        asked = SearchRequest(databases=("silang",), query=pqf.parse(query))
        answer = self.say(replace(asked, **values))  # type: ignore[arg-type]  # any field
        assert isinstance(answer, SearchResponse), answer
        return answer

    def present(self, start: int = 1, count: int = 1, **values: object) -> PresentResponse:
        """A Present of USMARC."""
        asked = PresentRequest(start=start, count=count, syntax=oids.USMARC, elements="F")
        answer = self.say(replace(asked, **values))  # type: ignore[arg-type]  # any field
        assert isinstance(answer, PresentResponse), answer
        return answer

    def close(self) -> None:
        """Hang up."""
        self.sock.close()


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    """A connection whose session is open."""
    made = Wire(port)
    try:
        assert made.init().accepted
        yield made
    finally:
        made.close()


def payloads(answer: PresentResponse | SearchResponse) -> list[bytes]:
    """What the records hold."""
    assert answer.records is not None, answer
    assert not answer.records.diagnostics, answer.records
    return [one.payload for one in answer.records.records]


def conditions(answer: PresentResponse | SearchResponse) -> list[int]:
    """The diagnostics in the place of records."""
    return [one.condition for one in answer.records.diagnostics] if answer.records else []
