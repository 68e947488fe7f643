"""Files into the catalogue: as the records of one library, or row by row of the libraries that each row names."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from foundation import libraries
from harvester import process, sources, store, sweep
from harvester.context import Harvesting
from harvester.errors import UnknownSource
from harvester.files import BadFile, FileRecord
from harvester.receipt import Receipt, State
from harvester.sources import Source, SourceDraft
from harvester.store import Harvest
from harvester.tables import seen
from harvester.tables import source as source_table
from harvester.uploads import batches, opening, reading
from harvester.uploads.columns import fold
from harvester.uploads.copies import Copies
from harvester.uploads.table import BadTable
from index.crosswalk import BadRecord
from index.tables import record

#: Rejected records that a receipt lists; the quarantine has all of them.
_LISTED = 1000
#: Unknown names of libraries that a receipt lists.
_NAMES_LISTED = 200

#: Seconds between two signs of life of a run that writes nothing meanwhile.
_BEAT = 10.0

#: Hears after each batch how many records were read, and how many there are (None: not known). What it raises
#: ends the run: what was taken in stays.
Report = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How files are taken in.

    `library_id` None: each row names its libraries, `codes` maps those names (folded) to ids of libraries, '' skips one.
    `source` is the code of the source, '' makes one up: '<library>-files', and '<library>-union' for lists of several.
    `columns` maps names of columns (folded) to fields. `whole`: the files are the whole catalogue, and what is
    missing from them goes, as far as the guard against emptied catalogues lets it.
    """

    library_id: str | None = None
    source: str = ""
    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    asked_by: str | None = None


@dataclass(slots=True)
class _Target:
    source: Source
    mine: Harvest
    batch: list[FileRecord] = field(default_factory=list)


class _Run:
    def __init__(self, ctx: Harvesting, plan: Plan, at: datetime, report: Report | None) -> None:
        self.ctx, self.plan, self.at, self.report = ctx, plan, at, report
        self.targets: dict[str, _Target] = {}
        self.unknown: Counter[str] = Counter()
        self.nowhere = 0
        self.read = 0
        self._homeless: list[FileRecord] = []
        self._beaten = time.monotonic()
        with ctx.db.read() as c:
            self._known = {} if plan.library_id else known_names(c)

    def target(self, library_id: str) -> _Target:
        """The harvest of one library, begun when its first record comes."""
        if library_id not in self.targets:
            with self.ctx.db.begin() as c:
                source = _source_of(self.ctx, c, library_id, self.plan, self.at)
                mine = store.queue(c, source.id, at=self.at, kind="file", asked_by=self.plan.asked_by)
                mine = store.take(c, mine.id, owner="file", at=self.ctx.clock())
                if self.plan.columns:
                    sources.remember(c, source.id, columns=dict(self.plan.columns))
            self.targets[library_id] = _Target(source, mine)
        return self.targets[library_id]

    def holders(self, one: FileRecord) -> list[str]:
        """Ids of the libraries whose record this is; names that nobody knows are counted."""
        if self.plan.library_id:
            return [self.plan.library_id]
        found: dict[str, None] = {}
        for name in one.holders:
            key = fold(name)
            library_id = self.plan.codes[key] if key in self.plan.codes else self._known.get(key)
            if library_id:
                found.setdefault(library_id)
            elif library_id is None:
                self.unknown[name[:80]] += 1
        return list(found)

    def take(self, one: FileRecord, number: int) -> None:
        """Put a record where it belongs; a batch that is full is written."""
        self.read += 1
        where = self.holders(one)
        if not where:
            if isinstance(one.outcome, BadRecord) and len(self._homeless) < _LISTED:
                self._homeless.append(one)  # of nobody's list, and still to be looked at
            else:
                self.nowhere += 1
        for library_id in where:
            target = self.target(library_id)
            target.batch.append(one)
            if len(target.batch) >= process.BATCH:
                self.write(target, number)
                self.heard()

    def heard(self, total: int | None = None) -> None:
        """Tell how far it is, and that every run is alive; may raise whatever stops us."""
        if time.monotonic() - self._beaten > _BEAT:
            self._beaten = time.monotonic()
            with self.ctx.db.begin() as c:
                for target in self.targets.values():
                    store.write(c, target.mine, at=self.ctx.clock())
        if self.report is not None:
            self.report(self.read, total)

    def write(self, target: _Target, number: int) -> None:
        """One batch in one unit of work."""
        batch, target.batch = target.batch, []
        if not batch:
            return
        kept = batches.keep(self.ctx, target.source, target.mine, batch)
        with self.ctx.db.begin() as c:
            at = self.ctx.clock()
            batches.take(self.ctx, c, target.source, target.mine, batch, kept, where=f"file {number}", at=at)

    def flush(self, number: int) -> None:
        """Write what is left of a file; bad rows of nobody go to whoever comes first."""
        if self._homeless and self.targets:
            next(iter(self.targets.values())).batch.extend(self._homeless)
            self._homeless = []
        for target in self.targets.values():
            self.write(target, number)


