"""The second embedded engine: tantivy, for catalogues of several hundred thousand titles and more.

    <folder>/LOCK             held by the one writer
    <folder>/CURRENT          names the live generation
    <folder>/gen-000001/      a tantivy index, and `rules`: by which layout and analysis it was made

The change position is a document of its own, so that it is committed with the others or not at all.
"""

from __future__ import annotations

import json
import logging
import os
import time
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import tantivy
from tantivy import Order, Query

from foundation.failpoints import failpoint
from index import analysis
from index.engines import generations
from index.engines.asking import check
from index.engines.ranking import lead, rarity
from index.engines.tantivy_facets import count, facets
from index.engines.tantivy_page import best
from index.engines.tantivy_queries import Part, Queries, Ranked, Scored, all_of
from index.engines.tantivy_schema import LAYOUT, document, schema
from index.packing import from_json
from index.plan import Plan, plan
from index.search import Hit, IndexDoc, SearchFailed, SearchRequest, SearchResult

log = logging.getLogger(__name__)

#: Bytes that a writer gathers before it writes a segment.
HEAP = 128 * 1024 * 1024

#: Of how many requests it is kept, until the next commit, what was made of them.
ASKED = 1000

_POSITION = "\0position"

#: tantivy reports what goes wrong with files as these.
_FAULTS = (ValueError, OSError, RuntimeError)


@dataclass(slots=True)
class _Asked:
    """A query and its filters, made ready; `ranked` once it is `weighed`, None where nothing speaks for a document."""

    tree: Plan
    filters: Mapping[str, Query]
    weighed: bool = False
    ranked: Ranked | None = None


@dataclass(slots=True)
class _Snapshot:
    """One commit as it is searched; `walks` are its ordered lists of terms, made when somebody walks them, `kept` and
    `asked` what was made of parts of queries, and of whole requests, that were asked before.
    """

    searcher: Any
    generation: str
    position: int
    count: int
    walks: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[tuple[Part, bool], Scored] = field(default_factory=dict)
    asked: dict[Hashable, _Asked] = field(default_factory=dict)


