"""One state of a Whoosh index, searched: which documents, how many of each facet value, which come first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby, islice
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from index.analysis import HELD, SORT_BYTES, held
from index.engines.asking import check
from index.engines.facets import FIELD, Values, column, named, top, years
from index.engines.ranking import (
    BEGINS,
    HEAD,
    JOURNAL,
    NO_LEAD,
    PHRASE,
    SHARES,
    STEM,
    SURFACE,
    WHOLE,
    Lead,
    lead,
    rarity,
)
from index.engines.segment_reader import Cache, Mask, SegmentReader
from index.engines.segment_writer import INFO, NO_YEAR
from index.packing import from_json
from index.plan import Leaf, Plan, Starts, Words, Years, leaves, plan
from index.search import Hit, SearchRequest, SearchResult

Scores = npt.NDArray[np.int64]
Weights = Sequence[tuple[Leaf | Words | Starts, int]]


@dataclass(frozen=True, slots=True)
class Part:
    """A segment as one commit sees it."""

    reader: SegmentReader
    alive: Mask
    deleted: int

    @property
    def count(self) -> int:
        """Living documents."""
        return self.reader.count - self.deleted


@dataclass(slots=True)
class Found:
    """What a query finds in one segment, before and after the filters."""

    part: Part
    query: Mask  # alive and found by the query
    filters: Mapping[str, Mask]
    hits: Mask = field(init=False)

    def __post_init__(self) -> None:
        self.hits = self.but("")

    def but(self, facet: str) -> Mask:
        """Documents that meet all filters except that of this facet."""
        mask = self.query
        for name, met in self.filters.items():
            if facet not in name.split("+"):
                mask = mask & met
        return mask


class Snapshot:
    """All segments of one commit. Nothing in it changes, so threads may share it."""

    def __init__(
        self,
        parts: Sequence[Part],
        generation: int,
        position: int,
        cache: Cache,
        values: Mapping[str, Values],
    ) -> None:
        self.parts = tuple(parts)
        self.generation = generation
        self.position = position
        self.count = sum(part.count for part in parts)
        self._cache = cache
        self._values = values

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a request. Raises SearchFailed when it asks for what does not exist."""
        start = perf_counter()
        check(request)
        tree = plan(request.query)
        found = [self._found(part, tree, request) for part in self.parts]
        hits = self._page(found, tree, request)
        return SearchResult(
            total=sum(int(np.count_nonzero(f.hits)) for f in found),
            hits=tuple(hits),
            facets={
                facet: self._facet(found, facet, limit, request) for facet, limit in request.facets.items()
            },
            seconds=perf_counter() - start,
            generation=self.generation,
        )

    def walk(self, field: str, start: str, limit: int, backwards: bool) -> tuple[tuple[str, int], ...]:
        """Terms of all segments in order, each with its living documents; see `Engine.walk`."""
        lists = [self._walked(part, field, start, backwards) for part in self.parts]
        ordered = merge(*lists, key=lambda pair: pair[0].encode(), reverse=backwards)
        found: list[tuple[str, int]] = []
        for text, group in groupby(ordered, key=lambda pair: pair[0]):
            if documents := sum(number for _, number in group):
                found.append((text, documents))
            if len(found) == limit:
                break
        return tuple(found)

    @staticmethod
    def _walked(part: Part, field: str, start: str, backwards: bool) -> Iterator[tuple[str, int]]:
        for text, value in part.reader.walk(field, start, backwards):
            if part.deleted:
                yield text, int(np.count_nonzero(part.alive[part.reader.decode(value)]))
            else:
                yield text, INFO.unpack_from(value)[2]

    # Which

    def _found(self, part: Part, tree: Plan, request: SearchRequest) -> Found:
        return Found(part, part.reader.mask(tree) & part.alive, dict(_filters(part.reader, request)))

    # How many

    def _facet(
        self, found: Sequence[Found], facet: str, limit: int, request: SearchRequest
    ) -> tuple[tuple[str, int], ...]:
        if facet == "year":
            by_year: dict[str, int] = {}
            for f in found:
                years(f.part.reader, f.but("year"), by_year)
            return top(by_year.items(), limit)
        other = {"library": "availability", "availability": "library"}.get(facet, "")
        if other and request.filters.get(other):
            return top(_held_counts(found, facet, request.filters[other]).items(), limit)
        values = self._values[facet]
        columns = [self._column(f.part.reader, facet) for f in found]
        counts = np.zeros(len(values), dtype=np.int64)
        for f, turned in zip(found, columns, strict=True):
            hits = f.but(facet)
            turned.count(hits, int(np.count_nonzero(hits)), counts)
        return top(named(counts, values, limit), limit)

    def _column(self, reader: SegmentReader, facet: str) -> Any:
        name = FIELD.get(facet, facet)
        return self._cache.get(
            (reader.segment_id, "facet", facet),
            lambda: column(reader, name, self._values[facet]),
            lambda turned: turned.nbytes,
        )

    # In which order

    def _page(self, found: Sequence[Found], tree: Plan, request: SearchRequest) -> Iterator[Hit]:
        wanted = request.offset + request.limit
        relevance = request.sort == "relevance"
        weights = self._weights(tree) if relevance else ()
        titles = lead(request.query) if relevance else NO_LEAD
        lists = [self._first(f, request.sort, weights, titles, wanted) for f in found]
        ordered = islice(merge(*lists), request.offset, wanted)
        for _, key, at, number in ordered:
            brief = found[at].part.reader.brief(number)
            yield Hit(id=key.decode(), brief=from_json(brief))

    def _weights(self, tree: Plan) -> Weights:
        """The leaves of the plan with their rarity among the living documents of all segments."""
        found = []
        for leaf in leaves(tree):
            documents = 0
            for part in self.parts:
                docs = part.reader.leaf(leaf)
                documents += int(np.count_nonzero(part.alive[docs])) if part.deleted else len(docs)
            found.append((leaf, rarity(self.count, documents)))
        return found

    def _first(
        self, f: Found, sort: str, weights: Weights, titles: Lead, wanted: int
    ) -> list[tuple[Any, bytes, int, int]]:
        """The first `wanted` hits of a segment: (what they are ordered by, id, which segment, number)."""
        numbers = np.flatnonzero(f.hits)
        if not len(numbers) or not wanted:
            return []
        reader = f.part.reader
        at = next(i for i, part in enumerate(self.parts) if part is f.part)
        if sort == "relevance":
            keys = -scores(reader, weights)[numbers]
            if titles.whole:
                keys -= _called_so(reader, numbers, titles) * (
                    sum(rare for _, rare in weights) * reader.priors[numbers].astype(np.int64)
                )
        else:
            keys = _ORDERS[sort](reader, numbers)
        chosen = smallest(keys, wanted)
        return [
            (key, reader.id(number), at, number)
            for key, number in zip(keys[chosen].tolist(), numbers[chosen].tolist(), strict=True)
        ]


