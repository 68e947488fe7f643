"""The demo as people start it: one process that brings everything up, answers, and takes everything down."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import free_port
from web.demo.people import ACCOUNTS, PASSWORD

pytestmark = pytest.mark.slow

SECONDS = 300  # from the start to the address: nobody waits so long, a busy machine may


class Demo:
    """A running `silang demo`; `lines` is what it printed to standard output up to the address."""

    def __init__(self, folder: Path, port: int) -> None:
        words = ["demo", "--folder", str(folder), "--port", str(port)]
        self.errors = (folder.parent / "demo.err").open("ab")
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", *words], stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        self._queue: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.lines: list[str] = []
        while not self.lines or not self.lines[-1].startswith("http://"):
            try:
                line = self._queue.get(timeout=max(0.1, begun + SECONDS - time.monotonic()))
            except queue.Empty:
                line = ""
            if not line:
                self.close()
                raise AssertionError((folder.parent / "demo.err").read_text()[-3000:])
            self.lines.append(line.rstrip("\n"))
        self.address = self.lines[-1]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line)
        self._queue.put("")

    def rest(self) -> list[str]:
        """What was printed after the address, once the process has ended."""
        found = []
        while line := self._queue.get(timeout=60):
            found.append(line)
        return found

    def children(self) -> list[int]:
        """Ids of the processes it started."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (OSError, NotADirectoryError):
                continue
            if int(fields[1]) == self.process.pid:
                found.append(int(entry.name))
        return found

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.errors.close()
        if (
            self.process.stdout is not None
            and not self.process.stdout.closed
            and threading.active_count() == 1
        ):
            self.process.stdout.close()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def all_gone(pids: list[int], seconds: float = 60) -> bool:
    """Whether all end within some seconds."""
    deadline = time.monotonic() + seconds
    while not all(gone(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def sign_in(address: str, login: str) -> requests.Session:
    """A session in which this account is signed in."""
    session = requests.Session()
    form = session.get(f"{address}/sign-in", timeout=60).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token, form[:500]
    values = {"csrf_token": token[1], "login": login, "password": PASSWORD, "next": ""}
    answer = session.post(f"{address}/sign-in", data=values, timeout=60, allow_redirects=False)
    assert answer.status_code in (302, 303), f"{login}: {answer.status_code}"
    return session


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo"


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    running = Demo(folder, free_port())
    try:
        yield running
    finally:
        running.close()


def test_it_comes_up_answers_and_leaves_nothing_behind(demo: Demo, folder: Path) -> None:
    printed = "\n".join(demo.lines)
    assert PASSWORD in printed
    for account in ACCOUNTS:
        assert account.login in printed

    found = requests.get(
        f"{demo.address}/api/v1/search", params={"q": "batik pesisir niaga"}, timeout=60
    ).json()
    assert found["total"] >= 2
    # The second edition of this book stands in all five catalogues, each time written differently.
    best = [hit for hit in found["hits"] if len({h["library"] for h in hit["holdings"]}) == 5]
    assert len(best) == 1
    page = requests.get(f"{demo.address}/search", params={"q": "batik pesisir niaga"}, timeout=60)
    assert page.status_code == 200
    assert "batik pesisir: warna" in re.sub("<[^>]+>", "", page.text).casefold()
    assert requests.get(f"{demo.address}/health/ready", timeout=60).status_code == 200
    for account in ACCOUNTS:
        sign_in(demo.address, account.login)

    children = demo.children()
    # Four members (one has a spreadsheet), one of them searched live, mailbox, worker, pages.
    assert len(children) == 8
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(timeout=120) == 0
    assert all_gone(children)
    assert demo.rest() == []


def test_a_second_run_keeps_what_the_first_did(demo: Demo, folder: Path) -> None:
    log = (folder / "members/KNG/access.log").read_text().splitlines()
    lists = [line for line in log if "verb=ListRecords" in line]
    assert "from=" in lists[-1]
    assert "from=" not in lists[0]
    found = requests.get(f"{demo.address}/api/v1/search", params={"q": "batik"}, timeout=60).json()
    assert found["total"] > 5
    sign_in(demo.address, "admin")


def test_a_second_demo_in_the_same_folder_is_refused(demo: Demo, folder: Path) -> None:
    words = ["demo", "--folder", str(folder), "--port", str(free_port())]
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", *words], capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 1
    assert "already runs" in done.stderr


def test_the_children_end_even_when_the_demo_is_killed(demo: Demo) -> None:
    children = demo.children()
    assert children
    demo.process.kill()
    demo.process.wait(timeout=60)
    assert all_gone(children)
