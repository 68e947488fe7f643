"""GET /api/v1/openapi.json: the OpenAPI 3.1 document, made from the routes themselves and their descriptions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from index.query import All
from index.search import SearchFailed, SearchRequest
from web.api.describe import PROBLEM, Operation, Schema, operation
from web.app import parts
from web.may import needs
from web.search.directory import directory
from web.wiring import VERSION

#: Where all of it lies.
ROOT = "/api/v1"

_WORDS = {400: "What was asked makes no sense", 404: "There is no such thing", 410: "It was there once"}
_WORDS |= {301: "It has another address now", 401: "Sign in first", 403: "Not allowed"}
_WORDS |= {429: "Too often; Retry-After says when", 503: "Not now; Retry-After says when"}


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/openapi.json", view_func=openapi)


@needs("look")
@operation(
    Operation(
        id="openapi",
        summary="This document",
        answer={"type": "object", "required": ["openapi", "paths"]},
    )
)
def openapi() -> Response:
    """The document."""
    return jsonify(document(parts().settings.web.name, _examples()))


def _examples() -> dict[str, str]:
    """Values for parameters of paths that are true of this installation, so that the document can be tried out."""
    found = {}
    members = [one.code for one in directory().by_id.values() if one.state == "active"]
    if members:
        found["code"] = members[0]
    with suppress(SearchFailed):
        for hit in parts().engine.search(SearchRequest(query=All(), limit=1, sort="added")).hits:
            found["cluster_id"] = hit.id
    return found


def document(site: str, examples: Mapping[str, str]) -> dict[str, Any]:
    """OpenAPI 3.1.0 of every route below /api/v1. Raises ValueError for a route without a description.

    `examples` are values of path parameters by name.
    """
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda one: one.rule):
        if not rule.rule.startswith(f"{ROOT}/"):
            continue
        described: Operation | None = getattr(current_app.view_functions[rule.endpoint], "operation", None)
        if described is None:
            raise ValueError(f"{rule.rule} has no description")
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(described, examples)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": site,
            "version": VERSION,
            "description": "One catalogue of many libraries. Errors are problem+json (RFC 9457) with a code.",
        },
        "paths": paths,
        "components": {"schemas": {"Problem": PROBLEM}},
    }


def _operation(one: Operation, examples: Mapping[str, str]) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": _answer("What was asked for", one.content, one.answer)}
    errors: Mapping[int, str] = {400: "", **one.errors} if one.parameters or one.path else one.errors
    for status, words in errors.items():
        if status < 400:
            answers[str(status)] = {"description": words or _WORDS[status]}
            continue
        schema = {"$ref": "#/components/schemas/Problem"}
        answers[str(status)] = _answer(words or _WORDS[status], "application/problem+json", schema)
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": about,
            "schema": schema,
            **({"example": examples[name]} if name in examples else {}),
        }
        for name, (schema, about) in one.path.items()
    ]
    in_query = [
        {
            "name": parameter.name,
            "in": "query",
            **({"required": True} if parameter.needed else {}),
            "description": parameter.about,
            "schema": {"type": "array", "items": parameter.schema} if parameter.many else parameter.schema,
            **({"explode": True} if parameter.many else {}),
            **({"example": parameter.example} if parameter.example and not parameter.many else {}),
        }
        for parameter in one.parameters
    ]
    return {
        "operationId": one.id,
        "summary": one.summary,
        "parameters": in_path + in_query,
        **({"requestBody": _sent(one.body)} if one.body else {}),
        "responses": answers,
    }


def _sent(schema: Schema) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(words: str, content: str, schema: Schema) -> dict[str, Any]:
    return {"description": words, "content": {content: {"schema": schema}}}
