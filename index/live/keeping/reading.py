"""What is read of live searches: a snapshot for a view, one fetched record, and whether there is anything new."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from threading import Lock
from typing import Any

from index.live.keeping import views
from index.live.keeping.packing import body_of, dump, facets_of, portion_of, report_of, row_of
from index.live.keeping.writing import STALE, pin
from index.live.link import Diagnostic, Fetched
from index.live.merging import Merged, page
from index.live.snapshot import (
    UNION,
    LiveCluster,
    SearchState,
    Snapshot,
    TargetReport,
    TargetState,
    View,
)

#: Seconds beyond its deadline after which a search that is said to be running cannot be.
GRACE = 10.0
_COLUMNS = (
    "SELECT w.id, w.text, w.state, w.version, w.targets, w.facets, w.ranked, w.flushed, w.spent, w.beat, w.deadline,"
    " w.first_seconds FROM search s JOIN work w ON w.id=s.work WHERE s.id=? AND s.owner=?"
)


class Shelf:
    """Rows of the clusters of a few works, kept while they do not change: only views with filters or another order need
    them."""

    def __init__(self, room: int = 8) -> None:
        self._kept: OrderedDict[tuple[int, int], list[Merged]] = OrderedDict()
        self._room = room
        self._lock = Lock()

    def rows(self, c: sqlite3.Connection, work: int, version: int) -> list[Merged]:
        """All clusters of a work, without descriptions."""
        with self._lock:
            if (work, version) in self._kept:
                self._kept.move_to_end((work, version))
                return self._kept[work, version]
        rows = c.execute("SELECT number, keys FROM cluster WHERE work=? ORDER BY number", (work,))
        found = [row_of(number, text) for number, text in rows]
        with self._lock:
            self._kept[work, version] = found
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return found


def state_of(state: str, beat: float, deadline: float, now: float) -> SearchState:
    """How far a work has come, seen from outside: one whose runner is silent is interrupted."""
    if state == SearchState.RUNNING.value and (now > beat + STALE or now > deadline + GRACE):
        return SearchState.INTERRUPTED
    return SearchState(state)


def version(c: sqlite3.Connection, search: str, owner: str, now: float) -> tuple[int, bool] | None:
    """The version of a search, and whether more may come; None where this owner has no such search."""
    row = c.execute(
        "SELECT w.version, w.state, w.beat, w.deadline FROM search s JOIN work w ON w.id=s.work"
        " WHERE s.id=? AND s.owner=?",
        (search, owner),
    ).fetchone()
    if row is None:
        return None
    return row[0], state_of(row[1], row[2], row[3], now) is SearchState.RUNNING


def snapshot(
    c: sqlite3.Connection, shelf: Shelf, search: str, owner: str, view: View, now: float
) -> tuple[Snapshot, tuple[str, bytes] | None] | None:
    """A search as it is now, and what is to be pinned (view, numbers), if that has changed.

    None where this owner has no such search.
    """
    row = c.execute(_COLUMNS, (search, owner)).fetchone()
    if row is None:
        return None
    (work, text, told, number, targets, facets, ranked, flushed, spent, beat, deadline, first_seconds) = row
    state = state_of(told, beat, deadline, now)
    running = state is SearchState.RUNNING
    passed = max(0.0, now - flushed) if running else 0.0
    reports = tuple(seen(report_of(one), state, passed) for one in json.loads(targets))
    view = replace(view, offset=max(0, view.offset), limit=max(0, view.limit))
    name = _name(view)
    pins = c.execute("SELECT numbers FROM pin WHERE search=? AND view=?", (search, name)).fetchone()
    pinned = () if pins is None or view.fresh else tuple(_numbers(pins[0]))
    counted = facets_of(json.loads(facets))
    if view.filters or view.sort != "relevance":
        rows = shelf.rows(c, work, number)
        sample = any(facet.sample for facet in counted)
        found = page(rows, view, [str(n) for n in pinned], sample=sample)
        shown = [int(one.id) for one in found.clusters]
        total, new, counted = found.total, found.new, found.facets
        now_pinned = tuple(int(one) for one in found.shown)
    else:
        order = _numbers(ranked)
        plain = views.page(order, pinned, view.offset, view.limit)
        shown, total, new, now_pinned = list(plain.numbers), len(order), plain.new, plain.pinned
    live = [one for one in reports if one.id != UNION]
    value = Snapshot(
        id=search,
        text=text,
        state=state,
        version=number,
        targets=reports,
        clusters=_clusters(c, work, shown),
        total=total,
        new=new,
        facets=counted,
        hits=sum(one.hits or 0 for one in reports),
        hits_exact=not running and all(one.exact and one.hits is not None for one in live),
        seconds=round(spent + passed, 3),
        first_seconds=first_seconds,
        view=view,
    )
    unchanged = now_pinned == pinned and not (view.fresh and pins is not None)
    return value, None if unchanged else (name, array("I", now_pinned).tobytes())


def seen(report: TargetReport, state: SearchState, passed: float) -> TargetReport:
    """A target as it stands `passed` seconds after it was written, in a search that is in this state."""
    if report.state not in (TargetState.WAITING, TargetState.SEARCHING):
        return report
    if state is SearchState.RUNNING:
        return replace(report, seconds=round(report.seconds + passed, 3))
    if state is SearchState.INTERRUPTED:
        told = (*report.diagnostics, Diagnostic(code="interrupted"))
        return replace(report, state=TargetState.FAILED, diagnostics=told, retry=True)
    return report


def _numbers(packed: bytes) -> array[int]:
    found = array("I")
    found.frombytes(packed)
    return found


def _name(view: View) -> str:
    """The name of a view's order: the same for every page of it."""
    said = dump([view.sort, sorted((name, sorted(values)) for name, values in view.filters.items())])
    return blake2b(said.encode(), digest_size=12).hexdigest()


