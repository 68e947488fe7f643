"""What a request and its legs become by an event, and what must then be done about it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from broker.case import (
    Ask,
    Case,
    Clock,
    Effect,
    Leg,
    Loan,
    Locate,
    Move,
    Notice,
    Outcome,
    Send,
)
from broker.messages import RequesterMessage, RequestMessage, SupplierMessage
from broker.roles import AUTO
from broker.states import ASKING, AT_HAND, LEG, NOT_SUPPLIED, REQUEST
from foundation import workflow
from foundation.workflow import SYSTEM, Event

NewId = Callable[[], str]

#: Actions that belong to a leg; the field 'leg' says to which (else the active one).
LEG_ACTIONS = frozenset(LEG.actions)

#: Waiting that ends without an item: the next library is asked.
_GONE = frozenset({*NOT_SUPPLIED, "abandoned"})


def step(case: Case, event: Event, now: datetime, new_id: NewId) -> Outcome:
    """Raises workflow.NotNow, workflow.Missing. `new_id` names new legs."""
    run = _Run(case, now, new_id)
    if event.action in LEG_ACTIONS:
        run.leg(_which(case, event), event)
    else:
        run.request(event)
    return Outcome(run.case, tuple(run.effects), tuple(run.moves))


def _which(case: Case, event: Event) -> Leg:
    wanted = event.fields.get("leg")
    if wanted:
        return case.leg(str(wanted))
    if case.active is None:
        raise workflow.NotNow(f"{event.action}: no library is being asked")
    return case.active


class _Run:
    """One event with everything that follows from it; lives for one call of step."""

    def __init__(self, case: Case, now: datetime, new_id: NewId) -> None:
        self.case, self.now, self.new_id = case, now, new_id
        self.effects: list[Effect] = []
        self.moves: list[Move] = []

    def request(self, event: Event) -> None:
        before = self.case
        taken = workflow.step(REQUEST, before, event, self.now)
        if taken.row is None:
            return
        after: Case = taken.thing
        if taken.row.roles != AUTO and event.role != SYSTEM:
            after = replace(after, attention=())
        if after.state != before.state:
            after = replace(after, reason=_reason(before, after, event))
        self.case = after
        self.moves.append(Move(event.action, "", before.state, after.state))
        self.effects += [Clock("", deadline) for deadline in taken.deadlines]
        for name in taken.effects:
            REQUEST_EFFECTS[name](self, event)
        self.effects += [Notice(template) for template in taken.notices]

    def leg(self, leg: Leg, event: Event) -> None:
        taken = workflow.step(LEG, leg, event, self.now)
        if taken.row is None:
            return
        after: Leg = taken.thing
        moved = after.state != leg.state
        self.moves.append(Move(event.action, leg.id, leg.state, after.state))
        if moved and event.role not in (SYSTEM, workflow.PEER):
            self.case = replace(self.case, attention=())
        self.case = self.case.put(after)
        self.effects += [Clock(leg.id, deadline) for deadline in taken.deadlines]
        for name in taken.effects:
            LEG_EFFECTS[name](self, leg.id, event)
        if moved:
            self.follow(leg, self.case.leg(leg.id))

    def follow(self, before: Leg, after: Leg) -> None:
        """What a leg's new state means to the request."""
        if after.state in _GONE:
            if after.active:
                self.case = self.case.put(replace(after, active=False))
                if after.state != "retry_closed" or self.case.active is None:
                    self.tell("leg_ended")
            return
        entered = before.state not in AT_HAND and after.state == "shipped"
        if entered or after.state == "delivered":
            other = self.case.active
            if other is not None and other.id != after.id:
                self.case = self.case.attend("late_supply")
                return
            if self.case.state in ("delivered", "completed", "lost_closed"):
                self.case = self.case.attend("late_supply")
                return
            ends = after.state == "delivered"
            self.case = self.case.put(replace(after, active=not ends))
            self.tell("leg_delivered" if ends else "leg_shipped")
        elif after.state in ("completed", "lost_closed"):
            was_active = after.active
            self.case = self.case.put(replace(after, active=False))
            if was_active:
                self.tell("leg_completed" if after.state == "completed" else "leg_lost")
        elif before.state == "cancel_pending":
            self.tell("leg_resumed")

    def tell(self, action: str) -> None:
        self.request(Event(action=action, role=SYSTEM))

    def new_leg(self, library_id: str, entry_id: str, message: RequestMessage) -> None:
        leg = Leg(id=self.new_id(), number=len(self.case.legs) + 1, library_id=library_id)
        self.case = self.case.put(leg)
        self.effects.append(Ask(leg.id, entry_id))
        self.leg(leg, Event(action="activate", role=SYSTEM, fields={"message": message}))

    def say(self, leg_id: str, action: str, event: Event, **more: Any) -> None:
        note = str(event.fields.get("note") or "")
        self.effects.append(Send(leg_id, RequesterMessage(action=action, note=note, **more)))

    def change(self, leg_id: str, **values: Any) -> None:
        self.case = self.case.put(replace(self.case.leg(leg_id), **values))

    def flag(self, leg_id: str, **flags: Any) -> None:
        self.change(leg_id, flags={**self.case.leg(leg_id).flags, **flags})