def harvest_files(ctx: Harvesting, paths: Sequence[Path], *, library_id: str, at: datetime) -> dict[str, Any]:
    """Take files in as records of one library; as load."""
    return load(ctx, paths, Plan(library_id=library_id), at=at)


def load(
    ctx: Harvesting, paths: Sequence[Path], plan: Plan, *, at: datetime, report: Report | None = None
) -> dict[str, Any]:
    """Take files into the catalogue; returns the receipt as a JSON value, several libraries' added up in one.

    A record replaces the one with the same identifier that the same source brought before. Bad records go into
    quarantine. A file that cannot be read to its end makes the run incomplete, and nothing is withdrawn then.
    Beside the receipt's own: `unknown_libraries` (name → rows), `without_library` (rows), `copies_left` (codes of
    copies without a title), `harvests` (ids), `held` (why nothing was withdrawn).
    """
    run = _Run(ctx, plan, at, report)
    if plan.library_id:
        run.target(plan.library_id)
    elif plan.whole:
        _all_of_the_list(run)
    trouble: list[str] = []
    size = 0
    kinds, copies = _kinds(paths, plan, trouble)
    number = 0
    try:
        for number, path in enumerate(paths, start=1):
            if kinds.get(path) == "slims_items" or path not in kinds:
                continue
            try:
                size += path.stat().st_size
                for one in reading.records(
                    path,
                    kind=kinds[path],
                    saved=plan.columns,
                    copies=copies,
                    several=plan.library_id is None,
                    beat=run.heard,
                ):
                    if isinstance(one.outcome, BadRecord) and one.outcome.reason == "not_xml":
                        trouble.append(f"{path.name}: {one.outcome.detail}")
                    run.take(one, number)
            except (BadFile, BadTable, OSError) as error:
                trouble.append(_told(path, error))
            run.flush(number)
            run.heard()
    except BaseException:
        _end_stopped(run, number, size)
        raise
    return _end(run, len(paths), size, trouble, copies)


def _kinds(paths: Sequence[Path], plan: Plan, trouble: list[str]) -> tuple[dict[Path, str], Copies | None]:
    """The kind of each file that can be read, and the copies that are in some of them."""
    kinds: dict[Path, str] = {}
    for path in paths:
        try:
            kinds[path] = plan.kind or opening.kind_of(path)
        except (BadTable, BadFile, OSError, EOFError) as error:
            trouble.append(_told(path, error))
    alone = [path for path, kind in kinds.items() if kind == "slims_items"]
    if alone and len(alone) == len(kinds):
        trouble.append(f"{alone[0].name}: {BadTable('copies_alone')}")
        return kinds, None
    try:
        return kinds, reading.copies_of(alone)
    except (BadTable, OSError) as error:
        trouble.append(f"{alone[0].name}: {error}")
        return kinds, None


def _told(path: Path, error: Exception) -> str:
    """What is wrong with a file, under its name alone: folders are nobody's business."""
    return f"{path.name}: {str(error).removeprefix(f'{path}: ')}"


# --- where records go ------------------------------------------------------------------------------


def known_names(c: Connection) -> dict[str, str]:
    """Codes, symbols and names of libraries, folded, by which a list may call them."""
    found: dict[str, str] = {}
    for one in libraries.every(c, "active", "suspended"):
        for name in (one.name, str(one.symbol).rpartition(":")[2], str(one.symbol), one.code):
            if key := fold(name):
                found[key] = one.id
    return found


def _source_of(ctx: Harvesting, c: Connection, library_id: str, plan: Plan, at: datetime) -> Source:
    own = libraries.get(c, library_id).code.lower()
    code = plan.source if plan.library_id and plan.source else f"{own}-{plan.source or 'files'}"
    if plan.library_id is None:
        code = f"{own}-{plan.source or 'union'}"
    try:
        found = sources.by_code(c, code[:40])
    except UnknownSource:
        name = libraries.get(c, library_id).name
        draft = SourceDraft(code=code[:40], library_id=library_id, name=name, kind="file")
        return sources.add(c, draft, seal=ctx.seal, at=at)
    if found.library_id != library_id or found.kind != "file":
        raise UnknownSource(code)
    return found


