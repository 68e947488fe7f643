"""The table of a supply: how the supplying side sees one attempt."""

from __future__ import annotations

from typing import Any

from broker.messages import SUPPLY_HEARS
from broker.roles import AUTO, STAFF, THEM
from foundation.workflow import Deadline, Event, Machine, Row

LENT = ("shipped", "on_loan", "returning", "lost")
ENDED = ("retried", "unfilled", "cancelled", "completed", "copy_done", "lost_closed")


def _is_loan(supply: Any, _: Event) -> bool:
    return bool(supply.service_type == "loan")


def _is_copy(supply: Any, _: Event) -> bool:
    return bool(supply.service_type == "copy")


def _not_acknowledged(supply: Any, _: Event) -> bool:
    return not supply.flags.get("acknowledged")


def _not_in_hand(supply: Any, _: Event) -> bool:
    return bool(supply.flags.get("pull") != "picked")


def _recalled(supply: Any, _: Event) -> bool:
    return bool(supply.flags.get("due") == "recalled")


def _renewal_asked(supply: Any, _: Event) -> bool:
    return bool(supply.flags.get("renewal") == "asked")


def _is_overdue(supply: Any, event: Event) -> bool:
    today = event.fields.get("today")
    return bool(supply.due_on is not None and today is not None and today > supply.due_on)


