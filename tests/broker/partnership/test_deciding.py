"""Which of several agreements answers, and with which of the closed list of refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.agreements import REFUSALS, AgreementSettings, Decision
from broker.partnership.deciding import Usage, closed_to, excludes, over
from broker.partnership.terms import FORMS, TERMS, BadTerms, checked, usual
from broker.partnership.values import Agreement, Exclusion, Fee, FormTerms, Party, Revision
from foundation.libraries import Library

LIBRARIES = {code: Library(id=code, code=code, symbol=f"NPP:{code}", name=code) for code in "ABC"}
ON = date(2026, 11, 24)
NOBODY = AgreementSettings(forms="")
LOANS = FormTerms(terms=usual("f"))


def drawn(
    code: str = "PK-1", parties: str = "AB", forms: dict[str, FormTerms] | None = None, **more: Any
) -> Agreement:
    revision = Revision(
        valid_from=more.pop("valid_from", date(2026, 1, 1)),
        valid_to=more.pop("valid_to", date(2027, 12, 31)),
        forms=forms if forms is not None else {"f": LOANS},
    )
    people = tuple(Party(id=one, library_id=one, confirmed=1, signed_on=date(2026, 1, 2)) for one in parties)
    return Agreement(
        id=code,
        code=code,
        name=code,
        state=more.pop("state", "valid"),
        parties=people,
        revisions=(revision,),
        **more,
    )


def ask(*agreements: Agreement, form: str = "f", action: str = "loan", **more: Any) -> Decision:
    used = more.pop("used", None)
    network = more.pop("network", NOBODY)
    known = more.pop("libraries", LIBRARIES)
    rest = {} if used is None else {"used": lambda form, asks, gives: used}
    decide = over(lambda: agreements, network, known.__getitem__, **rest)
    return decide(form, action, more.pop("a", "A"), more.pop("b", "B"), more.pop("on", ON), **more)


def test_agreement_check_says_yes_with_its_terms() -> None:
    said = ask(drawn())
    assert (said.allowed, said.agreement, said.due_days, said.fee) == (True, "PK-1", 14, 0)
    assert said.terms["renew_days"] == 7


@pytest.mark.parametrize(
    ("code", "agreement", "how"),
    [
        ("no_agreement", drawn(parties="AC"), {}),
        ("no_agreement", drawn(state="proposed"), {}),
        ("not_yet_valid", drawn(state="agreed"), {}),
        ("not_yet_valid", drawn(), {"on": date(2025, 12, 31)}),
        ("expired", drawn(), {"on": date(2028, 1, 1)}),
        ("expired", drawn(state="ended"), {}),
        ("expired", drawn(ends_on=date(2026, 11, 23)), {}),
        ("library_suspended", drawn(state="suspended"), {}),
        ("form_not_included", drawn(), {"form": "a", "action": "order"}),
        ("wrong_direction", drawn(forms={"f": replace(LOANS, givers=("A",))}), {}),
        ("borrowing_not_permitted", drawn(forms={"e": FormTerms()}), {"form": "e"}),
        (
            "category_not_allowed",
            drawn(forms={"f": replace(LOANS, categories=("lecturer",))}),
            {"patron_category": "student"},
        ),
        ("item_excluded", drawn(), {"item": {"lendable": False}}),
        (
            "item_excluded",
            drawn(forms={"f": replace(LOANS, exclusions=(Exclusion(by="class", value="300-399"),))}),
            {"item": {"classification": "331.2"}},
        ),
        ("limit_reached", drawn(), {"used": Usage(open=20)}),
        ("same_library", drawn(), {"b": "A"}),
    ],
)
def test_agreement_refusals_have_a_code_each(code: str, agreement: Agreement, how: dict[str, Any]) -> None:
    said = ask(agreement, **how)
    assert not said.allowed
    assert code in said.reasons
    assert set(said.reasons) <= set(REFUSALS)


def test_the_agreement_of_two_goes_before_that_of_many() -> None:
    many = drawn("PK-0", "ABC", {"f": replace(LOANS, terms={**usual("f"), "loan_days": 7})})
    two = drawn("PK-9", "AB")
    assert ask(many, two).agreement == "PK-9"
    assert ask(many).due_days == 7
    wide = AgreementSettings(code="PK-W", forms="f", loan_days=30)
    assert ask(two, network=wide).agreement == "PK-9"
    assert ask(drawn(parties="AC"), network=wide).due_days == 30


def test_of_two_alike_the_one_signed_last_counts() -> None:
    old, new = drawn("PK-1"), drawn("PK-2")
    new = replace(new, parties=tuple(replace(one, signed_on=date(2026, 6, 1)) for one in new.parties))
    assert ask(old, new).agreement == ask(new, old).agreement == "PK-2"


def test_a_fee_is_counted_by_items() -> None:
    paid = replace(LOANS, fees=(Fee(minor=500_000), Fee(unit="page", minor=100)))
    assert ask(drawn(forms={"f": paid}), quantity=2).fee == 1_000_000


def test_a_party_that_left_is_none() -> None:
    one = drawn()
    gone = replace(one.parties[1], left_on=ON)
    assert ask(replace(one, parties=(one.parties[0], gone))).reasons == ("no_agreement",)
    stays = replace(gone, left_on=date(2026, 11, 25))
    assert ask(replace(one, parties=(one.parties[0], stays))).allowed


def test_a_revision_counts_from_its_day_and_when_all_confirmed_it() -> None:
    one = drawn()
    shorter = replace(
        one.newest,
        number=2,
        effective_on=date(2026, 12, 1),
        forms={"f": replace(LOANS, terms={**usual("f"), "loan_days": 7})},
    )
    both = replace(one, revisions=(one.newest, shorter))
    assert ask(both, on=date(2026, 12, 2)).due_days == 14
    agreed = replace(both, parties=tuple(replace(each, confirmed=2) for each in both.parties))
    assert ask(agreed, on=ON).due_days == 14
    assert ask(agreed, on=date(2026, 12, 2)).due_days == 7
    assert ask(agreed, on=date(2026, 12, 2)).revision == 2


@given(
    st.lists(
        st.builds(
            drawn,
            code=st.sampled_from(["PK-1", "PK-2", "PK-3"]),
            parties=st.sampled_from(["AB", "AC", "ABC"]),
            state=st.sampled_from(["draft", "proposed", "agreed", "valid", "ending", "ended", "suspended"]),
            forms=st.dictionaries(st.sampled_from("aefh"), st.just(FormTerms()), max_size=3),
        ),
        max_size=4,
    ),
    st.sampled_from(FORMS),
    st.dates(date(2025, 6, 1), date(2028, 6, 1)),
)
def test_a_refusal_always_says_why_and_a_yes_always_by_what(
    agreements: list[Agreement], form: str, on: date
) -> None:
    said = ask(*agreements, form=form, on=on)
    assert said.allowed == (not said.reasons)
    assert set(said.reasons) <= set(REFUSALS)
    if said.allowed:
        by = [one for one in agreements if one.code == said.agreement]
        assert any(form in one.newest.forms and one.state in ("valid", "ending") for one in by)


@pytest.mark.parametrize("form", FORMS)
def test_the_usual_terms_of_each_form_can_be_agreed(form: str) -> None:
    assert checked(form, {}) == usual(form) == checked(form, usual(form))


def test_terms_are_checked_all_at_once() -> None:
    with pytest.raises(BadTerms) as caught:
        checked("f", {"loan_days": "0", "renewals": "many", "postage": "nobody", "colour": 1})
    assert dict(caught.value.faults) == {
        "loan_days": "out_of_bounds",
        "renewals": "not_a_number",
        "postage": "not_in_list",
        "colour": "unknown_term",
    }


def test_borrowing_is_no_term_of_reading_rooms() -> None:
    assert "borrowing" not in TERMS["e"]


@pytest.mark.parametrize(
    ("value", "told", "out"),
    [("300-399", "331.2", True), ("300-399", "400", False), ("813", "813.54", True), ("813", "", False)],
)
def test_classes_are_excluded_by_range_or_beginning(value: str, told: str, out: bool) -> None:
    assert excludes(Exclusion(by="class", value=value), {"classification": told}) is out


@pytest.mark.parametrize(
    ("on", "open_"), [(ON, True), (date(2025, 12, 31), False), (date(2028, 1, 1), False)]
)
def test_whoever_has_an_agreement_in_its_days_may_ask_somebody(on: date, open_: bool) -> None:
    assert (closed_to([drawn()], NOBODY, "f", "loan", LIBRARIES["A"], on) == ()) is open_
