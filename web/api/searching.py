"""GET /api/v1/search: what the result page shows, as JSON."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from index.parse import MAX_CHARS
from index.query import BadQuery
from index.search import FACETS, SORTS, SearchFailed
from web import texts
from web.api.describe import Operation, Parameter, Schema, operation, problem
from web.app import parts
from web.may import needs
from web.search import asking, hits

#: Hits in one answer: unless told, and at most.
LIMIT, MOST = 20, 100

#: An asterisk stands at the end of a word, after three letters or more.
_TEXT = {"type": "string", "maxLength": MAX_CHARS, "pattern": r"^(?:[^*]|[^\s*]{3}\*(?![^\s)]))*$"}
_VALUE = {"type": "string", "minLength": 1, "maxLength": 200}
_YEAR = {"type": "integer", "minimum": 0, "maximum": 9999}

PARAMETERS = (
    Parameter(
        name="q", schema=_TEXT, about="What to look for, in the language of the search box", example="batik"
    ),
    *(Parameter(name=name, schema=_VALUE, about=f"Only this {name}", many=True) for name in asking.BOXES),
    Parameter(name="from", schema=_YEAR, about="Not older than this year"),
    Parameter(name="to", schema=_YEAR, about="Not newer than this year"),
    Parameter(name="sort", schema={"type": "string", "enum": list(SORTS)}, about="The order of hits"),
    Parameter(
        name="page",
        schema={"type": "integer", "minimum": 1, "maximum": asking.LAST_PAGE},
        about="Which page, from 1; 10,000 hits can be paged through",
    ),
    Parameter(
        name="limit", schema={"type": "integer", "minimum": 1, "maximum": MOST}, about="Hits on a page"
    ),
    Parameter(name="facets", schema={"type": "string", "enum": ["0", "1"]}, about="0 leaves the counts out"),
    Parameter(name="lang", schema={"type": "string", "enum": list(texts.LANGUAGES)}, about="For people only"),
)

_HIT: Schema = {
    "type": "object",
    "required": ["cluster", "url", "title", "holdings"],
    "properties": {
        "cluster": {"type": "string"},
        "url": {"type": "string"},
        "title": {"type": "string"},
        "main_title": {"type": "string"},
        "holdings": {"type": "array", "items": {"type": "object", "required": ["library"]}},
    },
}
_COUNT: Schema = {
    "type": "object",
    "required": ["value", "count"],
    "properties": {"value": {"type": "string"}, "count": {"type": "integer", "minimum": 1}},
}
ANSWER: Schema = {
    "type": "object",
    "required": ["total", "page", "limit", "hits", "facets", "next"],
    "properties": {
        "total": {"type": "integer", "minimum": 0},
        "page": {"type": "integer", "minimum": 1},
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST},
        "hits": {"type": "array", "items": _HIT},
        "facets": {"type": "object", "additionalProperties": {"type": "array", "items": _COUNT}},
        "next": {"type": ["string", "null"]},
        "seconds": {"type": "number"},
    },
}


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/search", view_func=search)


@needs("look")
@operation(
    Operation(
        id="search",
        summary="Search the union catalogue",
        parameters=PARAMETERS,
        answer=ANSWER,
        errors={404: "Further on than can be paged", 503: ""},
    )
)
def search() -> Response:
    """total, page, limit, hits, facets, next (an address, or null at the end), seconds."""
    asked = asking.read(request.args)
    limit = int(request.args.get("limit") or LIMIT)
    if asked.page * limit > asking.LAST_PAGE * asking.PER_PAGE:
        return problem(404, "too_far", "the first 10,000 hits can be paged through; narrow the search")
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
