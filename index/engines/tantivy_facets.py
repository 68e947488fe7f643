"""How many hits of a tantivy index have which value: facets, also of libraries and ways of having at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tantivy import Query

from index.analysis import HELD, held
from index.engines.tantivy_queries import FIELD, Queries, all_of
from index.plan import Plan
from index.search import SearchRequest

#: Most values that a facet is counted over.
VALUES = 65_000


def count(searcher: Any, query: Query) -> int:
    """How many documents a query finds."""
    return int(searcher.search(query, 1).count)


def facets(
    searcher: Any, queries: Queries, tree: Plan, filters: Mapping[str, Query], request: SearchRequest
) -> dict[str, tuple[tuple[str, int], ...]]:
    """The biggest counts over what is found and meets all filters but a facet's own."""
    found = queries.finds(tree)
    counts: dict[str, list[tuple[str, int]]] = {}
    together: dict[tuple[str, ...], list[str]] = {}
    for facet, limit in request.facets.items():
        rest = tuple(name for name in filters if facet not in name.split("+"))
        other = {"library": "availability", "availability": "library"}.get(facet, "")
        if limit <= 0:
            counts[facet] = []
        elif other and request.filters.get(other):
            hits = all_of([found, *(filters[name] for name in rest)])
            counts[facet] = _held(searcher, queries, hits, facet, request.filters[other])
        else:
            together.setdefault(rest, []).append(facet)
    for rest, names in together.items():
        hits = all_of([found, *(filters[name] for name in rest)])
        counts |= _terms(searcher, hits, {facet: request.facets[facet] for facet in names})
    return {
        facet: tuple(sorted(counts[facet], key=lambda pair: (-pair[1], pair[0]))[:limit])
        for facet, limit in request.facets.items()
    }


def _terms(searcher: Any, hits: Query, limits: Mapping[str, int]) -> dict[str, list[tuple[str, int]]]:
    """Counts of facets over the same hits, in one go; again for those whose equals were cut off."""
    found: dict[str, list[tuple[str, int]]] = {}
    sizes = {facet: limit + 100 for facet, limit in limits.items()}
    while sizes:
        asked = {
            facet: {"terms": {"field": FIELD.get(facet, facet), "size": size, "segment_size": VALUES}}
            for facet, size in sizes.items()
        }
        answer = searcher.aggregate(hits, asked)
        larger = {}
        for facet, size in sizes.items():
            buckets = answer[facet]["buckets"]
            found[facet] = [(_text(one["key"]), int(one["doc_count"])) for one in buckets]
            cut = len(buckets) == size and found[facet][-1][1] == found[facet][limits[facet] - 1][1]
            if cut and size < VALUES:
                larger[facet] = min(size * 8, VALUES)
        sizes = larger
    return found


def _held(
    searcher: Any, queries: Queries, hits: Query, facet: str, chosen: Sequence[str]
) -> list[tuple[str, int]]:
    """Counts by library of what is there in a chosen way, or by way of what the chosen libraries have."""
    if facet == "library":
        known = [term for term, _ in searcher.terms_with_prefix("library", "")]
        tokens = {library: [held(library, way) for way in chosen] for library in known}
    else:
        tokens = {way: [held(library, way) for library in chosen] for way in HELD}
    counts = [
        (value, count(searcher, all_of([hits, queries.one_of("held", having)])))
        for value, having in tokens.items()
    ]
    return [pair for pair in counts if pair[1]]


def _text(key: Any) -> str:
    return str(int(key)) if isinstance(key, float) else str(key)
