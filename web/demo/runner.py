"""One command that makes the demo consortium, harvests it, serves it, and takes everything down again."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console

from web import migrate, provision
from web.demo import agreed, layout, people
from web.demo.first_harvest import queue_all, read_spreadsheets, watch
from web.demo.libraries import LIBRARIES, SERVERS
from web.demo.processes import Child, DidNotStart, Family, first_line, tail
from web.settings import load
from web.wiring import build


class Stopped(Exception):
    """Somebody asked the demo to end."""


def run(folder: Path, wanted_port: int | None, say: Callable[[str], None], console: Console) -> None:
    """Run the demo in `folder` until SIGINT, SIGTERM or SIGHUP.

    `say` prints to standard output: the logins, and as last line the web address. Progress goes to `console`.
    Raises layout.DemoRuns, OSError (port), DidNotStart, first_harvest.HarvestWentWrong.
    """
    with layout.locked(folder), _signals() as stop, Family(folder / "log") as family:
        try:
            address = _start(folder, wanted_port, family, console)
            say(_logins())
            say(address)
            while not stop.wait(1):
                _all_alive(family)
        except Stopped:
            pass
        console.print("Stopping …")
    console.print("Stopped. What was done is kept for the next start.")


def _start(folder: Path, wanted_port: int | None, family: Family, console: Console) -> str:
    """Bring everything up; gives back the web address."""
    port = layout.web_port(wanted_port)
    console.print(f"Starting {len(LIBRARIES)} libraries …")
    urls = _members(folder, family)
    layout.remember_ports(folder, urls)
    mailbox = family.start("mailbox", "web.demo.mailbox", "--folder", str(folder / "mail"), reads=True)
    target = layout.z3950_port()
    live = layout.live_port()
    if live:
        state = str(folder / "members" / f"{layout.LIVE}-langsung")
        where = ("--library", layout.LIVE, "--state", state, "--port", str(live), "--tethered")
        family.start("searched", "web.demo.searched", *where)
    mail = int(first_line(mailbox)["port"])
    config = layout.write_config(folder, port, urls, mail, target, live)
    parts = build(load(config), folder)
    try:
        migrate.upgrade(parts.db)
        provision.provision(parts)
        with parts.db.begin() as c:
            people.seed(c, parts.clock())
            harvests = queue_all(c, parts.clock())
        agreed.seed(parts)
        read_spreadsheets(parts, folder, console)
        words = ("--config", str(config))
        family.start("worker", "web.demo.tethered", *words, "worker")
        web = family.start(
            "web", "web.demo.tethered", *words, "serve", "--host", "127.0.0.1", "--port", str(port)
        )
        count = watch(parts.db, parts.engine, harvests, console, alive=lambda: _all_alive(family))
    finally:
        parts.close()
    address = f"http://127.0.0.1:{port}"
    _wait_for_pages(address, web)
    console.print(f"{count} titles are searchable.")
    if target:
        console.print(f"Z39.50 clients find them at 127.0.0.1:{target}, database silang.")
    if live:
        console.print(f"{layout.LIVE} is searched live as well, at 127.0.0.1:{live}.")
    return address


def _members(folder: Path, family: Family) -> dict[str, str]:
    """Start a server for each library, on last time's port where that is free; base URLs by code."""
    ports = layout.remembered_ports(folder)
    started = {}
    for library in SERVERS:
        port = ports.get(library.code, 0)
        words = ["--library", library.code, "--state", str(folder / "members" / library.code), "--tethered"]
        words += ["--port", str(port if port and layout.is_free(port) else 0)]
        started[library.code] = family.start(f"member-{library.code}", "web.demo.member", *words, reads=True)
    return {code: first_line(child)["url"] for code, child in started.items()}


def _all_alive(family: Family) -> None:
    for child in family.ended():
        raise DidNotStart(f"{child.name} ended: {tail(child.log)}")


def _wait_for_pages(address: str, web: Child, seconds: float = 30.0) -> None:
    """Return once the pages answer. Raises DidNotStart."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and web.process.poll() is None:
        try:
            with urlopen(f"{address}/health/live", timeout=5):  # noqa: S310 - our own http address
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise DidNotStart(f"web: {tail(web.log)}")


def _logins() -> str:
    """The table of logins, as it is printed above the address."""
    lines = ["", f"Sign in with one of these logins; the password of all is {people.PASSWORD}", ""]
    for account in people.ACCOUNTS:
        roles = ", ".join(f"{role} {code}".strip() for role, code in account.roles)
        lines.append(f"  {account.login:<22} {roles}")
    return "\n".join([*lines, "", "Ctrl-C stops everything. Open in a browser:"])


class _signals:
    """While this is entered, signals that ask to end raise Stopped in the main thread and set the event."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> threading.Event:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._asked)
        return self._event

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        if not self._event.is_set():  # a second Ctrl-C must not cut the stopping short
            self._event.set()
            raise Stopped

    def __exit__(self, *_: object) -> None:
        for number in self._before:
            signal.signal(number, signal.SIG_IGN if self._event.is_set() else signal.SIG_DFL)
