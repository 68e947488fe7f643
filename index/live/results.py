"""The results of one search while it is carried out: records read, merged and ranked, and what of that is new."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Sequence

from index.crosswalk.errors import BadRecord
from index.live.asking.aim import Aim
from index.live.lean import Lean, read
from index.live.link import Fetched
from index.live.merging import Arrival, Merged, Merger, UnionHit, asked, facets, live
from index.live.snapshot import Facet, LiveCluster
from index.query import Query

log = logging.getLogger(__name__)


class Results:
    """Belongs to the loop that carries the search out."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._merger = Merger(asked(query))
        self._rows: dict[str, Merged] = {}

    def add(self, aim: Aim, records: Sequence[Fetched]) -> int:
        """Take in records of a target; returns how many of them could not be read."""
        arrivals = []
        for one in records:
            if (lean := _read(one, aim)) is not None:
                arrivals.append(Arrival(aim.id, one.position, lean, aim.library))
        self._merger.add(arrivals)
        return len(records) - len(arrivals)

    def add_union(self, hits: Sequence[UnionHit]) -> None:
        """Take in hits of our own catalogue."""
        self._merger.add_union(hits)

    def take(self) -> tuple[tuple[Merged, ...], list[int]]:
        """Clusters that are new or changed since the last time, and the numbers of those that went into others."""
        change = self._merger.changes()
        for gone in change.gone:
            self._rows.pop(gone, None)
        for row in change.changed:
            self._rows[row.id] = row
        return change.changed, [int(gone) for gone in change.gone]

    def ranked(self) -> array[int]:
        """The numbers of all clusters as of the last `take`, best first."""
        rows = sorted(self._rows.values(), key=_rank)
        return array("I", [int(row.id) for row in rows])

    def facets(self, *, sample: bool) -> tuple[Facet, ...]:
        """The facets of everything as of the last `take`; `sample` says that the targets have more."""
        rows = list(self._rows.values())
        return facets(rows, rows, {}, sample=sample)

    def everything(self, *, sample: bool) -> tuple[Facet, ...]:
        """The facets of everything."""
        rows = self._merger.rows()
        return facets(rows, rows, {}, sample=sample)

    def clusters(self) -> list[LiveCluster]:
        """Everything, best first."""
        return [live(row) for row in sorted(self._merger.rows(), key=_rank)]


def _rank(row: Merged) -> tuple[float, str, str]:
    return -row.score, row.title, row.name


def _read(one: Fetched, aim: Aim) -> Lean | None:
    if one.diagnostic is not None and not one.payload:
        return None
    try:
        return read(one, aim.reading)
    except BadRecord:
        return None
    except Exception:  # a fault of ours costs this record, not what its target has besides
        log.exception("record %s of %s could not be read", one.position, aim.id)
        return None
