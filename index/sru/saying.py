"""Our queries in CQL, as a target's profile names its indexes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import category, normalize

from index.cql import writing
from index.cql.tree import Clause, Cql, Node, Operator, Run
from index.live.link import LinkFailed
from index.query import All, And, Not, Or, Phrase, Prefix, Query, Range, Term
from index.targets.profile import Dialect

#: A bare term: the server chooses the index itself.
SERVER_CHOICE = "cql.serverChoice"

#: What people look for when they name nothing.
_MEANT = ("title", "author", "subject")

_SPECIAL = re.compile(r'([\\"*?^])')
#: Every catalogue has it (CQL context set 1.2), and without it there is nothing to take records from.
_EVERYTHING = Clause(index="cql.allRecords", relation="=", term="1")


def cql(query: Query, dialect: Dialect, chosen: Mapping[str, int]) -> str:
    """The query; `chosen` says which of several indexes of an access point to take (0: the first).

    Raises LinkFailed 'unsupported', naming what cannot be said to this target.
    """
    return writing.write(Cql(root=_Writer(dialect, chosen).node(query)))


def choices(field: str, dialect: Dialect) -> tuple[tuple[str, ...], ...]:
    """The ways to ask for an access point, the best first; of several indexes in one of them any will do.

    Where a server does not say what it searches when no index is named, we name those that people mean.
    """
    names = dialect.indexes.get(field, ())
    found: list[tuple[str, ...]] = [(name,) for name in names]
    if field == "any" and names:
        firsts = [dialect.indexes[one][0] for one in _MEANT if dialect.indexes.get(one)]
        found += [tuple(firsts)] if len(firsts) > 1 and "or" in dialect.operators else []
        found += [tuple(firsts[:1])] if firsts else []
    return tuple(found)


def indexes(field: str, dialect: Dialect, chosen: Mapping[str, int]) -> tuple[str, ...]:
    """The chosen way to ask for an access point. Raises LinkFailed 'unsupported' where there is none."""
    found = choices(field, dialect)
    if not found:
        raise LinkFailed("unsupported", f"it has no index for {field}")
    return found[min(chosen.get(field, 0), len(found) - 1)]


def scan_clause(field: str, start: str, dialect: Dialect, chosen: Mapping[str, int]) -> str:
    """The clause that a list of terms begins at."""
    name = indexes(field, dialect, chosen)[0]
    term = _Writer(dialect, chosen).term(start) or "a"
    bare = name == SERVER_CHOICE
    clause = Clause(index="" if bare else name, relation="" if bare else "=", term=term)
    return writing.write(Cql(root=clause))


@dataclass(frozen=True, slots=True)
class _Writer:
    dialect: Dialect
    chosen: Mapping[str, int]

    def node(self, query: Query) -> Node:
        match query:
            case Term(text=text, field=field) | Phrase(text=text, field=field):
                return self.clause(field, self.term(text))
            case Prefix(text=text, field=field):
                return self.clause(field, self.term(text) + "*")
            case Range(field=field, low=low, high=high):
                return self.years(field, low, high)
            case All():
                return _EVERYTHING
            case And(parts=parts):
                wanted = [self.node(part) for part in parts if not isinstance(part, Not)]
                unwanted = [self.node(part.part) for part in parts if isinstance(part, Not)]
                first = self.joined("and", wanted) if wanted else _EVERYTHING
                return self.joined("not", [first, *unwanted])
            case Or(parts=parts):
                return self.joined("or", [self.node(part) for part in parts])
            case Not(part=part):
                return self.joined("not", [_EVERYTHING, self.node(part)])

    def clause(self, field: str, term: str, relation: str = "=") -> Node:
        names = indexes(field, self.dialect, self.chosen)
        return self.joined("or", [_clause(name, relation, term) for name in names])

    def years(self, field: str, low: int | None, high: int | None) -> Node:
        if low is not None and low == high:
            return self.clause(field, str(low))
        ends = ((low, ">="), (high, "<="))
        clauses: list[Node] = [self.clause(field, str(year), sign) for year, sign in ends if year is not None]
        return self.joined("and", clauses) if clauses else _EVERYTHING

    def joined(self, name: str, parts: list[Node]) -> Node:
        if not parts:
            return _EVERYTHING
        if len(parts) > 1 and name not in self.dialect.operators:
            raise LinkFailed("unsupported", f"{name} cannot be said to this target")
        rest = tuple((Operator(name=name), part) for part in parts[1:])
        return Run(first=parts[0], rest=rest) if rest else parts[0]

    def term(self, text: str) -> str:
        text = " ".join(text.split())
        if self.dialect.strip:
            text = "".join(one for one in normalize("NFD", text) if category(one) != "Mn")
        return _SPECIAL.sub(r"\\\1", text)


def _clause(index: str, relation: str, term: str) -> Node:
    if index == SERVER_CHOICE and relation == "=":
        return Clause(term=term)
    return Clause(index=index, relation=relation, term=term)


def fields(query: Query) -> tuple[str, ...]:
    """The access points that a query names, each once, in their order."""
    match query:
        case Term(field=field) | Phrase(field=field) | Prefix(field=field) | Range(field=field):
            return (field,)
        case And(parts=parts) | Or(parts=parts):
            return tuple(dict.fromkeys(name for part in parts for name in fields(part)))
        case Not(part=part):
            return fields(part)
        case All():
            return ()
