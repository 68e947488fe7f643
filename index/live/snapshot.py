"""What a live search has brought so far, as pages, event streams and JSON see it: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from index.live.link import Diagnostic
from index.record import Holding

#: The target id under which hits of our own union catalogue stand among the holders.
UNION = "union"


class TargetState(StrEnum):
    """How far one target has come. Stored as text; `skipped` was not asked, or stopped: the diagnostics say why."""

    WAITING = "waiting"
    SEARCHING = "searching"
    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"


class SearchState(StrEnum):
    """How far the whole search has come. `interrupted`: the process that carried it out is gone."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReport:
    """One target in one search. `hits` is None until the target has told, or when it does not tell.

    `fetched` counts its records in the snapshot, `unread` those of them that could not be read; `seconds` is what it has
    taken so far (from the start of its own search), `first_seconds` until its first record was in the snapshot.
    `more`: there are further records to fetch. `retry`: it may be tried again.
    """

    id: str
    name: str
    url: str
    state: TargetState
    library: str = ""
    hits: int | None = None
    exact: bool = True
    fetched: int = 0
    unread: int = 0
    seconds: float = 0.0
    first_seconds: float | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    more: bool = False
    retry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One target's record in a cluster: `position` counts from 1 in that target's result.

    For the union catalogue `target` is UNION, `position` the place among its hits, and `library` a member's code.
    """

    target: str
    position: int
    library: str = ""
    holdings: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCluster:
    """One edition among the results. `id` stays the same while the search lives, also when more holders join.

    `brief` has the keys of `index.document.brief` (title, subtitle, authors, publisher, place, year, edition, format,
    languages, isbn, issn, … without `holders`), empty parts left out. `union_id` is the id of the union catalogue's
    cluster ('' where it has none): /record/<union_id>. `score` is comparable within one search only.
    """

    id: str
    brief: Mapping[str, Any]
    holders: tuple[Holder, ...]
    union_id: str = ""
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which part of the results is wanted, in which order. `offset` counts from 0.

    `filters` maps a facet to values of which one must be met. Each combination of `sort` and `filters` has an order of
    its own, in which whatever was once shown keeps its place; `fresh` gives that up and ranks everything anew.
    """

    sort: str = "relevance"
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offset: int = 0
    limit: int = 20
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """Values of a facet with how many clusters have them, biggest first. `sample`: counted over what was fetched, while
    the targets have more."""

    name: str
    values: tuple[tuple[str, int], ...]
    sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A live search at one moment. `version` grows with every change of anything but the running seconds.

    `clusters` are those of the view, in its order; `total` counts all that meet its filters. `new` counts clusters that
    would stand before something already shown if everything were ranked anew: they are further down until a fresh view is
    asked for. `hits` sums what the targets say; `hits_exact` is False for "at least" or "about".
    `seconds` counts from the start, to now or to the end; `first_seconds` until the first record of a live target was in.
    """

    id: str
    text: str
    state: SearchState
    version: int
    targets: tuple[TargetReport, ...]
    clusters: tuple[LiveCluster, ...] = ()
    total: int = 0
    new: int = 0
    facets: tuple[Facet, ...] = ()
    hits: int = 0
    hits_exact: bool = True
    seconds: float = 0.0
    first_seconds: float | None = None
    view: View = field(default_factory=View)

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.state is SearchState.RUNNING
