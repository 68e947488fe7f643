"""`decide` says yes on the agreement's terms, and no with codes of the closed list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.agreements import FORMS, REFUSALS, WARNINGS, AgreementSettings, network_wide
from foundation.libraries import Library

A = Library(id="A", code="A", symbol="NPP:A", name="A")
B = Library(id="B", code="B", symbol="NPP:B", name="B")
ON = date(2026, 11, 24)
SETTINGS = AgreementSettings(
    code="PK-1",
    forms="fgh",
    loan_days=14,
    fee_minor={"h": 50_000},
    valid_from=date(2026, 1, 1),
    valid_to=date(2027, 12, 31),
)


def ask(
    form: str = "f",
    action: str = "loan",
    *,
    settings: AgreementSettings = SETTINGS,
    a: Library = A,
    b: Library = B,
    **more: Any,
) -> Any:
    decide = network_wide(settings, {a.id: a, b.id: b}.__getitem__)
    return decide(form, action, a.id, b.id, more.pop("on", ON), **more)


def test_yes_comes_with_agreement_terms_and_due_days() -> None:
    said = ask()
    assert (said.allowed, said.agreement, said.revision, said.due_days, said.fee) == (True, "PK-1", 1, 14, 0)
    assert said.terms["renew_days"] == 7
    copy = ask("h", "copy", quantity=1)
    assert (copy.allowed, copy.due_days, copy.fee) == (True, None, 50_000)


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("not_yet_valid", {"on": date(2025, 12, 31)}),
        ("expired", {"on": date(2028, 1, 1)}),
        ("form_not_included", {"form": "a"}),
        ("borrowing_not_permitted", {"form": "e", "settings": replace(SETTINGS, forms="e")}),
        ("library_suspended", {"b": replace(B, state="suspended")}),
        ("no_agreement", {"b": replace(B, state="left")}),
        ("no_agreement", {"a": replace(A, state="candidate")}),
        ("not_lending", {"b": replace(B, lends=False)}),
        ("item_excluded", {"item": {"lendable": False}}),
        ("limit_reached", {"quantity": 2}),
        ("same_library", {"b": A}),
        (
            "category_not_allowed",
            {"settings": replace(SETTINGS, categories=("staff",)), "patron_category": "student"},
        ),
    ],
)
def test_no_says_why(code: str, how: dict[str, Any]) -> None:
    said = ask(**how)
    assert not said.allowed
    assert code in said.reasons


def test_what_cannot_be_lent_can_still_be_copied() -> None:
    assert ask("h", "copy", item={"lendable": False}).allowed
    assert ask("h", "copy", b=replace(B, lends=False)).allowed


def test_warnings_go_with_a_yes() -> None:
    said = ask(on=date(2027, 12, 15), item={"availability": "unknown"})
    assert said.allowed
    assert said.warnings == ("ends_soon", "availability_unknown")


@given(
    form=st.sampled_from(FORMS),
    state=st.sampled_from(["candidate", "active", "suspended", "left"]),
    lends=st.booleans(),
    on=st.dates(date(2025, 1, 1), date(2029, 1, 1)),
    lendable=st.sampled_from([None, True, False]),
    quantity=st.integers(0, 3),
)
def test_it_is_yes_exactly_when_there_is_no_reason_and_all_codes_are_known(
    form: str, state: str, lends: bool, on: date, lendable: bool | None, quantity: int
) -> None:
    said = ask(
        form,
        "loan",
        b=replace(B, state=state, lends=lends),
        on=on,
        item={"lendable": lendable},
        quantity=quantity,
    )
    assert said.allowed == (not said.reasons)
    assert set(said.reasons) <= set(REFUSALS)
    assert set(said.warnings) <= set(WARNINGS)
