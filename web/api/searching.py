"""GET /api/v1/search: what the result page shows, as JSON."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from index.query import BadQuery
from index.search import FACETS, SORTS, SearchFailed
from web import texts
from web.app import parts
from web.may import needs
from web.search import asking, hits

#: Hits in one answer: unless told, and at most.
LIMIT, MOST = 20, 100

_NAMES = frozenset({"q", "sort", "limit", "page", "from", "to", "facets", "lang", *asking.BOXES})


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/search", view_func=search)


@needs("look")
def search() -> Response:
    """total, page, limit, hits, facets, next (an address, or null at the end), seconds.

    Parameters: q, library, availability, format, language, subject (each may be repeated), from, to, sort,
    page (from 1), limit (at most 100), facets=0 to leave the counts out. Unknown ones are an error here,
    since a program that misspells a filter must not get everything.
    """
    wrong = sorted(set(request.args) - _NAMES)
    if wrong:
        return problem(400, "unknown_parameter", ", ".join(wrong))
    sort = request.args.get("sort", "relevance")
    if sort not in SORTS:
        return problem(400, "unknown_sort", f"sort is one of {', '.join(SORTS)}")
    asked = asking.read(request.args)
    limit = min(asking.number(request.args.get("limit") or str(LIMIT), 1), MOST)
    if asked.page * limit > asking.LAST_PAGE * asking.PER_PAGE:
        return problem(400, "too_far", "the first 10,000 hits can be paged through; narrow the search")
    facets = {} if request.args.get("facets") == "0" else {**asking.BOXES, "year": asking.YEARS}
    try:
        found = parts().engine.search(asked.request(facets, per_page=limit))
    except BadQuery as bad:
        return problem(400, bad.code, texts.say(f"query.{bad.code}", "en"), position=bad.position)
    except SearchFailed:
        return problem(503, "search_failed", "the search engine did not answer", retry=10)
    more = asked.page * limit < found.total and (asked.page + 1) * limit <= asking.LAST_PAGE * asking.PER_PAGE
    suffix = "" if limit == LIMIT else f"&limit={limit}"
    suffix += "" if facets else "&facets=0"
    return jsonify(
        total=found.total,
        page=asked.page,
        limit=limit,
        hits=[_hit(hit.id, hit.brief) for hit in found.hits],
        facets={
            name: [{"value": value, "count": count} for value, count in found.facets.get(name, ())]
            for name in FACETS
            if name in found.facets
        },
        next=asked.at(asked.page + 1).address("/api/v1/search") + suffix if more else None,
        seconds=round(found.seconds, 4),
    )


def _hit(id: str, brief: Any) -> dict[str, Any]:
    """One hit: the cluster, its title in full, and what the brief says."""
    rest = {key: value for key, value in brief.items() if key not in ("title", "holders")}
    return {
        "cluster": id,
        "url": f"/record/{id}",
        "title": hits.full_title(brief),
        "main_title": brief.get("title", ""),
        "holdings": brief.get("holders", []),
        **rest,
    }


def problem(status: int, code: str, detail: str, *, retry: int = 0, **more: Any) -> Response:
    """An error as problem+json."""
    answer = jsonify(type="about:blank", title=code, status=status, detail=detail, code=code, **more)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    if retry:
        answer.headers["Retry-After"] = str(retry)
    return answer
