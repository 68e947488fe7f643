"""Failpoints kill at the pass that was asked for, cost nothing otherwise, and are all in one list."""

import ast
import os
import signal
import subprocess
import sys
import timeit
from pathlib import Path

import pytest

from foundation import failpoints

ROOT = Path(__file__).parents[2]
PACKAGES = ("foundation", "index", "harvester", "broker", "cooperation", "web")
# As if the module had been written with this one name.
WITH_A_NAME = f"""
import pathlib, sys, types
source = pathlib.Path({str(ROOT / "foundation/failpoints.py")!r}).read_text()
source = source.replace("_known = frozenset(NAMES)", "_known = frozenset({{'here', 'there'}})")
module = types.ModuleType("failpoints")
exec(source, module.__dict__)
for number in range(1, 6):
    module.failpoint("there")
    print(number, flush=True)
    module.failpoint("here")
"""


def run(setting: str | None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != failpoints.VARIABLE}
    if setting is not None:
        environment[failpoints.VARIABLE] = setting
    return subprocess.run(
        [sys.executable, "-c", WITH_A_NAME], env=environment, capture_output=True, text=True, timeout=30
    )


@pytest.mark.parametrize("pass_", [1, 3])
def test_the_process_dies_at_the_pass_that_was_asked_for(pass_: int) -> None:
    done = run(f"here:{pass_}")
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == [str(number) for number in range(1, pass_ + 1)]


@pytest.mark.parametrize("setting", [None, "", "here:6"])
def test_otherwise_nothing_happens(setting: str | None) -> None:
    assert run(setting).returncode == 0


@pytest.mark.parametrize("setting", ["here", "here:0", "here:-1", "here:x", "elsewhere:1", ":1"])
def test_a_setting_that_names_nothing_stops_the_process_at_its_start(setting: str) -> None:
    done = run(setting)
    assert done.returncode == 1
    assert "SILANG_FAILPOINT" in done.stderr


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(LookupError, match="no_such_place"):
        failpoints.failpoint("no_such_place")


def test_every_failpoint_of_the_code_is_in_the_list_and_the_other_way_round() -> None:
    used: list[str] = []
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.name == "failpoints.py":
                continue
            text = path.read_text()
            if "failpoint" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "failpoint":
                    (argument,) = node.args
                    assert isinstance(argument, ast.Constant), f"{path}:{node.lineno}: write the name out"
                    used.append(argument.value)
    assert sorted(set(used)) == sorted(failpoints.NAMES)


def test_passing_costs_less_than_a_microsecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failpoints, "_known", frozenset({"here"}))
    assert min(timeit.repeat(lambda: failpoints.failpoint("here"), number=10_000, repeat=5)) < 0.01
