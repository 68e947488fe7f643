"""What a session needs of the world: a catalogue to search, and the terms on which it may be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from index.finding.lists import Stretch
from index.query import Query
from index.rpn.tree import Attribute, Operand, Rpn


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How records are wanted: their syntax (dotted OID), full or brief, in which characters, in which schema (XML)."""

    syntax: str
    brief: bool = False
    charset: Literal["utf-8", "marc-8"] = "utf-8"
    schema: str = ""

    @property
    def name(self) -> str:
        """One word for what is the same whoever asks."""
        return f"{self.syntax}/{'b' if self.brief else 'f'}/{self.charset}/{self.schema}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a query means to the catalogue, and the order that it asks for (of index.search.SORTS)."""

    query: Query
    sort: str = "relevance"


class Catalogue(Protocol):
    """A catalogue behind a target. Every method raises Refused with the diagnostic that the client is told."""

    def understand(self, query: Rpn | str, sets: Mapping[str, Query]) -> Meant:
        """The meaning of an RPN tree, or of CQL text; `sets` are earlier results by name, which a tree may refer to."""
        ...

    def search(self, meant: Meant, offset: int, limit: int) -> tuple[int, Sequence[str]]:
        """(all hits, ids of `limit` titles from `offset`, which counts from 0)."""
        ...

    def records(self, ids: Sequence[str], form: Form) -> Sequence[bytes | None]:
        """The titles in a form, None for one that went meanwhile. Raises Refused 238 and 239.

        Each as a whole NamePlusRecord (apdu.records.encode_record): what is asked for often is wrapped only once.
        """
        ...

    def at_hand(self, ids: Sequence[str], form: Form) -> Sequence[bytes | None] | None:
        """The same where it costs next to nothing, without database and index; else None."""
        ...

    def scan(self, start: Operand, attribute_set: str, position: int, size: int) -> Stretch:
        """A stretch of the list that `start` names."""
        ...

    def order(self, attributes: Sequence[Attribute], attribute_set: str) -> str:
        """What a sort key by attributes means: title, author, year, relevance. Raises Refused 207."""
        ...

    def named_order(self, name: str) -> str:
        """What a sort key by the name of a field means. Raises Refused 207."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a session is served.

    `databases` are the names that may be asked for, in small letters, the first told in records. `knows(user, password)`
    is None where nobody has to sign in. `wait(searches, records)` counts them and says how many seconds they have to
    wait, 0 when they may be had now. Sizes are in bytes.
    """

    databases: tuple[str, ...]
    knows: Callable[[str, str], bool] | None = None
    wait: Callable[[int, int], int] = lambda _searches, _records: 0
    refusal: int = 0
    charset: Literal["utf-8", "marc-8"] = "utf-8"
    answer_size: int = 4 * 2**20
    records_at_once: int = 1000
    result_sets: int = 10
    implementation: tuple[str, str, str] = ("", "Silang", "")
