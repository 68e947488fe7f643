"""Who may do what with whom on which terms: the one function that everything asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, ClassVar

from foundation.libraries import Library
from foundation.settings import STRICT

FORMS = "abcdefgh"

#: Every reason for which decide can say no; labels live in the catalogue of texts.
REFUSALS = (
    "no_agreement",
    "not_yet_valid",
    "expired",
    "form_not_included",
    "wrong_direction",
    "category_not_allowed",
    "item_excluded",
    "limit_reached",
    "library_suspended",
    "not_lending",
    "not_ready",
    "closed",
    "borrowing_not_permitted",
    "same_library",
)

#: What decide may add though it says yes.
WARNINGS = ("ends_soon", "availability_unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSettings:
    """The network-wide agreement of `config.yaml`.

    `forms`: letters that are open between all members. `loan_days`: days of a loan, counted from shipping.
    `fee_minor`: fee per form in minor units of `currency`. `categories`: patron categories that may; empty is all.
    `limit`: largest quantity of one request.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT

    code: str = "PK-0001"
    name: str = "Perjanjian kerja sama anggota"
    forms: str = "fgh"
    loan_days: int = 14
    renewals: int = 1
    renew_days: int = 7
    fee_minor: Mapping[str, int] = field(default_factory=dict)
    currency: str = "IDR"
    categories: tuple[str, ...] = ()
    limit: int = 1
    valid_from: date | None = None
    valid_to: date | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer: `fee` in minor units of terms['currency'], `due_days` for loans, reasons and warnings as codes."""

    allowed: bool
    agreement: str | None = None
    revision: int | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)
    fee: int = 0
    due_days: int | None = None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


#: (form, action, from_library, to_library, on, patron_category, item, quantity): `from_library` asks `to_library`.
Decide = Callable[..., Decision]


def network_wide(settings: AgreementSettings, library: Callable[[str], Library]) -> Decide:
    """A `decide` that answers from one agreement between all active members; `library` looks one up by id."""

    def decide(
        form: str,
        action: str,
        from_library: str,
        to_library: str,
        on: date,
        patron_category: str | None = None,
        item: Mapping[str, Any] | None = None,
        quantity: int = 1,
    ) -> Decision:
        """May `from_library` have this of `to_library` on that day? `item` may hold lendable, availability, format."""
        asks, gives = library(from_library), library(to_library)
        reasons = _reasons(settings, form, action, asks, gives, on, patron_category, item or {}, quantity)
        if reasons:
            return Decision(
                allowed=False, agreement=settings.code, revision=settings.revision, reasons=reasons
            )
        return Decision(
            allowed=True,
            agreement=settings.code,
            revision=settings.revision,
            terms={
                "form": form,
                "loan_days": settings.loan_days,
                "renewals": settings.renewals,
                "renew_days": settings.renew_days,
                "currency": settings.currency,
            },
            fee=settings.fee_minor.get(form, 0) * quantity,
            due_days=settings.loan_days if form == "f" else None,
            warnings=_warnings(settings, on, item or {}),
        )

    return decide


def closed_to(
    settings: AgreementSettings,
    form: str,
    action: str,
    asks: Library,
    on: date,
    patron_category: str | None = None,
) -> tuple[str, ...]:
    """Why this library may ask nobody at all, as codes of REFUSALS; empty when it may ask some."""
    anybody = replace(asks, id="", state="active", lends=True)
    return _reasons(settings, form, action, asks, anybody, on, patron_category, {}, 1)


def _reasons(
    settings: AgreementSettings,
    form: str,
    action: str,
    asks: Library,
    gives: Library,
    on: date,
    patron_category: str | None,
    item: Mapping[str, Any],
    quantity: int,
) -> tuple[str, ...]:
    found = (
        ("same_library", asks.id == gives.id),
        ("library_suspended", "suspended" in (asks.state, gives.state)),
        ("no_agreement", not {asks.state, gives.state} <= {"active", "suspended"}),
        ("not_yet_valid", settings.valid_from is not None and on < settings.valid_from),
        ("expired", settings.valid_to is not None and on > settings.valid_to),
        ("form_not_included", form not in settings.forms),
        # Form e opens reading rooms; its loans go through form f.
        ("borrowing_not_permitted", form == "e" and action == "loan"),
        ("not_lending", form == "f" and not gives.lends),
        (
            "category_not_allowed",
            bool(settings.categories)
            and patron_category is not None
            and patron_category not in settings.categories,
        ),
        ("item_excluded", form == "f" and item.get("lendable") is False),
        ("limit_reached", quantity > settings.limit),
    )
    return tuple(code for code, holds in found if holds)


def _warnings(settings: AgreementSettings, on: date, item: Mapping[str, Any]) -> tuple[str, ...]:
    soon = settings.valid_to is not None and settings.valid_to - on <= timedelta(days=30)
    unknown = item.get("availability") == "unknown"
    return (*(("ends_soon",) if soon else ()), *(("availability_unknown",) if unknown else ()))
