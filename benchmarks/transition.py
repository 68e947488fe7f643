"""How long one change of a request takes, durably, beside a bare insert into the same kind of SQLite file.

`python -m benchmarks.transition [requests=60] [folder]`; the folder says which disk is measured.
A transition is one button pressed with everything that commits with it: state, event, messages, timers, notices.
Moments are of the wall clock, since waiting for the disk is what both have in common.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from broker.agreements import AgreementSettings
from broker.service import Broker
from foundation import libraries
from foundation.db import Database, metadata
from tests.broker.world import World, build
from tests.conftest import TestClock

#: May cost so many bare inserts.
LIMIT = 10.0

#: The usual way of a loan: (which desk, which button).
STORY = (
    ("request", "place"),
    ("supply", "will_supply"),
    ("supply", "pick"),
    ("supply", "ship"),
    ("request", "receive"),
    ("request", "check_out"),
    ("request", "check_in"),
    ("request", "send_back"),
    ("supply", "check_in"),
)


def bare(folder: Path, number: int) -> list[float]:
    """Seconds of each of so many inserts of one row of 200 characters, each in its own transaction."""
    c = sqlite3.connect(folder / "bare.db", isolation_level=None)
    c.execute("PRAGMA journal_mode=WAL")
    c.execute("PRAGMA synchronous=FULL")
    c.execute("CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY, text TEXT)")
    seconds = []
    for _ in range(number):
        started = time.perf_counter()
        c.execute("BEGIN IMMEDIATE")
        c.execute("INSERT INTO line (text) VALUES (?)", ("x" * 200,))
        c.execute("COMMIT")
        seconds.append(time.perf_counter() - started)
    c.close()
    return seconds


def a_world(folder: Path) -> World:
    """Three libraries and a title, in a database of this folder."""
    db = Database(f"sqlite:///{folder / 'silang.db'}")
    metadata.create_all(db.engine)
    world = build(db, TestClock(datetime(2026, 11, 24, 3, tzinfo=UTC)))
    with db.begin() as c:
        home = libraries.get(c, world.library["MLT"])
        libraries.change(c, home.id, home.version, request_limit=1_000_000)
    world.broker = Broker(db, world.clock, AgreementSettings(code="PK-1"))
    return world


def transitions(world: World, requests: int) -> Iterator[tuple[str, float]]:
    """(button, seconds) of every transition of so many loans, from placing to the return."""
    for number in range(requests):
        title = {"title": f"Judul {number}"}
        view = world.broker.create(world.staff("MLT"), world.draft(citation=title), patron_id=world.patron_id)
        for side, action in STORY:
            press = pressing(world, view.id, side, action)
            started = time.perf_counter()
            press()
            yield action, time.perf_counter() - started
            world.pump()


def pressing(world: World, request_id: str, side: str, action: str) -> Callable[[], object]:
    """A function that presses this button once."""
    if side == "request":
        actor, seen = world.staff("MLT"), world.seen(request_id)
        return lambda: world.broker.act(actor, request_id, action, seen.version)
    supply = world.supply(request_id)
    actor = world.staff(world.code_of(supply.library_id))
    return lambda: world.broker.answer(actor, supply.id, action, supply.version)


def main() -> int:
    """Print both medians and the ratio; 1 when it is above LIMIT."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    where = sys.argv[2] if len(sys.argv) > 2 else None
    best: tuple[float, float, float] | None = None
    with tempfile.TemporaryDirectory(dir=where) as name:
        world = a_world(Path(name))
        for _ in range(3):
            # Turn about, so that both meet the same disk and the same neighbours.
            inserts = bare(Path(name), 150)
            changes = [seconds for _, seconds in transitions(world, requests // 3)]
            inserts += bare(Path(name), 150)
            round_ = (median(changes) / median(inserts), median(inserts), median(changes))
            best = min(best or round_, round_)
        world.db.close()
    assert best is not None
    ratio, insert, change = best
    print(f"bare insert, synchronous=FULL    {insert * 1000:7.2f} ms (median)")
    print(f"request transition               {change * 1000:7.2f} ms (median of {len(changes)})")
    print(f"ratio                            {ratio:7.1f}   (at most {LIMIT:g})")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