def _all_of_the_list(run: _Run) -> None:
    """A whole list also speaks for the libraries that it names no more: those that had a part in it before."""
    with run.ctx.db.read() as c:
        found = [
            one.library_id
            for one in sources.listed(c)
            if one.kind == "file" and one.code.endswith(f"-{run.plan.source or 'union'}")
        ]
    for library_id in found:
        run.target(library_id)


# --- the end ---------------------------------------------------------------------------------------


def _end(run: _Run, files: int, size: int, trouble: list[str], copies: Copies | None) -> dict[str, Any]:
    ctx, slips, held = run.ctx, [], []
    for target in run.targets.values():
        swept = 0
        if run.plan.whole and not trouble:
            swept, why = _sweep(ctx, target)
            if why:
                held.append(why if run.plan.library_id else f"{target.source.code}: {why}")
        state: State = "complete" if not trouble else "incomplete"
        slips.append(_settle(run, target, files, size, state, trouble, swept))
    value = _joined(slips, run, files, size, trouble)
    value["held"] = "; ".join(held)
    value["unknown_libraries"] = dict(run.unknown.most_common(_NAMES_LISTED))
    value["without_library"] = run.nowhere
    value["copies_left"] = (copies.left if copies else [])[:_NAMES_LISTED]
    value["harvests"] = [target.mine.id for target in run.targets.values()]
    return value


def _end_stopped(run: _Run, files: int, size: int) -> None:
    for target in run.targets.values():
        _settle(run, target, files, size, "stopped", ["stopped"], 0)


def _settle(
    run: _Run, target: _Target, files: int, size: int, state: State, trouble: list[str], swept: int
) -> Receipt:
    ctx, now = run.ctx, run.ctx.clock()
    with ctx.db.begin() as c:
        counts = process.counts(c, target.mine.id)
        if state == "incomplete" and not counts.records:
            state = "failed"
        slip = Receipt(
            state=state,
            reason="; ".join(trouble)[:1000],
            records=counts.records,
            deleted=0,
            rejected=process.rejections(c, target.mine.id, _LISTED),
            pages=files,
            requests=0,
            bytes=size,
            seconds=max(0.0, (now - run.at).total_seconds()),
            oddities=tuple(store.get(c, target.mine.id).oddities),
            rejected_total=counts.rejected + counts.nameless,
            swept=swept,
        )
        store.write(
            c,
            target.mine,
            at=now,
            pages=files,
            bytes=size,
            records=counts.records,
            deleted=swept,
            rejected=counts.rejected + counts.nameless,
        )
        store.end(c, target.mine, at=now, state=state, reason=slip.reason, receipt=slip.value())
        if state == "complete":
            mine = source_table.c.id == target.source.id
            c.execute(source_table.update().where(mine).values(health="ok", health_reason="", failures=0))
    return slip


def _joined(slips: list[Receipt], run: _Run, files: int, size: int, trouble: list[str]) -> dict[str, Any]:
    if not slips:
        empty = Receipt(
            state="failed" if trouble or not run.unknown else "complete",
            reason="; ".join(trouble)[:1000],
            records=0,
            deleted=0,
            rejected=(),
            pages=files,
            requests=0,
            bytes=size,
            seconds=0.0,
            oddities=(),
        )
        return empty.value()
    first = slips[0]
    states = {slip.state for slip in slips}
    total = replace(
        first,
        state="complete" if states == {"complete"} else "failed" if states == {"failed"} else "incomplete",
        records=sum(slip.records for slip in slips),
        rejected=tuple(one for slip in slips for one in slip.rejected)[:_LISTED],
        rejected_total=sum(slip.rejected_total or 0 for slip in slips),
        swept=sum(slip.swept for slip in slips),
        oddities=tuple({one["code"]: one for slip in slips for one in slip.oddities}.values()),
    )
    return total.value()


def _sweep(ctx: Harvesting, target: _Target) -> tuple[int, str]:
    """Withdraw what a whole catalogue did not name; a row that could not be read keeps its older record."""
    began = target.mine.started_at or ctx.clock()
    with ctx.db.begin() as c:
        store.write(c, target.mine, at=ctx.clock())
        rejected = select(seen.c.identifier).where(
            seen.c.harvest_id == target.mine.id, seen.c.kind == "rejected"
        )
        c.execute(
            record.update()
            .where(record.c.source_id == target.source.id, record.c.identifier.in_(rejected))
            .values(last_seen=ctx.clock())
        )
        delivered = process.counts(c, target.mine.id).records
    return sweep.sweep(ctx, target.source, target.mine, began, delivered)
