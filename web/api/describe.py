"""One description for each operation of the JSON interface: it checks what is asked and fills the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from flask import Response, jsonify, request
from werkzeug.datastructures import MultiDict

Route = TypeVar("Route", bound=Callable[..., Any])

#: A JSON Schema (2020-12).
Schema = Mapping[str, Any]

#: What stands in every error, RFC 9457; `code` is ours and stays the same in every language.
PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One name after '?', its schema, and what it means. `many`: it may be repeated. `needed`: it must be there."""

    name: str
    schema: Schema
    about: str
    many: bool = False
    needed: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one operation is for, takes and gives. `path` are the parameters of its path: name -> (schema, meaning).

    `body` is the schema of the JSON that is sent.
    """

    id: str
    summary: str
    parameters: Sequence[Parameter] = ()
    path: Mapping[str, tuple[Schema, str]] = field(default_factory=dict)
    body: Schema = field(default_factory=dict)
    answer: Schema = field(default_factory=dict)
    content: str = "application/json"
    errors: Mapping[int, str] = field(default_factory=dict)


class BadParameter(ValueError):
    """Something in the address that the description does not allow; the text says which and why."""


def operation(described: Operation) -> Callable[[Route], Route]:
    """Describe a view; what its description does not allow is answered with 400 before the view is asked."""

    def mark(view: Route) -> Route:
        @wraps(view)
        def checked(**path: Any) -> Any:
            try:
                check(request.args, described.parameters)
            except BadParameter as bad:
                return problem(400, "bad_parameter", str(bad))
            return view(**path)

        checked.operation = described  # type: ignore[attr-defined]  # read by web.api.openapi
        return checked  # type: ignore[return-value]  # the same view to whoever calls it

    return mark


def check(args: MultiDict[str, str], parameters: Sequence[Parameter]) -> None:
    """Hold what was asked against the description. Raises BadParameter.

    Unknown names are an error, since a program that misspells a filter must not get everything.
    """
    known = {one.name: one for one in parameters}
    for one in parameters:
        if one.needed and one.name not in args:
            raise BadParameter(f"{one.name} is needed")
    for name in args:
        if name not in known:
            raise BadParameter(f"there is no parameter {name[:60]!r}")
        values = args.getlist(name)
        if len(values) > 1 and not known[name].many:
            raise BadParameter(f"{name} is given {len(values)} times")
        for value in values:
            _fits(name, value, known[name].schema)


def _fits(name: str, value: str, schema: Schema) -> None:
    if schema.get("type") == "integer":
        if not re.fullmatch(r"-?[0-9]{1,9}", value):
            raise BadParameter(f"{name} is a whole number")
        low, high = schema.get("minimum"), schema.get("maximum")
        if (low is not None and int(value) < low) or (high is not None and int(value) > high):
            raise BadParameter(f"{name} lies between {low} and {high}")
    elif "enum" in schema and value not in schema["enum"]:
        raise BadParameter(f"{name} is one of {', '.join(schema['enum'])}")
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        raise BadParameter(f"{name} has the form {schema['pattern']}")
    elif not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10_000):
        raise BadParameter(
            f"{name} has {schema.get('minLength', 0)} to {schema.get('maxLength', 10_000)} characters"
        )


def problem(status: int, code: str, detail: str, *, retry: int = 0, **more: Any) -> Response:
    """An error as problem+json (RFC 9457)."""
    answer = jsonify(type="about:blank", title=code, status=status, detail=detail, code=code, **more)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    if retry:
        answer.headers["Retry-After"] = str(retry)
    return answer
