"""The terms of each form of cooperation: a table of what can be agreed, with its usual value and its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Forms in the order of the letters.
FORMS = "abcdefgh"


class BadTerms(ValueError):
    """Terms cannot be agreed like this; `faults` are (name of the term, code of what is wrong)."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing that can be agreed. `kind` is 'number', 'yes', 'choice' (one of `of`), 'some' (several of `of`),
    'money' (minor units) or 'text'. None as the usual value: not agreed, no bound."""

    kind: str
    usual: Any = None
    low: int = 0
    high: int = 100_000
    of: tuple[str, ...] = ()


def _number(usual: int | None, low: int = 0, high: int = 3_650) -> Term:
    return Term(kind="number", usual=usual, low=low, high=high)


def _choice(*of: str) -> Term:
    return Term(kind="choice", usual=of[0], of=of)


def _some(*of: str) -> Term:
    return Term(kind="some", usual=of, of=of)


def _money() -> Term:
    return Term(kind="money", high=10**13)


_YES, _NO = Term(kind="yes", usual=True), Term(kind="yes", usual=False)
_POSTAGE = _choice("each_sender", "receiver", "coordinator")

TERMS: Mapping[str, Mapping[str, Term]] = {
    "a": {
        "duplicate_threshold": _number(2, 1, 100),
        "cost_split": _choice("own_copies_and_shipping", "equal", "by_quantity"),
        "shared_use": _YES,
        "min_total_quantity": _number(None, 1),
        "approve_over_minor": _money(),
    },
    "b": {
        "mode": _choice("one_for_one", "open_account"),
        "unit": _choice("piece", "title"),
        "max_imbalance": _number(0),
        "ship_within_days": _number(14, 1, 365),
        "postage": _POSTAGE,
        "exclude_if_held": _YES,
    },
    "c": {
        "coordinator_days": _number(14, 0, 365),
        "region_days": _number(30, 0, 365),
        "all_days": _number(30, 0, 365),
        "allocation": _choice("score", "first_come"),
        "postage": _POSTAGE,
        "last_copy": _choice("retain", "transfer"),
        "asset_approval": _YES,
    },
    "d": {
        "services": _some(
            *(
                "catalogue",
                "classify",
                "subject",
                "spine",
                "barcode",
                "book_card",
                "pocket",
                "slip",
                "card_set",
            ),
            "digital_cover",
        ),
        "sla_working_days": _number(10, 1, 365),
        "price_minor": _money(),
    },
    "e": {
        "services": _some("read", "search", "quick_information", "photocopy", "scan", "wifi"),
        "max_visits": _number(None, 1),
        "pass_days": _number(30, 1, 365),
        "host_confirms": _NO,
        "entry_fee_minor": _money(),
        "groups_allowed": _YES,
    },
    "f": {
        "loan_days": _number(14, 1, 365),
        "renewals": _number(1, 0, 20),
        "renew_days": _number(7, 1, 365),
        "max_open_per_library": _number(20, 1),
        "max_open_per_patron": _number(3, 1, 1_000),
        "weekly_cap": _number(None, 1),
        "ack_working_days": _number(1, 1, 30),
        "act_working_days": _number(3, 1, 60),
        "transit_days": _number(3, 0, 60),
        "postage": _POSTAGE,
        "overdue_fine_minor": _money(),
        "lost_rule": _choice("same_title", "price", "price_and_handling"),
    },
    "g": {
        "share": _choice("full", "brief", "holdings_only"),
        "harvest_allowed": _YES,
        "republish": _choice("members_only", "cc0"),
        "refresh_days": _number(7, 1, 365),
    },
    "h": {
        "services": _some("quick_question", "literature_search", "referral", "copy", "alert", "repackaging"),
        "quick_working_days": _number(1, 1, 60),
        "search_working_days": _number(5, 1, 120),
        "copy_working_days": _number(3, 1, 60),
        "page_price_minor": _money(),
        "page_cap": _number(None, 1),
        "free_pages_per_month": _number(None, 0),
        "delivery": _choice("link", "print"),
    },
}


def usual(form: str) -> dict[str, Any]:
    """The usual terms of a form."""
    return {
        name: list(term.usual) if term.kind == "some" else term.usual for name, term in TERMS[form].items()
    }


def checked(form: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The whole terms of a form: what is given, and the usual value of the rest. Raises BadTerms with every fault."""
    table = TERMS[form]
    faults = [(name, "unknown_term") for name in given if name not in table]
    found = usual(form)
    for name, term in table.items():
        if name not in given:
            continue
        value, fault = _value(term, given[name])
        if fault:
            faults.append((name, fault))
        found[name] = value
    if faults:
        raise BadTerms(tuple(faults))
    return found


def _value(term: Term, given: Any) -> tuple[Any, str]:
    """(the value, '') or (None, code of the fault)."""
    if term.kind == "some":
        chosen = [given] if isinstance(given, str) else list(given or ())
        return (
            (None, "not_in_list")
            if set(chosen) - set(term.of)
            else (sorted(set(chosen), key=term.of.index), "")
        )
    if given in (None, ""):
        return (term.usual, "") if term.kind in ("yes", "choice") else (None, "")
    if term.kind == "yes":
        truth = {True: True, False: False, "yes": True, "no": False, "on": True}.get(given)
        return (truth, "") if truth is not None else (None, "not_yes_or_no")
    if term.kind == "choice":
        return (given, "") if given in term.of else (None, "not_in_list")
    if term.kind == "text":
        return str(given)[:2000], ""
    try:
        number = int(str(given))
    except ValueError:
        return None, "not_a_number"
    return (number, "") if term.low <= number <= term.high else (None, "out_of_bounds")
