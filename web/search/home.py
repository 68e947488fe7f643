"""The first page: one search box, who takes part, what is new."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, g, render_template

from index.query import All
from index.search import SearchFailed, SearchRequest, SearchResult
from web.app import parts
from web.may import needs
from web.search import hits
from web.search.directory import directory

#: New titles shown, and strands of the drawing that carry a library's code.
NEW, STRANDS = 4, 5

#: Seconds that the overview is kept.
KEPT = 30.0


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/", view_func=home)


@needs("look")
def home() -> str:
    """The first page."""
    known = directory()
    found = overview()
    titles = dict(found.facets.get("library", ()))
    members = [one for one in known.by_id.values() if one.state == "active" and one.managed]
    members.sort(key=lambda one: (one.code not in known.own, -titles.get(one.code, 0), one.name))
    return render_template(
        "search/home.html",
        members=[(one, titles.get(one.code, 0)) for one in members[:8]],
        more_members=max(0, len(members) - 8),
        count=len(members),
        strands=[one.code for one in members[:STRANDS]],
        new=hits.lines(found.hits, g.language, known.names, known.own),
    )


def overview() -> SearchResult:
    """The newest titles and how many each library has; looked up again after half a minute."""
    here = parts()
    now = time.monotonic()
    kept: Any = here.cache.get("overview")
    if kept is None or now - kept[0] > KEPT:
        wanted = SearchRequest(query=All(), facets={"library": 500}, sort="added", limit=NEW)
        try:
            kept = (now, here.engine.search(wanted))
        except SearchFailed:
            return SearchResult(total=0)
        if kept[1].total:
            here.cache["overview"] = kept
    result: SearchResult = kept[1]
    return result
