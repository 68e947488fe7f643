"""The patron's word for where a request stands: derived, never stored as state."""

from __future__ import annotations

#: In the order in which they usually come. Labels live in the catalogue of texts.
STAGES = (
    "draft",
    "received",  # waits for the home library
    "at_home",  # the home library fetches its own copy
    "looking",  # for a library that can supply
    "asked",  # another library was asked
    "promised",
    "on_its_way",
    "ready",  # at the pickup branch
    "with_you",
    "returned",
    "done",
    "cancelling",
    "cancelled",
    "not_available",
    "rejected",
    "lost",
)

_BY_STATE = {
    "draft": "draft",
    "checking": "received",
    "review": "received",
    "local": "at_home",
    "sourcing": "looking",
    "end_of_rota": "looking",
    "cancelling": "cancelling",
    "delivered": "ready",
    "completed": "done",
    "unfilled": "not_available",
    "cancelled": "cancelled",
    "closed": "rejected",
    "lost_closed": "lost",
}

_BY_LEG = {
    "queued": "looking",
    "sent": "asked",
    "expected": "asked",
    "condition": "asked",
    "retry_offered": "asked",
    "cancel_pending": "asked",
    "promised": "promised",
    "shipped": "on_its_way",
    "received": "ready",
    "checked_out": "with_you",
    "checked_in": "returned",
    "returned": "returned",
    "lost_reported": "lost",
}


def stage(state: str, leg: str = "") -> str:
    """The stage of a request in this state whose active attempt has this leg ('' when there is none)."""
    if state == "active":
        return _BY_LEG.get(leg, "looking")
    return _BY_STATE[state]


#: Why nothing came, as far as a patron is told; what else libraries say to each other stays between them.
_TOLD = frozenset(
    {
        "not_held",
        "on_loan",
        "not_on_shelf",
        "non_circulating",
        "no_supplier",
        "too_late",
        "not_lendable",
        "other",
    }
)


def patron_reason(state: str, reason: str) -> str:
    """The reason as a patron may know it: all of the own library's, few of the others'."""
    if state in ("review", "local", "closed", "cancelled"):
        return reason
    return reason if state == "unfilled" and reason in _TOLD else ""
