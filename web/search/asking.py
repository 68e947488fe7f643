"""What a search address asks for, and the addresses of the searches next to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from index.finding import headings
from index.parse import parse
from index.query import Query
from index.search import SORTS, Engine, SearchRequest, SearchResult
from web.search import cqlbox

#: Facets with boxes to tick, in the order of the page, and how many values are counted for each.
BOXES = {"availability": 4, "library": 60, "format": 16, "subject": 8, "language": 8, "sale": 1}

#: Exactly one heading of a list, by the name it has in an address, and the kind of its list. One at a time.
LISTED = {"author": "author", "topic": "subject", "call_number": "call_number"}

#: So many years are counted for the little histogram.
YEARS = 400

#: Hits on a page, the last page that is answered, and the most filters an address may carry.
PER_PAGE, LAST_PAGE, MOST_FILTERS = 20, 500, 24

#: The end of a line in a query of several is a blank.
_BREAK = re.compile(r"[\r\n\t]+")

#: Other numbers of hits that a page may have.
SIZES = (10, 20, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as its address says it. `page` counts from 1; `years` are (from, to), None where open.

    `heading` is (name of LISTED, text) for exactly one heading; `size` is one of SIZES. `cql` is a query in CQL, in the
    place of `text`.
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    years: tuple[int | None, int | None] = (None, None)
    sort: str = "relevance"
    page: int = 1
    heading: tuple[str, str] | None = None
    size: int = PER_PAGE
    cql: str = ""

    @property
    def said(self) -> str:
        """What was typed, in whichever language."""
        return self.cql or self.text

    def query(self) -> Query:
        """What was typed as a query. Raises BadQuery; cqlbox.WrongCql, which is one, for CQL."""
        return cqlbox.query(self.cql) if self.cql else parse(self.text)

    @property
    def filtered(self) -> int:
        """How many filters are set; the years are one."""
        chosen = sum(len(values) for values in self.filters.values())
        return chosen + (self.years != (None, None)) + (self.heading is not None)

    @property
    def last(self) -> int:
        """The last page that is answered."""
        return LAST_PAGE * PER_PAGE // self.size

    def pairs(self) -> list[tuple[str, str]]:
        """What the address says, but for the page."""
        found = [("cql", self.cql) if self.cql else ("q", self.text)]
        found += [(name, value) for name in BOXES for value in self.filters.get(name, ())]
        found += [
            (name, str(year))
            for name, year in zip(("from", "to"), self.years, strict=True)
            if year is not None
        ]
        found += [self.heading] if self.heading else []
        found += [("sort", self.sort)] if self.sort != "relevance" else []
        return found + ([("size", str(self.size))] if self.size != PER_PAGE else [])

    def address(self, path: str = "/search") -> str:
        """Where this search is found."""
        more = [("page", str(self.page))] if self.page > 1 else []
        return f"{path}?{urlencode([*self.pairs(), *more])}"

    def without(self, name: str, value: str) -> Asked:
        """The same search with one filter less, from its first page on."""
        rest = {k: tuple(v for v in chosen if (k, v) != (name, value)) for k, chosen in self.filters.items()}
        return replace(self, filters=rest, page=1)

    def plain(self) -> Asked:
        """The same words without any filter."""
        return replace(self, filters={}, years=(None, None), heading=None, page=1)

    def of_size(self, size: int) -> Asked:
        """The same search with other many hits on a page, from the first on."""
        return replace(self, size=size, page=1)

    def at(self, page: int) -> Asked:
        """Another page of the same search."""
        return replace(self, page=page)

    def request(self, facets: Mapping[str, int], per_page: int = 0) -> SearchRequest:
        """What the engine is asked, but for the heading, which needs one: see `ask`. Raises BadQuery."""
        per_page = per_page or self.size
        return SearchRequest(
            query=self.query(),
            filters={name: chosen for name, chosen in self.filters.items() if chosen},
            years=self.years,
            facets=facets,
            sort=cqlbox.order(self.cql) if self.cql and self.sort == "relevance" else self.sort,
            offset=(self.page - 1) * per_page,
            limit=per_page,
        )


def ask(asked: Asked, engine: Engine, facets: Mapping[str, int], per_page: int = 0) -> SearchResult:
    """What the engine answers. Raises BadQuery, SearchFailed."""
    wanted = asked.request(facets, per_page)
    if asked.heading:
        name, text = asked.heading
        tokens = headings.forms(engine, LISTED[name], text) or ("?",)  # nothing has it: nothing is found
        wanted = replace(wanted, filters={**wanted.filters, "heading": tokens})
    return engine.search(wanted)


def read(args: MultiDict[str, str]) -> Asked:
    """What the address of a search page asks for. What makes no sense is left out, never an error."""
    filters: dict[str, tuple[str, ...]] = {}
    room = MOST_FILTERS
    for name in BOXES:
        chosen = tuple(dict.fromkeys(v[:200] for v in args.getlist(name) if v))[:room]
        room -= len(chosen)
        if chosen:
            filters[name] = chosen
    sort = args.get("sort", "relevance")
    heading = next(((name, args[name][:200]) for name in LISTED if args.get(name)), None)
    size = number(args.get("size"), 0)
    size = size if size in SIZES else PER_PAGE
    low, high = year(args.get("from")), year(args.get("to"))
    if low is not None and high is not None and low > high:
        low, high = high, low
    cql = _BREAK.sub(" ", args.get("cql", "")).strip()[: cqlbox.MAX_CHARS + 1]
    return Asked(
        text="" if cql else " ".join(args.get("q", "").split())[:1_000],
        filters=filters,
        years=(low, high),
        sort=sort if sort in SORTS else "relevance",
        page=min(number(args.get("page"), 1), LAST_PAGE * PER_PAGE // size),
        heading=heading,
        size=size,
        cql=cql,
    )


def year(text: str | None) -> int | None:
    """A year as typed; None when it is none."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 1 <= len(text) <= 4 else None


def number(text: str | None, low: int) -> int:
    """A whole number from an address, at least `low`; what is no number is `low`."""
    text = text or ""
    return max(low, int(text)) if text.isascii() and text.isdigit() and len(text) <= 9 else low


def numbers(current: int, last: int) -> Iterable[int | None]:
    """Page numbers to offer: the first, those around the current one, the last; None for a gap."""
    near = sorted({1, last, *range(max(1, current - 2), min(last, current + 2) + 1)})
    before = 0
    for page in near:
        if page - before == 2:
            yield page - 1
        elif page - before > 2:
            yield None
        yield page
        before = page


def paging(asked: Asked, total: int) -> dict[str, Any]:
    """What the template part `pages` draws."""
    last = min(max(1, -(-total // asked.size)), asked.last)
    return {
        "number": asked.page,
        "numbers": [
            (page, asked.at(page).address() if page else "") for page in numbers(min(asked.page, last), last)
        ],
        "before": asked.at(min(asked.page, last + 1) - 1).address() if asked.page > 1 else "",
        "after": asked.at(asked.page + 1).address() if asked.page < last else "",
    }
