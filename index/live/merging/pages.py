"""A view of merged clusters: filtered, in order, counted, and one page of it, with what was shown kept in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from heapq import nsmallest
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

from index.live.merging.briefs import live
from index.live.merging.values import FACETS, Merged, Page
from index.live.snapshot import Facet, View

#: Values that a facet offers at most.
VALUES = 30

_BEHIND = "\U0010ffff"
#: Sort order → what is sorted by, the smallest first. What does not say comes last; equals by relevance, then by name.
_KEYS: Mapping[str, Callable[[Merged], Any]] = {
    "relevance": lambda row: (-row.score, row.title, row.name),
    "title": lambda row: (row.title or _BEHIND, row.author, -row.score, row.name),
    "author": lambda row: (row.author or _BEHIND, row.title, -row.score, row.name),
    "year": lambda row: (-row.year if row.year is not None else 10_000, -row.score, row.name),
    "year_up": lambda row: (row.year if row.year is not None else 10_000, -row.score, row.name),
}
SORTS = tuple(_KEYS)
#: The main part of each of them.
_MAIN: Mapping[str, Callable[[Merged], Any]] = {
    "relevance": lambda row: -row.score,
    "title": lambda row: row.title or _BEHIND,
    "author": lambda row: row.author or _BEHIND,
    "year": lambda row: -row.year if row.year is not None else 10_000,
    "year_up": lambda row: row.year if row.year is not None else 10_000,
}

_all_facets = attrgetter("facets")


def page(
    rows: Sequence[Merged],
    view: View,
    shown: Sequence[str] = (),
    *,
    sample: bool = False,
    values: int = VALUES,
) -> Page:
    """One page of the view. An unknown sort is relevance, an unknown facet matches nothing.

    `shown` are ids that this view (the same sort and filters) has shown before, in their order: they keep it, unless the
    view is to be `fresh`. `sample` says that the targets have more than was fetched. A facet is counted as if it had no
    filter of its own.
    """
    kept = filtered(rows, view.filters)
    key = _KEYS.get(view.sort, _KEYS["relevance"])
    end = view.offset + view.limit
    pinned, rest, new = _pinned(kept, () if view.fresh else shown, key)
    if len(pinned) < end:
        pinned = [*pinned, *_first(end - len(pinned), rest, view.sort)]
    clusters = tuple(live(row) for row in pinned[view.offset : end])
    return Page(
        clusters=clusters,
        total=len(kept),
        new=new,
        facets=facets(rows, kept, view.filters, sample=sample, values=values),
        shown=tuple(row.id for row in pinned),
    )


def _first(count: int, rows: Sequence[Merged], sort: str) -> list[Merged]:
    """The first `count` rows in the order: those that can be among them by the main part of the key, then by all of it."""
    main = _MAIN.get(sort, _MAIN["relevance"])
    if len(rows) > 4 * count:
        keys = list(map(main, rows))
        last = nsmallest(count, keys)[-1]
        rows = [row for row, mine in zip(rows, keys, strict=True) if mine <= last]
    return sorted(rows, key=_KEYS.get(sort, _KEYS["relevance"]))[:count]


def _pinned(
    kept: Sequence[Merged], shown: Sequence[str], key: Callable[[Merged], Any]
) -> tuple[list[Merged], Sequence[Merged], int]:
    """(what was shown and is still there, in its order; the rest; how many of the rest belong before one of the shown)."""
    if not shown:
        return [], kept, 0
    places = {cluster_id: place for place, cluster_id in enumerate(shown)}
    pinned: list[Merged] = []
    rest: list[Merged] = []
    for row in kept:
        (pinned if row.id in places else rest).append(row)
    if not pinned:
        return [], kept, 0
    last = max(key(row) for row in pinned)
    pinned.sort(key=lambda row: places[row.id])
    return pinned, rest, sum(1 for row in rest if key(row) < last)


def filtered(
    rows: Sequence[Merged], filters: Mapping[str, Collection[str]], but: str = ""
) -> Sequence[Merged]:
    """The rows that have at least one wanted value of every facet, `but` this facet. Years may be '1990-1999'."""
    kept: Sequence[Merged] = rows
    for name, wanted in filters.items():
        if name == but or not wanted:
            continue
        if name not in FACETS:
            return []
        place, values = FACETS.index(name), _spread(wanted) if name == "year" else set(wanted)
        kept = [row for row in kept if not values.isdisjoint(row.facets[place])]
    return kept


def _spread(wanted: Collection[str]) -> set[str]:
    """Years with runs of years written out."""
    found: set[str] = set()
    for text in wanted:
        low, dash, high = text.partition("-")
        if dash and low.isdecimal() and high.isdecimal() and len(low) <= 4 and len(high) <= 4:
            found.update(str(year) for year in range(int(low), int(high) + 1))
        else:
            found.add(text)
    return found


def facets(
    rows: Sequence[Merged],
    kept: Sequence[Merged],
    filters: Mapping[str, Collection[str]],
    *,
    sample: bool = False,
    values: int = VALUES,
) -> tuple[Facet, ...]:
    """What the rows have, by facet: over those kept, each facet without its own filter."""
    columns = list(map(_all_facets, kept))
    found = []
    for place, name in enumerate(FACETS):
        here = columns
        if filters.get(name):
            here = list(map(_all_facets, filtered(rows, filters, but=name)))
        counts = Counter(chain.from_iterable(map(itemgetter(place), here)))
        if counts:
            most = nsmallest(values, counts.items(), key=_biggest)
            found.append(Facet(name=name, values=tuple(most), sample=sample))
    return tuple(found)


def _biggest(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