SUPPLY: Machine[Any] = Machine(
    name="supply",
    states=(
        "unasked",
        "new",
        "expect",
        "cond",
        "will",
        "cancel_asked",
        "shipped",
        "on_loan",
        "returning",
        "lost",
        "retried",
        "unfilled",
        "cancelled",
        "completed",
        "copy_done",
        "lost_closed",
    ),
    terminal=frozenset(ENDED),
    rows=(
        Row(
            states=("new",),
            action="acknowledge",
            roles=STAFF,
            guard="not_acknowledged",
            effects=("acknowledge",),
        ),
        Row(
            states=("new", "expect"),
            action="will_supply",
            roles=STAFF,
            next="will",
            effects=("send_will",),
            main=True,
        ),
        Row(
            states=("cond",),
            action="withdraw_condition",
            roles=STAFF,
            next="will",
            effects=("drop_condition", "send_will"),
        ),
        Row(
            states=("new", "expect", "will", "cond"),
            action="set_condition",
            roles=STAFF,
            next="cond",
            needs=("condition",),
            takes=("cost_minor", "currency", "note"),
            effects=("take_condition", "send_condition"),
        ),
        Row(
            states=("new", "expect", "will"),
            action="offer_retry",
            roles=STAFF,
            next="retried",
            needs=("reason",),
            takes=("expected_on", "note"),
            effects=("send_retry",),
        ),
        Row(
            states=("new", "expect", "cond", "will"),
            action="decline",
            roles=STAFF,
            next="unfilled",
            needs=("reason",),
            takes=("note",),
            effects=("send_unfilled",),
            grave=True,
        ),
        Row(
            states=("new",),
            action="expect",
            roles=STAFF,
            next="expect",
            needs=("expected_on",),
            takes=("note",),
            effects=("send_expect",),
        ),
        Row(states=("new",), action="print_slip", roles=STAFF, effects=("slip_printed", "acknowledge")),
        Row(states=("will", "expect", "cond"), action="print_slip", roles=STAFF, effects=("slip_printed",)),
        Row(states=("will",), action="pick", roles=STAFF, guard="not_in_hand", effects=("picked",)),
        Row(states=("new", "will"), action="not_found", roles=STAFF, effects=("not_found",)),
        Row(
            states=("new", "will"),
            action="ship",
            roles=STAFF,
            next="shipped",
            guard="is_loan",
            takes=("due_on", "barcode", "note"),
            effects=("take_item", "send_loaned"),
            main=True,
        ),
        Row(
            states=("new", "will"),
            action="deliver_copy",
            roles=STAFF,
            next="copy_done",
            guard="is_copy",
            takes=("note",),
            effects=("send_copy_completed",),
            main=True,
        ),
        Row(
            states=("cancel_asked",),
            action="accept_cancel",
            roles=STAFF,
            next="cancelled",
            effects=("send_cancelled",),
            main=True,
        ),
        Row(
            states=("cancel_asked",),
            action="reject_cancel",
            roles=STAFF,
            next="will",
            effects=("send_cancel_refused",),
        ),
        Row(
            states=("shipped", "on_loan"), action="recall", roles=STAFF, effects=("recalled", "send_recalled")
        ),
        Row(
            states=("shipped", "on_loan"),
            action="grant_renewal",
            roles=STAFF,
            guard="renewal_asked",
            takes=("due_on",),
            effects=("renewal_granted", "send_renewed"),
        ),
        Row(
            states=("shipped", "on_loan"),
            action="refuse_renewal",
            roles=STAFF,
            guard="renewal_asked",
            effects=("renewal_refused", "send_renewal_refused"),
        ),
        Row(
            states=LENT,
            action="check_in",
            roles=STAFF,
            next="completed",
            takes=("damaged", "note"),
            effects=("take_damage", "send_loan_completed"),
            main=True,
        ),
        Row(
            states=("shipped", "on_loan", "returning", "lost"),
            action="declare_lost",
            roles=STAFF,
            next="lost_closed",
            takes=("note",),
            effects=("send_lost_closed",),
            grave=True,
        ),
        Row(
            states=("shipped", "on_loan"),
            action="overdue",
            roles=AUTO,
            guard="is_overdue",
            effects=("overdue", "send_overdue"),
        ),
        Row(
            states=("new",),
            action="expire_unacknowledged",
            roles=AUTO,
            next="unfilled",
            guard="not_acknowledged",
            effects=("send_not_acknowledged",),
        ),
        Row(states=("new",), action="expire", roles=AUTO, next="unfilled", effects=("send_no_answer",)),
        # What the requester says. Where no row stands, it is recorded and changes nothing.
        Row(states=("unasked",), action="hears_request", roles=THEM, next="new"),
        Row(
            states=("new", "expect", "cond", "will"),
            action="hears_reminder",
            roles=THEM,
            effects=("reminded",),
        ),
        Row(
            states=("unasked", "new", "expect", "cond"),
            action="hears_cancel",
            roles=THEM,
            next="cancelled",
            effects=("send_cancelled",),
        ),
        Row(
            states=("will",),
            action="hears_cancel",
            roles=THEM,
            next="cancelled",
            guard="not_in_hand",
            effects=("send_cancelled",),
        ),
        Row(states=("will",), action="hears_cancel", roles=THEM, next="cancel_asked"),
        Row(
            states=(*LENT, "completed", "copy_done", "lost_closed"),
            action="hears_cancel",
            roles=THEM,
            effects=("send_cancel_refused",),
        ),
        Row(
            states=("unfilled", "retried", "cancelled"),
            action="hears_cancel",
            roles=THEM,
            effects=("send_cancelled_already",),
        ),
        Row(
            states=("shipped",),
            action="hears_received",
            roles=THEM,
            next="on_loan",
            effects=("hear_arrival",),
        ),
        Row(states=("shipped", "on_loan", "lost"), action="hears_returned", roles=THEM, next="returning"),
        Row(
            states=("shipped", "on_loan"),
            action="hears_renew",
            roles=THEM,
            next="on_loan",
            guard="recalled",
            effects=("send_renewal_refused",),
        ),
        Row(
            states=("shipped", "on_loan"),
            action="hears_renew",
            roles=THEM,
            next="on_loan",
            effects=("renewal_asked",),
        ),
        Row(
            states=("unasked", "new", "expect", "cond", "will", "cancel_asked", "returning", "lost", *ENDED),
            action="hears_renew",
            roles=THEM,
            effects=("send_renewal_refused",),
        ),
        Row(
            states=("cond",),
            action="hears_accepted",
            roles=THEM,
            next="will",
            effects=("condition_accepted",),
        ),
        Row(states=("shipped", "on_loan", "returning"), action="hears_lost", roles=THEM, next="lost"),
        Row(states=("shipped", "on_loan"), action="hears_hold_return", roles=THEM, effects=("hold_return",)),
        Row(
            states=("shipped", "on_loan", "returning"),
            action="hears_forwarded",
            roles=THEM,
            effects=("forwarded",),
        ),
        Row(
            states=("unasked", "new", "expect", "cond", "will", "cancel_asked", *LENT, *ENDED),
            action="hears_status_request",
            roles=THEM,
            effects=("send_status",),
        ),
    ),
    guards={
        "is_loan": _is_loan,
        "is_copy": _is_copy,
        "not_acknowledged": _not_acknowledged,
        "not_in_hand": _not_in_hand,
        "recalled": _recalled,
        "renewal_asked": _renewal_asked,
        "is_overdue": _is_overdue,
    },
    effects=frozenset(
        [
            "acknowledge",
            "send_will",
            "send_condition",
            "send_retry",
            "send_unfilled",
            "send_expect",
            "send_loaned",
            "send_copy_completed",
            "send_cancelled",
            "send_cancelled_already",
            "send_cancel_refused",
            "send_recalled",
            "send_renewed",
            "send_renewal_refused",
            "send_loan_completed",
            "send_lost_closed",
            "send_overdue",
            "send_not_acknowledged",
            "send_no_answer",
            "send_status",
            "take_condition",
            "drop_condition",
            "condition_accepted",
            "take_item",
            "take_damage",
            "slip_printed",
            "picked",
            "not_found",
            "recalled",
            "overdue",
            "renewal_asked",
            "renewal_granted",
            "renewal_refused",
            "reminded",
            "hear_arrival",
            "hold_return",
            "forwarded",
        ]
    ),
    deadlines={
        "new": (Deadline(action="expire_unacknowledged", days=1), Deadline(action="expire", days=3)),
        "shipped": (Deadline(action="overdue", days=1, working=False, whose="due"),),
        "on_loan": (Deadline(action="overdue", days=1, working=False, whose="due"),),
    },
    recorded=SUPPLY_HEARS,
)
