"""What the address of a live search's page says: order, filters, page; and the addresses next to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from index.live.merging.values import FACETS
from index.live.snapshot import View
from web.search import asking

#: The orders that live results have.
SORTS = ("relevance", "year", "year_up", "title", "author")
PER_PAGE, LAST_PAGE = 20, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Which part of the search `id` is shown. `page` counts from 1."""

    id: str
    sort: str = "relevance"
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 1

    def pairs(self) -> list[tuple[str, str]]:
        """What the address says, but for the page."""
        found = [(name, value) for name in FACETS for value in self.filters.get(name, ())]
        return found + ([("sort", self.sort)] if self.sort != "relevance" else [])

    def address(self, more: str = "") -> str:
        """Where this part is found; `more` follows the id ('.json', '/fresh')."""
        pairs = self.pairs() + ([("page", str(self.page))] if self.page > 1 else [])
        return f"/live/{self.id}{more}" + (f"?{urlencode(pairs)}" if pairs else "")

    def view(self, *, fresh: bool = False) -> View:
        """The same for the engine."""
        return View(
            sort=self.sort,
            filters=self.filters,
            offset=(self.page - 1) * PER_PAGE,
            limit=PER_PAGE,
            fresh=fresh,
        )

    def without(self, name: str, value: str) -> Shown:
        """One filter less, from the first page on."""
        rest = {k: tuple(v for v in chosen if (k, v) != (name, value)) for k, chosen in self.filters.items()}
        return replace(self, filters={k: v for k, v in rest.items() if v}, page=1)

    def paging(self, total: int) -> dict[str, Any]:
        """What the template part `pages` draws."""
        last = min(max(1, -(-total // PER_PAGE)), LAST_PAGE)
        at = min(self.page, last)
        return {
            "number": self.page,
            "numbers": [
                (page, replace(self, page=page).address() if page else "")
                for page in asking.numbers(at, last)
            ],
            "before": replace(self, page=at - 1).address() if at > 1 else "",
            "after": replace(self, page=at + 1).address() if at < last else "",
        }


def read(search: str, args: MultiDict[str, str]) -> Shown:
    """What an address asks for; what makes no sense is left out."""
    filters: dict[str, tuple[str, ...]] = {}
    for name in FACETS:
        chosen = tuple(dict.fromkeys(value[:200] for value in args.getlist(name) if value))[:24]
        if chosen:
            filters[name] = chosen
    sort = args.get("sort", "relevance")
    return Shown(
        id=search,
        sort=sort if sort in SORTS else "relevance",
        filters=filters,
        page=min(asking.number(args.get("page"), 1), LAST_PAGE),
    )
