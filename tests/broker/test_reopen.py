"""What ended without an item can be opened again for a day, and can still end afterwards."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from broker import audit
from broker.case import Case, Leg, Waiting
from broker.errors import NotNow
from broker.messages import heard_by_leg
from broker.states import LEG, REQUEST
from broker.views import RequestView
from foundation import workflow
from foundation.workflow import Event
from tests.broker.test_states import ALL_SAID_BY_SUPPLIERS, FIELDS, NOW, buttons, run
from tests.broker.world import World, attempts

pytestmark = pytest.mark.slow

#: One message for each action that a leg can hear.
LEG_HEARS_ONCE = tuple({heard_by_leg(said): said for said in ALL_SAID_BY_SUPPLIERS}.items())


def closed(state: str, *legs: Leg, liable: str | None = "u", hours: float = 1) -> Case:
    return Case(id="R", state=state, liable_user_id=liable, legs=legs, closed_at=NOW - timedelta(hours=hours))


def reopened(case: Case) -> str:
    return run(case, Event(action="reopen", role="librarian")).case.state


@pytest.mark.parametrize("state", ["unfilled", "cancelled", "closed"])
def test_it_goes_back_to_where_people_can_act(state: str) -> None:
    over = Leg(id="L1", number=1, library_id="K", state="unfilled", active=False)
    stopping = Leg(id="L1", number=1, library_id="K", state="cancel_pending")
    assert reopened(closed(state, liable=None)) == "review"
    assert reopened(closed(state, over)) == "end_of_rota"
    assert reopened(closed(state, stopping)) == "active"


def test_not_after_a_day_not_by_a_patron_and_not_what_ended_with_an_item() -> None:
    refused = [
        closed("closed", hours=24),
        closed("closed", Leg(id="L1", number=1, library_id="K", state="completed")),
        *(closed(state) for state in REQUEST.states if state not in ("unfilled", "cancelled", "closed")),
        replace(closed("closed"), closed_at=None),
    ]
    for case in refused:
        with pytest.raises(workflow.NotNow):
            reopened(case)
    with pytest.raises(workflow.NotNow):
        run(closed("closed"), Event(action="reopen", role="patron"))


@pytest.mark.slow
def test_from_everywhere_that_reopening_leads_to_a_request_can_still_end() -> None:
    """All buttons, clocks and messages on a request and up to two legs; closed just now, whenever it is closed."""
    Node = tuple[str, tuple[tuple[str, bool], ...]]

    def case_of(node: Node) -> Case:
        legs = tuple(
            Leg(id=f"L{n}", number=n, library_id=f"K{n}", state=state, active=active)
            for n, (state, active) in enumerate(node[1], start=1)
        )
        waiting = () if len(legs) > 1 else (Waiting(entry_id="e", library_id="K2"),)
        return replace(closed(node[0], *legs), waiting=waiting)

    def after(case: Case, event: Event) -> Node | None:
        try:
            made = run(case, event).case
        except workflow.NotNow:
            return None
        assert sum(leg.active for leg in made.legs) <= 1
        return made.state, tuple((leg.state, leg.active) for leg in made.legs)

    def ways(node: Node) -> set[Node]:
        case = case_of(node)
        events = [Event(action=a, role=r, fields=FIELDS) for a, r in buttons(REQUEST)]
        for leg in case.legs:
            fields = {**FIELDS, "leg": leg.id}
            events += [Event(action=a, role=r, fields=fields) for a, r in buttons(LEG)]
            events += [
                Event(action=action, role="peer", fields={**fields, "message": said})
                for action, said in LEG_HEARS_ONCE
            ]
        found = {after(case, event) for event in events if event.role != "head"}
        return {one for one in found if one is not None and len(one[1]) <= 2}

    start: Node = ("sourcing", ())
    before: dict[Node, list[Node]] = {start: []}
    todo = deque([start])
    while todo:
        node = todo.popleft()
        for one in ways(node):
            if one not in before:
                before[one] = []
                todo.append(one)
            before[one].append(node)
    again = [
        node for node in before if node[0] == "active" and any(one[0] in ("closed",) for one in before[node])
    ]
    assert again, "reopening leads back into the middle"
    good = {node for node in before if node[0] in REQUEST.terminal}
    todo = deque(good)
    while todo:
        for node in before[todo.popleft()]:
            if node not in good:
                good.add(node)
                todo.append(node)
    assert [node for node in before if node not in good] == []


def reopen(world: World, view: RequestView) -> RequestView:
    return world.press(view.id, "reopen")


def test_a_cancelled_request_is_opened_again_and_asks_the_same_library(world: World) -> None:
    view = world.asked()
    world.press(view.id, "cancel")
    assert world.seen(view.id).state == "cancelled"
    assert "reopen" in {one.name for one in world.seen(view.id).actions}
    back = reopen(world, view)
    assert (back.state, back.closed_at, back.reason) == ("end_of_rota", None, "not_supplied")
    world.press(view.id, "search_again")
    first, second = attempts(world, view.id)
    assert first["library_id"] == second["library_id"] == world.library["KNG"]
    world.answer(view.id, "ship", barcode="KNG-1")
    assert world.running(view.id).leg == "shipped"
    with world.db.read() as c:
        assert audit.problems(c) == []


def test_an_unfilled_request_is_opened_again_only_for_a_day(small_world: World) -> None:
    world = small_world
    view = world.asked()
    for _ in range(2):
        world.answer(view.id, "decline", reason="not_held")
    world.press(view.id, "give_up")
    world.clock.go(hours=23)
    assert reopen(world, view).state == "end_of_rota"
    world.press(view.id, "give_up")
    world.clock.go(hours=24)
    assert "reopen" not in {one.name for one in world.seen(view.id).actions}
    with pytest.raises(NotNow):
        reopen(world, view)


def test_a_rejected_wish_waits_for_its_librarian_again(small_world: World) -> None:
    world = small_world
    view = world.submitted()
    world.press(view.id, "reject", reason="policy")
    assert reopen(world, view).state == "review"
    world.press(view.id, "place")
    assert world.seen(view.id).state == "active"
    assert [step.stage for step in world.broker.timeline(world.patron, view.id)][:3] == [
        "received",
        "rejected",
        "received",
    ]


def test_a_request_closed_by_mistake_while_the_book_is_here_goes_on(small_world: World) -> None:
    world = small_world
    view = world.asked()
    world.answer(view.id, "ship", barcode="KNG-1")
    world.press(view.id, "receive")
    world.press(view.id, "close", reason="other")
    assert reopen(world, view).state == "active"
    world.press(view.id, "send_back")
    world.answer(view.id, "check_in")
    assert world.seen(view.id).state == "completed"
    with world.db.read() as c:
        assert audit.problems(c) == []


def test_an_open_request_is_never_reopened_twice(small_world: World) -> None:
    world = small_world
    view = world.submitted()
    world.press(view.id, "reject", reason="policy")
    reopen(world, view)
    with pytest.raises(NotNow):
        reopen(world, view)
