"""The query tree: what every search box, API and protocol is translated into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

#: Access points a query may name. 'any' searches all of them.
ACCESS_POINTS = (
    "any",
    "title",
    "author",
    "subject",
    "publisher",
    "isbn",
    "issn",
    "identifier",
    "call_number",
    "series",
    "language",
    "format",
    "year",
    "library",
    "id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word (already as typed; analysis happens when an engine is asked) in one access point."""

    text: str
    field: str = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words in this order, side by side."""

    text: str
    field: str = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """Words that begin so; at least three characters."""

    text: str
    field: str = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Years from..to, both ends included; None leaves an end open."""

    field: str = "year"
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """All of the parts."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """At least one of the parts."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Nothing of the part. Meaningful inside And; alone it is everything else."""

    part: Query


Query: TypeAlias = Term | Phrase | Prefix | Range | All | And | Or | Not


class BadQuery(Exception):
    """The text cannot be searched. `code` names a text of the catalogue, `position` counts characters from 0."""

    def __init__(self, code: str, position: int = 0, detail: str = "") -> None:
        super().__init__(f"{code} at {position}" + (f": {detail}" if detail else ""))
        self.code = code
        self.position = position
        self.detail = detail
