"""Result sets of a session: each a query whose titles are fetched in stretches as they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import takewhile

from index.query import Query
from index.search import SearchFailed
from index.z3950.serving import refusals
from index.z3950.serving.catalogue import Catalogue, Meant
from index.z3950.serving.refusals import Refused

#: Titles that are fetched of a result at once, at least: a client that asks one by one is answered from memory.
STRETCH = 100

#: The last position of a result that can be presented.
LAST = 100_000

#: Ids that one result keeps; beyond, the stretches that were fetched first are fetched again when they are wanted.
_KEPT = 500

#: Longest name of a result set.
_NAME = 128

#: Names of results that had to go which a session remembers.
_REMEMBERED = 100


class ResultSet:
    """A result: its meaning, how many titles it has, and the ids of those that were looked at.

    `backwards`: in the opposite of the order that the meaning names.
    """

    def __init__(self, catalogue: Catalogue, meant: Meant, *, first: int, backwards: bool = False) -> None:
        self.meant = meant
        self.backwards = backwards
        self._catalogue = catalogue
        self._ids: dict[int, str] = {}
        if backwards:
            self.total, _ = self._search(0, 0)
        else:
            self.total, ids = self._search(0, first)
            self._ids.update(enumerate(ids, 1))

    def ids(self, start: int, count: int) -> list[str]:
        """The ids at positions, counted from 1. Raises Refused 13 beyond the end."""
        if start < 1 or count < 0 or start + count - 1 > min(self.total, LAST):
            raise Refused(refusals.OUT_OF_RANGE, f"1 to {min(self.total, LAST)}")
        found = self._ids
        missing = next((at for at in range(start, start + count) if at not in found), None)
        if missing is not None:
            if len(found) > _KEPT:
                found.clear()
                missing = start
            self._fetch(missing, start + count - missing)
        try:
            return [found[at] for at in range(start, start + count)]
        except KeyError:
            # The catalogue shrank since the search.
            raise Refused(refusals.OUT_OF_RANGE, "the catalogue has changed, search again") from None

    def known(self, start: int, count: int) -> list[str] | None:
        """The same where all are at hand; else None."""
        try:
            return [self._ids[at] for at in range(start, start + count)]
        except KeyError:
            return None

    def ahead(self, start: int, most: int) -> list[str]:
        """Those at hand from a position on, without a gap; at most so many."""
        return [*takewhile(bool, (self._ids.get(at, "") for at in range(start, start + most)))]

    def _fetch(self, start: int, count: int) -> None:
        size = min(max(count, STRETCH), self.total - start + 1)
        offset = self.total - (start + size - 1) if self.backwards else start - 1
        _, ids = self._search(offset, size)
        self._ids.update(enumerate(reversed(ids) if self.backwards else ids, start))

    def _search(self, offset: int, limit: int) -> tuple[int, Sequence[str]]:
        try:
            return self._catalogue.search(self.meant, offset, limit)
        except SearchFailed as fault:
            raise Refused(refusals.TEMPORARY, "the index does not answer") from fault


class ResultSets:
    """The result sets of one session by name, `most` of them: the one that was used longest ago makes room for another.

    A client that never deletes, as yaz-client, searches on; what it is told of a set that had to go is 27.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[str, ResultSet] = OrderedDict()
        self._gone: OrderedDict[str, None] = OrderedDict()

    def get(self, name: str) -> ResultSet:
        """A result. Raises Refused 27, 30."""
        try:
            found = self._held[name]
        except KeyError:
            number = refusals.SET_WAS_DELETED if name in self._gone else refusals.NO_SUCH_SET
            raise Refused(number, name[:_NAME]) from None
        self._held.move_to_end(name)
        return found

    def check(self, name: str, *, replace: bool) -> None:
        """Whether a result may be kept under a name. Raises Refused 21, 128."""
        if not name or len(name) > _NAME:
            raise Refused(refusals.BAD_SET_NAME, name[:_NAME])
        if name in self._held and not replace:
            raise Refused(refusals.SET_EXISTS, name)

    def put(self, name: str, found: ResultSet) -> None:
        """Keep a result under a name that was checked."""
        self._held[name] = found
        self._held.move_to_end(name)
        self._gone.pop(name, None)
        while len(self._held) > self._most:
            self._gone[self._held.popitem(last=False)[0]] = None
        while len(self._gone) > _REMEMBERED:
            self._gone.popitem(last=False)

    def delete(self, name: str) -> bool:
        """Forget a result; whether there was one."""
        return self._held.pop(name, None) is not None

    def clear(self) -> int:
        """Forget all; how many there were."""
        count = len(self._held)
        self._held.clear()
        return count

    def meanings(self) -> dict[str, Query]:
        """What each result means, for queries that refer to it."""
        return {name: found.meant.query for name, found in self._held.items()}
