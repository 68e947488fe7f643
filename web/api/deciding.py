"""GET /api/v1/decide: whether one library may have something of another, by which agreement, on which terms."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from broker.agreements import REFUSALS, WARNINGS, Decision
from broker.partnership.terms import FORMS
from foundation import libraries
from foundation.libraries import UnknownLibrary
from web import texts
from web.agreements.words import mend
from web.api.describe import Operation, Parameter, operation, problem
from web.app import parts
from web.may import needs

_CODE = {"type": "string", "minLength": 1, "maxLength": 24}
_REASON = {
    "type": "object",
    "required": ["code", "id", "en", "mend_id", "mend_en"],
    "properties": {"code": {"type": "string", "enum": list(REFUSALS)}},
}
_DECISION = {
    "type": "object",
    "required": ["allowed", "agreement", "revision", "due_days", "fee_idr", "reasons", "warnings", "terms"],
    "properties": {
        "allowed": {"type": "boolean"},
        "agreement": {"type": ["string", "null"]},
        "revision": {"type": ["integer", "null"]},
        "due_days": {"type": ["integer", "null"]},
        "fee_idr": {"type": "integer"},
        "reasons": {"type": "array", "items": _REASON},
        "warnings": {"type": "array", "items": {"type": "string", "enum": list(WARNINGS)}},
        "terms": {"type": "object"},
    },
}


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/decide", view_func=decide)


@needs("look")
@operation(
    Operation(
        id="decide",
        summary="May one library have this of another, and on which terms; terms in full for staff of either",
        parameters=(
            Parameter(
                name="form",
                schema={"type": "string", "enum": list(FORMS)},
                about="Letter; f when left out",
                example="f",
            ),
            Parameter(
                name="action",
                schema={"type": "string", "minLength": 1, "maxLength": 24},
                about="loan, copy, visit …",
            ),
            Parameter(name="from", schema=_CODE, about="Code of the library that asks", needed=True),
            Parameter(name="to", schema=_CODE, about="Code of the library that is asked", needed=True),
            Parameter(
                name="on",
                schema={"type": "string", "format": "date", "minLength": 10, "maxLength": 10},
                about="A day; today when left out",
            ),
            Parameter(
                name="category",
                schema={"type": "string", "minLength": 1, "maxLength": 40},
                about="Category of the patron",
            ),
            Parameter(
                name="quantity", schema={"type": "integer", "minimum": 1, "maximum": 1000}, about="How many"
            ),
        ),
        answer=_DECISION,
        errors={404: ""},
    )
)
def decide() -> Response:
    """The decision."""
    told = request.args
    try:
        on = _day(told["on"]) if "on" in told else parts().clock().date()
    except ValueError:
        return problem(400, "bad_parameter", "there is no such day")
    here = parts()
    with here.db.read() as c:
        try:
            asks, gives = (libraries.by_code(c, told[name]) for name in ("from", "to"))
        except UnknownLibrary:
            return problem(404, "unknown", "there is no such library")
        decision = here.broker.house.decide(c)(
            told.get("form", "f"),
            told.get("action", "loan"),
            asks.id,
            gives.id,
            on,
            told.get("category"),
            quantity=told.get("quantity", 1, type=int),
        )
    theirs = g.viewer.is_admin or bool(g.viewer.staff & {asks.id, gives.id})
    return jsonify(**as_value(decision, whole=theirs))


def as_value(decision: Decision, *, whole: bool) -> dict[str, Any]:
    """A decision as JSON; `whole`: with all terms, which are for staff."""
    return {
        "allowed": decision.allowed,
        "agreement": decision.agreement,
        "revision": decision.revision,
        "due_days": decision.due_days,
        "fee_idr": decision.fee // 100,
        "reasons": [_reason(code) for code in decision.reasons],
        "warnings": list(decision.warnings),
        "terms": dict(decision.terms) if whole else {},
    }


def _reason(code: str) -> dict[str, str]:
    said = {language: texts.say(f"refusal.{code}", language) for language in texts.LANGUAGES}
    return {
        "code": code,
        **said,
        **{f"mend_{language}": mend(code, language) for language in texts.LANGUAGES},
    }


def _day(text: str) -> date:
    """A day as RFC 3339 writes it; Python alone would take weeks and days without hyphens too. Raises ValueError."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)
