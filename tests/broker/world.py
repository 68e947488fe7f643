"""A small world for the broker's tests: three libraries, their people, one title that two of them hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, event, select

from broker.agreements import AgreementSettings
from broker.service import Broker
from broker.tables import attempt, rota_entry
from broker.views import Actor, AttemptView, Draft, RequestView, SupplyView
from foundation import libraries, people
from foundation.db import Database
from foundation.ids import uuid7
from foundation.people import Person
from index.tables import cluster, holding, record
from tests.conftest import TestClock

#: A name that must never reach another library.
CANARY = "Kenari Rahasia"


@dataclass
class World:
    """Ids by short names, and the broker over them."""

    db: Database
    clock: TestClock
    broker: Broker
    library: dict[str, str] = field(default_factory=dict)
    branch: dict[str, str] = field(default_factory=dict)
    user: dict[str, str] = field(default_factory=dict)
    patron_id: str = ""
    title: str = ""
    own_title: str = ""

    def staff(self, code: str, role: str = "librarian") -> Actor:
        return Actor(user_id=self.user[code], role=role, library_id=self.library[code])

    @property
    def patron(self) -> Actor:
        return Actor(
            user_id=self.user["patron"],
            role="patron",
            library_id=self.library["MLT"],
            patron_id=self.patron_id,
        )

    def draft(self, **more: Any) -> Draft:
        values: dict[str, Any] = {
            "citation": {"title": "Hutan Rawa Gambut", "author": "S. Lestari", "year": "2019"},
            "cluster_id": self.title,
            "pickup_branch_id": self.branch["MLT pusat"],
            "note": f"untuk {CANARY}",
        }
        return Draft(**(values | more))

    def pump(self) -> int:
        """Let the worker do all that is waiting now."""
        count = 0
        while True:
            done = self.broker.deliver_messages("test")
            if not done:
                return count
            count += done

    def tick(self, **span: float) -> int:
        """Let time pass, then the timers and the messages."""
        self.clock.go(**span)
        count = 0
        while True:
            done = self.broker.run_timers("test") + self.pump()
            if not done:
                return count
            count += done

    def submitted(self, **more: Any) -> RequestView:
        return self.broker.submit(self.patron, self.draft(**more))

    def asked(self, **more: Any) -> RequestView:
        """A request that was placed and has reached its first supplier."""
        view = self.submitted(**more)
        self.broker.place(self.staff("MLT"), view.id, view.version)
        self.pump()
        return self.seen(view.id)

    def seen(self, request_id: str) -> RequestView:
        return self.broker.request(self.staff("MLT"), request_id)

    def press(self, request_id: str, action: str, **fields: Any) -> RequestView:
        view = self.seen(request_id)
        after = self.broker.act(self.staff("MLT"), request_id, action, view.version, **fields)
        self.pump()
        return after

    def running(self, request_id: str) -> AttemptView:
        found = self.seen(request_id).active
        assert found is not None
        return found

    def code_of(self, library_id: str) -> str:
        return next(code for code, one in self.library.items() if one == library_id)

    def supply(self, request_id: str, number: int = 0) -> SupplyView:
        attempts = self.seen(request_id).attempts
        one = next((a for a in attempts if a.number == number), attempts[-1])
        return self.broker.supply(self.staff(self.code_of(one.library_id)), one.id)

    def answer(self, request_id: str, action: str, **fields: Any) -> SupplyView:
        view = self.supply(request_id)
        actor = self.staff(self.code_of(view.library_id))
        after = self.broker.answer(actor, view.id, action, view.version, **fields)
        self.pump()
        return after


def build(db: Database, clock: TestClock, settings: AgreementSettings | None = None) -> World:
    """The world, written into an empty database."""
    broker = Broker(db, clock, settings or AgreementSettings(code="PK-1", forms="fgh", loan_days=14))
    world = World(db=db, clock=clock, broker=broker)
    with db.begin() as c:
        for code, name, region in (
            ("MLT", "Melati", "riau"),
            ("KNG", "Kenanga", "riau"),
            ("AGR", "Anggrek", "jabar"),
        ):
            made = libraries.add(c, clock(), code=code, symbol=f"NPP:{code}", name=name, region=region)
            world.library[code] = made.id
            user = people.add_user(c, clock(), login=code.lower(), name=f"Pustakawan {code}")
            people.grant(c, user.id, "librarian", made.id)
            world.user[code] = user.id
            for place in ("pusat", "kedua"):
                world.branch[f"{code} {place}"] = libraries.add_branch(
                    c, made.id, code=place.upper(), name=f"{name} {place}"
                ).id
        reader = people.add_user(c, clock(), login="pembaca", name=CANARY)
        people.grant(c, reader.id, "patron", world.library["MLT"])
        world.user["patron"] = reader.id
        world.patron_id = people.add_patron(
            c,
            clock(),
            world.library["MLT"],
            Person(name=CANARY, email="kenari@melati.id"),
            number="M-77",
            user_id=reader.id,
        ).id
        world.title = add_title(c, clock(), "Hutan Rawa Gambut")
        add_copy(c, clock(), world, world.title, "KNG", call_number="577.6 LES h")
        add_copy(c, clock(), world, world.title, "AGR", availability="unknown")
        world.own_title = add_title(c, clock(), "Sungai Siak")
        add_copy(c, clock(), world, world.own_title, "MLT", call_number="551.48 SIA")
        add_copy(c, clock(), world, world.own_title, "KNG")
    return world


def moved_to(world: World, db: Database, clock: TestClock) -> World:
    """The same world in another database that is a copy of the first."""
    settings = world.broker.agreements
    return replace(world, db=db, clock=clock, broker=Broker(db, clock, settings))


def hasty(url: str) -> Database:
    """A database that does not wait for the disk: tests of power cuts use another."""
    db = Database(url)

    @event.listens_for(db.engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return db


def add_title(c: Connection, now: datetime, title: str) -> str:
    cluster_id = uuid7()
    c.execute(cluster.insert().values(id=cluster_id, created_at=now, position=1, title=title))
    return cluster_id


def add_copy(
    c: Connection,
    now: datetime,
    world: World,
    cluster_id: str,
    code: str,
    *,
    place: str = "pusat",
    availability: str = "available",
    **more: Any,
) -> None:
    made = c.execute(
        record.insert().values(
            source_id=uuid7(),
            library_id=world.library[code],
            identifier=uuid7(),
            schema="oai_dc",
            hash=b"",
            body=b"",
            first_seen=now,
            last_seen=now,
            changed_at=now,
            cluster_id=cluster_id,
        )
    ).inserted_primary_key
    assert made is not None
    c.execute(
        holding.insert().values(
            record_id=made[0],
            library_id=world.library[code],
            branch_id=world.branch[f"{code} {place}"],
            availability=availability,
            **more,
        )
    )


def attempts(world: World, request_id: str) -> list[Mapping[str, Any]]:
    with world.db.read() as c:
        rows = c.execute(select(attempt).where(attempt.c.request_id == request_id).order_by(attempt.c.number))
        return [row._asdict() for row in rows]


def rota(world: World, request_id: str) -> list[Mapping[str, Any]]:
    with world.db.read() as c:
        rows = c.execute(select(rota_entry).where(rota_entry.c.request_id == request_id))
        return [row._asdict() for row in rows]
