"""The table between CQL and our access points: context sets, indexes, sort orders, lists; a text file people may edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.cql.tree import BadCql
from index.finding.headings import KINDS
from index.plan import EXACT, ORDERED
from index.query import ACCESS_POINTS

#: The table that is shipped.
SHIPPED = Path(__file__).with_name("profile.txt")

#: What indexes may mean; 'all_records' finds everything.
MEANINGS = frozenset((*ACCESS_POINTS, "all_records"))

#: What sortBy may mean.
ORDERS = frozenset(("title", "author", "year", "added"))

#: Access points whose words can be walked through.
_WORDS = frozenset((set(ORDERED) | set(EXACT)) - {"any", "id", "held", "sale"})

#: In this order an index without a set is looked for.
_SEARCHED = ("", "cql", "dc", "bath", "rec", "srw")


class BadProfile(Exception):
    """The table cannot be read; says in which line and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`sets`: short name → URI. `indexes` and `sorts`: (short name, name as written) → meaning. `scans`: access → list."""

    sets: Mapping[str, str]
    indexes: Mapping[tuple[str, str], str]
    sorts: Mapping[tuple[str, str], str]
    scans: Mapping[str, str]
    by_name: Mapping[tuple[str, str], str]
    sort_by_name: Mapping[tuple[str, str], str]

    def meaning(self, name: str, prefixes: Mapping[str, str], at: int = 0) -> str:
        """The access point of an index as written. Raises BadCql 15 (context set) and 16 (index)."""
        return self._found(name, prefixes, self.by_name, 16, at)

    def order(self, name: str, prefixes: Mapping[str, str], at: int = 0) -> str:
        """The order of an index to sort by. Raises BadCql 15 (context set) and 16 (index)."""
        return self._found(name, prefixes, self.sort_by_name, 16, at)

    def _found(
        self,
        name: str,
        prefixes: Mapping[str, str],
        table: Mapping[tuple[str, str], str],
        number: int,
        at: int,
    ) -> str:
        prefix, dot, local = name.rpartition(".")
        short = self._set(prefix, prefixes, at) if dot or "" in prefixes else None
        places = _SEARCHED if short is None else (short,)
        for place in places:
            if (meaning := table.get((place, local.lower()))) is not None:
                return meaning
        raise BadCql(number, name, at)

    def _set(self, prefix: str, prefixes: Mapping[str, str], at: int) -> str:
        """The short name that we know a context set by."""
        if (uri := prefixes.get(prefix.lower())) is not None:
            found = next((short for short, known in self.sets.items() if known == uri), None)
        else:
            found = prefix.lower() if prefix.lower() in self.sets else None
        if found is None:
            raise BadCql(15, prefix, at)
        return found


@cache
def shipped() -> Profile:
    """The table that is shipped."""
    return read(SHIPPED.read_text(encoding="utf-8"))


def read(text: str) -> Profile:
    """A table from its text; raises BadProfile."""
    sets: dict[str, str] = {}
    indexes: dict[tuple[str, str], str] = {}
    sorts: dict[tuple[str, str], str] = {}
    scans: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        fact = line.strip()
        if not fact or fact.startswith("#"):
            continue
        name, equals, value = (part.strip() for part in fact.partition("="))
        kind, _, rest = name.partition(".")
        short, _, local = rest.rpartition(".")
        if not equals or not value or not rest or not local:
            raise BadProfile(f"line {number} is none of set., index., sort., scan. with a value: {fact}")
        if short and kind in ("index", "sort") and short.lower() not in sets:
            raise BadProfile(f"line {number} names the context set {short}, which no line before it has")
        if kind == "set":
            sets[rest.lower()] = value
        elif kind == "index" and value in MEANINGS:
            indexes[short.lower(), local] = value
        elif kind == "sort" and value in ORDERS:
            sorts[short.lower(), local] = value
        elif kind == "scan" and (value in KINDS or (value == "words" and rest in _WORDS)):
            scans[rest] = value
        else:
            raise BadProfile(f"line {number} says what there is not: {fact}")
    return Profile(
        sets=sets,
        indexes=indexes,
        sorts=sorts,
        scans=scans,
        by_name={(short, local.lower()): value for (short, local), value in indexes.items()},
        sort_by_name={(short, local.lower()): value for (short, local), value in sorts.items()},
    )
