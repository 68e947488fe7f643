"""Two installations that know each other as peers, joined by calls instead of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import delete, select, update

from broker import tables as t
from broker.peers import store
from broker.peers.outside import NoAnswer, Outside
from broker.peers.settings import PeerSettings
from broker.peers.store import Brought
from broker.service import Broker
from foundation.db import Database
from foundation.seal import Seal
from foundation.tables import library
from index.tables import holding, record
from tests.broker.world import World, add_copy, build
from tests.conftest import TestClock


@dataclass
class Line:
    """What carries bodies from one installation to the other, and what it does to them on the way."""

    to: Callable[[], World]
    carried: list[bytes] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    cut: int = 0  # so many next messages never arrive
    deaf: int = 0  # so many next messages arrive, and the answer is lost
    twice: bool = False

    def __call__(
        self, url: str, body: bytes, headers: Mapping[str, str], auth: tuple[str, str] | None, seconds: float
    ) -> tuple[int, bytes]:
        if self.cut:
            self.cut -= 1
            raise NoAnswer("cut")
        brought = Brought(address="127.0.0.1", basic=auth)
        answer = self.to().broker.hear(body, brought)
        if self.twice:
            again = self.to().broker.hear(body, brought)
            assert again == answer
        self.carried.append(body)
        self.answers.append((answer.status, answer.body))
        if self.deaf:
            self.deaf -= 1
            raise NoAnswer("the line fell silent")
        return answer.status, answer.body


@dataclass
class Two:
    """`here` asks and is library NPP:ALF; `there` supplies and is library NPP:BTA."""

    here: World
    there: World
    out: Line
    back: Line
    clock: TestClock

    def pump(self) -> None:
        """Let messages go both ways until nothing is waiting."""
        while self.here.pump() + self.there.pump():
            pass

    def tick(self, **span: float) -> None:
        self.clock.go(**span)
        while (
            self.here.pump()
            + self.there.pump()
            + self.here.broker.run_timers("test")
            + self.there.broker.run_timers("test")
        ):
            pass

    def press(self, request_id: str, action: str, **fields: Any) -> None:
        view = self.here.seen(request_id)
        self.here.broker.act(self.here.staff("MLT"), request_id, action, view.version, **fields)
        self.pump()

    def incoming(self) -> str:
        """The newest attempt that the supplying library has from outside."""
        a, r = t.attempt.c, t.request.c
        with self.there.db.read() as c:
            query = select(a.id).join(t.request, r.id == a.request_id).where(r.peer_id.is_not(None))
            return str(c.execute(query.order_by(a.asked_at.desc(), a.id.desc())).scalars().first())

    def answer(self, action: str, **fields: Any) -> None:
        view = self.there.broker.supply(self.there.staff("KNG"), self.incoming())
        self.there.broker.answer(self.there.staff("KNG"), view.id, action, view.version, **fields)
        self.pump()

    def pair(self, request_id: str) -> tuple[str, str]:
        """(the leg at the asking side, the supply at the other) of the newest attempts."""
        supply = self.there.broker.supply(self.there.staff("KNG"), self.incoming())
        return self.here.seen(request_id).attempts[-1].leg, supply.state


def joined(first: Database, second: Database, clock: TestClock, profile: str = "generic-1.2") -> Two:
    """Both installations, each with the other as a peer of this profile."""
    here, there = build(first, clock), build(second, clock)
    seal = Seal(Fernet.generate_key())
    out, back = Line(to=lambda: there), Line(to=lambda: here)
    _named(first, here.library["MLT"], "NPP:ALF")
    _named(second, there.library["KNG"], "NPP:BTA")
    for db, code, symbol, secret, theirs in (
        (first, "beta", "NPP:BTA", "b", "a"),
        (second, "alfa", "NPP:ALF", "a", "b"),
    ):
        told = PeerSettings(
            code=code,
            symbols=(symbol,),
            url="http://peer.example/iso18626",
            profile=profile,
            account=code,
            secret=secret,
            our_account={"beta": "alfa", "alfa": "beta"}[code],
            our_secret=theirs,
        )
        with db.begin() as c:
            store.keep(c, seal, told, clock())
    with first.begin() as c:
        outside = c.execute(select(library.c.id).where(library.c.symbol == "NPP:BTA")).scalar_one()
        here.library["BTA"] = outside
        here.branch["BTA pusat"] = None  # type: ignore[assignment]  # its branches are not known here
        copies = select(record.c.id).where(record.c.cluster_id == here.title)
        c.execute(delete(holding).where(holding.c.record_id.in_(copies)))
        c.execute(delete(record).where(record.c.cluster_id == here.title))
        add_copy(c, clock(), here, here.title, "BTA", call_number="577 H")
    here.broker = _over(first, clock, here, seal, out)
    there.broker = _over(second, clock, there, seal, back)
    return Two(here=here, there=there, out=out, back=back, clock=clock)


def _over(db: Database, clock: TestClock, world: World, seal: Seal, line: Line) -> Broker:
    return Broker(db, clock, world.broker.agreements, outside=Outside(seal=seal, post=line))


def _named(db: Database, library_id: str, symbol: str) -> None:
    with db.begin() as c:
        c.execute(update(library).where(library.c.id == library_id).values(symbol=symbol))
