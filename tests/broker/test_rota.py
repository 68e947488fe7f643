"""The rota asks the most hopeful library first, says why, and takes turns among equals."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from broker.agreements import Decision
from broker.rota import Lender, Ranked, order
from broker.views import Shelf

HOME = Lender(library_id="MLT", region="riau")


def shelf(library: str, availability: str = "available", **more: Any) -> Shelf:
    values: dict[str, Any] = {
        "branch_id": f"{library}1",
        "branch_text": "",
        "location": "",
        "call_number": "",
        "copies": 1,
        "available": int(availability == "available"),
    }
    return Shelf(library_id=library, availability=availability, **(values | more))


def yes(library: str, one: Shelf) -> Decision:
    return Decision(allowed=True, agreement="PK-1", revision=1)


def ranked(*shelves: Shelf, request: str = "r1", service: str = "loan", **how: Any) -> tuple[Ranked, ...]:
    lenders: dict[str, Lender] = how.pop("lenders", {})
    decide = how.pop("decide", yes)
    find = lambda name: lenders.get(name, Lender(library_id=name))  # noqa: E731  # a table look-up
    return order(request, HOME, service, shelves, find, decide, **how)


def asked(found: tuple[Ranked, ...]) -> list[str]:
    return [one.library_id for one in found if one.rank]


def test_what_is_available_is_asked_before_what_may_be() -> None:
    found = ranked(shelf("A", "on_loan"), shelf("B", "unknown"), shelf("C"))
    assert asked(found) == ["C", "B", "A"]
    assert [one.rank for one in found] == [1, 2, 3]
    assert found[0].why["availability"] == "available"


def test_then_the_fee_then_the_load_then_the_region() -> None:
    lenders = {
        "B": Lender(library_id="B", load=3),
        "C": Lender(library_id="C", region="riau"),
        "D": Lender(library_id="D", region="jabar"),
    }
    dear = lambda library, one: Decision(allowed=True, fee=100 if library == "A" else 0)  # noqa: E731  # one rule
    found = ranked(*(shelf(name) for name in "ABCD"), lenders=lenders, decide=dear)
    assert asked(found) == ["C", "D", "B", "A"]


def test_one_entry_a_library_by_its_best_shelf() -> None:
    found = ranked(shelf("A", "on_loan"), shelf("A", call_number="Q 1"))
    assert [(one.library_id, one.shelf.call_number) for one in found] == [("A", "Q 1")]


def test_who_is_left_out_is_kept_with_the_reasons() -> None:
    def decide(library: str, one: Shelf) -> Decision:
        return Decision(allowed=library != "S", reasons=("library_suspended",) if library == "S" else ())

    found = ranked(
        shelf("MLT"),
        shelf("S"),
        shelf("L", "lost"),
        shelf("N", lendable=False),
        shelf("T"),
        shelf("K"),
        shelf("ok"),
        decide=decide,
        lenders={"K": Lender(library_id="K", closed_branches={"K1"})},
        tried={"T"},
    )
    assert asked(found) == ["ok"]
    why = {one.library_id: one.why["reasons"] for one in found if not one.rank}
    assert why == {
        "MLT": ["own_library"],
        "S": ["library_suspended"],
        "L": ["not_available"],
        "N": ["item_excluded"],
        "T": ["tried_before"],
        "K": ["branch_not_lending"],
    }


def test_a_copy_can_come_from_what_is_not_lent() -> None:
    assert asked(ranked(shelf("N", "on_site", lendable=False), service="copy")) == ["N"]
    assert asked(ranked(shelf("N", "on_site"), service="loan")) == []


def test_equals_take_turns_over_many_requests_and_one_request_is_always_the_same() -> None:
    first = Counter(
        asked(ranked(*(shelf(n) for n in "ABCD"), request=f"r{number}"))[0] for number in range(400)
    )
    assert set(first) == set("ABCD")
    assert min(first.values()) > 60
    assert ranked(*(shelf(n) for n in "ABCD")) == ranked(*(shelf(n) for n in "ABCD"))


@given(
    st.lists(
        st.builds(
            shelf,
            st.sampled_from(["MLT", "A", "B", "C"]),
            st.sampled_from(["available", "unknown", "on_loan", "lost", "on_site"]),
            lendable=st.sampled_from([None, True, False]),
        )
    )
)
def test_each_holder_stands_there_once_and_ranks_have_no_gaps(shelves: list[Shelf]) -> None:
    found = ranked(*shelves)
    assert sorted(one.library_id for one in found) == sorted({one.library_id for one in shelves})
    ranks = [one.rank for one in found if one.rank]
    assert ranks == list(range(1, len(ranks) + 1))
    assert all(one.why.get("reasons") for one in found if not one.rank)
    assert "MLT" not in asked(found)
