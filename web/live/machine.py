"""A live search for programs: /live/<id>.json, and /api/v1/live to start one and to look at it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from index.live.merging.values import FACETS
from index.live.snapshot import LiveCluster, Snapshot, TargetReport
from index.parse import MAX_CHARS, parse
from index.query import BadQuery
from web import texts
from web.account.cookies import throttle
from web.api.describe import Operation, Parameter, Schema, operation, problem
from web.app import csrf, parts
from web.live import address, starting, whose
from web.may import needs

_VALUE: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_TARGET: Schema = {
    "type": "object",
    "required": ["id", "name", "state", "hits", "fetched", "seconds", "diagnostics", "more", "retry"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "state": {"type": "string", "enum": ["waiting", "searching", "ok", "failed", "timeout", "skipped"]},
        "hits": {"type": ["integer", "null"]},
        "fetched": _NUMBER,
        "seconds": {"type": "number"},
    },
}
_CLUSTER: Schema = {
    "type": "object",
    "required": ["id", "url", "union", "brief", "holders"],
    "properties": {
        "id": {"type": "string"},
        "url": {"type": "string"},
        "union": {"type": "string"},
        "brief": {"type": "object"},
        "holders": {"type": "array", "items": {"type": "object", "required": ["target", "position"]}},
    },
}
STATE: Schema = {
    "type": "object",
    "required": ["id", "state", "version", "targets", "clusters", "total", "new", "facets", "seconds"],
    "properties": {
        "id": {"type": "string"},
        "state": {"type": "string", "enum": ["running", "finished", "stopped", "interrupted"]},
        "version": _NUMBER,
        "targets": {"type": "array", "items": _TARGET},
        "clusters": {"type": "array", "items": _CLUSTER},
        "total": _NUMBER,
        "new": _NUMBER,
        "facets": {"type": "array", "items": {"type": "object", "required": ["name", "values", "sample"]}},
        "seconds": {"type": "number"},
    },
}
STARTED: Schema = {
    "type": "object",
    "required": ["id", "url"],
    "properties": {"id": {"type": "string"}, "url": {"type": "string"}},
}
#: A word with an asterisk has three letters before it, as in the search box.
BODY: Schema = {
    "type": "object",
    "required": ["q"],
    "additionalProperties": False,
    "properties": {
        "q": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CHARS,
            "pattern": r"^(?:[^*]|[A-Za-z0-9]{3}\*(?![^\s)]))*$",
        },
        "sort": {"type": "string", "enum": list(address.SORTS)},
        "fresh": {"type": "boolean"},
    },
}
PARAMETERS = (
    *(Parameter(name=name, schema=_VALUE, about=f"Only this {name}", many=True) for name in FACETS),
    Parameter(name="sort", schema={"type": "string", "enum": list(address.SORTS)}, about="The order"),
    Parameter(
        name="page",
        schema={"type": "integer", "minimum": 1, "maximum": address.LAST_PAGE},
        about="Which page of 20, from 1",
    ),
)
_ABOUT = "A live search belongs to the account or, for guests, to the cookie with which it was started."


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/live/<search>.json", view_func=as_json)
    blueprint.add_url_rule("/api/v1/live", view_func=start, methods=["POST"], endpoint="api_start")
    blueprint.add_url_rule("/api/v1/live/<search>", view_func=state, endpoint="api_state")


@needs("look")
def as_json(search: str) -> Response:
    """The page as JSON, with the same names in the address."""
    found = _snapshot(search)
    if found is None:
        raise NotFound
    return jsonify(value(found))


@csrf.exempt  # type: ignore[untyped-decorator]  # only JSON is taken, which no form of another site can send
@needs("look")
@operation(
    Operation(
        id="live_start",
        summary="Search other catalogues live",
        body=BODY,
        answer=STARTED,
        errors={
            400: "",
            404: "There is no catalogue to search",
            429: "Too many; Retry-After says when",
            503: "",
        },
    )
)
def start() -> Response:
    """id and url of a search that has begun."""
    if request.mimetype != "application/json":
        return problem(400, "not_json", "send a JSON object as application/json")
    said = request.get_json(silent=True)
    if not isinstance(said, dict) or set(said) - set(BODY["properties"]):
        return problem(400, "bad_body", "a JSON object of q, sort, fresh")
    text, sort, fresh = said.get("q"), said.get("sort", "relevance"), said.get("fresh", False)
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_CHARS:
        return problem(400, "bad_body", f"q has 1 to {MAX_CHARS} characters")
    if sort not in address.SORTS or not isinstance(fresh, bool):
        return problem(400, "bad_body", "sort is one of the orders, fresh is true or false")
    try:
        query = parse(text)
    except BadQuery as bad:
        return problem(400, bad.code, texts.say(f"query.{bad.code}", "en"), position=bad.position)
    now = parts().clock()
    if wait := throttle().wait(starting.counted(), now):
        return problem(429, "too_many", "too many searches in a short time", retry=wait)
    throttle().count(starting.counted(), now)
    try:
        search = starting.begin(query, text, sort, fresh=fresh)
    except starting.Unasked as refused:
        if refused.code == "busy":
            return problem(503, "busy", "as many searches as can be are going on", retry=5)
        return problem(404, refused.code, "there is no catalogue that you may search live")
    return jsonify(id=search, url=f"/api/v1/live/{search}")


@needs("look")
@operation(
    Operation(
        id="live_state",
        summary="How far a live search is, and what it has brought",
        parameters=PARAMETERS,
        path={"search": ({"type": "string", "minLength": 1, "maxLength": 60}, _ABOUT)},
        answer=STATE,
        errors={404: "There is no such search, or no longer, or it is somebody else's"},
    )
)
def state(search: str) -> Response:
    """The search as it is now."""
    found = _snapshot(search)
    if found is None:
        return problem(404, "not_found", "there is no such search, or no longer")
    return jsonify(value(found))


def _snapshot(search: str) -> Snapshot | None:
    mine = whose.mine(search)
    if mine is None:
        return None
    return mine.engine.snapshot(search, mine.owner, address.read(search, request.args).view())


def value(found: Snapshot) -> dict[str, Any]:
    """A snapshot as JSON."""
    return {
        "id": found.id,
        "text": found.text,
        "state": found.state.value,
        "version": found.version,
        "targets": [_target(one) for one in found.targets],
        "clusters": [_cluster(found.id, one) for one in found.clusters],
        "total": found.total,
        "new": found.new,
        "facets": [
            {
                "name": facet.name,
                "values": [{"value": one, "count": count} for one, count in facet.values],
                "sample": facet.sample,
            }
            for facet in found.facets
        ],
        "hits": found.hits,
        "hits_exact": found.hits_exact,
        "seconds": found.seconds,
        "first_seconds": found.first_seconds,
    }


def _target(one: TargetReport) -> dict[str, Any]:
    """A target without its address: where a catalogue is asked, and as whom, is the admin's business."""
    said = asdict(one)
    return {name: said[name] for name in said if name != "url"} | {"state": one.state.value}


def _cluster(search: str, one: LiveCluster) -> dict[str, Any]:
    return {
        "id": one.id,
        "url": f"/live/{search}/{one.id}",
        "union": one.union_id,
        "brief": dict(one.brief),
        "holders": [
            {
                "target": holder.target,
                "position": holder.position,
                "library": holder.library,
                "holdings": [asdict(copy) for copy in holder.holdings],
            }
            for holder in one.holders
        ],
    }