def _filters(reader: SegmentReader, request: SearchRequest) -> Iterator[tuple[str, Mask]]:
    """For each filter that is set, which documents meet it, seen together with the others."""
    low, high = request.years
    asked = {name: frozenset(values) for name, values in request.filters.items() if values}
    year: Mask | None = None
    if low is not None or high is not None:
        year = reader.mask(Years(low, high))
    if "year" in asked:
        chosen = np.isin(reader.years, [int(v) for v in asked["year"] if v.lstrip("-").isdecimal()])
        chosen &= reader.years != NO_YEAR
        year = chosen if year is None else year & chosen
    if year is not None:
        yield "year", year
    libraries, ways = asked.get("library"), asked.get("availability")
    if libraries and ways:
        pairs = frozenset(held(library, way) for library in libraries for way in ways)
        yield "library+availability", reader.any_of("held", pairs)
    for name, values in asked.items():
        if name != "year":
            yield name, reader.any_of(FIELD.get(name, name), values)


def _held_counts(found: Sequence[Found], facet: str, chosen: Sequence[str]) -> dict[str, int]:
    """Counts by library of what is there in a chosen way, or by way of what the chosen libraries have."""
    counts: dict[str, int] = {}
    for f in found:
        reader, hits = f.part.reader, f.but(facet)
        if facet == "library":
            tokens = {lib: [held(lib, way) for way in chosen] for lib, _ in reader.terms("library", "")}
        else:
            tokens = {way: [held(lib, way) for lib in chosen] for way in HELD}
        for value, having in tokens.items():
            number = int(np.count_nonzero(hits[reader.union("held", tuple(having))]))
            if number:
                counts[value] = counts.get(value, 0) + number
    return counts


