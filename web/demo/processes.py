"""The demo's processes: started one by one, stopped all together and by their own ids, however the demo ends."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any


class DidNotStart(Exception):
    """A process ended, or said nothing, before it was ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A running process; what it writes goes to `log`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Family:
    """All processes of a demo. Leaving the `with` block stops every one.

    Each is tethered by a pipe to its standard input as well: should this process be killed outright, the pipe
    closes and the children end by themselves. They run in sessions of their own, so that Ctrl-C reaches only us.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.children: list[Child] = []

    def __enter__(self) -> Family:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, module: str, *words: str, reads: bool = False) -> Child:
        """Start `python -m module words…`; with `reads`, its standard output is left for `first_line`."""
        log = self._logs / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if reads else out,
                stderr=out,
                start_new_session=True,
            )
        child = Child(name=name, process=process, log=log)
        self.children.append(child)
        return child

    def ended(self) -> list[Child]:
        """Children that are not there any more."""
        return [child for child in self.children if child.process.poll() is not None]

    def stop(self, seconds: float = 25.0) -> None:
        """Ask every process to end, and kill after `seconds` those that have not."""
        for child in self.children:
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + seconds
        for child in self.children:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            for pipe in (child.process.stdin, child.process.stdout):
                if pipe is not None:
                    pipe.close()
        self.children.clear()


def first_line(child: Child) -> dict[str, Any]:
    """The JSON object that a server prints when it listens. Raises DidNotStart."""
    assert child.process.stdout is not None
    line = child.process.stdout.readline()
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise DidNotStart(f"{child.name}: {tail(child.log)}") from error
    return found


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log, for a message."""
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(text[-lines:]) or "it wrote nothing"
