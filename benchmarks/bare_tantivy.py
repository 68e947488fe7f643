"""tantivy asked through its Python binding alone: what our adapter is measured against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Order, Query

from index.engines.generations import current
from index.engines.tantivy_schema import IN_ORDER, schema
from index.plan import AllOf, Leaf, Plan, Starts, Words, plan
from index.search import SearchRequest

Answer = tuple[int, dict[str, tuple[tuple[str, int], ...]]]


class Bare:
    """The newest commit of a folder of ours: 20 hits by tantivy's own score times our prior, or by a field, and counts."""

    def __init__(self, folder: Path) -> None:
        self.schema, index = schema(), tantivy.Index.open(str(current(folder)))
        self.searcher = index.searcher()

    def search(self, request: SearchRequest) -> Answer:
        """Total and facets; the hits are fetched and read."""
        found = self.query(plan(request.query))
        chosen = [self.term(name, v) for name, values in request.filters.items() for v in values]
        hits = self.joined(Occur.Must, [found, *(Query.const_score_query(one, 0.0) for one in chosen)])
        order: Any = {"order_by_field": f"by_{request.sort}", "order": Order.Asc}
        if request.sort == "relevance":
            order = {"weight_by_field": "prior"}
        page: Any = self.searcher.search(hits, request.limit, **order)
        for _, place in page.hits:
            json.loads(self.searcher.doc(place)["brief"][0])
        counts: dict[str, Any] = {}
        for query, names in self.groups(request, found, hits):
            asked = {name: {"terms": {"field": name, "size": 1000}} for name in names}
            counts |= self.searcher.aggregate(query, asked)
        return page.count, {
            name: self.told(counts[name]["buckets"], request.facets[name]) for name in request.facets
        }

    def groups(self, request: SearchRequest, found: Query, hits: Query) -> list[tuple[Query, list[str]]]:
        """Facets by what they are counted over: none by its own filter."""
        own = [name for name in request.facets if name in request.filters]
        rest = [name for name in request.facets if name not in own]
        return [(query, names) for query, names in ((found, own), (hits, rest)) if names]

    @staticmethod
    def told(buckets: list[dict[str, Any]], limit: int) -> tuple[tuple[str, int], ...]:
        """The biggest."""
        read = ((str(int(k) if isinstance(k := b["key"], float) else k), b["doc_count"]) for b in buckets)
        return tuple(sorted(read, key=lambda pair: (-pair[1], pair[0]))[:limit])

    def term(self, field: str, text: str) -> Query:
        """One term."""
        return Query.term_query(self.schema, field, text)

    @staticmethod
    def joined(occur: Occur, parts: list[Query]) -> Query:
        """All or one of the parts."""
        return parts[0] if len(parts) == 1 else Query.boolean_query([(occur, part) for part in parts])

    def query(self, node: Plan) -> Query:
        """What a plan finds."""
        match node:
            case Leaf(field, tokens, stems, others):
                terms = [*((field, t) for t in (*tokens, *others)), *(("stems", s) for s in stems)]
                return self.joined(Occur.Should, [self.term(*one) for one in terms])
            case Words(fields, tokens):
                return self.joined(
                    Occur.Should, [Query.phrase_query(self.schema, IN_ORDER[f], list(tokens)) for f in fields]
                )
            case Starts(field, prefix):
                return Query.regex_query(self.schema, field, prefix + ".*")
            case AllOf(parts):
                return self.joined(Occur.Must, [self.query(part) for part in parts])
        raise ValueError(f"not asked here: {node}")