def scores(reader: SegmentReader, weights: Weights) -> Scores:
    """What each document of a segment is worth, found or not: the arithmetic of `ranking`, a column at a time."""
    total = np.zeros(reader.count, dtype=np.int64)
    for leaf, rare in weights:
        if not isinstance(leaf, Leaf):
            total[reader.leaf(leaf)] += rare * (PHRASE if isinstance(leaf, Words) else SURFACE)
            continue
        weaker = bool(leaf.stems or leaf.others)
        if weaker:
            total[reader.leaf(leaf)] += STEM * rare
        total[reader.union(leaf.field, leaf.tokens)] += (SURFACE - STEM if weaker else SURFACE) * rare
        if leaf.field == "any":
            for name, share in SHARES:
                total[reader.union(name, leaf.tokens)] += share * rare
                if leaf.others and len(
                    reader.union(name, leaf.others)
                ):  # half for them, and no more for both
                    total[reader.union(name, leaf.tokens + leaf.others)] += share // 2 * rare
                    total[reader.union(name, leaf.tokens)] -= share // 2 * rare
    total *= reader.priors
    return total


def _called_so(reader: SegmentReader, numbers: npt.NDArray[np.intp], titles: Lead) -> Scores:
    """`Lead.worth` of each of these documents, all at once."""
    keys = reader.title_words[numbers]
    worth = np.zeros(len(numbers), dtype=np.int64)
    for whole in titles.whole:
        heads = [head for head in titles.heads if whole.startswith(head)]
        shortest = min((whole, *heads), key=len)
        near = _alike(keys, shortest, len(shortest))  # few titles: what follows looks at these only
        if not len(near):
            continue
        some, found = keys[near], worth[near]
        for head in heads:
            found[_alike(some, head, SORT_BYTES)] = HEAD
        found[_alike(some, whole + b" ", len(whole) + 1)] = BEGINS
        same = _alike(some, whole, SORT_BYTES)
        journals = reader.any_of("format", frozenset(("journal",)))[numbers[near[same]]]
        found[same] = WHOLE + JOURNAL * journals
        worth[near] = found
    return worth


def _alike(keys: npt.NDArray[np.uint64], wanted: bytes, count: int) -> npt.NDArray[np.intp]:
    """The places of the keys whose first `count` bytes are these, zeros behind them; eight bytes at a time."""
    if len(wanted) > SORT_BYTES:
        return np.empty(0, dtype=np.intp)
    words = np.frombuffer(wanted.ljust(SORT_BYTES, b"\0"), dtype=np.uint64)
    masks = np.frombuffer((b"\xff" * min(count, SORT_BYTES)).ljust(SORT_BYTES, b"\0"), dtype=np.uint64)
    found: npt.NDArray[np.intp] = np.flatnonzero((keys[:, 0] & masks[0]) == words[0])
    for place in range(1, -(-min(count, SORT_BYTES) // 8)):
        if not len(found):
            break
        found = found[(keys[found, place] & masks[place]) == words[place]]
    return found


def smallest(keys: npt.NDArray[Any], wanted: int) -> npt.NDArray[np.intp]:
    """The places of the `wanted` smallest keys, smallest first, equals in order of place."""
    candidates = np.arange(len(keys))
    if len(keys) > wanted:
        heads = (
            keys
            if keys.dtype.kind != "S"
            else np.frombuffer(keys.tobytes(), dtype=">u8")[:: keys.itemsize // 8]
        )
        candidates = np.flatnonzero(heads <= np.partition(heads, wanted - 1)[wanted - 1])
    return candidates[np.argsort(keys[candidates], kind="stable")[:wanted]]


def _year_keys(direction: int) -> Callable[[SegmentReader, npt.NDArray[np.intp]], npt.NDArray[Any]]:
    def keys(reader: SegmentReader, numbers: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
        found = reader.years[numbers].astype(np.int32)
        return np.where(found == NO_YEAR, np.int32(1_000_000), found * direction)

    return keys


_ORDERS: dict[str, Callable[[SegmentReader, npt.NDArray[np.intp]], npt.NDArray[Any]]] = {
    "year": _year_keys(-1),
    "year_up": _year_keys(1),
    "title": lambda reader, numbers: reader.sort_keys["sort_title"][numbers],
    "author": lambda reader, numbers: reader.sort_keys["sort_author"][numbers],
    "added": lambda reader, numbers: -reader.added[numbers],
}
