"""Starts a server from other hands on free ports of loopback, and stops it by its process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tests.conftest import free_port

#: Seconds within which a server must listen; it takes a few hundredths when nobody else is at work.
PATIENCE = 30.0


def start(folder: Path, command: Callable[[Sequence[int]], Sequence[str]], count: int = 1) -> Running:
    """A server that listens on `count` ports; `command` says for given ports how it is called, in `folder`.

    A port that was free a moment ago may be somebody else's by now: the server then ends, and others are tried.
    Raises AssertionError with what the server printed when it will not listen.
    """
    said = ""
    for _ in range(5):
        ports = _free_ports(count)
        log = folder / f"output-{ports[0]}.txt"
        with log.open("wb") as output:
            process = subprocess.Popen(
                # Dies with us, should we be killed; has a session of its own, so that its children end with it.
                ["setpriv", "--pdeathsig", "KILL", "--", *command(ports)],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = Running(process, tuple(ports))
        if _listens(process, ports):
            return running
        running.stop()
        said = log.read_text(errors="replace")
    raise AssertionError(f"{folder.name} does not listen: {said}")


class Running:
    """A process of ours and the ports it listens on."""

    def __init__(self, process: subprocess.Popen[bytes], ports: tuple[int, ...]) -> None:
        self.process, self.ports = process, ports

    def stop(self) -> None:
        """End the server and the children that serve its connections; nothing else.

        Killed, because YAZ's servers answer SIGTERM by waiting for their last connection.
        """
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)


def _free_ports(count: int) -> list[int]:
    if count == 1:
        return [free_port()]
    held = [
        socket.create_server(("127.0.0.1", 0)) for _ in range(count)
    ]  # all at once, so that no two are equal
    try:
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def _listens(process: subprocess.Popen[bytes], ports: Sequence[int]) -> bool:
    """Does this very process come to listen on all of the ports? False when it ends before."""
    end = time.monotonic() + PATIENCE
    for port in ports:
        while not _is_held(process.pid, port):
            if process.poll() is not None or time.monotonic() > end:
                return False
            time.sleep(0.01)
    return True


def _is_held(pid: int, port: int) -> bool:
    """Is a socket of this process listening on the port? Asked of the kernel: a connection would be one to serve."""
    wanted, listening = f":{port:04X}", "0A"
    inodes = {
        words[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if (words := line.split())[1].endswith(wanted) and words[3] == listening
    }
    with suppress(OSError):  # it may end at any moment
        for handle in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                if os.readlink(f"/proc/{pid}/fd/{handle}").removeprefix("socket:[").rstrip("]") in inodes:
                    return True
    return False
