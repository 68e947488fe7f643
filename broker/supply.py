"""What the supplying side of an attempt becomes by an event, and what it says to the other side. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from broker.messages import SupplierMessage
from broker.states import LENT, SUPPLY
from foundation import workflow
from foundation.workflow import Deadline, Event, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """One attempt as its supplier sees it. `flags`: acknowledged, answered, pull, due, renewal, damaged, holder."""

    id: str
    state: str
    service_type: str = "loan"
    flags: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    condition: str = ""
    cost_minor: int | None = None
    currency: str = "IDR"
    barcode: str = ""
    due_on: date | None = None


class Outcome(NamedTuple):
    """The supply afterwards, what it says, which clocks start; `row` is None when it was only recorded."""

    supply: Supply
    says: tuple[SupplierMessage, ...]
    deadlines: tuple[Deadline, ...]
    row: Row | None


#: The status of ISO 18626 in which a state stands.
STATUS: Mapping[str, str] = {
    "unasked": "RequestReceived",
    "new": "RequestReceived",
    "expect": "ExpectToSupply",
    "cond": "WillSupply",
    "will": "WillSupply",
    "cancel_asked": "WillSupply",
    "shipped": "Loaned",
    "on_loan": "Loaned",
    "returning": "Loaned",
    "lost": "Loaned",
    "retried": "RetryPossible",
    "unfilled": "Unfilled",
    "cancelled": "Cancelled",
    "completed": "LoanCompleted",
    "copy_done": "CopyCompleted",
    "lost_closed": "CompletedWithoutReturn",
}


def step(supply: Supply, event: Event, now: datetime) -> Outcome:
    """Raises workflow.NotNow, workflow.Missing. A field 'today' is the date at the supplier."""
    taken = workflow.step(SUPPLY, supply, event, now)
    after, says = taken.thing, []
    for name in taken.effects:
        after, message = EFFECTS[name](after, event)
        if message is not None:
            says.append(message)
            after = _flag(after, answered=True)
    return Outcome(after, tuple(says), taken.deadlines, taken.row)


Effect = Callable[[Supply, Event], tuple[Supply, SupplierMessage | None]]


def _flag(supply: Supply, **flags: Any) -> Supply:
    return replace(supply, flags={**supply.flags, **flags})


def _say(supply: Supply, event: Event, reason: str = "", **more: Any) -> SupplierMessage:
    """How things stand; the first message answers the request, later ones tell a change (ISO 18626)."""
    usual = "StatusChange" if supply.flags.get("answered") else "RequestResponse"
    known: dict[str, Any] = {"status": STATUS[supply.state], "note": str(event.fields.get("note") or "")}
    if supply.state in LENT:
        known |= {"due_on": supply.due_on, "item": supply.barcode}
    if supply.state == "cond":
        known |= {
            "condition": supply.condition,
            "cost_minor": supply.cost_minor,
            "currency": supply.currency,
        }
    return SupplierMessage(reason=reason or usual, **(known | more))


def _says(reason: str = "", **more: Any) -> Effect:
    return lambda supply, event: (supply, _say(supply, event, reason, **more))


def _flags(**flags: Any) -> Effect:
    return lambda supply, event: (_flag(supply, **flags), None)


def _acknowledge(supply: Supply, event: Event) -> tuple[Supply, SupplierMessage | None]:
    if supply.flags.get("acknowledged"):
        return supply, None
    return _flag(supply, acknowledged=True), _say(supply, event)


def _take_condition(supply: Supply, event: Event) -> tuple[Supply, None]:
    told = event.fields
    return replace(
        supply,
        condition=str(told["condition"]),
        cost_minor=told.get("cost_minor"),
        currency=str(told.get("currency") or "IDR"),
    ), None


def _drop_condition(supply: Supply, event: Event) -> tuple[Supply, None]:
    return replace(supply, condition="", cost_minor=None), None


def _take_item(supply: Supply, event: Event) -> tuple[Supply, None]:
    told = event.fields
    return replace(
        supply,
        due_on=told.get("due_on") or supply.due_on,
        barcode=str(told.get("barcode") or supply.barcode),
    ), None


def _take_damage(supply: Supply, event: Event) -> tuple[Supply, None]:
    return (_flag(supply, damaged=True) if event.fields.get("damaged") else supply), None


def _send_retry(supply: Supply, event: Event) -> tuple[Supply, SupplierMessage]:
    supply = replace(supply, reason=str(event.fields["reason"]))
    expected = event.fields.get("expected_on")
    return supply, _say(supply, event, retry=supply.reason, expected_on=expected)


def _unfilled(reason: str = "") -> Effect:
    def send(supply: Supply, event: Event) -> tuple[Supply, SupplierMessage]:
        why = reason or str(event.fields["reason"])
        supply = replace(supply, reason=why)
        return supply, _say(supply, event, unfilled=why)

    return send


def _send_expect(supply: Supply, event: Event) -> tuple[Supply, SupplierMessage]:
    return supply, _say(supply, event, expected_on=event.fields["expected_on"])


def _renewal_granted(supply: Supply, event: Event) -> tuple[Supply, None]:
    supply = replace(supply, due_on=event.fields.get("due_on") or supply.due_on)
    return _flag(supply, renewal="granted", due="ok"), None


def _send_copy(supply: Supply, event: Event) -> tuple[Supply, SupplierMessage]:
    return supply, _say(supply, event)


def _forwarded(supply: Supply, event: Event) -> tuple[Supply, None]:
    message = event.fields.get("message")
    return _flag(supply, holder=getattr(message, "note", "") or "forwarded"), None


EFFECTS: Mapping[str, Effect] = {
    "acknowledge": _acknowledge,
    "send_will": _says(),
    "send_condition": _says(),
    "send_retry": _send_retry,
    "send_unfilled": _unfilled(),
    "send_not_acknowledged": _unfilled("not_acknowledged"),
    "send_no_answer": _unfilled("no_answer"),
    "send_expect": _send_expect,
    "send_loaned": _says(),
    "send_copy_completed": _send_copy,
    "send_cancelled": _says("CancelResponse", answer=True, status="Cancelled"),
    "send_cancelled_already": _says("CancelResponse", answer=True),
    "send_cancel_refused": _says("CancelResponse", answer=False),
    "send_recalled": _says(status="Recalled"),
    "send_overdue": _says(status="Overdue"),
    "send_renewed": _says("RenewResponse", answer=True),
    "send_renewal_refused": _says("RenewResponse", answer=False),
    "send_loan_completed": _says(),
    "send_lost_closed": _says(),
    "send_status": _says("StatusRequestResponse"),
    "take_condition": _take_condition,
    "drop_condition": _drop_condition,
    "condition_accepted": _flags(accepted=True),
    "take_item": _take_item,
    "take_damage": _take_damage,
    "slip_printed": _flags(pull="printed"),
    "picked": _flags(pull="picked"),
    "not_found": _flags(pull="not_found", acknowledged=True),
    "recalled": _flags(due="recalled"),
    "overdue": _flags(due="overdue"),
    "renewal_asked": _flags(renewal="asked"),
    "renewal_granted": _renewal_granted,
    "renewal_refused": _flags(renewal="refused"),
    "reminded": _flags(reminded=True),
    "hear_arrival": _flags(arrived=True),
    "hold_return": _flags(due="hold_return"),
    "forwarded": _forwarded,
}
