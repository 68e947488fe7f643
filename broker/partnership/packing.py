"""Between values of an agreement and the JSON in which the database keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from broker.partnership.values import Exclusion, Fee, FormTerms, OralNote


def forms_to_json(forms: Mapping[str, FormTerms]) -> dict[str, Any]:
    """Terms by form as a JSON value."""
    return {form: asdict(terms) for form, terms in sorted(forms.items())}


def forms_from_json(told: Mapping[str, Any]) -> dict[str, FormTerms]:
    """Terms by form again."""
    return {form: terms_from_json(one) for form, one in told.items()}


def terms_from_json(one: Mapping[str, Any]) -> FormTerms:
    """What is agreed for one form."""
    return FormTerms(
        terms=dict(one.get("terms", {})),
        givers=tuple(one.get("givers", ())),
        categories=tuple(one.get("categories", ())),
        fees=tuple(Fee(**fee) for fee in one.get("fees", ())),
        exclusions=tuple(Exclusion(**each) for each in one.get("exclusions", ())),
    )


def note_to_json(note: OralNote | None) -> dict[str, Any] | None:
    """The note of an oral agreement as a JSON value."""
    if note is None:
        return None
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in asdict(note).items()}


def note_from_json(told: Mapping[str, Any] | None) -> OralNote | None:
    """The note again."""
    if not told:
        return None
    days = {name: date.fromisoformat(told[name]) for name in ("spoken_on", "write_by") if told.get(name)}
    return OralNote(**{**told, **days})
