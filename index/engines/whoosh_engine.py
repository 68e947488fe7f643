"""The embedded engine: a Whoosh index on disk, written in bulk and read with numpy. One writer, any number of readers."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from index import analysis
from index.engines import layout, merging
from index.engines.facets import Values, top
from index.engines.segment_reader import Cache, SegmentReader
from index.engines.segment_writer import INFO, SCHEMA, chunks
from index.engines.snapshot import Part, Snapshot
from index.search import FACETS, IndexDoc, SearchFailed, SearchRequest, SearchResult

log = logging.getLogger(__name__)

#: Raise it when the files of an index are laid out in another way.
LAYOUT = 1

#: Bytes of decoded lists, filters and facet arrays that a process keeps.
CACHE_BYTES = 192 * 1024 * 1024

#: How often a reader tries again when a writer took a file away under its hands.
RETRIES = 5


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
        self._readers: dict[tuple[str, str], SegmentReader] = {}
        self._state: tuple[Snapshot, tuple[str, int] | None] = (self._empty(), None)
        self.refresh()

    def _empty(self) -> Snapshot:
        return Snapshot((), 0, 0, self._cache, self._values)

    @property
    def _snapshot(self) -> Snapshot:
        return self._state[0]

    # Reading

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a request from the newest commit, or one at most `look_every` seconds older. Raises SearchFailed."""
        if time.monotonic() - self._looked >= self._look_every:
            try:
                self.refresh()
            except SearchFailed as fault:
                log.warning("searching an older state of the index: %s", fault)
        return self._snapshot.search(request)

    def capabilities(self) -> frozenset[str]:
        """Everything."""
        return frozenset({"facets", "sort", "phrase", "prefix", "ranges"})

    def count(self) -> int:
        """How many documents it holds, as of the last refresh."""
        return self._snapshot.count

    def position(self) -> int:
        """The change position of the newest commit on disk; 0 for an empty index or one that must be built anew."""
        generation = layout.current(self._folder)
        newest = layout.commits(generation)[:1] if generation is not None else []
        if generation is None or not newest:
            return 0
        snapshot, seen = self._state
        if seen == (generation.name, newest[0]):
            return snapshot.position
        _, note = self._read(generation)
        return int(note["position"]) if self._fits(note) else 0

    def stale(self) -> bool:
        """Whether the index on disk was made by other rules of analysis or layout and must be rebuilt."""
        generation = layout.current(self._folder)
        return (
            generation is not None
            and bool(layout.commits(generation))
            and not self._fits(self._read(generation)[1])
        )

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

    def refresh(self) -> None:
        """See the newest commit from now on; costs one look into a folder when there is none. Raises SearchFailed."""
        self._looked = time.monotonic()
        for attempt in range(RETRIES):
            try:
                self._open_newest()
                return
            except FileNotFoundError as gone:
                if attempt == RETRIES - 1:
                    raise SearchFailed(
                        f"the index keeps changing while it is opened: {gone.filename}"
                    ) from gone
                time.sleep(0.02 * (attempt + 1))

    def _open_newest(self) -> None:
        generation = layout.current(self._folder)
        newest = layout.commits(generation)[:1] if generation is not None else []
        if generation is None or not newest or self._state[1] == (generation.name, newest[0]):
            return
        with self._opening:
            contents, note = layout.read_commit(generation)
            seen = (generation.name, contents.generation)
            if self._state[1] == seen:
                return  # another thread was faster
            if self._fits(note):
                parts = self._parts(generation, contents.segments)
                position, number = int(note["position"]), int(note["generation"])
                self._state = (Snapshot(parts, number, position, self._cache, self._values), seen)
            else:
                log.warning("the index was made by other rules and counts as empty until it is built anew")
                self._state = (self._empty(), seen)

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

    @staticmethod
    def _read(generation: Path) -> tuple[Any, dict[str, Any]]:
        for _ in range(RETRIES):
            try:
                return layout.read_commit(generation)
            except FileNotFoundError:
                time.sleep(0.02)
        return layout.read_commit(generation)

    # Writing

    def write(self, docs: Iterable[IndexDoc], delete: Iterable[str], position: int) -> None:
        """Replace documents by id, take others out, and commit with the position this brings the index to.

        All of it is on disk when this returns, or nothing is. An index made by other rules counts as empty and is
        replaced. Raises IndexLocked.
        """
        with layout.writing(self._folder, self._patience):
            live = layout.current(self._folder)
            segments: list[Any] = []
            number, fits = 0, False
            if live is not None:
                contents, note = layout.read_commit(live)
                segments, number, fits = contents.segments, int(note["generation"]), self._fits(note)
            if live is None or not fits:
                layout.clean(self._folder)
                generation, segments = layout.next_generation(self._folder), []
            else:
                generation = live
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
                layout.make_current(self._folder, generation)
            layout.clean(self._folder)
        self.refresh()

    def rebuild(self, docs: Iterable[IndexDoc], position: int) -> None:
        """Build a new index beside the live one and swap it in; searches go on with the old one meanwhile.

        Nobody else may write until it is done. Raises IndexLocked; when `docs` raises, the live index stays.
        """
        with layout.writing(self._folder, self._patience):
            live = layout.current(self._folder)
            layout.clean(self._folder)
            number = int(self._read(live)[1]["generation"]) if live is not None else 0
            generation = layout.next_generation(self._folder)
            storage = layout.Storage(generation)
            segments: list[Any] = []
            for builder in chunks(docs, merging.LARGEST):
                self._take_out(storage, segments, builder.ids())
                segments.append(builder.write(storage))
            self._commit(generation, segments, position, number + 1)
            layout.make_current(self._folder, generation)
            layout.clean(self._folder)
        self.refresh()

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
            "layout": LAYOUT,
            "analysis": analysis.VERSION,
        }
        layout.write_commit(generation, SCHEMA, segments, note)

    def close(self) -> None:
        """Let go of the files. The engine finds nothing afterwards."""
        self._readers = {}
        self._cache = Cache(CACHE_BYTES)
        self._look_every = float("inf")
        self._state = (self._empty(), None)
