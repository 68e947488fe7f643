"""The table of a request: what the patron and the borrowing desk see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from broker.leg_states import AT_HAND, BEFORE_SHIPMENT, LEG
from broker.roles import AUTO, STAFF
from foundation.workflow import SYSTEM, Deadline, Event, Machine, Row

_OPEN = ("review", "local", "sourcing", "active", "end_of_rota", "cancelling")
_OVER = ("unfilled", "cancelled", "closed")  # nothing came, and yet something may


#: How long a request that ended without an item can be opened again.
REOPEN = timedelta(hours=24)


def _fresh(case: Any, event: Event) -> bool:
    """Closed a moment ago, and no item is on its way back into the books: an end with an item stays one."""
    if case.closed_at is None or not event.fields["now"] - case.closed_at < REOPEN:
        return False
    return case.active is None or case.active.state not in LEG.terminal


def _fresh_and_asking(case: Any, event: Event) -> bool:
    return _fresh(case, event) and case.active is not None


def _fresh_and_placed(case: Any, event: Event) -> bool:
    return _fresh(case, event) and case.liable_user_id is not None


def _entries_left(case: Any, _: Event) -> bool:
    return bool(case.waiting)


def _before_shipment(case: Any, _: Event) -> bool:
    leg = next((one for one in case.legs if one.active), None)
    return leg is None or leg.state in BEFORE_SHIPMENT


def _liable(case: Any, _: Event) -> bool:
    return case.liable_user_id is not None


def _late_leg_at_hand(case: Any, _: Event) -> bool:
    return any(one.state in AT_HAND and not one.active for one in case.legs)


def _wants_attention(case: Any, _: Event) -> bool:
    return bool(case.attention)


REQUEST: Machine[Any] = Machine(
    name="request",
    states=(
        "draft",
        "checking",
        "review",
        "local",
        "sourcing",
        "active",
        "end_of_rota",
        "cancelling",
        "delivered",
        "completed",
        "unfilled",
        "cancelled",
        "closed",
        "lost_closed",
    ),
    terminal=frozenset({"delivered", "completed", "unfilled", "cancelled", "closed", "lost_closed"}),
    rows=(
        Row(states=("draft",), action="submit", roles=(*STAFF, "patron"), next="checking"),
        Row(states=("checking",), action="fetch", roles=AUTO, next="local"),
        Row(states=("checking",), action="hold", roles=AUTO, next="review"),
        Row(
            states=("checking",),
            action="pass",
            roles=AUTO,
            next="sourcing",
            guard="liable",
            effects=("locate",),
        ),
        Row(
            states=("review",),
            action="place",
            roles=STAFF,
            next="sourcing",
            takes=("despite",),
            effects=("locate",),
            main=True,
        ),
        Row(states=("review",), action="fetch_own", roles=STAFF, next="local"),
        Row(
            states=("review",),
            action="reject",
            roles=STAFF,
            next="closed",
            needs=("reason",),
            grave=True,
        ),
        Row(
            states=("local",),
            action="fill_local",
            roles=STAFF,
            next="delivered",
            notices=("ready_for_pickup",),
            main=True,
        ),
        Row(states=("local",), action="not_on_own_shelf", roles=STAFF, next="review"),
        Row(
            states=("sourcing",),
            action="found",
            roles=AUTO,
            next="active",
            guard="entries_left",
            effects=("ask_next",),
        ),
        Row(states=("sourcing",), action="found", roles=AUTO, next="end_of_rota"),
        Row(
            states=("active",),
            action="leg_ended",
            roles=AUTO,
            guard="late_leg_at_hand",
            effects=("adopt_late",),
        ),
        Row(states=("active",), action="leg_ended", roles=AUTO, guard="entries_left", effects=("ask_next",)),
        Row(states=("active",), action="leg_ended", roles=AUTO, next="end_of_rota"),
        Row(
            states=("cancelling",),
            action="leg_ended",
            roles=AUTO,
            next="active",
            guard="late_leg_at_hand",
            effects=("adopt_late",),
        ),
        Row(states=("cancelling",), action="leg_ended", roles=AUTO, next="cancelled"),
        Row(states=("cancelling",), action="leg_shipped", roles=AUTO, next="active"),
        Row(
            states=("cancelling",),
            action="leg_resumed",
            roles=AUTO,
            next="active",
            effects=("cancel_was_refused",),
        ),
        Row(states=("sourcing", "end_of_rota"), action="leg_shipped", roles=AUTO, next="active"),
        Row(states=_OVER, action="leg_shipped", roles=AUTO, next="active", late=True),
        Row(
            states=("active", "cancelling", "sourcing", "end_of_rota"),
            action="leg_delivered",
            roles=AUTO,
            next="delivered",
            notices=("ready_for_pickup",),
        ),
        Row(
            states=_OVER,
            action="leg_delivered",
            roles=AUTO,
            next="delivered",
            notices=("ready_for_pickup",),
            late=True,
        ),
        Row(states=("active", "cancelling"), action="leg_completed", roles=AUTO, next="completed"),
        Row(states=("active", "cancelling"), action="leg_lost", roles=AUTO, next="lost_closed"),
        Row(
            states=("end_of_rota",),
            action="search_again",
            roles=STAFF,
            next="sourcing",
            effects=("locate",),
            main=True,
        ),
        Row(
            states=("end_of_rota",),
            action="give_up",
            roles=(*STAFF, SYSTEM),
            next="unfilled",
            takes=("reason",),
            notices=("unfilled",),
            grave=True,
        ),
        Row(
            states=("review", "local", "sourcing", "active", "end_of_rota"),
            action="need_by_near",
            roles=AUTO,
            guard="before_shipment",
            effects=("attend_need_by_near",),
        ),
        Row(
            states=("review", "local", "sourcing", "active", "end_of_rota"),
            action="need_by_passed",
            roles=AUTO,
            guard="before_shipment",
            effects=("attend_need_by_passed",),
        ),
        Row(
            states=("review", "local", "sourcing", "end_of_rota"),
            action="cancel",
            roles=(*STAFF, "patron"),
            next="cancelled",
            takes=("reason",),
            grave=True,
        ),
        Row(
            states=("active",),
            action="cancel",
            roles=(*STAFF, "patron"),
            next="cancelling",
            guard="before_shipment",
            takes=("reason",),
            effects=("cancel_leg",),
            grave=True,
        ),
        Row(states=_OVER, action="reopen", roles=STAFF, next="active", guard="fresh_and_asking", late=True),
        Row(
            states=_OVER,
            action="reopen",
            roles=STAFF,
            next="end_of_rota",
            guard="fresh_and_placed",
            late=True,
        ),
        Row(states=_OVER, action="reopen", roles=STAFF, next="review", guard="fresh", late=True),
        Row(
            states=(*_OPEN, *_OVER, "delivered", "completed", "lost_closed"),
            action="dismiss",
            roles=STAFF,
            guard="attention",
            effects=("clear_attention",),
        ),
        Row(
            states=_OPEN,
            action="close",
            roles=STAFF,
            next="closed",
            needs=("reason",),
            effects=("close_leg",),
            grave=True,
        ),
    ),
    guards={
        "fresh": _fresh,
        "fresh_and_asking": _fresh_and_asking,
        "fresh_and_placed": _fresh_and_placed,
        "attention": _wants_attention,
        "liable": _liable,
        "entries_left": _entries_left,
        "before_shipment": _before_shipment,
        "late_leg_at_hand": _late_leg_at_hand,
    },
    effects=frozenset(
        [
            "locate",
            "ask_next",
            "adopt_late",
            "cancel_leg",
            "close_leg",
            "cancel_was_refused",
            "clear_attention",
            "attend_need_by_near",
            "attend_need_by_passed",
        ]
    ),
    notices=frozenset({"ready_for_pickup", "unfilled"}),
    deadlines={"end_of_rota": (Deadline(action="give_up", days=5),)},
    recorded=frozenset(
        {"found", "leg_ended", "leg_shipped", "leg_resumed", "leg_delivered", "leg_completed", "leg_lost"}
    ),
)
