"""The table of a leg: how the requesting side sees one attempt at a supplier."""

from __future__ import annotations

from typing import Any

from broker.messages import LEG_HEARS
from broker.roles import AUTO, STAFF, THEM
from foundation.workflow import SYSTEM, Deadline, Event, Machine, Row

ASKING = ("sent", "expected", "condition", "promised")
BEFORE_SHIPMENT = ("queued", *ASKING, "retry_offered", "cancel_pending")
AT_HAND = ("shipped", "received", "checked_out", "checked_in", "returned", "lost_reported")
NOT_SUPPLIED = ("failed", "unfilled", "cancelled", "retry_closed")
_MAY_COME = (*ASKING, "cancel_pending", "abandoned", "retry_offered")


def _status(event: Event) -> str:
    message = event.fields.get("message")
    return getattr(message, "status", "")


def _still_expected(leg: Any, event: Event) -> bool:
    return _status(event) == "ExpectToSupply"


def _still_conditional(leg: Any, event: Event) -> bool:
    return bool(leg.flags.get("resume") == "condition" and _status(event) == "WillSupply")


def _only_received(leg: Any, event: Event) -> bool:
    return _status(event) == "RequestReceived"


def _not_asked_to_renew(leg: Any, _: Event) -> bool:
    return bool(leg.flags.get("renewal") != "asked")


