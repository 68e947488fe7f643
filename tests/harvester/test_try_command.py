"""silang harvest try: one JSON object on stdout, the exit status, and no more waiting than allowed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.peers.fault_server import FaultServer

pytestmark = pytest.mark.slow  # each starts a process that loads everything


def silang(folder: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "harvest", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def try_json(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = silang(folder, "try", *words, "--json")
    assert out.count("\n") == 1, out
    value = json.loads(out)
    assert isinstance(value, dict)
    return code, value


def test_a_receipt_is_printed_as_one_object(tmp_path: Path) -> None:
    with FaultServer("broken_tag", "late_503") as server:
        server.entries[7].deleted = True
        code, value = try_json(tmp_path, server.url, "--patience", "10")
    assert code == 0
    assert (value["state"], value["records"], value["deleted"]) == ("complete", 28, 1)
    assert value["rejected"] == [
        {"identifier": "oai:faults:5", "reason": "malformed", "position": "page 1, record 5"}
    ]
    assert {"pages", "requests", "bytes", "seconds", "oddities", "reason"} <= value.keys()
    assert all(set(one) == {"code", "text"} for one in value["oddities"])
    assert list(tmp_path.iterdir()) == []


def test_a_window_may_be_given_in_days(tmp_path: Path) -> None:
    with FaultServer() as server:
        code, value = try_json(tmp_path, server.url, "--from", "2026-01-01", "--until", "2026-01-01")
        asked = server.asked("ListRecords")[0].arguments
    assert (code, value["records"]) == (0, 23)
    # A second more on either side, for providers that leave out what lies exactly on a bound.
    assert (asked["from"], asked["until"]) == ("2025-12-31T23:59:59Z", "2026-01-02T00:00:00Z")


def test_patience_bounds_the_waiting_and_the_state_is_not_complete(tmp_path: Path) -> None:
    with FaultServer("come_tomorrow") as server:
        begun = time.monotonic()
        code, value = try_json(tmp_path, server.url, "--patience", "3")
    assert code == 1
    assert (value["state"], value["records"]) == ("incomplete", 10)
    assert "86400" in value["reason"]
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/oai", "ftp://example.org", "nonsense"])
def test_what_cannot_be_reached_fails_with_a_receipt_all_the_same(tmp_path: Path, url: str) -> None:
    code, value = try_json(tmp_path, url, "--patience", "1")
    assert (code, value["state"], value["records"]) == (1, "failed", 0)
    assert value["reason"]


def test_people_get_words_and_are_told_that_any_address_is_allowed(tmp_path: Path) -> None:
    with FaultServer() as server:
        code, out, err = silang(tmp_path, "try", server.url)
    assert code == 0
    assert out.startswith("complete\n")
    assert "30 records" in out
    assert "Any address" in err