class TantivyEngine:
    """An index in a folder. Writing waits at most `patience` seconds for another writer, then raises IndexLocked."""

    def __init__(self, folder: Path, *, patience: float = 5.0, look_every: float = 1.0) -> None:
        self._folder = folder
        self._patience = patience
        self._look_every = look_every
        self._looked = 0.0
        self._opening = Lock()
        self._schema = schema()
        self._queries = Queries(self._schema)
        self._index: Any = None
        self._open = ""
        self._state: _Snapshot | None = None
        self._number = 0
        self._fault = ""
        with suppress(SearchFailed):  # a search will say so, and a rebuild mends it
            self.refresh()

    # Reading

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a request from the newest commit, or one at most `look_every` seconds older. Raises SearchFailed."""
        start = time.perf_counter()
        check(request)
        if time.monotonic() - self._looked >= self._look_every:
            with suppress(SearchFailed):
                self.refresh()
        if self._fault:
            raise SearchFailed(self._fault)
        state = self._state
        if state is None:
            return SearchResult(total=0, facets=dict.fromkeys(request.facets, ()))
        try:
            return self._answer(state, request, start)
        except _FAULTS as fault:
            raise SearchFailed(f"the index does not answer ({fault}); reindex") from fault

    def _answer(self, state: _Snapshot, request: SearchRequest, start: float) -> SearchResult:
        asked = self._asked(state, request)
        total, places = self._page(state, asked, request)
        stored = [state.searcher.doc(place) for place in places]
        counts: Mapping[str, tuple[tuple[str, int], ...]] = {}
        if request.facets:
            counts = facets(state.searcher, self._queries, asked.tree, asked.filters, request)
        return SearchResult(
            total=total,
            hits=tuple(Hit(id=one["id"][0], brief=from_json(one["brief"][0])) for one in stored),
            facets=counts,
            seconds=time.perf_counter() - start,
            generation=self._number,
        )

    def _asked(self, state: _Snapshot, request: SearchRequest) -> _Asked:
        """What is made of a request: the same for all its pages, facets and orders."""
        chosen = tuple((name, tuple(values)) for name, values in request.filters.items())
        key = (request.query, chosen, request.years)
        asked = state.asked.get(key)
        if asked is None:
            if len(state.asked) >= ASKED:
                state.asked.clear()
            asked = _Asked(plan(request.query), self._queries.filters(request))
            state.asked[key] = asked
        return asked

    def _page(self, state: _Snapshot, asked: _Asked, request: SearchRequest) -> tuple[int, list[Any]]:
        """How many there are, and the places of the hits of the page."""
        order = request.sort
        if order == "relevance" and request.limit:
            if not asked.weighed:
                asked.ranked = self._queries.ranked(
                    asked.tree,
                    asked.filters.values(),
                    lead(request.query),
                    lambda part: rarity(state.count, count(state.searcher, self._queries.finds(part))),
                    lambda name, token: state.searcher.doc_freq(name, token) > 0,
                    state.kept,
                )
                asked.weighed = True
            if asked.ranked is not None:
                return best(state.searcher, asked.ranked, request.offset, request.limit)
            order = "id"
        hits = all_of([self._queries.finds(asked.tree), *asked.filters.values()])
        if not request.limit:
            return count(state.searcher, hits), []
        page = state.searcher.search(hits, request.limit, True, f"by_{order}", request.offset, Order.Asc)
        return page.count, [place for _, place in page.hits]

    def terms(self, field: str, prefix: str, limit: int) -> tuple[tuple[str, int], ...]:
        """Terms of the field that begin so, with how many documents hold them, most frequent first."""
        state = self._state
        if state is None:
            return ()
        found = state.searcher.terms_with_prefix(field, prefix, self._queries.live(), limit)
        return tuple((term, int(count)) for term, count in found if count)

    def walk(
        self, field: str, start: str, limit: int, *, backwards: bool = False
    ) -> tuple[tuple[str, int], ...]:
        """Terms of a field in the order of their UTF-8 bytes, from `start` on, or those before it, nearest first.

        tantivy gives no place to begin at: the first walk through a field after a commit lists all its terms.
        """
        state = self._state
        if state is None:
            return ()
        known = state.walks.get(field)
        if known is None:
            known = sorted((term for term, _ in state.searcher.terms_with_prefix(field, "")), key=str.encode)
            state.walks[field] = known
        at = bisect_left(known, start.encode(), key=str.encode)
        ahead = reversed(known[:at]) if backwards else iter(known[at:])
        found: list[tuple[str, int]] = []
        for term in ahead:
            if len(found) == limit:
                break
            number = count(state.searcher, Query.term_query(self._schema, field, term))
            if number:
                found.append((term, number))
        return tuple(found)

    def capabilities(self) -> frozenset[str]:
        """Everything."""
        return frozenset({"facets", "sort", "phrase", "prefix", "ranges"})

    def count(self) -> int:
        """How many documents it holds, as of the last refresh."""
        return self._state.count if self._state else 0

    def position(self) -> int:
        """The change position of the newest commit on disk; 0 for an empty index or one that must be built anew."""
        with suppress(SearchFailed):
            self.refresh()
        return self._state.position if self._state else 0

    def stale(self) -> bool:
        """Whether there is an index on disk that cannot be used: damaged, or made by other rules."""
        with suppress(SearchFailed):
            self.refresh()
        return bool(self._fault)

    def refresh(self) -> None:
        """See the newest commit from now on. Raises SearchFailed when the index cannot be read."""
        self._looked = time.monotonic()
        with self._opening:
            generation = generations.current(self._folder)
            if generation is None:
                return
            try:
                self._see(generation)
            except SearchFailed as fault:
                self._give_up(str(fault))
            except _FAULTS as fault:
                if generations.current(self._folder) == generation:
                    self._give_up(f"the index cannot be read ({fault}); reindex")

    def _see(self, generation: Path) -> None:
        if self._open != generation.name:
            if _rules(generation) != _RULES:
                raise SearchFailed("the index was made by other rules; reindex")
            index = tantivy.Index.open(str(generation))
            index.config_reader("manual", 1)
            self._index, self._open = index, generation.name
        self._index.reload()
        searcher = self._index.searcher()
        noted = searcher.search(Query.term_query(self._schema, "id", _POSITION), 1).hits
        position = int(searcher.doc(noted[0][1])["position"][0]) if noted else 0
        before = self._state
        if (
            before is None
            or self._fault
            or (before.generation, before.position) != (generation.name, position)
        ):
            self._number += 1
            count = int(searcher.search(self._queries.live(), 1).count)
            self._state = _Snapshot(searcher, generation.name, position, count)
        self._fault = ""

    def _give_up(self, fault: str) -> None:
        log.error("%s", fault)
        self._index, self._open, self._state, self._fault = None, "", None, fault
        raise SearchFailed(fault)

    # Writing

    def write(self, docs: Iterable[IndexDoc], delete: Iterable[str], position: int) -> None:
        """Replace documents by id, take others out, and commit with the position this brings the index to.

        All of it is on disk when this returns, or nothing is. An index that is damaged or made by other rules counts
        as empty and is replaced. Raises IndexLocked.
        """
        with generations.writing(self._folder, self._patience):
            live = generations.current(self._folder)
            if live is not None and (_rules(live) != _RULES or self.stale()):
                live = None
            generation = live or self._fresh()
            self._fill(generation, docs, delete, position)
            if live is None:
                generations.make_current(self._folder, generation)
            generations.sweep(self._folder)
        self.refresh()

    def rebuild(self, docs: Iterable[IndexDoc], position: int) -> None:
        """Build a new index beside the live one and swap it in; searches go on with the old one meanwhile.

        Nobody else may write until it is done. Raises IndexLocked; when `docs` raises, the live index stays.
        """
        with generations.writing(self._folder, self._patience):
            generations.sweep(self._folder)
            generation = self._fresh()
            self._fill(generation, docs, (), position, threads=min(4, os.cpu_count() or 1))
            generations.make_current(self._folder, generation)
            generations.sweep(self._folder)
        self.refresh()

    def _fresh(self) -> Path:
        generation = generations.next_generation(self._folder)
        tantivy.Index(self._schema, path=str(generation))
        generations.write_whole(generation / "rules", _RULES)
        return generation

    def _fill(
        self,
        generation: Path,
        docs: Iterable[IndexDoc],
        delete: Iterable[str],
        position: int,
        *,
        threads: int = 1,
    ) -> None:
        index = tantivy.Index.open(str(generation))
        writer = index.writer(HEAP, threads)
        try:
            gone = set(delete)
            written: set[str] = set()
            for doc in docs:
                gone.discard(doc.id)
                writer.delete_documents_by_term("id", doc.id)
                writer.add_document(document(doc))
                written.add(doc.id)
            for key in gone:
                writer.delete_documents_by_term("id", key)
            writer.delete_documents_by_term("id", _POSITION)
            noted = tantivy.Document()
            noted.add_text("id", _POSITION)
            noted.add_integer("position", position)
            writer.add_document(noted)
            failpoint("index.commit_noted")
            writer.commit()
            failpoint("index.committed")
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()

    def close(self) -> None:
        """Let go of files and threads."""
        self._index, self._open, self._state = None, "", None


_RULES = json.dumps({"layout": LAYOUT, "analysis": analysis.VERSION})


def _rules(generation: Path) -> str:
    try:
        return (generation / "rules").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
