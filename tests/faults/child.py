"""A process that lives to be killed: it works at both desks and says what was acknowledged."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from broker.errors import BrokerError
from broker.views import Action
from foundation import failpoints
from foundation.db import Database
from tests.broker.world import World, build
from tests.conftest import TestClock

FIELDS = {"reason": "not_held", "condition": "library_use_only", "expected_on": date(2026, 12, 9)}


@dataclass(frozen=True)
class Ends:
    """How a child ended: by which signal (0: not by one), what it had acknowledged, and when that was there."""

    signal: int
    acks: list[dict[str, Any]]
    until: datetime


def live(world: World, seed: int, steps: int, say: Callable[[dict[str, Any]], None]) -> None:
    """Submit, press buttons at both desks, carry messages, let timers run; acknowledge after each commit."""
    dice = random.Random(seed)
    for step in range(steps):
        world.clock.go(minutes=dice.randrange(10, 90), days=2 if step % 50 == 49 else 0)
        say({})  # what time it is: nothing that follows is from later
        if step % 5 == 0:
            view = world.broker.submit(
                world.patron, world.draft(again=True, citation={"title": f"{seed}.{step}"})
            )
            say({"request": view.id, "version": view.version})
        elif step % 5 == 3:
            world.broker.run_timers("child")
            world.broker.deliver_messages("child")
        else:
            press(world, dice, say)
        if step % 2:
            world.broker.deliver_messages("child")


def press(world: World, dice: random.Random, say: Callable[[dict[str, Any]], None]) -> None:
    """One sensible button of a random request, at whichever desk has one."""
    with world.db.read() as c:
        rows = c.exec_driver_sql(
            "SELECT id FROM request WHERE state NOT IN "
            "('completed', 'unfilled', 'cancelled', 'closed', 'lost_closed', 'delivered') ORDER BY id"
        ).all()
    if not rows:
        return
    view = world.seen(dice.choice(rows[-12:])[0])
    choices: list[tuple[str, Action]] = [("request", one) for one in view.actions if one.name != "close"]
    supply = None
    if view.active is not None:
        with contextlib.suppress(BrokerError):
            supply = world.supply(view.id)
            choices += [("supply", one) for one in supply.actions]
    usual = [choice for choice in choices if choice[1].main]
    if usual and dice.random() < 0.7:
        choices = usual
    if not choices:
        return
    side, action = dice.choice(choices)
    fields = {name: FIELDS[name] for name in action.needs}
    if side == "request":
        after = world.broker.act(
            world.staff("MLT"), view.id, action.name, view.version, attempt_id=action.attempt_id, **fields
        )
        say({"request": view.id, "version": after.version})
    else:
        assert supply is not None
        actor = world.staff(world.code_of(supply.library_id))
        done = world.broker.answer(actor, supply.id, action.name, supply.version, **fields)
        say({"supply": supply.id, "version": done.version})


def found(url: str, start: datetime, ids: dict[str, Any]) -> World:
    """The world that is there already, seen with an engine of our own."""
    db, clock = Database(url), TestClock(start)
    world = World(db=db, clock=clock, broker=None)  # type: ignore[arg-type]  # built in the next line
    from broker.agreements import AgreementSettings
    from broker.service import Broker

    world.broker = Broker(db, clock, AgreementSettings(code="PK-1", forms="fgh"))
    for name, value in ids.items():
        setattr(world, name, value)
    return world


def ids_of(world: World) -> dict[str, Any]:
    """What a child needs to find its way in the world."""
    names = ("library", "branch", "user", "patron_id", "title", "own_title")
    return {name: getattr(world, name) for name in names}


def run(
    url: str,
    start: datetime,
    ids: dict[str, Any],
    seed: int,
    *,
    steps: int = 400,
    failpoint: str = "",
    kill_after: float | None = None,
) -> Ends:
    """Fork a child; kill it at a failpoint ('name:n'), or so many seconds after its first acknowledgement."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(url, start, ids, seed, steps, failpoint, read, write)
    os.close(write)
    acks: list[dict[str, Any]] = []
    until = start
    with os.fdopen(read) as lines:
        for line in lines:
            if not line.endswith("\n"):
                break  # cut off by the kill: never acknowledged
            told = json.loads(line)
            until = datetime.fromisoformat(told.pop("at"))
            if "request" in told or "supply" in told:
                acks.append(told)
            if kill_after is not None and len(acks) == 1:
                signal.setitimer(signal.ITIMER_REAL, 0)
                _kill_later(pid, kill_after)
                kill_after = None
    _, status = os.waitpid(pid, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return Ends(signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, acks=acks, until=until)


def _kill_later(pid: int, seconds: float) -> None:
    import threading

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    timer.start()


def _child(
    url: str,
    start: datetime,
    ids: dict[str, Any],
    seed: int,
    steps: int,
    failpoint: str,
    read: int,
    write: int,
) -> None:
    try:
        os.close(read)
        if failpoint:
            os.environ[failpoints.VARIABLE] = failpoint
            importlib.reload(failpoints)  # the functions that others imported read the same module
        world = found(url, start, ids)

        def say(told: dict[str, Any]) -> None:
            line = json.dumps({**told, "at": world.clock().isoformat()}) + "\n"
            os.write(write, line.encode())

        live(world, seed, steps, say)
        os._exit(0)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        os._exit(1)


__all__ = ["Ends", "build", "found", "ids_of", "run", "timedelta"]
