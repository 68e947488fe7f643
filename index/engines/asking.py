"""What every engine checks before it answers."""

from __future__ import annotations

from index.search import FACETS, SORTS, SearchFailed, SearchRequest

#: What may be filtered by: the facets, the region of the holding libraries, and exactly one heading of a list.
FILTERS = (*FACETS, "region", "heading")


def check(request: SearchRequest) -> None:
    """Raise SearchFailed for a facet, filter, sort order or page that does not exist."""
    for facet in request.facets:
        if facet not in FACETS:
            raise SearchFailed(f"there is no facet {facet!r}")
    for name in request.filters:
        if name not in FILTERS:
            raise SearchFailed(f"there is no filter {name!r}")
    if request.sort not in SORTS:
        raise SearchFailed(f"there is no sort order {request.sort!r}")
    if request.offset < 0 or request.limit < 0:
        raise SearchFailed("a page begins at 0 and has no negative length")
