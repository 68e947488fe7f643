"""A process that is killed in the middle of a live search leaves it readable, interrupted, and ready to be taken up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from foundation.clock import system_clock
from index.live.asking.aim import Aim
from index.live.engine import LiveEngine
from index.live.keeping.file import File
from index.live.keeping.writing import STALE
from index.live.snapshot import SearchState, TargetState, View
from tests.index.live.scripted import Target, marc

pytestmark = pytest.mark.slow

_CHILD = """
import sys, time
from pathlib import Path
from foundation.clock import system_clock
from index.live.engine import LiveEngine
from index.live.keeping.file import File
from index.parse import parse
from tests.index.live.scripted import Target, marc

engine = LiveEngine(File(Path(sys.argv[1])), system_clock)
good = Target("good", [marc(f"Title {n}") for n in range(30)])
silent = Target("silent", silent=True)
search = engine.start(parse("title"), [good.aim(), silent.aim(seconds=60.0)], owner="me")
while engine.snapshot(search, "me").total < 30:
    time.sleep(0.01)
print(search, flush=True)
time.sleep(60)
"""


def _later() -> datetime:
    return system_clock() + timedelta(seconds=STALE + 20)


def test_what_came_is_there_and_the_rest_can_be_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    try:
        assert child.stdout is not None
        search = child.stdout.readline().strip()
        assert search
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.kill()
        child.wait(30)
        child.stdout.close()  # type: ignore[union-attr]  # it is a pipe
    targets = {
        "good": Target("good", [marc(f"Title {n}") for n in range(30)]),
        "silent": Target("silent", [marc("Title that came late")]),
    }

    def aim_of(name: str) -> Aim | None:
        return targets[name].aim()

    engine = LiveEngine(File(path), _later, aim_of=aim_of)
    try:
        found = engine.snapshot(search, "me", View(limit=50))
        assert found is not None
        assert found.state is SearchState.INTERRUPTED
        assert len(found.clusters) == 30
        states = {one.id: (one.state, one.retry) for one in found.targets}
        assert states == {"good": (TargetState.OK, False), "silent": (TargetState.FAILED, True)}
        shown = [cluster.id for cluster in found.clusters]
        assert engine.retry(search, "me", "silent")
        until = time.monotonic() + 30
        while True:
            found = engine.snapshot(search, "me", View(limit=50))
            assert found is not None
            if found.state is SearchState.FINISHED:
                break
            assert time.monotonic() < until, found
            time.sleep(0.02)
        assert found.total == 31
        assert [cluster.id for cluster in found.clusters][:30] == shown
        assert targets["good"].searches == 0
    finally:
        engine.close()
