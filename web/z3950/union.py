"""The union catalogue as what a Z39.50 session asks: queries understood, titles found and written, lists walked."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from index.cql.profile import Profile
from index.finding import lists
from index.finding.lists import Stretch
from index.query import Query
from index.rpn.tree import Attribute, Operand, Rpn
from index.search import SearchFailed, SearchRequest
from index.z3950.serving import refusals
from index.z3950.serving.catalogue import Form, Meant
from index.z3950.serving.refusals import Refused
from web.oai.house import house, members
from web.wiring import Parts
from web.z3950 import orders, understanding
from web.z3950.kept import Kept
from web.z3950.writing import Press, write

#: Seconds for which what is kept is believed without a look at what changed, as the search engine does too.
LOOK_EVERY = 1.0

#: Seconds after which names of libraries are read anew.
_MEMBERS_EVERY = 60.0


class UnionCatalogue:
    """A Catalogue (index.z3950.serving) over the store and the index. For use by several threads."""

    def __init__(self, parts: Parts, table: Profile, root: str) -> None:
        self._parts = parts
        self._table = table
        self._house = house(parts.settings, root)
        self._kept: Kept[bytes] = Kept(parts.settings.z3950.keep_mib * 2**20, len)
        self._looked = -LOOK_EVERY
        self._press: Press | None = None
        self._press_at = 0.0

    def understand(self, query: Rpn | str, sets: Mapping[str, Query]) -> Meant:
        """The meaning of a query."""
        if isinstance(query, str):
            return understanding.cql(query, self._table)
        return understanding.rpn(query, sets)

    def search(self, meant: Meant, offset: int, limit: int) -> tuple[int, Sequence[str]]:
        """Hits and ids from the index."""
        found = self._parts.engine.search(
            SearchRequest(query=meant.query, sort=meant.sort, offset=offset, limit=limit)
        )
        return found.total, [hit.id for hit in found.hits]

    def records(self, ids: Sequence[str], form: Form) -> Sequence[bytes | None]:
        """Written records, from memory where their titles have not changed."""
        if (at_hand := self.at_hand(ids, form)) is not None:
            return at_hand
        now = time.monotonic()
        with self._parts.db.read() as c:
            position = self._kept.follow(c)
            self._looked = now
            found = self._kept.find(ids, form.name)
            missing = [id for id, record in zip(ids, found, strict=True) if record is None]
            if not missing:
                return found
            if self._press is None or now - self._press_at > _MEMBERS_EVERY:
                self._press, self._press_at = self._set_up(c), now
            written = write(self._press, c, missing, form)
        self._kept.keep(written.items(), form.name, position)
        return [written.get(id) if record is None else record for id, record in zip(ids, found, strict=True)]

    def at_hand(self, ids: Sequence[str], form: Form) -> Sequence[bytes | None] | None:
        """Records that are all in memory, when there was a look at what changed just now."""
        if time.monotonic() - self._looked >= LOOK_EVERY:
            return None
        found = self._kept.find(ids, form.name)
        return None if None in found else found

    def scan(self, start: Operand, attribute_set: str, position: int, size: int) -> Stretch:
        """A stretch of a list of headings, or of the words of an access point."""
        field, kind, typed = understanding.start(start, attribute_set, self._table)
        try:
            return lists.around(self._parts.engine, field, kind, typed, position, size)
        except SearchFailed as fault:
            raise Refused(refusals.TEMPORARY, "the index does not answer") from fault

    def order(self, attributes: Sequence[Attribute], attribute_set: str) -> str:
        """What a key by attributes is sorted by."""
        return orders.by_attributes(attributes, attribute_set)

    def named_order(self, name: str) -> str:
        """What a key by name is sorted by."""
        return orders.by_name(name)

    def _set_up(self, c: Connection) -> Press:
        """How records are written from now on; with other names of libraries, what was written is forgotten."""
        known = members(c)
        if self._press is not None and known != self._press.members:
            self._kept.clear()
        settings = self._parts.settings.z3950
        return Press(
            house=self._house,
            members=known,
            database=settings.database,
            copies=settings.copies,
        )
