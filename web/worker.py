"""What happens by itself: each duty in its own thread, done by one worker at a time."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from foundation import leases
from harvester.schedule import Schedule
from web import duties
from web.wiring import Parts
from web.z3950 import running as z3950

log = logging.getLogger("silang.worker")

#: A duty whose worker is silent for so long is taken over by another (seconds).
LEASE_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One kind of work. `do` does what is due and says whether there may be more; `every` is its rest, seconds.

    `alone` duties are held by a lease; the others share their work by claiming rows.
    """

    name: str
    do: Callable[[Parts, str], bool]
    every: float
    alone: bool = True


DUTIES = (
    Duty(name="harvest", do=duties.harvest, every=2, alone=False),
    Duty(name="pushed", do=duties.pushed, every=10),
    Duty(name="index", do=duties.index, every=1),
    Duty(name="publish", do=duties.publish, every=1),
    Duty(name="messages", do=duties.messages, every=0.5),
    Duty(name="timers", do=duties.timers, every=5),
    Duty(name="mail", do=duties.mail, every=2),
    Duty(name="reprocess", do=duties.reprocess, every=60),
    Duty(name="jobs", do=duties.jobs, every=2, alone=False),
    Duty(name="looks", do=duties.looks, every=0.5, alone=False),
    Duty(name="quality", do=duties.quality, every=10),
    Duty(name="links", do=duties.links, every=300),
    Duty(name="targets", do=duties.targets, every=300),
    Duty(name="purge", do=duties.purge, every=3600),
    Duty(name="agreements", do=duties.agreements, every=3600),
    Duty(name="tidy", do=duties.tidy, every=3600),
    Duty(name="compare", do=duties.compare, every=3600),
)


def owner() -> str:
    """Who this process is, in leases and logs."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}"


def run_once(parts: Parts) -> None:
    """Do everything that is due, duty after duty, until nothing more is."""
    me = owner()
    for duty in DUTIES:
        while duty.do(parts, me):
            pass


def run(parts: Parts) -> None:
    """Work until SIGTERM or SIGINT; what is under way is finished or laid down at the next page."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        parts.stopping.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    threads = [
        threading.Thread(target=_keep_at, args=(parts, duty, stop, number), name=f"{duty.name}-{number}")
        for duty in DUTIES
        for number in range(parts.settings.harvest.parallel if duty.name == "harvest" else 1)
    ]
    threads.append(threading.Thread(target=_keep_time, args=(parts, stop), name="schedule"))
    if parts.settings.z3950.port and parts.settings.z3950.in_worker:
        threads.append(threading.Thread(target=z3950.keep, args=(parts, stop), name="z3950"))
    for thread in threads:
        thread.start()
    log.info("worker started", extra={"owner": owner()})
    while not stop.wait(1):
        pass
    for thread in threads:
        thread.join(timeout=25)
    log.info("worker stopped", extra={"owner": owner()})


def _keep_at(parts: Parts, duty: Duty, stop: threading.Event, number: int) -> None:
    me = f"{owner()}:{number}"
    failures = 0
    while not stop.is_set():
        try:
            if duty.alone and not _hold(parts, duty.name, me):
                stop.wait(LEASE_SECONDS / 3)
                continue
            more = duty.do(parts, me)
            failures = 0
        except Exception:
            # A duty must outlive every single failure; the pause grows to five minutes.
            failures += 1
            log.exception("duty failed", extra={"duty": duty.name, "failures": failures})
            stop.wait(min(300, 2**failures))
            continue
        if not more:
            stop.wait(duty.every)
    if duty.alone:
        with parts.db.begin() as c:
            leases.release(c, f"duty:{duty.name}", me, parts.clock())


def _hold(parts: Parts, name: str, me: str) -> bool:
    with parts.db.begin() as c:
        return leases.acquire(c, f"duty:{name}", me, parts.clock(), LEASE_SECONDS) is not None


def _keep_time(parts: Parts, stop: threading.Event) -> None:
    """Let the schedule run while we hold its lease."""
    me = owner()
    schedule: Schedule | None = None
    while not stop.is_set():
        try:
            held = _hold(parts, "schedule", me)
            if held and schedule is None:
                schedule = Schedule(parts.db, parts.clock)
                schedule.start()
            elif not held and schedule is not None:
                schedule.stop()
                schedule = None
            if schedule is not None:
                schedule.refresh()
        except Exception:
            log.exception("schedule failed")
        stop.wait(5)
    if schedule is not None:
        schedule.stop()
