"""The engine that an installation uses now: another may be built beside it and take over while searches go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock

from index.engines.generations import write_whole
from index.search import Engine, IndexDoc, SearchFailed, SearchRequest, SearchResult

#: Seconds between two looks at which engine is in use.
LOOK_EVERY = 1.0


class SwitchingEngine:
    """Hands everything to the engine that the file `engine` names; `makers` open engines by name."""

    def __init__(self, data: Path, makers: Mapping[str, Callable[[], Engine]], first: str) -> None:
        self._note = data / "engine"
        self._makers = makers
        self._first = first
        self._lock = Lock()
        self._looked = 0.0
        self._name = ""
        self._engine: Engine | None = None

    @property
    def name(self) -> str:
        """Which engine is in use."""
        self._now()
        return self._name

    def build_with(self, name: str, build: Callable[[Engine], int]) -> int:
        """Let `build` fill another engine (or this one), then use that one everywhere; returns what `build` gives.

        Other processes follow within a second. Raises SearchFailed for a name nobody knows.
        """
        if name not in self._makers:
            raise SearchFailed(f"there is no engine {name!r}")
        if name == self.name:
            return build(self._now())
        other = self._makers[name]()
        try:
            found = build(other)
        finally:
            other.close()
        write_whole(self._note, name)
        self._looked = 0.0
        self._now()
        return found

    def _wanted(self) -> str:
        try:
            named = self._note.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return self._first
        return named if named in self._makers else self._first

    def _now(self) -> Engine:
        if self._engine is not None and time.monotonic() - self._looked < LOOK_EVERY:
            return self._engine
        with self._lock:
            self._looked = time.monotonic()
            wanted = self._wanted()
            if self._engine is None or wanted != self._name:
                # The one before is not closed here: somebody may be searching it. It goes with its last reader.
                self._engine, self._name = self._makers[wanted](), wanted
            return self._engine

    def search(self, request: SearchRequest) -> SearchResult:
        """See Engine."""
        return self._now().search(request)

    def capabilities(self) -> frozenset[str]:
        """See Engine."""
        return self._now().capabilities()

    def write(self, docs: Iterable[IndexDoc], delete: Iterable[str], position: int) -> None:
        """See Engine."""
        self._now().write(docs, delete, position)

    def position(self) -> int:
        """See Engine."""
        return self._now().position()

    def refresh(self) -> None:
        """See Engine."""
        self._now().refresh()

    def rebuild(self, docs: Iterable[IndexDoc], position: int) -> None:
        """See Engine."""
        self._now().rebuild(docs, position)

    def count(self) -> int:
        """See Engine."""
        return self._now().count()

    def terms(self, field: str, prefix: str, limit: int) -> tuple[tuple[str, int], ...]:
        """See Engine."""
        return self._now().terms(field, prefix, limit)

    def walk(
        self, field: str, start: str, limit: int, *, backwards: bool = False
    ) -> tuple[tuple[str, int], ...]:
        """See Engine."""
        return self._now().walk(field, start, limit, backwards=backwards)

    def close(self) -> None:
        """Let go of the engine in use."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
