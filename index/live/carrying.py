"""Carrying searches out: one event loop in a background thread, and one more thread that writes what comes."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from index import parse
from index.live.asking.aim import Aim
from index.live.asking.health import Health
from index.live.asking.pool import Pool
from index.live.keeping import reading, writing
from index.live.keeping.file import File
from index.live.keeping.packing import report_of
from index.live.keeping.writing import Changes
from index.live.link import Fetched, Link, LinkFailed
from index.live.results import Results
from index.live.run import Line, Run
from index.live.settings import LiveSettings
from index.live.snapshot import UNION, SearchState
from index.live.telling import changes, union_report
from index.live.union import union_hit
from index.query import Query

log = logging.getLogger(__name__)

#: Seconds between two writings at least: before the first record is there, and then; how many times longer than the
#: last writing took.
SOON, PAUSE, BREATH = 0.02, 0.1, 4.0
#: Seconds between two looks for wishes left by other processes.
LISTEN = 0.25
#: Finished searches that stay in memory, so that trying a target again needs no reading back.
HELD = 8


@dataclass(slots=True, kw_only=True)
class Order:
    """A search to be carried out, as the engine hands it over."""

    work: int
    query: Query
    sort: str
    aims: Sequence[Aim]
    seconds: float
    results: Results
    healths: dict[str, Health]
    resting: Mapping[str, float]
    hits: Sequence[Fetched] = ()
    with_union: bool = False


@dataclass(slots=True)
class _Job:
    """One search in the loop. `news` says that something is to be written, `first` that the first
    record is there; while `writing`, rows are on their way into the file."""

    work: int
    run: Run
    results: Results
    aims: dict[str, Aim]
    seconds: float
    news: asyncio.Event = field(default_factory=asyncio.Event)
    first: asyncio.Event = field(default_factory=asyncio.Event)
    writing: bool = False
    unwritten: tuple[Changes, dict[str, Health]] | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Carrier:
    """Carries searches out for one process. Methods are for other threads; the thread is started by the first search."""

    def __init__(
        self,
        file: File,
        now: Callable[[], float],
        settings: LiveSettings,
        aim_of: Callable[[str], Aim | None],
    ) -> None:
        self.name = secrets.token_hex(8)
        self._file = file
        self._now = now
        self._settings = settings
        self._aim_of = aim_of
        self._lock = threading.Lock()
        #: Whoever waits for something new is woken when this process has written something.
        self.news = threading.Condition()
        #: How often that was: whoever looked before the last time need not wait.
        self.written = 0
        self._process = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        # Of the loop's thread alone, from here on:
        self._jobs: dict[int, _Job] = {}
        self._held: OrderedDict[int, _Job] = OrderedDict()
        self._pool = Pool()
        self._doing: set[asyncio.Task[None]] = set()
        self._taking = asyncio.Lock()
        self._writer: ThreadPoolExecutor | None = None
        self._listener: asyncio.Task[None] | None = None

    def count(self) -> int:
        """How many searches are being carried out."""
        return len(self._jobs)

    def take(self, order: Order) -> None:
        """Carry out a new search."""
        self._running().call_soon_threadsafe(self._begin, order, time.monotonic())

    def resume(self, work: int, wanted: Mapping[str, Any]) -> None:
        """There are wishes for a search that this process has claimed."""
        self._running().call_soon_threadsafe(self._resume, work, dict(wanted))

    def close(self) -> None:
        """Stop everything, write how it stands, and end the threads."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
            self._loop = None
        if loop is None or thread is None or self._process != os.getpid():
            return
        asyncio.run_coroutine_threadsafe(self._end(), loop)
        thread.join(20.0)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._closed:
                raise RuntimeError("the live engine is closed")
            if (
                self._loop is None or self._process != os.getpid()
            ):  # a server that forks has no thread in its children
                if self._process and self._process != os.getpid():
                    self.name = secrets.token_hex(8)
                    self._jobs, self._held, self._pool = {}, OrderedDict(), Pool()
                    self._taking, self._doing = asyncio.Lock(), set()
                self._process = os.getpid()
                self._listener = None
                self._writer = ThreadPoolExecutor(1, thread_name_prefix="live-writer")
                loop = self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_serve, args=(loop,), name="live-engine", daemon=True)
                self._thread.start()
            return self._loop

    def _begin(self, order: Order, called: float) -> None:
        job = self._job(order.work, order.query, order.sort, order.results, order.seconds, order.healths)
        job.aims = {aim.id: aim for aim in order.aims}
        if order.with_union:
            job.run.lines[UNION] = Line(union_report(order.hits))
        # The budget counts from when the search was asked for, not from when the loop came to it.
        deadline = job.run.now + order.seconds - (time.monotonic() - called)
        job.run.start(order.aims, deadline, resting=order.resting)
        if not job.run.running:  # nobody is to be asked
            job.run.state = SearchState.FINISHED
            job.first.set()
            job.news.set()
        self._carry(job)

    def _job(
        self,
        work: int,
        query: Query,
        sort: str,
        results: Results,
        seconds: float,
        healths: dict[str, Health],
    ) -> _Job:
        run = Run(query=query, pool=self._pool, results=results, wall=self._now, sort=sort, healths=healths)
        job = _Job(work, run, results, {}, seconds)

        def changed() -> None:
            job.news.set()
            if not run.running:
                job.done.set()

        run.changed = changed
        run.on_first = lambda: self._write_first(job)
        return job

    def _carry(self, job: _Job) -> None:
        self._jobs[job.work] = job
        self._held.pop(job.work, None)
        job.task = asyncio.ensure_future(self._keep_writing(job))
        if self._listener is None or self._listener.done():
            self._listener = asyncio.ensure_future(self._listen())

    async def _keep_writing(self, job: _Job) -> None:
        """Write what has come, again and again, until nothing more comes."""
        pause = SOON
        try:
            while True:
                await job.news.wait()
                if not job.first.is_set():
                    await _either(job.first, pause)
                job.news.clear()
                going = job.run.running
                began = time.perf_counter()
                if not await self._write(job):
                    job.run.stop()
                    await job.run.finished()
                    return
                if not going and not job.run.running:  # a wish may have come while it was written
                    return
                pause = min(
                    0.5, max(PAUSE if job.first.is_set() else SOON, BREATH * (time.perf_counter() - began))
                )
                if going and job.first.is_set():
                    await _either(job.done, pause)
        except Exception:
            log.exception("a live search could not be written down")
            job.run.stop()
            await job.run.finished()
        finally:
            self._jobs.pop(job.work, None)
            if not job.run.running:
                self._held[job.work] = job
                while len(self._held) > HELD:
                    self._held.popitem(last=False)

    def _write_first(self, job: _Job) -> None:
        """The first record goes into the file at once, in this very thread, unless somebody else is writing."""
        job.first.set()
        if job.writing:
            return
        told, learned = self._taken(job)
        try:
            self._put(self._file.begin_at_once, job.work, told, learned)
        except sqlite3.OperationalError:
            job.unwritten = told, learned

    def _taken(self, job: _Job) -> tuple[Changes, dict[str, Health]]:
        learned, job.run.learned = job.run.learned, {}
        return changes(job.run, job.results), learned

    async def _write(self, job: _Job) -> bool:
        job.writing = True
        try:
            if job.unwritten is not None:
                (told, learned), job.unwritten = job.unwritten, None
                await self._in_writer(self._put, self._file.begin, job.work, told, learned)
            told, learned = self._taken(job)
            return bool(await self._in_writer(self._put, self._file.begin, job.work, told, learned))
        finally:
            job.writing = False

    async def _in_writer(self, what: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._writer, what, *arguments)

    def _put(
        self,
        begin: Callable[[], AbstractContextManager[sqlite3.Connection]],
        work: int,
        told: Changes,
        learned: Mapping[str, Health],
    ) -> bool:
        with begin() as c:
            for target, health in learned.items():
                writing.remember(c, target, health)
            mine = writing.flush(c, work, self.name, told, self._now())
        with self.news:
            self.written += 1
            self.news.notify_all()
        return mine

    async def _listen(self) -> None:
        """Say that we live, and do what other processes wish."""
        last = 0.0
        while self._jobs:
            await asyncio.sleep(LISTEN)
            works = list(self._jobs)
            due = time.monotonic() - last >= writing.BEAT
            if due:
                last = time.monotonic()
            try:
                for work, kind, target, count in await self._in_writer(self._hear, works, due):
                    if (job := self._jobs.get(work)) is not None:
                        self._grant(job, kind, target, count)
            except Exception:
                log.exception("the file of live searches could not be read")

    def _hear(self, works: Sequence[int], beat: bool) -> list[tuple[int, str, str, int]]:
        with self._file.read() as c:
            waiting = bool(c.execute("SELECT 1 FROM wish LIMIT 1").fetchone())
        if not beat and not waiting:
            return []
        with self._file.begin() as c:
            writing.beat(c, self.name, works, self._now())
            return writing.wishes(c, works) if waiting else []

    def _grant(self, job: _Job, kind: str, target: str, count: int) -> None:
        if kind == "stop":
            job.run.stop()
            return
        aim = job.aims.get(target) or self._aim_of(target)
        if aim is None:
            return
        job.aims[target] = aim
        job.done.clear()
        deadline = job.run.now + job.seconds
        if kind == "more":
            have = job.run.line(aim).report.fetched
            count = min(count, self._settings.records - have)
            if count > 0:
                job.run.more(aim, count, deadline)
        else:
            job.run.again(aim, deadline)
        job.news.set()

    def _resume(self, work: int, wanted: dict[str, Any]) -> None:
        doing = asyncio.ensure_future(self._take_over(work, wanted))
        self._doing.add(doing)
        doing.add_done_callback(self._doing.discard)

    async def _take_over(self, work: int, wanted: dict[str, Any]) -> None:
        """Do what is wished for a search: under way here, just finished here, or left by another process."""
        async with self._taking:
            job = self._jobs.get(work) or self._held.get(work)
            if job is None:
                results = Results(parse.parse(wanted["query"]))
                row = await self._in_writer(self._read_back, work, results)
                if row is None:
                    return
                job = self._restored(work, wanted, results, row)
            for _, kind, target, count in await self._in_writer(self._hear, [work], True):
                self._grant(job, kind, target, count)
            if work not in self._jobs:  # it may have ended meanwhile
                job.news.set()
                self._carry(job)

    def _read_back(self, work: int, results: Results) -> Any:
        """The row of a work; its records are put into `results` in the order in which they came."""
        with self._file.read() as c:
            row = c.execute(
                "SELECT targets, spent, arrivals, first_seconds FROM work WHERE id=?", (work,)
            ).fetchone()
            arrived = reading.arrived(c, work)
        for target, records in arrived:
            if target == UNION:
                results.add_union([union_hit(one) for one in records])
            elif (aim := self._aim_of(target)) is not None:
                results.add(aim, records)
            else:
                results.add(_gone(target), records)
        return row

    def _restored(self, work: int, wanted: dict[str, Any], results: Results, row: Any) -> _Job:
        targets, spent, portion, first_seconds = row
        job = self._job(work, results.query, wanted["sort"], results, wanted["seconds"], {})
        run = job.run
        run.state, run.spent, run.portion, run.first_seconds = (
            SearchState.FINISHED,
            spent,
            portion,
            first_seconds,
        )
        for one in json.loads(targets):
            report = reading.seen(report_of(one), SearchState.INTERRUPTED, 0.0)
            run.lines[report.id] = Line(report)
        return job

    async def _end(self) -> None:
        await asyncio.gather(*self._doing, return_exceptions=True)  # they may begin searches yet
        for job in list(self._jobs.values()):
            job.run.stop()
            job.news.set()
        await asyncio.gather(
            *(job.task for job in list(self._jobs.values()) if job.task), return_exceptions=True
        )
        if self._listener is not None:
            self._listener.cancel()
        await self._pool.close()
        if self._writer is not None:
            self._writer.shutdown(wait=True)
        asyncio.get_running_loop().stop()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _gone(target: str) -> Aim:
    """A target that is no longer there: what came from it is shown all the same."""

    async def closed(_: float) -> Link:
        raise LinkFailed("unsupported", "there is no such target any more")

    return Aim(id=target, name=target, url="", open=closed)


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
