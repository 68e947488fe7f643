"""silang live, as far as it needs no server; the rest is in tests/peers/live/test_live_search.py."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from typing import Any

import pytest
from click.testing import CliRunner, Result

from web.cli import main
from web.cli.live import _without_password


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["live", *arguments])


@pytest.mark.parametrize("query", ["ab*", "", "*", "x" * 500])
def test_a_query_that_cannot_be_searched_ends_with_2(query: str) -> None:
    done = _run(query, "--target", "z3950://127.0.0.1:1/x", "--json")
    assert done.exit_code == 2
    assert done.stdout == ""


def test_without_a_target_it_ends_with_2() -> None:
    assert _run("word", "--json").exit_code == 2


def test_dead_and_wrong_targets_are_told_of_without_an_installation() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"z3950://127.0.0.1:{closed.getsockname()[1]}/x"
        targets: Sequence[str] = ("--target", dead, "--target", "ftp://x", "--target", dead)
        done = _run("word", *targets, "--json")
        table = _run("word", *targets)
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.exit_code == 1
    assert [one["url"] for one in told["targets"]] == [dead, "ftp://x", dead]
    assert {one["state"] for one in told["targets"]} == {"failed"}
    assert {one["hits"] for one in told["targets"]} == {None}
    assert (told["clusters"], told["total"], told["first_seconds"]) == ([], 0, None)
    assert "any address" in done.stderr
    assert table.exit_code == 1
    assert "refused" in table.stdout


def test_passwords_are_not_printed() -> None:
    assert _without_password("z3950://me:secret@host:210/db") == "z3950://me@host:210/db"
    assert _without_password("z3950://host/db") == "z3950://host/db"
