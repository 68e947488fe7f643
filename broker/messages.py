"""What libraries say to each other about a request: the messages of ISO 18626 as values, without any XML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

#: The closed enumerations of ISO 18626 (2017 and 2021), in their own spelling.
ACTIONS = (
    "StatusRequest",
    "Received",
    "Cancel",
    "Renew",
    "ShippedReturn",
    "ShippedForward",
    "Notification",
    "HoldReturn",
    "Lost",
)
STATUSES = (
    "RequestReceived",
    "ExpectToSupply",
    "WillSupply",
    "Loaned",
    "Overdue",
    "Recalled",
    "RetryPossible",
    "Unfilled",
    "CopyCompleted",
    "LoanCompleted",
    "CompletedWithoutReturn",
    "Cancelled",
    "HoldReturn",
    "ReleaseHoldReturn",
)
REASONS = (
    "RequestResponse",
    "StatusRequestResponse",
    "RenewResponse",
    "CancelResponse",
    "StatusChange",
    "Notification",
)
REQUEST_TYPES = ("New", "Retry", "Reminder")

#: Why a supplier cannot: our codes for the open list ReasonUnfilled, and two of our own.
UNFILLED = (
    "not_on_shelf",
    "not_held",
    "non_circulating",
    "not_available",
    "policy",
    "poor_condition",
    "on_loan",
    "no_answer",
    "not_acknowledged",
)

#: Why it could work later or otherwise: our codes for the open list ReasonRetry.
RETRY = (
    "on_loan",
    "on_order",
    "at_bindery",
    "cost_exceeds_maximum",
    "not_found_as_cited",
    "not_currently_available",
    "delivery_date_not_possible",
    "loan_possible",
    "condition",
)

#: Our codes for the open list LoanCondition.
CONDITIONS = (
    "library_use_only",
    "no_reproduction",
    "signature_required",
    "special_collection_supervision",
    "watch_library_use_only",
    "cost",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMessage:
    """'Please supply': everything else of the request is what both sides may see of it."""

    request_type: str = "New"
    previous: str = ""  # code of the attempt that a retry follows


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterMessage:
    """What the requesting side says (requestingAgencyMessage). `accepts`: the note accepts the conditions."""

    action: str
    note: str = ""
    accepts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierMessage:
    """What the supplying side says (supplyingAgencyMessage): why it writes and how things stand there."""

    reason: str
    status: str
    answer: bool | None = None
    note: str = ""
    unfilled: str = ""
    retry: str = ""
    condition: str = ""
    cost_minor: int | None = None
    currency: str = "IDR"
    due_on: date | None = None
    expected_on: date | None = None
    item: str = ""


Message = RequestMessage | RequesterMessage | SupplierMessage

_KINDS: Mapping[str, type[Message]] = {
    "request": RequestMessage,
    "requester": RequesterMessage,
    "supplier": SupplierMessage,
}


def to_json(message: Message) -> dict[str, Any]:
    """A message as a JSON value; `kind` says which it is."""
    kind = next(name for name, cls in _KINDS.items() if isinstance(message, cls))
    values = {
        key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(message).items()
    }
    return {"kind": kind, **values}


def from_json(value: Mapping[str, Any]) -> Message:
    """The message of a JSON value. Raises KeyError for an unknown kind; unknown keys are left out."""
    cls = _KINDS[value["kind"]]
    known = {one.name for one in fields(cls)}
    told = {key: one for key, one in value.items() if key in known}
    for key in ("due_on", "expected_on"):
        if told.get(key):
            told[key] = date.fromisoformat(told[key])
    return cls(**told)


# --- what a message is to the side that hears it -----------------------------------------------

_BY_STATUS = {
    "RequestReceived": "hears_acknowledged",
    "ExpectToSupply": "hears_expect",
    "WillSupply": "hears_will",
    "Loaned": "hears_loaned",
    "Overdue": "hears_overdue",
    "Recalled": "hears_recalled",
    "RetryPossible": "hears_retry",
    "Unfilled": "hears_unfilled",
    "CopyCompleted": "hears_copy_completed",
    "LoanCompleted": "hears_loan_completed",
    "CompletedWithoutReturn": "hears_lost_closed",
    "Cancelled": "hears_cancelled",
    "HoldReturn": "hears_hold_return",
    "ReleaseHoldReturn": "hears_hold_released",
}

_BY_ACTION = {
    "StatusRequest": "hears_status_request",
    "Received": "hears_received",
    "Cancel": "hears_cancel",
    "Renew": "hears_renew",
    "ShippedReturn": "hears_returned",
    "ShippedForward": "hears_forwarded",
    "Notification": "hears_note",
    "HoldReturn": "hears_hold_return",
    "Lost": "hears_lost",
}

#: A refused cancel with one of these means 'as before'; with any other status, that status is the news.
_GOES_ON = {"RequestReceived", "ExpectToSupply", "WillSupply"}


def heard_by_leg(message: SupplierMessage) -> str:
    """The action of the leg machine that a supplier's message is. Total over all reasons, statuses and answers."""
    if message.reason == "Notification":
        return "hears_note"
    if message.reason == "RenewResponse":
        return "hears_renewed" if message.answer else "hears_renewal_refused"
    if message.reason == "CancelResponse":
        if message.answer or message.status == "Cancelled":
            return "hears_cancelled"
        if message.status in _GOES_ON:
            return "hears_cancel_refused"
    if message.status == "WillSupply" and (message.condition or message.cost_minor):
        return "hears_condition"
    return _BY_STATUS[message.status]


def heard_by_supply(message: RequesterMessage | RequestMessage) -> str:
    """The action of the supply machine that a requester's message is. Total over all actions."""
    if isinstance(message, RequestMessage):
        return "hears_reminder" if message.request_type == "Reminder" else "hears_request"
    if message.action == "Notification" and message.accepts:
        return "hears_accepted"
    return _BY_ACTION[message.action]


LEG_HEARS = frozenset(_BY_STATUS.values()) | {
    "hears_note",
    "hears_renewed",
    "hears_renewal_refused",
    "hears_cancel_refused",
    "hears_condition",
}
SUPPLY_HEARS = frozenset(_BY_ACTION.values()) | {"hears_request", "hears_reminder", "hears_accepted"}