def _reason(before: Case, after: Case, event: Event) -> str:
    """Why a request stands where it came to: as told, or by the last answer once nobody is left to ask."""
    if event.fields.get("reason"):
        return str(event.fields["reason"])
    if after.state == "end_of_rota":
        return (after.legs[-1].reason or "not_supplied") if after.legs else "no_supplier"
    return before.reason if after.state == "unfilled" else ""


# --- effects of the request's table ------------------------------------------------------------


def _ask_next(run: _Run, event: Event) -> None:
    if run.case.active is not None:  # an item came late, while the rota was being built
        return
    first, *rest = run.case.waiting
    run.case = replace(run.case, waiting=tuple(rest))
    run.new_leg(first.library_id, first.entry_id, RequestMessage())


def _adopt_late(run: _Run, event: Event) -> None:
    late = next(leg for leg in run.case.legs if leg.state in AT_HAND)
    run.case = run.case.put(replace(late, active=True)).attend("late_supply")


def _stop_leg(run: _Run, event: Event) -> None:
    leg = run.case.active
    if leg is None:
        return
    if leg.state in ("queued", *ASKING):
        run.leg(leg, Event(action="skip", role=SYSTEM))
        run.flag(leg.id, stopped=True)  # not its fault: asked again when the request is reopened
    elif leg.state == "retry_offered":
        run.leg(leg, Event(action="decline_retry", role=SYSTEM))


def _attend_refused_cancel(run: _Run, event: Event) -> None:
    run.case = run.case.attend("cancel_refused")


def _clear_attention(run: _Run, event: Event) -> None:
    run.case = replace(run.case, attention=())


def _attend_need_by_passed(run: _Run, event: Event) -> None:
    left = tuple(code for code in run.case.attention if code != "need_by_near")
    run.case = replace(run.case, attention=left).attend("need_by_passed")


def _attend_need_by_near(run: _Run, event: Event) -> None:
    run.case = run.case.attend("need_by_near")


REQUEST_EFFECTS: Mapping[str, Callable[[_Run, Event], None]] = {
    "locate": lambda run, event: run.effects.append(Locate()),
    "ask_next": _ask_next,
    "adopt_late": _adopt_late,
    "cancel_leg": _stop_leg,
    "close_leg": _stop_leg,
    "cancel_was_refused": _attend_refused_cancel,
    "clear_attention": _clear_attention,
    "attend_need_by_near": _attend_need_by_near,
    "attend_need_by_passed": _attend_need_by_passed,
}

# --- effects of the leg's table ----------------------------------------------------------------

LegEffect = Callable[[_Run, str, Event], None]


def _sends(action: str, **more: Any) -> LegEffect:
    return lambda run, leg_id, event: run.say(leg_id, action, event, **more)


def _attends(code: str) -> LegEffect:
    def attend(run: _Run, leg_id: str, event: Event) -> None:
        run.case = run.case.attend(code)

    return attend


def _flags(**flags: Any) -> LegEffect:
    return lambda run, leg_id, event: run.flag(leg_id, **flags)


def _told(event: Event) -> SupplierMessage:
    message = event.fields.get("message")
    return message if isinstance(message, SupplierMessage) else SupplierMessage(reason="", status="")


def _send_request(run: _Run, leg_id: str, event: Event) -> None:
    run.effects.append(Send(leg_id, event.fields.get("message") or RequestMessage()))


def _remember(run: _Run, leg_id: str, event: Event) -> None:
    came_from = next(move.before for move in reversed(run.moves) if move.leg_id == leg_id)
    run.flag(leg_id, resume="condition" if came_from == "condition" else "")


def _expired(run: _Run, leg_id: str, event: Event) -> None:
    run.change(leg_id, reason="no_answer")


def _retry(run: _Run, leg_id: str, event: Event) -> None:
    old = run.case.leg(leg_id)
    run.case = run.case.put(replace(old, active=False))
    run.new_leg(old.library_id, "", RequestMessage(request_type="Retry", previous=old.id))


