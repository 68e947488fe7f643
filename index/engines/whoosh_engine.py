"""The embedded engine: a Whoosh index on disk, written in bulk and read with numpy. One writer, any number of readers."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from struct import error as StructError
from threading import Lock
from typing import Any

import numpy as np

from index import analysis
from index.engines import generations, layout, merging
from index.engines.facets import Values, top
from index.engines.segment_reader import Cache, SegmentReader
from index.engines.segment_writer import INFO, SCHEMA, chunks
from index.engines.snapshot import Part, Snapshot
from index.query import All
from index.search import FACETS, IndexDoc, SearchFailed, SearchRequest, SearchResult

log = logging.getLogger(__name__)

#: Raise it when the files of an index are laid out in another way.
LAYOUT = 4

#: Bytes of decoded lists, filters and facet arrays that a process keeps.
CACHE_BYTES = 96 * 1024 * 1024

#: How often a reader tries again when a writer took a file away under its hands.
RETRIES = 5


#: What reading raises where bytes on the disk have changed.
_ROTTEN = (EOFError, UnpicklingError, StructError)


@dataclass(frozen=True, slots=True)
class _State:
    """What an engine answers from: a snapshot, of which generation and commit, and why it has none."""

    snapshot: Snapshot
    seen: tuple[str, int] | None = None
    fault: str = ""


#: Touches everything that the facets of any search will need.
WARM = SearchRequest(query=All(), facets=dict.fromkeys(FACETS, 1), limit=0)


class WhooshEngine:
    """An index in a folder.

    Writing waits at most `patience` seconds for another writer, then raises IndexLocked. A search looks for a newer
    commit when the last look is `look_every` seconds ago, so that a process that only reads keeps up by itself.
    """

    def __init__(
        self, folder: Path, *, patience: float = 5.0, look_every: float = 1.0, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self._folder = folder
        self._patience = patience
        self._look_every = look_every
        self._looked = 0.0
        self._cache = Cache(cache_bytes)
        self._values = {facet: Values() for facet in FACETS}
        self._opening = Lock()
        # A search takes a millisecond, most of it in short calls of numpy that let other threads in; eight threads
        # at once spend two thirds of their time changing places (benchmarks.search_page).
        self._one_search = Lock()
        self._readers: dict[tuple[str, str], SegmentReader] = {}
        self._state = _State(self._empty())
        with suppress(SearchFailed):  # a search will say so, and a rebuild mends it
            self.refresh()

    def _empty(self) -> Snapshot:
        return Snapshot((), 0, 0, self._cache, self._values)

    @property
    def _snapshot(self) -> Snapshot:
        return self._state.snapshot

    # Reading

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a request from the newest commit, or one at most `look_every` seconds older. Raises SearchFailed."""
        if time.monotonic() - self._looked >= self._look_every:
            with suppress(SearchFailed):
                self.refresh()
        state = self._state
        if state.fault:
            raise SearchFailed(state.fault)
        try:
            with self._one_search:
                return state.snapshot.search(request)
        except _ROTTEN as fault:
            raise SearchFailed(f"the index is damaged ({fault}); reindex") from fault

    def capabilities(self) -> frozenset[str]:
        """Everything."""
        return frozenset({"facets", "sort", "phrase", "prefix", "ranges"})

    def count(self) -> int:
        """How many documents it holds, as of the last refresh."""
        return self._snapshot.count

    def position(self) -> int:
        """The change position of the newest commit on disk; 0 for an empty index or one that must be built anew."""
        newest = self._newest()
        if newest is None:
            return 0
        if self._state.seen != newest:
            with suppress(SearchFailed):
                self.refresh()
        return self._snapshot.position

    def stale(self) -> bool:
        """Whether there is an index on disk that cannot be used: damaged, or made by other rules."""
        with suppress(SearchFailed):
            self.refresh()
        return bool(self._state.fault)

    def terms(self, field: str, prefix: str, limit: int) -> tuple[tuple[str, int], ...]:
        """Terms of the field that begin so, with how many documents hold them, most frequent first."""
        found: Counter[str] = Counter()
        for part in self._snapshot.parts:
            for text, value in part.reader.terms(field, prefix):
                if part.deleted:
                    number = int(np.count_nonzero(part.alive[part.reader.decode(value)]))
                else:
                    number = INFO.unpack_from(value)[2]
                if number:
                    found[text] += number
        return top(found.items(), limit)

    def walk(
        self, field: str, start: str, limit: int, *, backwards: bool = False
    ) -> tuple[tuple[str, int], ...]:
        """Terms of the field in order from `start` on, or those before it, nearest first, with their documents."""
        return self._snapshot.walk(field, start, limit, backwards)

    def refresh(self) -> None:
        """See the newest commit from now on; costs one look into a folder when there is none.

        Raises SearchFailed when the index cannot be read; it then counts as empty, and searches fail, until it is
        written or built anew.
        """
        self._looked = time.monotonic()
        for attempt in range(RETRIES):
            try:
                self._open_newest()
                return
            except FileNotFoundError as gone:
                if attempt == RETRIES - 1:
                    if self._snapshot.parts and not self._state.fault:
                        return  # a writer is faster than we are: the commit we have mapped stays whole
                    self._give_up(gone)
                time.sleep(0.02 * (attempt + 1))  # a writer took it away while we looked
            except Exception as damage:
                self._give_up(damage)

    def _open_newest(self) -> None:
        seen = self._newest()
        if seen is None or self._state.seen == seen:
            return
        with self._opening:
            generation = self._folder / seen[0]
            contents, note = layout.read_commit(generation)
            if self._state.seen == seen:
                return  # another thread was faster
            if not self._fits(note):
                raise SearchFailed("the index was made by other rules; reindex")
            parts = self._parts(generation, contents.segments)
            position, number = int(note["position"]), int(note["generation"])
            snapshot = Snapshot(parts, number, position, self._cache, self._values)
            if self._snapshot.parts:
                # Turn the facets of new segments over here, while others still search the commit before:
                # otherwise every thread would do it at once, in the middle of its reader's page.
                snapshot.search(WARM)
            self._state = _State(snapshot, (generation.name, contents.generation))

    def _newest(self) -> tuple[str, int] | None:
        """The live generation and its newest commit."""
        generation = generations.current(self._folder)
        newest = layout.commits(generation)[:1] if generation is not None else []
        return (generation.name, newest[0]) if generation is not None and newest else None

    def _give_up(self, fault: Exception) -> None:
        text = (
            str(fault) if isinstance(fault, SearchFailed) else f"the index cannot be read ({fault}); reindex"
        )
        log.error("%s", text)
        self._state = _State(self._empty(), self._newest(), text)
        raise SearchFailed(text) from fault

    def _parts(self, generation: Path, segments: Sequence[Any]) -> list[Part]:
        storage = layout.Storage(generation)
        readers: dict[tuple[str, str], SegmentReader] = {}
        parts = []
        for segment in segments:
            key = (generation.name, segment.segment_id())
            reader = self._readers.get(key) or SegmentReader(storage, segment, self._cache)
            readers[key] = reader
            alive = np.ones(reader.count, dtype=np.bool_)
            alive[list(segment.deleted_docs())] = False
            parts.append(Part(reader, alive, segment.deleted_count()))
        self._readers = readers
        return parts

    @staticmethod
    def _fits(note: dict[str, Any]) -> bool:
        return bool(note.get("layout") == LAYOUT and note.get("analysis") == analysis.VERSION)

    # Writing

    def write(self, docs: Iterable[IndexDoc], delete: Iterable[str], position: int) -> None:
        """Replace documents by id, take others out, and commit with the position this brings the index to.

        All of it is on disk when this returns, or nothing is. An index that is damaged or made by other rules counts as
        empty and is replaced. Raises IndexLocked.
        """
        with generations.writing(self._folder, self._patience):
            live, segments, number = self._usable()
            if live is None:
                layout.clean(self._folder)
            generation = live or generations.next_generation(self._folder)
            storage = layout.Storage(generation)
            gone = {key.encode() for key in delete}
            for builder in chunks(docs, merging.LARGEST):
                ids = builder.ids()
                gone.difference_update(ids)
                self._take_out(storage, segments, ids)
                segments.append(builder.write(storage))
            self._take_out(storage, segments, sorted(gone))
            segments = self._tidied(storage, segments)
            self._commit(generation, segments, position, number + 1)
            if generation != live:
                generations.make_current(self._folder, generation)
            layout.clean(self._folder)
        self.refresh()

    def rebuild(self, docs: Iterable[IndexDoc], position: int) -> None:
        """Build a new index beside the live one and swap it in; searches go on with the old one meanwhile.

        Nobody else may write until it is done. Raises IndexLocked; when `docs` raises, the live index stays.
        """
        with generations.writing(self._folder, self._patience):
            _, _, number = self._usable()
            layout.clean(self._folder)
            generation = generations.next_generation(self._folder)
            storage = layout.Storage(generation)
            segments: list[Any] = []
            for builder in chunks(docs, merging.LARGEST):
                self._take_out(storage, segments, builder.ids())
                segments.append(builder.write(storage))
            self._commit(generation, segments, position, number + 1)
            generations.make_current(self._folder, generation)
            layout.clean(self._folder)
        self.refresh()

    def _usable(self) -> tuple[Path | None, list[Any], int]:
        """The live generation, its segments and its number; (None, [], number) when it has to be replaced."""
        live = generations.current(self._folder)
        number = self._snapshot.generation
        if live is None:
            return None, [], number
        try:
            contents, note = layout.read_commit(live)
            number = int(note["generation"])
            if self._fits(note):
                for segment in contents.segments:
                    self._reader(layout.Storage(live), segment)
                return live, contents.segments, number
        except Exception as damage:
            log.error("the index cannot be read (%s) and is written anew", damage)
        return None, [], number

    def _take_out(self, storage: layout.Storage, segments: Sequence[Any], ids: Sequence[bytes]) -> None:
        """Mark documents as deleted in the segments that are there."""
        if not ids:
            return
        for segment in segments:
            reader = self._reader(storage, segment)
            for key in ids:
                if (number := reader.find(key)) is not None:
                    segment.delete_document(number)

    def _tidied(self, storage: layout.Storage, segments: list[Any]) -> list[Any]:
        segments = [segment for segment in segments if segment.doc_count()]
        while chosen := merging.due(segments):
            readers = [self._reader(storage, segment) for segment in chosen]
            one = merging.merged(storage, readers, [frozenset(s.deleted_docs()) for s in chosen])
            segments = [s for s in segments if s not in chosen] + ([one] if one is not None else [])
        return segments

    def _reader(self, storage: layout.Storage, segment: Any) -> SegmentReader:
        known = self._readers.get((storage.path.name, segment.segment_id()))
        return known or SegmentReader(storage, segment, self._cache)

    @staticmethod
    def _commit(generation: Path, segments: list[Any], position: int, number: int) -> None:
        note = {
            "position": position,
            "generation": number,
            "documents": sum(segment.doc_count() for segment in segments),
            "sizes": layout.sizes(generation, segments),
            "layout": LAYOUT,
            "analysis": analysis.VERSION,
        }
        layout.write_commit(generation, SCHEMA, segments, note)

    def close(self) -> None:
        """Let go of the files. The engine finds nothing afterwards."""
        self._readers = {}
        self._cache = Cache(CACHE_BYTES)
        self._look_every = float("inf")
        self._state = _State(self._empty())
