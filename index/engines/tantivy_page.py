"""The page of a tantivy result: its best hits, equals in the order of their ids."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from tantivy import Query

from index.engines.tantivy_facets import count
from index.engines.tantivy_queries import Ranked
from index.engines.tantivy_schema import ID_KEYS

#: Hits with the same score are put in the order of their ids as long as there are no more than so many to look at;
#: beyond that tantivy's own order stands, which stays the same from page to page.
TIES = 4000

#: Hits that are fetched beyond the page, since equals are put in order.
SPARE = 28

#: Where less is found, or more is wanted, looking through the titles first gains nothing.
WORTH_WHILE = 300
NEAR = 100

Scored = tuple[float, Any]


def best(searcher: Any, asked: Ranked, offset: int, limit: int) -> tuple[int, list[Any]]:
    """How many there are, and the places of the best hits from `offset` on."""
    wanted = offset + limit
    if asked.titles is not None and wanted <= NEAR:
        if asked.total is None:
            asked.total = count(searcher, asked.titles.found)
        if asked.total >= WORTH_WHILE:
            hits = _hits(searcher, asked.titles.ranked, wanted)[1]
            if len(hits) >= wanted and hits[wanted - 1][0] > asked.titles.elsewhere:
                return asked.total, _page(searcher, hits, offset, wanted)
            asked.titles = None
    total, hits = _hits(searcher, asked.query, wanted)
    return total, _page(searcher, hits, offset, wanted)


def _hits(searcher: Any, query: Query, wanted: int) -> tuple[int, list[Scored]]:
    """How many there are, and the best: as many as wanted, with all that are equal to the last of these."""
    fetched = wanted + SPARE
    while True:
        found = searcher.search(query, fetched, weight_by_field="prior")
        hits: list[Scored] = found.hits
        if len(hits) < fetched or hits[wanted - 1][0] > hits[-1][0]:
            break
        first = bisect_left(hits, -hits[-1][0], key=lambda hit: -hit[0])
        if len(hits) - first > TIES:
            break
        fetched = min(fetched * 4, first + TIES + 1)
    return int(found.count), hits


def _page(searcher: Any, hits: Sequence[Scored], start: int, end: int) -> list[Any]:
    """The places of the hits from `start` to `end`, equals in the order of their ids."""
    end = min(end, len(hits))
    if start >= end:
        return []
    first, last = start, end
    while first and hits[first - 1][0] == hits[start][0]:
        first -= 1
    while last < len(hits) and hits[last][0] == hits[end - 1][0]:
        last += 1
    ordered = _in_order(searcher, hits[first:last])
    return [place for _, place in ordered[start - first : end - first]]


def _in_order(searcher: Any, hits: Sequence[Scored]) -> Sequence[Scored]:
    """Hits in the order of their scores and ids; fetched only where the beginnings of the ids are equal."""
    if len({score for score, _ in hits}) == len(hits):
        return hits
    if len(hits) > TIES:
        parts = [list(part) for _, part in groupby(hits, key=itemgetter(0))]
        if len(parts) > 1:
            return [hit for part in parts for hit in _in_order(searcher, part)]
        return hits
    places = [place for _, place in hits]
    keys: list[tuple[Any, ...]] = [(-score,) for score, _ in hits]
    for name in ID_KEYS:
        found = searcher.fast_field_values(name, places)
        keys = [(*key, value) for key, value in zip(keys, found, strict=True)]
        if len(set(keys)) == len(keys):
            break
    else:
        keys = [(key[0], searcher.doc(place)["id"][0]) for key, place in zip(keys, places, strict=True)]
    return [hits[n] for n in sorted(range(len(hits)), key=keys.__getitem__)]
