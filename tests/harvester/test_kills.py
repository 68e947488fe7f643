"""kill -9 at every failpoint of a harvest: the next worker goes on at the same page, and nothing differs afterwards."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from foundation.failpoints import NAMES, VARIABLE
from harvester import store
from harvester.context import Harvesting
from harvester.sources import Source
from harvester.tables import page, seen
from index.tables import record
from tests.peers.fault_server import FaultServer

ROOT = Path(__file__).parents[2]
POINTS = [name for name in NAMES if name.startswith("harvest.")]
SourceAt = Callable[..., Source]


def child(ctx: Harvesting, ahead: float, failpoint: str = "") -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if failpoint:
        environment[VARIABLE] = failpoint
    data = str(ctx.spool.folder.parent)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.harvester.harvest_process", data, ctx.db.url, str(ahead)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[bytes]) -> int:
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), err.decode()[-2000:]
    assert process.returncode != 0 or b"took True" in out
    return process.returncode


def check(ctx: Harvesting, server: FaultServer, source: Source, harvest_id: str, refetched: int) -> None:
    with ctx.db.read() as c:
        done = store.get(c, harvest_id)
        assert (done.state, done.records, done.pages) == ("complete", len(server.entries), 10)
        assert c.execute(select(func.count()).select_from(record)).scalar_one() == len(server.entries)
        assert c.execute(select(func.count()).select_from(seen)).scalar_one() == 0
        rows = store.pages(c, harvest_id)
        assert [row.number for row in rows] == list(range(1, 11))
        assert all(row.processed_at is not None for row in rows)
        assert c.execute(select(func.count()).select_from(page)).scalar_one() == 10
    on_disk = sorted(path.name for path in (ctx.spool.folder / source.id / harvest_id).iterdir())
    assert on_disk == sorted(Path(row.path).name for row in rows)
    asked = Counter(one.arguments.get("resumptionToken") for one in server.asked("ListRecords"))
    assert sum(asked.values()) - len(asked) <= refetched, asked


@pytest.mark.faults
@pytest.mark.parametrize("name", POINTS)
def test_killed_at_a_failpoint_it_goes_on_at_the_same_page(
    sqlite_ctx: Harvesting, source_at: SourceAt, name: str
) -> None:
    ctx = sqlite_ctx
    number = 1 if name in ("harvest.list_ended", "harvest.before_end") else 4
    faults = ("tail_no_records",) if name == "harvest.list_ended" else ()
    with FaultServer(*faults, count=100) as server:
        source = source_at(server.url)
        with ctx.db.begin() as c:
            asked = store.queue(c, source.id, at=ctx.clock())
        assert finish(child(ctx, 0, f"{name}:{number}")) == -signal.SIGKILL
        assert finish(child(ctx, 120)) == 0
        check(ctx, server, source, asked.id, refetched=1)


@pytest.mark.faults
@pytest.mark.slow
def test_killed_at_random_moments_it_comes_to_the_same_end(
    sqlite_ctx: Harvesting, source_at: SourceAt
) -> None:
    ctx = sqlite_ctx
    rng = random.Random(20261124)
    with FaultServer(count=100) as server:
        source = source_at(server.url)
        with ctx.db.begin() as c:
            asked = store.queue(c, source.id, at=ctx.clock())
        kills = ahead = 0
        while kills < 5:
            pages_before = len(server.asked("ListRecords"))
            process = child(ctx, ahead)
            deadline = time.monotonic() + 30
            while process.poll() is None and len(server.asked("ListRecords")) < pages_before + rng.randint(
                1, 3
            ):
                assert time.monotonic() < deadline
                time.sleep(0.001)
            time.sleep(rng.random() * 0.02)
            process.kill()
            process.communicate(timeout=30)
            if process.returncode == 0:
                break
            kills += 1
            ahead += 120
        finish(child(ctx, ahead + 120)) if process.returncode != 0 else None
        check(ctx, server, source, asked.id, refetched=kills)
