"""The setup behind the make targets, on machines that lack things (their tools are stand-ins here)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PYTHON = """#!/bin/sh
case "$*" in
  *version_info\\ \\<*) exit 0 ;;
  *ensurepip*) [ -e "$STATE/apt" ] ;;
  *%d.%d*) echo 3.11 ;;
  "-m venv .venv") mkdir -p .venv/bin; ln -s "$STAND_INS/python3" .venv/bin/python; cp "$STAND_INS/pip" .venv/bin/pip ;;
  "-c ") exit 0 ;;
  *) echo "unexpected: $*" >&2; exit 3 ;;
esac
"""
STAND_INS = {
    "python3": PYTHON,
    "pip": '#!/bin/sh\necho "pip $*" >>"$STATE/log"\n',
    "apt-get": '#!/bin/sh\necho "apt-get $*" >>"$STATE/log"\n: >"$STATE/apt"\n',
    "dpkg-query": "#!/bin/sh\nexit 1\n",
    "id": '#!/bin/sh\necho "$WHO"\n',
}


class Machine:
    """A folder with the script, and a PATH whose first entries are stand-ins."""

    def __init__(self, root: Path) -> None:
        self.house = root / "house"
        self.state = root / "state"
        self.tools = root / "tools"
        for folder in (self.house / "tools", self.state, self.tools):
            folder.mkdir(parents=True)
        shutil.copy(ROOT / "tools/setup.sh", self.house / "tools/setup.sh")
        shutil.copy(ROOT / "pyproject.toml", self.house)
        for name, text in STAND_INS.items():
            (self.tools / name).write_text(text)
            (self.tools / name).chmod(0o755)

    def run(self, what: str, *, who: int) -> subprocess.CompletedProcess[str]:
        path = f"{self.tools}{os.pathsep}{os.environ['PATH']}"
        places = {"STATE": str(self.state), "STAND_INS": str(self.tools), "WHO": str(who)}
        return subprocess.run(
            ["bash", str(self.house / "tools/setup.sh"), what],
            env={"PATH": path, **places},
            capture_output=True,
            text=True,
            timeout=30,
        )

    def log(self) -> list[str]:
        file = self.state / "log"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_root_one_line_says_what_to_install(machine: Machine) -> None:
    done = machine.run("run", who=1000)
    assert done.returncode == 1
    assert machine.log() == []
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("sudo apt-get install -y --no-install-recommends python3.11-venv")


def test_root_gets_it_installed_and_goes_on(machine: Machine) -> None:
    done = machine.run("run", who=0)
    assert done.returncode == 0, done.stderr
    assert machine.log() == [
        "apt-get update -qq",
        "apt-get install -y -qq --no-install-recommends python3.11-venv",
        "pip install --disable-pip-version-check --quiet --editable .",
    ]


def test_nothing_is_installed_twice_unless_the_project_changed(machine: Machine) -> None:
    machine.run("run", who=0)
    before = machine.log()
    assert machine.run("run", who=0).returncode == 0
    assert machine.log() == before
    with (machine.house / "pyproject.toml").open("a") as out:
        out.write("# changed\n")
    assert machine.run("run", who=0).returncode == 0
    assert machine.log()[len(before) :] == ["pip install --disable-pip-version-check --quiet --editable ."]


def test_without_root_the_tests_are_set_up_and_the_missing_tools_are_named(machine: Machine) -> None:
    (machine.state / "apt").touch()
    done = machine.run("dev", who=1000)
    assert done.returncode == 0, done.stderr
    assert machine.log() == ["pip install --disable-pip-version-check --quiet --editable .[dev]"]
    told = re.findall(r"sudo apt-get install .*", done.stderr)
    assert len(told) == 5
    assert "chromium" in told[0]
    assert "postgresql" in told[1]
    assert "libdancer-plugin-catmandu-oai-perl" in told[2]
    assert "libyaz5" in told[3]


def test_the_makefile_has_every_target_and_the_scripts_are_sound() -> None:
    text = (ROOT / "Makefile").read_text()
    for target in ("demo", "test", "test-all", "faults", "bench", "lint", "clean"):
        assert re.search(rf"^{target}:", text, re.MULTILINE), target
    for script in (".ci/run", "tools/setup.sh"):
        assert os.access(ROOT / script, os.X_OK), script
        subprocess.run(["bash", "-n", str(ROOT / script)], check=True, timeout=10)
