"""The reference engine: plain Python over a dict, slow, and the measure of what the others must answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from time import perf_counter
from typing import TypeAlias

from index.analysis import SORT_BYTES, held
from index.engines.asking import check
from index.engines.ranking import PHRASE, SHARES, STEM, SURFACE, Lead, lead, prior, rarity
from index.plan import (
    AllOf,
    AnyOf,
    Every,
    Leaf,
    Plan,
    Starts,
    Without,
    Words,
    Years,
    doc_tokens,
    leaves,
    plan,
)
from index.search import Hit, IndexDoc, SearchRequest, SearchResult

FIELDS = {"subject": "subject_facet"}

Weights: TypeAlias = list[tuple[Leaf | Words | Starts, int]]


def finds(node: Plan, doc: IndexDoc) -> bool:
    """Whether the plan finds this document."""
    match node:
        case Leaf():
            words = {*node.tokens, *node.others}
            return bool(doc_tokens(doc, node.field) & words) or bool({*doc.stems} & {*node.stems})
        case Words(fields, words):
            line = [f" {' '.join(t or chr(0) for t in getattr(doc, field))} " for field in fields]
            return any(f" {' '.join(words)} " in text for text in line)
        case Starts(field, prefix):
            return any(token.startswith(prefix) for token in doc_tokens(doc, field))
        case Years(low, high):
            return (
                doc.year is not None
                and (low is None or low <= doc.year)
                and (high is None or doc.year <= high)
            )
        case AllOf(parts):
            return all(finds(part, doc) for part in parts)
        case AnyOf(parts):
            return any(finds(part, doc) for part in parts)
        case Without(part):
            return not finds(part, doc)
        case Every():
            return True


def values(doc: IndexDoc, facet: str, asked: dict[str, set[str]]) -> set[str]:
    """The values of a facet that a document has, seen together with the filters of the other facets."""
    if facet == "year":
        return set() if doc.year is None else {str(doc.year)}
    if facet == "library" and "availability" in asked:
        return {v for v in doc.library if any(held(v, a) in doc.held for a in asked["availability"])}
    if facet == "availability" and "library" in asked:
        return {v for v in doc.availability if any(held(lib, v) in doc.held for lib in asked["library"])}
    return set(getattr(doc, FIELDS.get(facet, facet)))


def score(doc: IndexDoc, weights: Weights, wanted: Lead) -> int:
    """What the document is worth for these parts of the plan, each with its rarity."""
    total = sum(_share(doc, leaf) * rare for leaf, rare in weights if finds(leaf, doc))
    title = doc.sort_title.encode()[:SORT_BYTES]
    return (total + wanted.worth(title, "journal" in doc.format) * sum(rare for _, rare in weights)) * prior(
        doc
    )


def _share(doc: IndexDoc, leaf: Leaf | Words | Starts) -> int:
    """What a part of the plan that finds the document counts, where its words stand."""
    if isinstance(leaf, Words):
        return PHRASE
    if isinstance(leaf, Starts):
        return SURFACE
    words = set(leaf.tokens)
    total = STEM if doc_tokens(doc, leaf.field).isdisjoint(words) else SURFACE
    for field, share in SHARES if leaf.field == "any" else ():
        there = doc_tokens(doc, field)
        if not there.isdisjoint(words):
            total += share
        elif not there.isdisjoint(leaf.others):
            total += share // 2
    return total


def order(doc: IndexDoc, sort: str, weights: Weights, wanted: Lead) -> tuple[object, ...]:
    """What hits are ordered by; what has no year, title or author comes last, and ids decide between equals."""
    if sort in ("title", "author"):
        key = (doc.sort_title if sort == "title" else doc.sort_author).encode()[:SORT_BYTES]
        return not key, key, doc.id
    if sort in ("year", "year_up"):
        return doc.year is None, (doc.year or 0) * (1 if sort == "year_up" else -1), doc.id
    return (-doc.added if sort == "added" else -score(doc, weights, wanted), doc.id)


class MemoryEngine:
    """Keeps documents in memory: for tests and the smallest catalogues. Nothing survives the process."""

    def __init__(self) -> None:
        self._docs: dict[str, IndexDoc] = {}
        self._position = self._generation = 0

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer the request. Raises SearchFailed for an unknown facet or sort order."""
        start = perf_counter()
        check(request)
        docs, tree = list(self._docs.values()), plan(request.query)
        asked = {facet: set(chosen) for facet, chosen in request.filters.items() if chosen}
        low, high = request.years

        def met(doc: IndexDoc, but: str = "") -> bool:
            if but != "year" and (low, high) != (None, None) and not finds(Years(low, high), doc):
                return False
            rest = {facet: chosen for facet, chosen in asked.items() if facet != but}
            return all(values(doc, facet, rest) & chosen for facet, chosen in rest.items())

        found = [doc for doc in docs if finds(tree, doc)]
        hits = [doc for doc in found if met(doc)]
        facets = {}
        for facet, limit in request.facets.items():
            counts = Counter(v for doc in found if met(doc, facet) for v in values(doc, facet, asked))
            facets[facet] = tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:limit])
        weights = [(leaf, rarity(len(docs), sum(finds(leaf, d) for d in docs))) for leaf in leaves(tree)]
        wanted = lead(request.query)
        hits.sort(key=lambda doc: order(doc, request.sort, weights, wanted))
        page = hits[request.offset : request.offset + request.limit]
        shown = tuple(Hit(id=doc.id, brief=json.loads(doc.brief)) for doc in page)
        taken = perf_counter() - start
        return SearchResult(
            total=len(hits), hits=shown, facets=facets, seconds=taken, generation=self._generation
        )

    def capabilities(self) -> frozenset[str]:
        """Everything."""
        return frozenset({"facets", "sort", "phrase", "prefix", "ranges"})

    def write(self, docs: Iterable[IndexDoc], delete: Iterable[str], position: int) -> None:
        """Replace and take out documents; they are seen at once."""
        fresh = {doc.id: doc for doc in docs}
        gone = set(delete) - fresh.keys()
        self._docs = {i: d for i, d in ({**self._docs, **fresh}).items() if i not in gone}
        self._position, self._generation = position, self._generation + 1

    def position(self) -> int:
        """The change position of the last write."""
        return self._position

    def refresh(self) -> None:
        """Nothing to do: writes are seen at once."""

    def rebuild(self, docs: Iterable[IndexDoc], position: int) -> None:
        """Hold these documents and no others."""
        self._docs = {doc.id: doc for doc in docs}
        self._position, self._generation = position, self._generation + 1

    def count(self) -> int:
        """How many documents it holds."""
        return len(self._docs)

    def terms(self, field: str, prefix: str, limit: int) -> tuple[tuple[str, int], ...]:
        """Terms of the field that begin so, with their documents, most frequent first."""
        known = Counter(
            t for doc in self._docs.values() for t in doc_tokens(doc, field) if t.startswith(prefix)
        )
        return tuple(sorted(known.items(), key=lambda pair: (-pair[1], pair[0]))[:limit])

    def walk(
        self, field: str, start: str, limit: int, *, backwards: bool = False
    ) -> tuple[tuple[str, int], ...]:
        """Terms of the field in order, from `start` on, or those before it, nearest first; with their documents."""
        known = Counter(t for doc in self._docs.values() for t in doc_tokens(doc, field))
        low = start.encode()
        if backwards:
            found = sorted((t for t in known if t.encode() < low), key=str.encode, reverse=True)
        else:
            found = sorted((t for t in known if t.encode() >= low), key=str.encode)
        return tuple((t, known[t]) for t in found[:limit])

    def close(self) -> None:
        """Nothing to let go of."""
