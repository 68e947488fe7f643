"""Killed at any point, the broker loses nothing that it acknowledged and does nothing twice."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from broker import audit
from broker.tables import attempt, request
from foundation import failpoints, libraries
from foundation.db import Database, metadata
from foundation.tables import event, outbox
from tests.broker.world import World, build
from tests.conftest import TestClock
from tests.faults.child import Ends, found, ids_of, run

pytestmark = pytest.mark.faults

#: How many kills at random moments; `make faults` says 200.
KILLS = int(os.environ.get("SILANG_KILLS", "20"))

#: The failpoints that a working broker passes.
OURS = [name for name in failpoints.NAMES if name.split(".")[0] in ("broker", "outbox", "inbox")]

START = datetime.fromisoformat("2026-11-24T03:00:00+00:00")


class Installation:
    """A database that survives many children, and what they had acknowledged."""

    def __init__(self, url: str) -> None:
        self.url = url
        db = Database(url)
        metadata.create_all(db.engine)
        self.ids = ids_of(build(db, TestClock(START)))
        with db.begin() as c:
            home = libraries.get(c, self.ids["library"]["MLT"])
            libraries.change(c, home.id, home.version, request_limit=1_000_000)
        db.close()
        self.now = START
        self.acks: list[dict[str, Any]] = []

    def child(self, seed: int, **how: Any) -> Ends:
        ends = run(self.url, self.now, self.ids, seed, **how)
        self.acks += ends.acks
        self.now = max(self.now, ends.until) + timedelta(hours=1)
        return ends

    def look(self) -> World:
        return found(self.url, self.now, self.ids)

    def verify(self) -> None:
        """Nothing lost, nothing twice, nothing stuck; before and after the work that was under way went on."""
        world = self.look()
        try:
            self._look_at(world)
            world.clock.go(minutes=5)  # leases of the dead end
            world.pump()
            self.now = world.clock()
            self._look_at(world)
            with world.db.read() as c:
                waiting = c.execute(
                    select(outbox.c.effect_key).where(outbox.c.channel == "message", outbox.c.state != "done")
                ).all()
            assert waiting == []
        finally:
            world.db.close()

    def _look_at(self, world: World) -> None:
        with world.db.read() as c:
            assert audit.problems(c) == []
            requests = {row.id: row.version for row in c.execute(select(request.c.id, request.c.version))}
            supplies = {
                row.id: row.supply_version
                for row in c.execute(select(attempt.c.id, attempt.c.supply_version))
            }
            lost = [
                ack
                for ack in self.acks
                if (requests if "request" in ack else supplies).get(ack.get("request") or ack["supply"], 0)
                < ack["version"]
            ]
            assert lost == []
            said = Counter(
                (row.payload["data"]["request_id"], row.payload["template"])
                for row in c.execute(select(outbox.c.payload).where(outbox.c.channel == "mail"))
            )
            happened: Counter[tuple[str, str]] = Counter()
            for row in c.execute(
                select(event.c.object_id, event.c.action, event.c.to_state).where(
                    event.c.object_type == "request"
                )
            ):
                if row.action in ("receive", "fill_local", "leg_delivered"):
                    happened[row.object_id, "ready_for_pickup"] += 1
                elif row.to_state == "unfilled" and row.action == "give_up":
                    happened[row.object_id, "unfilled"] += 1
            assert said == happened, "one mail for each time"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(f"sqlite:///{tmp_path / 'silang.db'}")


@pytest.fixture
def on_postgres(postgres: str) -> Installation:
    db = Database(postgres)
    metadata.drop_all(db.engine)
    db.close()
    return Installation(postgres)


def kill_at_random(installation: Installation, kills: int) -> None:
    dice = random.Random(20261124)
    killed = 0
    for seed in range(kills * 2):
        ends = installation.child(seed, kill_after=dice.uniform(0.0, 0.4))
        killed += ends.signal == signal.SIGKILL
        if seed % 5 == 4 or killed == kills:
            installation.verify()
        if killed == kills:
            break
    assert killed == kills
    assert len(installation.acks) > kills


def test_nothing_is_lost_when_it_is_killed_at_any_moment(installation: Installation) -> None:
    kill_at_random(installation, KILLS)


@pytest.mark.postgres
def test_nothing_is_lost_on_postgres_either(on_postgres: Installation) -> None:
    kill_at_random(on_postgres, max(5, KILLS // 20))


@pytest.mark.parametrize("name", OURS)
def test_nothing_is_lost_when_it_is_killed_at(installation: Installation, name: str) -> None:
    warm = installation.child(1, steps=12)
    assert warm.signal == 0
    for number in (1, 4):
        ends = installation.child(number, failpoint=f"{name}:{number}")
        assert ends.signal == signal.SIGKILL, "the failpoint was passed, and killed"
        installation.verify()
