"""The target as users start it: by itself and within the worker, asked to end, and told of when it does not listen."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.z3950.apdu import Close, CloseReason
from tests.conftest import free_port
from tests.web.z3950.wire import Wire
from web.cli import main

pytestmark = pytest.mark.slow

CONFIG = "data: store\nlog: {{level: warning}}\nz3950: {{port: {port}, in_worker: {in_worker}}}\n"


def place(folder: Path, port: int, *, in_worker: bool) -> Path:
    """An empty installation."""
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(port=port, in_worker=str(in_worker).lower()))
    done = CliRunner().invoke(main, ["--config", str(config), "init"])
    assert done.exit_code == 0, done.output
    return config


def connected(port: int, child: subprocess.Popen[bytes]) -> Wire:
    """A connection, as soon as somebody listens."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert child.poll() is None
        try:
            return Wire(port)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")


def checked(config: Path) -> dict[str, bool]:
    """What `silang check` finds, by name."""
    done = CliRunner().invoke(main, ["--config", str(config), "check", "--json"])
    found = json.loads(done.stdout)
    return {one["name"]: one["ok"] for one in found["findings"]}


@pytest.mark.parametrize("command", ["z3950", "worker"])
def test_it_answers_until_it_is_asked_to_end(tmp_path: Path, command: str) -> None:
    port = free_port()
    config = place(tmp_path, port, in_worker=command == "worker")
    assert checked(config)["z3950"] is False
    words = [sys.executable, "-m", "web.cli", "--config", str(config), command]
    child = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        client = connected(port, child)
        assert client.init().implementation_name == "Silang"
        assert client.search("@attr 1=4 batik").hits == 0
        assert checked(config)["z3950"] is True
        child.send_signal(signal.SIGTERM)
        told = client.hear()
        assert isinstance(told, Close)
        assert told.reason == CloseReason.SHUTDOWN
        client.close()
        assert child.wait(60) == 0
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    assert checked(config)["z3950"] is False


def test_without_a_port_there_is_no_target(tmp_path: Path) -> None:
    config = place(tmp_path, 0, in_worker=True)
    done = CliRunner().invoke(main, ["--config", str(config), "z3950"])
    assert done.exit_code == 2
    assert "z3950.port" in done.stderr
    assert checked(config)["z3950"] is True


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = place(tmp_path, taken.getsockname()[1], in_worker=False)
        done = CliRunner().invoke(main, ["--config", str(config), "z3950"])
    assert done.exit_code == 1
    assert "cannot be had" in done.stderr