LEG: Machine[Any] = Machine(
    name="leg",
    states=(
        "queued",
        "sent",
        "expected",
        "condition",
        "retry_offered",
        "promised",
        "cancel_pending",
        "abandoned",
        "shipped",
        "received",
        "checked_out",
        "checked_in",
        "returned",
        "lost_reported",
        "failed",
        "unfilled",
        "cancelled",
        "retry_closed",
        "completed",
        "delivered",
        "lost_closed",
    ),
    terminal=frozenset({*NOT_SUPPLIED, "completed", "delivered", "lost_closed"}),
    rows=(
        Row(states=("queued",), action="activate", roles=AUTO, next="sent", effects=("send_request",)),
        Row(states=("queued", "sent"), action="not_delivered", roles=AUTO, next="failed"),
        Row(states=("queued",), action="skip", roles=(*STAFF, SYSTEM), next="cancelled"),
        Row(
            states=ASKING,
            action="skip",
            roles=(*STAFF, SYSTEM),
            next="cancel_pending",
            takes=("note",),
            effects=("remember", "send_cancel"),
            grave=True,
        ),
        Row(
            states=("sent", "expected"),
            action="expire",
            roles=AUTO,
            next="cancel_pending",
            effects=("remember", "expired", "send_cancel"),
        ),
        Row(
            states=(*ASKING, "cancel_pending", "abandoned"),
            action="ask_status",
            roles=(*STAFF, SYSTEM),
            effects=("send_status_request",),
        ),
        Row(
            states=("condition",),
            action="accept_condition",
            roles=STAFF,
            next="promised",
            effects=("send_accepted",),
            main=True,
        ),
        Row(
            states=("condition",),
            action="reject_condition",
            roles=(*STAFF, SYSTEM),
            next="cancel_pending",
            effects=("remember", "send_cancel"),
        ),
        Row(
            states=("retry_offered",),
            action="accept_retry",
            roles=STAFF,
            next="retry_closed",
            effects=("retry",),
            main=True,
        ),
        Row(states=("retry_offered",), action="decline_retry", roles=(*STAFF, SYSTEM), next="retry_closed"),
        Row(states=("promised",), action="not_shipped_yet", roles=AUTO, effects=("attend_not_shipped",)),
        Row(states=("cancel_pending",), action="abandon", roles=(*STAFF, SYSTEM), next="abandoned"),
        Row(states=("abandoned",), action="settle", roles=AUTO, next="cancelled"),
        Row(
            states=("shipped",),
            action="receive",
            roles=STAFF,
            next="received",
            takes=("barcode", "damaged", "note"),
            effects=("arrived", "send_received"),
            main=True,
        ),
        Row(states=("shipped",), action="not_arrived_yet", roles=AUTO, effects=("attend_not_arrived",)),
        Row(
            states=("shipped",),
            action="never_arrived",
            roles=STAFF,
            next="lost_reported",
            effects=("send_lost",),
            grave=True,
        ),
        Row(
            states=("received",),
            action="check_out",
            roles=STAFF,
            next="checked_out",
            takes=("due_on",),
            effects=("start_loan",),
            main=True,
        ),
        Row(states=("received",), action="not_picked_up", roles=AUTO, effects=("attend_not_picked_up",)),
        Row(states=("checked_out",), action="patron_overdue", roles=AUTO, effects=("attend_patron_overdue",)),
        Row(
            states=("checked_out",),
            action="check_in",
            roles=STAFF,
            next="checked_in",
            effects=("end_loan",),
            main=True,
        ),
        Row(
            states=("checked_in", "received"),
            action="send_back",
            roles=STAFF,
            next="returned",
            takes=("note",),
            effects=("send_returned",),
            main=True,
        ),
        Row(
            states=("received", "checked_out"),
            action="renew",
            roles=STAFF,
            guard="not_asked_to_renew",
            takes=("note",),
            effects=("renewal_asked", "send_renew"),
        ),
        Row(
            states=("received", "checked_out", "returned"),
            action="lose",
            roles=STAFF,
            next="lost_reported",
            takes=("note",),
            effects=("end_loan", "send_lost"),
            grave=True,
        ),
        Row(states=("returned",), action="not_back_yet", roles=AUTO, effects=("attend_not_back",)),
        Row(
            states=("lost_reported",),
            action="find",
            roles=STAFF,
            next="returned",
            takes=("note",),
            effects=("send_returned",),
            main=True,
        ),
        Row(
            states=("delivered",),
            action="report_unreadable",
            roles=STAFF,
            takes=("note",),
            effects=("attend_unreadable", "send_note"),
        ),
        # What the supplier says. Where no row stands, it is recorded and changes nothing.
        Row(states=("sent",), action="hears_acknowledged", roles=THEM, effects=("acknowledged",)),
        Row(states=("sent",), action="hears_expect", roles=THEM, next="expected", effects=("take_answer",)),
        Row(
            states=("sent", "expected", "condition"),
            action="hears_will",
            roles=THEM,
            next="promised",
            effects=("take_answer",),
        ),
        Row(states=("cancel_pending",), action="hears_will", roles=THEM, effects=("will_if_refused",)),
        Row(states=ASKING, action="hears_condition", roles=THEM, next="condition", effects=("take_answer",)),
        Row(
            states=("cancel_pending",),
            action="hears_condition",
            roles=THEM,
            effects=("condition_if_refused",),
        ),
        Row(states=ASKING, action="hears_retry", roles=THEM, next="retry_offered", effects=("take_answer",)),
        Row(
            states=("cancel_pending", "abandoned"),
            action="hears_retry",
            roles=THEM,
            next="cancelled",
            effects=("take_answer",),
        ),
        Row(states=_MAY_COME, action="hears_unfilled", roles=THEM, next="unfilled", effects=("take_answer",)),
        Row(
            states=(*ASKING, "retry_offered"),
            action="hears_loaned",
            roles=THEM,
            next="shipped",
            effects=("take_item",),
        ),
        Row(
            states=("cancel_pending",),
            action="hears_loaned",
            roles=THEM,
            next="shipped",
            effects=("take_item", "attend_cancel_late"),
        ),
        Row(
            states=("abandoned", *NOT_SUPPLIED),
            action="hears_loaned",
            roles=THEM,
            next="shipped",
            effects=("take_item", "attend_late_supply"),
            late=True,
        ),
        Row(
            states=(*_MAY_COME, *NOT_SUPPLIED),
            action="hears_copy_completed",
            roles=THEM,
            next="delivered",
            effects=("take_answer",),
            late=True,
        ),
        Row(states=_MAY_COME, action="hears_cancelled", roles=THEM, next="cancelled"),
        Row(
            states=("cancel_pending",),
            action="hears_cancel_refused",
            roles=THEM,
            next="sent",
            guard="only_received",
        ),
        Row(
            states=("cancel_pending",),
            action="hears_cancel_refused",
            roles=THEM,
            next="expected",
            guard="still_expected",
        ),
        Row(
            states=("cancel_pending",),
            action="hears_cancel_refused",
            roles=THEM,
            next="condition",
            guard="still_conditional",
        ),
        Row(states=("cancel_pending",), action="hears_cancel_refused", roles=THEM, next="promised"),
        Row(states=("abandoned",), action="hears_cancel_refused", roles=THEM, effects=("attend_refused",)),
        *(
            row
            for action in ("hears_overdue", "hears_recalled", "hears_hold_return", "hears_hold_released")
            for row in (
                Row(
                    states=_MAY_COME,
                    action=action,
                    roles=THEM,
                    next="shipped",
                    effects=("take_item", "take_due"),
                ),
                Row(states=AT_HAND, action=action, roles=THEM, effects=("take_due",)),
            )
        ),
        Row(states=AT_HAND, action="hears_renewed", roles=THEM, effects=("renewal_granted",)),
        Row(states=AT_HAND, action="hears_renewal_refused", roles=THEM, effects=("renewal_refused",)),
        Row(
            states=("received", "checked_out"),
            action="hears_loan_completed",
            roles=THEM,
            next="completed",
            effects=("end_loan", "attend_still_here"),
        ),
        Row(
            states=(*_MAY_COME, "shipped", "checked_in", "returned", "lost_reported", *NOT_SUPPLIED),
            action="hears_loan_completed",
            roles=THEM,
            next="completed",
            late=True,
        ),
        Row(
            states=(*_MAY_COME, *AT_HAND, *NOT_SUPPLIED),
            action="hears_lost_closed",
            roles=THEM,
            next="lost_closed",
            effects=("end_loan",),
            late=True,
        ),
    ),
    guards={
        "still_expected": _still_expected,
        "still_conditional": _still_conditional,
        "only_received": _only_received,
        "not_asked_to_renew": _not_asked_to_renew,
    },
    effects=frozenset(
        [
            "send_request",
            "send_cancel",
            "send_status_request",
            "send_accepted",
            "send_received",
            "send_lost",
            "send_returned",
            "send_renew",
            "send_note",
            "remember",
            "expired",
            "retry",
            "arrived",
            "start_loan",
            "end_loan",
            "renewal_asked",
            "renewal_granted",
            "renewal_refused",
            "acknowledged",
            "take_answer",
            "take_item",
            "take_due",
            "will_if_refused",
            "condition_if_refused",
            "attend_not_shipped",
            "attend_not_arrived",
            "attend_not_picked_up",
            "attend_patron_overdue",
            "attend_not_back",
            "attend_unreadable",
            "attend_cancel_late",
            "attend_late_supply",
            "attend_refused",
            "attend_still_here",
        ]
    ),
    deadlines={
        "sent": (Deadline(action="expire", days=4, whose="supplier"),),
        "expected": (Deadline(action="expire", days=20, whose="supplier"),),
        "condition": (Deadline(action="reject_condition", days=4),),
        "retry_offered": (Deadline(action="decline_retry", days=4),),
        "promised": (Deadline(action="not_shipped_yet", days=5, whose="supplier"),),
        "cancel_pending": (Deadline(action="abandon", days=1, whose="supplier"),),
        "abandoned": (Deadline(action="settle", days=30, working=False),),
        "shipped": (Deadline(action="not_arrived_yet", days=14, working=False),),
        "received": (Deadline(action="not_picked_up", days=10, working=False, whose="pickup"),),
        "checked_out": (Deadline(action="patron_overdue", days=1, working=False, whose="patron_due"),),
        "returned": (Deadline(action="not_back_yet", days=21, working=False),),
    },
    recorded=LEG_HEARS,
)
