"""GET /api/v1/libraries and /libraries/<code>: who takes part, where and when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from foundation import libraries as members
from foundation.libraries import Library
from web.api.describe import Operation, operation, problem
from web.app import parts
from web.may import needs
from web.search.directory import directory

_LIBRARY = {
    "type": "object",
    "required": ["code", "symbol", "name"],
    "properties": {
        "code": {"type": "string"},
        "symbol": {"type": "string"},
        "name": {"type": "string"},
        "region": {"type": "string"},
        "url": {"type": "string"},
        "branches": {"type": "array", "items": {"type": "object"}},
    },
}


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/libraries", view_func=libraries)
    blueprint.add_url_rule("/libraries/<code>", view_func=library)


@needs("look")
@operation(
    Operation(
        id="libraries",
        summary="All libraries that take part, by name",
        answer={
            "type": "object",
            "required": ["libraries"],
            "properties": {"libraries": {"type": "array", "items": _LIBRARY}},
        },
    )
)
def libraries() -> Response:
    """libraries: code, symbol, name, region, url of each."""
    active = [one for one in directory().by_id.values() if one.state == "active" and one.managed]
    return jsonify(libraries=[_brief(one) for one in active])


@needs("look")
@operation(
    Operation(
        id="library",
        summary="One library with its branches and their opening hours",
        path={"code": ({"type": "string", "minLength": 1, "maxLength": 24}, "Its code")},
        answer=_LIBRARY,
        errors={404: ""},
    )
)
def library(code: str) -> Response:
    """What its page shows."""
    here = parts()
    with here.db.read() as c:
        try:
            one = members.by_code(c, code)
        except members.UnknownLibrary:
            return problem(404, "unknown", "there is no such library")
        branches = [
            {
                "code": branch.code,
                "name": branch.name,
                "address": branch.address,
                "zone": branch.zone,
                "hours": [
                    {"weekday": day.weekday, "opens": day.opens, "closes": day.closes}
                    for day in members.openings(c, branch.id)
                ],
            }
            for branch in members.branches(c, one.id)
        ]
    if one.state not in ("active", "suspended"):
        return problem(404, "unknown", "there is no such library")
    return jsonify(**_brief(one), branches=branches)


def _brief(one: Library) -> dict[str, Any]:
    return {
        "code": one.code,
        "symbol": one.symbol,
        "name": one.name,
        "region": one.region,
        "url": f"/libraries/{one.code}",
    }
