"""One query asked of many targets at once: their answers merged as they come, each target's fate its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from index.live.asking.aim import Aim
from index.live.asking.health import Health, allowance, went_badly, went_well
from index.live.asking.one import DIAGNOSTICS, Wish, ask
from index.live.asking.pool import Pool
from index.live.link import Diagnostic, Fetched, Found, LinkFailed
from index.live.results import Results
from index.live.snapshot import UNION, SearchState, TargetReport, TargetState
from index.query import Query

log = logging.getLogger(__name__)

#: Failures that are shown as a target that gave no answer in time.
_LATE = frozenset(("timeout", "busy"))
_OPEN = (TargetState.WAITING, TargetState.SEARCHING)


@dataclass(slots=True)
class Line:
    """What is known of one target; `since` is when its search began (loop time), None while none is under way."""

    report: TargetReport
    since: float | None = None


@dataclass(slots=True, kw_only=True)
class Run:
    """One search being carried out. Belongs to one event loop; nothing in it is for other threads.

    `changed` is called (often) when there is something new, `on_first` once, when the first record is merged; `wall` reads
    seconds since 1970. `learned` collects what is to be remembered of targets, `portion` counts what has arrived.
    """

    query: Query
    pool: Pool
    results: Results
    wall: Callable[[], float]
    changed: Callable[[], None] = lambda: None
    on_first: Callable[[], None] = lambda: None
    sort: str = ""
    lines: dict[str, Line] = field(default_factory=dict)
    healths: dict[str, Health] = field(default_factory=dict)
    learned: dict[str, Health] = field(default_factory=dict)
    state: SearchState = SearchState.RUNNING
    first_seconds: float | None = None
    spent: float = 0.0
    portion: int = 0
    _arrived: list[tuple[str, int, Sequence[Fetched]]] = field(default_factory=list)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _since: float | None = None
    _stopping: bool = False

    @property
    def now(self) -> float:
        """The loop's clock."""
        return asyncio.get_running_loop().time()

    @property
    def seconds(self) -> float:
        """For how long it has been carried out, all in all."""
        return self.spent + (self.now - self._since if self._since is not None else 0.0)

    def line(self, aim: Aim) -> Line:
        """The line of a target, made where there is none."""
        if aim.id not in self.lines:
            report = TargetReport(
                id=aim.id, name=aim.name, url=aim.url, state=TargetState.WAITING, library=aim.library
            )
            self.lines[aim.id] = Line(report)
        return self.lines[aim.id]

    def start(
        self, aims: Iterable[Aim], deadline: float, *, resting: Mapping[str, float] | None = None
    ) -> None:
        """Begin to ask these targets, each until `deadline` (loop time) at the latest; `resting` are not asked."""
        for aim in aims:
            line = self.line(aim)
            if aim.closed or (resting and aim.id in resting):
                why = (
                    Diagnostic(code=aim.closed)
                    if aim.closed
                    else Diagnostic(code="resting", detail=str(round((resting or {})[aim.id])))
                )
                line.report = replace(
                    line.report, state=TargetState.SKIPPED, diagnostics=(why,), retry=not aim.closed
                )
                continue
            self.ask(aim, Wish(query=self.query, count=aim.want, sort=self.sort), deadline)

    def ask(self, aim: Aim, wish: Wish, deadline: float) -> bool:
        """Ask one target, or ask it again; False while it is being asked."""
        if aim.id in self._tasks:
            return False
        self._begin()
        line = self.line(aim)
        line.since = self.now
        line.report = replace(
            line.report, state=TargetState.WAITING, diagnostics=(), retry=False, more=False, seconds=0.0
        )
        task = asyncio.ensure_future(self._one(aim, wish, deadline))
        self._tasks[aim.id] = task
        task.add_done_callback(lambda _: self._done(aim.id))
        return True

    def again(self, aim: Aim, deadline: float) -> bool:
        """Try one target again: from the start, or from where it broke off."""
        have = self.line(aim).report.fetched
        return self.ask(
            aim,
            Wish(query=self.query, start=have + 1, count=max(1, aim.want - have), sort=self.sort),
            deadline,
        )

    def more(self, aim: Aim, count: int, deadline: float) -> bool:
        """Fetch `count` more records from one target."""
        have = self.line(aim).report.fetched
        return self.ask(aim, Wish(query=self.query, start=have + 1, count=count, sort=self.sort), deadline)

    def stop(self) -> None:
        """Ask nobody any further; what came stays."""
        self._stopping = bool(self._tasks)
        for task in self._tasks.values():
            task.cancel()

    async def finished(self) -> None:
        """Wait until every target has answered, failed or run out of time."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return bool(self._tasks)

    def take_arrivals(self) -> list[tuple[str, int, Sequence[Fetched]]]:
        """What has come since the last time: (target, number of the portion, records)."""
        taken, self._arrived = self._arrived, []
        return taken

    def reports(self) -> tuple[TargetReport, ...]:
        """All targets as they stand now, the union catalogue first."""
        now = self.now
        found = [
            line.report if line.since is None else replace(line.report, seconds=round(now - line.since, 4))
            for line in self.lines.values()
        ]
        return tuple(sorted(found, key=lambda report: report.id != UNION))

    def _begin(self) -> None:
        if self._since is None:
            self._since = self.now
        self.state, self._stopping = SearchState.RUNNING, False

    def _done(self, target: str) -> None:
        del self._tasks[target]
        line = self.lines[target]
        if line.report.state in _OPEN:  # stopped before it had begun
            line.since = None
            line.report = replace(
                line.report, state=TargetState.SKIPPED, diagnostics=(Diagnostic(code="stopped"),), retry=True
            )
        if not self._tasks and self._since is not None:
            self.spent, self._since = self.seconds, None
            self.state = SearchState.STOPPED if self._stopping else SearchState.FINISHED
        self.changed()

    async def _one(self, aim: Aim, wish: Wish, deadline: float) -> None:
        health = self.healths.get(aim.id, Health())
        line = self.lines[aim.id]
        began = self.now
        until = min(deadline, began + allowance(health, aim.seconds))
        failed: LinkFailed | None = None
        state = TargetState.OK
        try:
            await ask(aim, wish, self.pool, until, _Told(self, aim, line))
        except LinkFailed as error:
            failed = error
            state = TargetState.TIMEOUT if error.code in _LATE else TargetState.FAILED
            line.report = replace(line.report, diagnostics=_with(line.report.diagnostics, _said(error)))
        except asyncio.CancelledError:
            state = TargetState.SKIPPED
            line.report = replace(
                line.report, diagnostics=_with(line.report.diagnostics, (Diagnostic(code="stopped"),))
            )
        took = self.now - began
        report = line.report
        line.since = None
        fatal = failed is not None or any(one.fatal for one in report.diagnostics)
        if state is TargetState.OK and fatal and not report.fetched:
            state = TargetState.FAILED
        more = bool(report.hits is not None and report.hits > report.fetched and report.fetched)
        line.report = replace(
            report, state=state, seconds=round(took, 4), retry=state is not TargetState.OK, more=more
        )
        if state is TargetState.OK or (failed is not None and failed.code in ("diagnostic", "unsupported")):
            health = went_well(health, took)
        elif failed is not None:
            health = went_badly(health, failed.code, self.wall())
        self.healths[aim.id] = self.learned[aim.id] = health
        self.changed()


@dataclass(slots=True)
class _Told:
    """What one target tells, written into its line and handed to the results."""

    run: Run
    aim: Aim
    line: Line

    def searching(self) -> None:
        self.line.report = replace(self.line.report, state=TargetState.SEARCHING)
        self.run.changed()

    def found(self, found: Found) -> None:
        report = self.line.report
        self.line.report = replace(
            report,
            hits=found.hits,
            exact=found.exact,
            diagnostics=_with(report.diagnostics, found.diagnostics),
        )
        self.run.changed()

    def records(self, records: Sequence[Fetched]) -> None:
        run = self.run
        unread = run.results.add(self.aim, records)
        run.portion += 1
        run._arrived.append((self.aim.id, run.portion, records))
        report = self.line.report
        first = report.first_seconds
        if first is None and self.line.since is not None:
            first = round(run.now - self.line.since, 4)
        self.line.report = replace(
            report,
            fetched=report.fetched + len(records),
            unread=report.unread + unread,
            first_seconds=first,
        )
        if run.first_seconds is None and unread < len(records):
            run.first_seconds = run.seconds
            run.on_first()
        run.changed()

    def remark(self, diagnostic: Diagnostic) -> None:
        self.line.report = replace(
            self.line.report, diagnostics=_with(self.line.report.diagnostics, (diagnostic,))
        )


def _said(failed: LinkFailed) -> tuple[Diagnostic, ...]:
    """What a failure has to say: the target's own words, and ours where they add something."""
    ours = Diagnostic(code=failed.code, detail=failed.detail)
    if failed.code == "diagnostic" and failed.diagnostics:
        return failed.diagnostics
    return (ours, *failed.diagnostics)


def _with(had: tuple[Diagnostic, ...], told: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(dict.fromkeys((*had, *told)))[:DIAGNOSTICS]
