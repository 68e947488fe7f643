"""The tree of a CQL query, as it was written: clauses, booleans, prefixes, sort keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


class BadCql(Exception):
    """The query is refused. `number` is that of the SRU diagnostic, `position` counts characters from 0."""

    def __init__(self, number: int, detail: str = "", position: int = 0) -> None:
        super().__init__(f"{number} at {position}: {detail}")
        self.number = number
        self.detail = detail
        self.position = position


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """'/name', or '/name relation value'."""

    name: str
    relation: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A term in an index. `index` and `relation` are '' where only a term was written.

    `at` is the place of the term, `index_at` that of the index, which is the same where there is none.
    `term` still has its backslashes: what they protect depends on who reads it. `words` are those that stood side by
    side without quotation marks, which the lenient reading makes one term of; () for one.
    """

    term: str
    index: str = ""
    relation: str = ""
    modifiers: tuple[Modifier, ...] = ()
    at: int = 0
    words: tuple[str, ...] = ()
    index_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """and, or, not, prox with its modifiers."""

    name: str
    modifiers: tuple[Modifier, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Operands joined from left to right, without precedence: first, then (operator, operand) pairs."""

    first: Node
    rest: tuple[tuple[Operator, Node], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoped:
    """Prefixes that hold inside the part: (prefix, URI); the prefix is '' for the default context set."""

    prefixes: tuple[tuple[str, str], ...]
    part: Node


Node: TypeAlias = Clause | Run | Scoped


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """An index to sort by."""

    index: str
    modifiers: tuple[Modifier, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cql:
    """A whole query."""

    root: Node
    sort: tuple[SortKey, ...] = ()
