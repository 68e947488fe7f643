"""The tables of the loan are sound, and no input whatsoever finds a pair that nobody thought of."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from broker import messages, request, supply
from broker.case import Case, Leg, Outcome, Send, Waiting
from broker.messages import (
    ACTIONS,
    REASONS,
    REQUEST_TYPES,
    STATUSES,
    Message,
    RequesterMessage,
    RequestMessage,
    SupplierMessage,
    from_json,
    heard_by_leg,
    heard_by_supply,
    to_json,
)
from broker.stages import STAGES, stage
from broker.states import AT_HAND, LEG, MACHINES, REQUEST, SUPPLY
from broker.supply import Supply
from foundation.workflow import PEER, SYSTEM, Event, NotNow, lint, picture

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OF_LEGS = frozenset(LEG.actions)

#: Everything a supplier can say: all reasons, statuses and answers, with and without a condition.
ALL_SAID_BY_SUPPLIERS = tuple(
    SupplierMessage(reason=reason, status=status, answer=answer, condition=condition)
    for reason, status, answer, condition in itertools.product(
        REASONS, STATUSES, (None, True, False), ("", "library_use_only")
    )
)
#: Everything a requester can say.
ALL_SAID_BY_REQUESTERS: tuple[RequesterMessage | RequestMessage, ...] = (
    *(RequesterMessage(action=action, accepts=accepts) for action in ACTIONS for accepts in (False, True)),
    *(RequestMessage(request_type=one) for one in REQUEST_TYPES),
)
#: Every button and clock of both sides, with every field they could want.
FIELDS = {
    "reason": "not_on_shelf",
    "condition": "library_use_only",
    "expected_on": date(2026, 12, 1),
    "due_on": date(2026, 12, 8),
    "today": date(2027, 1, 1),
}


def buttons(machine: Any) -> list[tuple[str, str]]:
    """Every (action, role) of a machine that is no message."""
    told = ("leg_ended", "leg_shipped", "leg_resumed", "leg_delivered", "leg_completed", "leg_lost")
    pairs = {(row.action, role) for row in machine.rows for role in row.roles if role != PEER}
    pairs = {
        pair for pair in pairs if pair[0] not in told
    }  # what a leg tells its request comes from no one else
    return sorted(pairs)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda one: one.name)
def test_the_tables_are_sound(machine: Any) -> None:
    assert lint(machine) == []
    assert picture(machine).count("-->") > len(machine.states)


def test_every_effect_of_the_tables_is_carried_out_and_no_other_exists() -> None:
    assert set(request.REQUEST_EFFECTS) == REQUEST.effects
    assert set(request.LEG_EFFECTS) == LEG.effects
    assert set(supply.EFFECTS) == SUPPLY.effects
    for machine in MACHINES:
        assert {name for row in machine.rows for name in row.effects} == machine.effects


def test_every_message_is_something_to_the_side_that_hears_it() -> None:
    heard = {heard_by_leg(said) for said in ALL_SAID_BY_SUPPLIERS}
    assert heard == LEG.recorded == messages.LEG_HEARS
    assert {heard_by_supply(said) for said in ALL_SAID_BY_REQUESTERS} == SUPPLY.recorded


def test_messages_come_back_from_json_as_they_were() -> None:
    for said in (*ALL_SAID_BY_SUPPLIERS, *ALL_SAID_BY_REQUESTERS):
        assert from_json(to_json(said)) == said
    dated = SupplierMessage(reason="StatusChange", status="Loaned", due_on=date(2026, 12, 8), item="B1")
    assert from_json(to_json(dated)) == dated


def test_every_state_has_a_word_for_the_patron() -> None:
    words = {stage(state) for state in REQUEST.states} | {stage("active", leg) for leg in LEG.states}
    assert words <= set(STAGES)


# --- no unhandled pair -------------------------------------------------------------------------


def a_case(leg_state: str, request_state: str = "active", **more: Any) -> Case:
    leg = Leg(
        id="L1", number=1, library_id="KNG", state=leg_state, active=leg_state not in LEG.terminal, **more
    )
    return Case(
        id="R",
        state=request_state,
        liable_user_id="u",
        legs=(leg,),
        waiting=(Waiting(entry_id="e2", library_id="TRT"),),
    )


def run(case: Case, event: Event) -> Outcome:
    count = itertools.count(len(case.legs) + 1)
    return request.step(case, event, NOW, lambda: f"L{next(count)}")


def hear(case: Case, said: SupplierMessage, leg_id: str = "L1") -> Outcome:
    fields = {"message": said, "leg": leg_id}
    return run(case, Event(action=heard_by_leg(said), role=PEER, fields=fields))


@pytest.mark.slow
def test_a_leg_bears_every_message_in_every_state_of_leg_and_request() -> None:
    for leg_state, request_state in itertools.product(LEG.states, REQUEST.states):
        for said in ALL_SAID_BY_SUPPLIERS:
            case = a_case(leg_state, request_state)
            after = hear(case, said).case
            assert sum(leg.active for leg in after.legs) <= 1
            assert after.state in REQUEST.states
            if leg_state in ("completed", "delivered", "lost_closed"):
                assert after.leg("L1").state == leg_state, "an end with an item is never left by a message"


def test_a_note_never_changes_a_state() -> None:
    for leg_state in LEG.states:
        for status in STATUSES:
            case = a_case(leg_state)
            assert hear(case, SupplierMessage(reason="Notification", status=status)).case == case


def test_a_supply_bears_every_message_in_every_state() -> None:
    for state in SUPPLY.states:
        for said in ALL_SAID_BY_REQUESTERS:
            for flags in ({}, {"pull": "picked"}, {"due": "recalled"}, {"renewal": "asked"}):
                before = Supply(id="a", state=state, flags=flags)
                event = Event(action=heard_by_supply(said), role=PEER, fields={"message": said})
                after = supply.step(before, event, NOW).supply
                assert after.state in SUPPLY.states
                if state in SUPPLY.terminal:
                    assert after.state == state


def test_a_cancel_a_renewal_and_a_question_are_always_answered() -> None:
    for state in SUPPLY.states:
        for action, reason in (
            ("Renew", "RenewResponse"),
            ("StatusRequest", "StatusRequestResponse"),
            ("Cancel", "CancelResponse"),
        ):
            said = RequesterMessage(action=action)
            event = Event(action=heard_by_supply(said), role=PEER, fields={"message": said})
            result = supply.step(Supply(id="a", state=state, flags={"pull": "picked"}), event, NOW)
            waits = result.supply.state == "cancel_asked" or result.supply.flags.get("renewal") == "asked"
            assert waits or [one.reason for one in result.says] == [reason], (state, action)


def test_every_button_in_every_state_moves_or_is_refused_in_words() -> None:
    taken = refused = 0
    for leg_state, request_state in itertools.product(LEG.states, REQUEST.states):
        for action, role in buttons(LEG) + buttons(REQUEST):
            event = Event(
                action=action, role=role, fields={**FIELDS, "leg": "L1" if action in OF_LEGS else ""}
            )
            try:
                after = run(a_case(leg_state, request_state), event).case
            except NotNow:
                refused += 1
            else:
                taken += 1
                assert sum(leg.active for leg in after.legs) <= 1
    for state in SUPPLY.states:
        for action, role in buttons(SUPPLY):
            try:
                supply.step(Supply(id="a", state=state), Event(action=action, role=role, fields=FIELDS), NOW)
            except NotNow:
                refused += 1
            else:
                taken += 1
    assert taken > 500
    assert refused > 500


# --- no dead end: both sides and the messages between them -------------------------------------

Queue = tuple[Message, ...]
Node = tuple[
    str, str, str, str, str, Queue, Queue
]  # leg, resume, supply, pull, renewal, to supplier, to requester


def lean(message: Message) -> Message:
    """Without what does not steer: keeps the number of states finite."""
    if isinstance(message, SupplierMessage):
        return SupplierMessage(
            reason=message.reason, status=message.status, answer=message.answer, condition=message.condition
        )
    if isinstance(message, RequesterMessage):
        return RequesterMessage(action=message.action, accepts=message.accepts)
    return RequestMessage()


class Pair:
    """The product of leg and supply with at most two messages each way, by the functions that run in earnest."""

    def __init__(self, *, fifo: bool) -> None:
        self.fifo = fifo
        self.unhandled: list[str] = []

    def start(self) -> Node:
        return ("sent", "", "unasked", "", "", (RequestMessage(),), ())

    def leg_step(self, node: Node, event: Event) -> Node | None:
        leg_state, resume, supply_state, pull, renewal, to_supplier, to_requester = node
        case = a_case(leg_state, flags={"resume": resume})
        case = replace(case, waiting=())
        try:
            result = run(case, event)
        except NotNow:
            return None
        leg = result.case.leg("L1")
        said = tuple(
            lean(one.message) for one in result.effects if isinstance(one, Send) and one.leg_id == "L1"
        )
        queue = (*to_supplier, *said)
        if len(queue) > 2:
            return None
        kept = str(leg.flags.get("resume") or "") if leg.state == "cancel_pending" else ""
        return (leg.state, kept, supply_state, pull, renewal, queue, to_requester)

    def supply_step(self, node: Node, event: Event) -> Node | None:
        leg_state, resume, supply_state, pull, renewal, to_supplier, to_requester = node
        flags = {"answered": True, "acknowledged": True, "pull": pull, "renewal": renewal}
        before = Supply(id="a", state=supply_state, flags=flags, condition="library_use_only")
        try:
            result = supply.step(before, event, NOW)
        except NotNow:
            return None
        after = result.supply
        queue = (*to_requester, *(lean(one) for one in result.says))
        if len(queue) > 2:
            return None
        kept_pull = "picked" if after.state == "will" and after.flags.get("pull") == "picked" else ""
        kept_renewal = "asked" if after.state == "on_loan" and after.flags.get("renewal") == "asked" else ""
        return (leg_state, resume, after.state, kept_pull, kept_renewal, to_supplier, queue)

    def next(self, node: Node) -> Iterator[Node]:
        for action, role in LEG_BUTTONS:
            yield from self.some(
                self.leg_step(node, Event(action=action, role=role, fields={**FIELDS, "leg": "L1"}))
            )
        for action, role in SUPPLY_BUTTONS:
            yield from self.some(self.supply_step(node, Event(action=action, role=role, fields=FIELDS)))
        for place in self.places(node[5]):
            said, rest = node[5][place], node[5][:place] + node[5][place + 1 :]
            assert not isinstance(said, SupplierMessage)
            event = Event(action=heard_by_supply(said), role=PEER, fields={"message": said})
            after = self.supply_step((*node[:5], rest, node[6]), event)
            yield from self.some(after)
        for place in self.places(node[6]):
            said, rest = node[6][place], node[6][:place] + node[6][place + 1 :]
            assert isinstance(said, SupplierMessage)
            event = Event(action=heard_by_leg(said), role=PEER, fields={"message": said, "leg": "L1"})
            yield from self.some(self.leg_step((*node[:6], rest), event))

    def places(self, queue: Queue) -> range:
        return range(min(len(queue), 1 if self.fifo else len(queue)))

    def some(self, node: Node | None) -> Iterator[Node]:
        if node is not None:
            yield node


LEG_BUTTONS = [pair for pair in buttons(LEG) if pair[1] in ("librarian", SYSTEM)]
SUPPLY_BUTTONS = [pair for pair in buttons(SUPPLY) if pair[1] in ("librarian", SYSTEM)]


@pytest.mark.parametrize(
    "fifo", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["in_order", "any_order"]
)
def test_from_every_state_that_both_sides_can_reach_both_can_still_finish(fifo: bool) -> None:
    pair = Pair(fifo=fifo)
    before: dict[Node, list[Node]] = {pair.start(): []}
    todo = deque([pair.start()])
    while todo:
        node = todo.popleft()
        for after in set(pair.next(node)):
            if after not in before:
                before[after] = []
                todo.append(after)
            before[after].append(node)
    ends = [
        node
        for node in before
        if node[0] in LEG.terminal and node[2] in SUPPLY.terminal and not node[5] and not node[6]
    ]
    good, todo = set(ends), deque(ends)
    while todo:
        for node in before[todo.popleft()]:
            if node not in good:
                good.add(node)
                todo.append(node)
    stuck = [node for node in before if node not in good]
    assert stuck == []
    assert len(before) > 1_000
    pairs = {(node[0], node[2]) for node in ends}
    assert {
        ("completed", "completed"),
        ("unfilled", "unfilled"),
        ("cancelled", "cancelled"),
        ("retry_closed", "retried"),
        ("lost_closed", "lost_closed"),
    } <= pairs


# --- no dead end: a request with two suppliers, of which each may say anything at any time -----


def shape(case: Case) -> Any:
    legs = tuple((leg.id, leg.state, leg.active, leg.flags.get("resume") or "") for leg in case.legs)
    return (case.state, legs, len(case.waiting))


@pytest.mark.slow
def test_from_every_state_a_request_can_still_end_whatever_two_suppliers_say() -> None:
    start = Case(
        id="R",
        liable_user_id="u",
        waiting=(Waiting(entry_id="e1", library_id="KNG"), Waiting(entry_id="e2", library_id="TRT")),
    )
    # One message for each thing that a leg can hear is enough here: the test above walks all of them.
    said = {heard_by_leg(one): one for one in ALL_SAID_BY_SUPPLIERS}
    said |= {
        "refused_" + status: SupplierMessage(reason="CancelResponse", status=status, answer=False)
        for status in ("RequestReceived", "ExpectToSupply", "WillSupply")
    }
    skipped = {
        "accept_retry",
        "search_again",
    }  # they make more legs than two; the others do not depend on them
    pressed = [
        pair for pair in buttons(LEG) + buttons(REQUEST) if pair[0] not in skipped and pair[1] != "head"
    ]
    nodes: dict[Any, Case] = {shape(start): start}
    before: dict[Any, set[Any]] = {shape(start): set()}
    todo = deque([shape(start)])
    while todo:
        here = todo.popleft()
        case = nodes[here]
        for event in inputs(case, pressed, said):
            try:
                after = run(case, event).case
            except (NotNow, KeyError):
                continue
            assert sum(leg.active for leg in after.legs) <= 1
            assert after.state != "active" or after.active is not None, "active without anybody who is asked"
            key = shape(after)
            if key not in nodes:
                nodes[key] = replace(after, attention=())
                before[key] = set()
                todo.append(key)
            before[key].add(here)
    ends = [key for key, case in nodes.items() if case.state in REQUEST.terminal]
    good, todo = set(ends), deque(ends)
    while todo:
        for key in before[todo.popleft()] - good:
            good.add(key)
            todo.append(key)
    assert [key for key in nodes if key not in good] == []
    assert {case.state for case in nodes.values()} == set(REQUEST.states)


def inputs(case: Case, pressed: list[tuple[str, str]], said: dict[str, SupplierMessage]) -> Iterator[Event]:
    for action, role in pressed:
        if action not in OF_LEGS:
            yield Event(action=action, role=role, fields=FIELDS)
    for leg in case.legs:
        for action, role in pressed:
            if action in OF_LEGS:
                yield Event(action=action, role=role, fields={**FIELDS, "leg": leg.id})
        for one in said.values():
            yield Event(action=heard_by_leg(one), role=PEER, fields={"message": one, "leg": leg.id})


def test_the_item_at_hand_is_never_forgotten() -> None:
    """While an item of another library is here, the request is not over unless staff closed it."""
    for leg_state in AT_HAND:
        for said in ALL_SAID_BY_SUPPLIERS:
            after = hear(a_case(leg_state), said).case
            if after.leg("L1").state in AT_HAND:
                assert after.state not in REQUEST.terminal
