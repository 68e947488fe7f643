"""Records that were written once, kept in memory until their title changes: what is asked for again costs a look."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy import Connection

from index import positions, views

V = TypeVar("V")

#: With more changes than this since the last look, everything is forgotten instead of looked up.
_MANY = 5000

#: Bytes that an entry takes besides what it holds: its key, and its place in the table.
_ENTRY = 200


class Kept(Generic[V]):
    """Values by (title, form), the oldest forgotten first. Follows the change positions of the catalogue."""

    def __init__(self, most_bytes: int, weigh: Callable[[V], int]) -> None:
        self._most = most_bytes
        self._weigh = weigh
        self._bytes = 0
        self._held: OrderedDict[tuple[str, str], V] = OrderedDict()
        self._forms: dict[str, set[str]] = {}
        self._position = -1
        self._lock = Lock()

    def follow(self, c: Connection) -> int:
        """Forget what changed since the last look; the position up to which that holds."""
        now = positions.current(c)
        with self._lock:
            before = self._position
        if now == before:
            return now
        changed = views.changes(c, before, _MANY) if before >= 0 else ()
        with self._lock:
            if self._position != before:  # somebody else looked meanwhile
                return self._position
            if before < 0 or now < before or len(changed) == _MANY:
                self._forget_all()
            for one in changed:
                self._forget(one.id)
            self._position = now
        return now

    def find(self, ids: Sequence[str], form: str) -> list[V | None]:
        """What is kept of these titles in a form, None for what is not."""
        with self._lock:
            found = []
            for id in ids:
                value = self._held.get((id, form))
                if value is not None:
                    self._held.move_to_end((id, form))
                found.append(value)
            return found

    def keep(self, values: Iterable[tuple[str, V]], form: str, position: int) -> None:
        """Keep values that were read at a position; not if something changed since, for it may be one of these."""
        with self._lock:
            if position != self._position:
                return
            for id, value in values:
                self._drop((id, form))
                self._held[id, form] = value
                self._forms.setdefault(id, set()).add(form)
                self._bytes += self._weigh(value) + _ENTRY
            while self._bytes > self._most and self._held:
                self._drop(next(iter(self._held)))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._forget_all()

    def __len__(self) -> int:
        """How many records are kept."""
        return len(self._held)

    def _forget_all(self) -> None:
        self._held.clear()
        self._forms.clear()
        self._bytes = 0

    def _forget(self, id: str) -> None:
        for form in tuple(self._forms.get(id, ())):
            self._drop((id, form))

    def _drop(self, key: tuple[str, str]) -> None:
        value = self._held.pop(key, None)
        if value is None:
            return
        self._bytes -= self._weigh(value) + _ENTRY
        forms = self._forms[key[0]]
        forms.discard(key[1])
        if not forms:
            del self._forms[key[0]]
