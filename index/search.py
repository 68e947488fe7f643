"""What is asked of an index and what it answers, whoever the engine is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from index.query import Query

#: Facets every engine counts. 'availability' values: available, lendable, online, on_site; 'sale': not_for_sale.
FACETS = ("library", "availability", "format", "language", "year", "subject", "sale")

#: Sort orders: relevance, year (newest first), year_up, title, author, added (newest first).
SORTS = ("relevance", "year", "year_up", "title", "author", "added")


class SearchFailed(Exception):
    """The search could not be carried out; says which engine or target and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDoc:
    """One cluster, analysed and typed, ready for any engine.

    Text fields hold tokens in order (already folded); `stems` are added for the 'any' access point.
    `heading` holds what lists of authors, subjects and call numbers are made of (index.finding.headings).
    `held` holds tokens such as 'MLT', 'MLT:available', 'MLT:lends', so that "library and available" is never a false hit.
    `position` is the change position of the cluster, `brief` a JSON text that a hit list can be drawn from.
    """

    id: str
    title: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    isbn: tuple[str, ...] = ()
    issn: tuple[str, ...] = ()
    identifier: tuple[str, ...] = ()
    call_number: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    library: tuple[str, ...] = ()
    availability: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    subject_facet: tuple[str, ...] = ()
    sale: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    year: int | None = None
    sort_title: str = ""
    sort_author: str = ""
    added: int = 0
    position: int = 0
    brief: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """A search: filters never score, facets count over the whole result, a facet ignores its own filter.

    `filters` maps a facet to the values of which at least one must be met; between facets all must be met.
    The year filter is `years` (low, high). `offset` counts from 0.
    """

    query: Query
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    years: tuple[int | None, int | None] = (None, None)
    facets: Mapping[str, int] = field(default_factory=dict)
    sort: str = "relevance"
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A cluster found: its id and the brief JSON value it was indexed with."""

    id: str
    brief: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The answer. `facets` maps a facet to (value, count) pairs, biggest first; `seconds` is the engine's own time."""

    total: int
    hits: tuple[Hit, ...] = ()
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    seconds: float = 0.0
    generation: int = 0


class Searchable(Protocol):
    """Anything that can be asked: our engine or, later, a member's live catalogue."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer the request. Raises SearchFailed."""
        ...

    def capabilities(self) -> frozenset[str]:
        """What it can do, of: facets, sort, phrase, prefix, ranges."""
        ...


class Engine(Searchable, Protocol):
    """Our own index. One writer at a time; any number of readers, from any thread."""

    def write(self, docs: Iterable[IndexDoc], delete: Iterable[str], position: int) -> None:
        """Replace these documents (by id), take those out, and commit with the change position they bring it to."""
        ...

    def position(self) -> int:
        """The change position of the last commit; 0 for an empty index."""
        ...

    def refresh(self) -> None:
        """See the newest commit from now on."""
        ...

    def rebuild(self, docs: Iterable[IndexDoc], position: int) -> None:
        """Build a new index beside the live one and swap it in; searches go on meanwhile."""
        ...

    def count(self) -> int:
        """How many documents it holds."""
        ...

    def terms(self, field: str, prefix: str, limit: int) -> tuple[tuple[str, int], ...]:
        """Terms of a field that begin so, with how many documents hold them, most frequent first."""
        ...

    def walk(
        self, field: str, start: str, limit: int, *, backwards: bool = False
    ) -> tuple[tuple[str, int], ...]:
        """Terms of a field in the order of their UTF-8 bytes, with how many documents hold them: at most `limit` from
        `start` on (included), or, backwards, those before it, nearest first. Time grows with `limit`, not with the index.
        """
        ...

    def close(self) -> None:
        """Let go of files and threads."""
        ...