def _arrived(run: _Run, leg_id: str, event: Event) -> None:
    leg = run.case.leg(leg_id)
    run.change(leg_id, barcode=str(event.fields.get("barcode") or leg.barcode))
    if event.fields.get("damaged"):
        run.flag(leg_id, damaged=True)
        run.case = run.case.attend("damaged")
    run.effects.append(Notice("ready_for_pickup"))


def _start_loan(run: _Run, leg_id: str, event: Event) -> None:
    due = event.fields.get("due_on") or patron_due(run.case.leg(leg_id).due_on, run.case.transit_days)
    run.case = replace(run.case, patron_due_on=due)
    run.effects.append(Loan(leg_id, True))


def patron_due(supplier_due: date | None, transit_days: int) -> date | None:
    """The patron's due date: the supplier's less the days that the way back takes."""
    return None if supplier_due is None else supplier_due - timedelta(days=transit_days)


def _end_loan(run: _Run, leg_id: str, event: Event) -> None:
    run.effects.append(Loan(leg_id, False))


def _take_answer(run: _Run, leg_id: str, event: Event) -> None:
    told = _told(event)
    run.change(
        leg_id,
        reason=told.unfilled or told.retry,
        condition=told.condition,
        cost_minor=told.cost_minor,
        currency=told.currency,
    )
    run.flag(leg_id, acknowledged=True, expected_on=told.expected_on and told.expected_on.isoformat())


def _take_item(run: _Run, leg_id: str, event: Event) -> None:
    told, leg = _told(event), run.case.leg(leg_id)
    run.change(leg_id, due_on=told.due_on or leg.due_on, barcode=told.item or leg.barcode)


_DUE = {
    "hears_overdue": "overdue",
    "hears_recalled": "recalled",
    "hears_hold_return": "hold_return",
    "hears_hold_released": "ok",
}


def _take_due(run: _Run, leg_id: str, event: Event) -> None:
    due = _DUE[event.action]
    run.flag(leg_id, due=due)
    if due != "ok":
        run.case = run.case.attend(due)


def _renewal_granted(run: _Run, leg_id: str, event: Event) -> None:
    leg = run.case.leg(leg_id)
    due = _told(event).due_on or leg.due_on
    run.change(leg_id, due_on=due)
    run.flag(leg_id, renewal="granted", due="ok")
    if run.case.patron_due_on is not None:
        run.case = replace(run.case, patron_due_on=patron_due(due, run.case.transit_days))


def _renewal_refused(run: _Run, leg_id: str, event: Event) -> None:
    run.flag(leg_id, renewal="refused")
    run.case = run.case.attend("renewal_refused")


def _will_if_refused(run: _Run, leg_id: str, event: Event) -> None:
    run.flag(leg_id, resume="")


def _condition_if_refused(run: _Run, leg_id: str, event: Event) -> None:
    _take_answer(run, leg_id, event)
    run.flag(leg_id, resume="condition")


LEG_EFFECTS: Mapping[str, LegEffect] = {
    "send_request": _send_request,
    "send_cancel": _sends("Cancel"),
    "send_status_request": _sends("StatusRequest"),
    "send_accepted": _sends("Notification", accepts=True),
    "send_received": _sends("Received"),
    "send_lost": _sends("Lost"),
    "send_returned": _sends("ShippedReturn"),
    "send_renew": _sends("Renew"),
    "send_note": _sends("Notification"),
    "remember": _remember,
    "expired": _expired,
    "retry": _retry,
    "arrived": _arrived,
    "start_loan": _start_loan,
    "end_loan": _end_loan,
    "renewal_asked": _flags(renewal="asked"),
    "renewal_granted": _renewal_granted,
    "renewal_refused": _renewal_refused,
    "acknowledged": _flags(acknowledged=True),
    "take_answer": _take_answer,
    "take_item": _take_item,
    "take_due": _take_due,
    "will_if_refused": _will_if_refused,
    "condition_if_refused": _condition_if_refused,
    "attend_not_shipped": _attends("not_shipped"),
    "attend_not_arrived": _attends("not_arrived"),
    "attend_not_picked_up": _attends("not_picked_up"),
    "attend_patron_overdue": _attends("patron_overdue"),
    "attend_not_back": _attends("not_back"),
    "attend_unreadable": _attends("unreadable"),
    "attend_cancel_late": _attends("cancel_late"),
    "attend_late_supply": _attends("late_supply"),
    "attend_refused": _attends("cancel_refused"),
    "attend_still_here": _attends("still_here"),
}