def _clusters(c: sqlite3.Connection, work: int, numbers: Sequence[int]) -> tuple[LiveCluster, ...]:
    found = []
    for number in numbers:
        row = c.execute("SELECT body FROM cluster WHERE work=? AND number=?", (work, number)).fetchone()
        if row is not None:
            found.append(body_of(number, row[0]))
    return tuple(found)


def write_pin(c: sqlite3.Connection, search: str, pinned: tuple[str, bytes]) -> None:
    """Keep what `snapshot` said is to be pinned, unless the search is gone meanwhile."""
    if c.execute("SELECT 1 FROM search WHERE id=?", (search,)).fetchone():
        pin(c, search, *pinned)


def cluster(c: sqlite3.Connection, search: str, owner: str, cluster_id: str) -> LiveCluster | None:
    """One cluster of a search, or None."""
    if not cluster_id.isascii() or not cluster_id.isdecimal() or len(cluster_id) > 9:
        return None
    row = c.execute(
        "SELECT c.body FROM search s JOIN cluster c ON c.work=s.work WHERE s.id=? AND s.owner=? AND c.number=?",
        (search, owner, int(cluster_id)),
    ).fetchone()
    return None if row is None else body_of(int(cluster_id), row[0])


def fetched(c: sqlite3.Connection, search: str, owner: str, target: str, position: int) -> Fetched | None:
    """One record as it came from its target, or None."""
    row = c.execute(
        "SELECT p.first, p.value, p.payloads FROM search s JOIN portion p ON p.work=s.work"
        " WHERE s.id=? AND s.owner=? AND p.target=? AND p.first<=? ORDER BY p.first DESC LIMIT 1",
        (search, owner, target, position),
    ).fetchone()
    records = [] if row is None else portion_of(*row)
    return next((one for one in records if one.position == position), None)


def arrived(c: sqlite3.Connection, work: int) -> list[tuple[str, list[Fetched]]]:
    """All records of a work in the order in which they came, in portions of one target each."""
    rows = c.execute(
        "SELECT target, first, value, payloads FROM portion WHERE work=? ORDER BY arrival, target", (work,)
    )
    return [(target, portion_of(first, value, payloads)) for target, first, value, payloads in rows]


def work_of(c: sqlite3.Connection, search: str, owner: str) -> dict[str, Any] | None:
    """The row of the work that a search shows, as a dict; None where this owner has no such search."""
    cursor = c.execute(
        "SELECT w.* FROM search s JOIN work w ON w.id=s.work WHERE s.id=? AND s.owner=?", (search, owner)
    )
    row = cursor.fetchone()
    return None if row is None else dict(zip([d[0] for d in cursor.description], row, strict=True))
