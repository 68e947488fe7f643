"""The queues of both desks as tables, what a list is filtered by, and what its lines hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

#: The three tabs of every list.
TABS = ("needs_action", "waiting", "done")

#: Borrowing queues: name to (tab, request states, legs of the active attempt; empty is 'any').
BORROWING: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "new": ("needs_action", ("review",), ()),
    "own_copies": ("needs_action", ("local",), ()),
    "conditions": ("needs_action", ("active",), ("condition", "retry_offered")),
    "arriving": ("needs_action", ("active",), ("shipped",)),
    "on_hold_shelf": ("needs_action", ("active",), ("received",)),
    "to_send_back": ("needs_action", ("active",), ("checked_in",)),
    "lost": ("needs_action", ("active",), ("lost_reported",)),
    "end_of_rota": ("needs_action", ("end_of_rota",), ()),
    "looking": ("waiting", ("sourcing", "checking"), ()),
    "asked": ("waiting", ("active",), ("queued", "sent", "expected", "cancel_pending")),
    "promised": ("waiting", ("active",), ("promised",)),
    "cancelling": ("waiting", ("cancelling",), ()),
    "with_patron": ("waiting", ("active",), ("checked_out",)),
    "going_back": ("waiting", ("active",), ("returned",)),
    "completed": ("done", ("completed", "delivered"), ()),
    "unfilled": ("done", ("unfilled", "lost_closed"), ()),
    "cancelled": ("done", ("cancelled", "closed"), ()),
}

#: Lending queues: name to (tab, supply states).
LENDING: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "new": ("needs_action", ("new",)),
    "to_ship": ("needs_action", ("will",)),
    "cancel_asked": ("needs_action", ("cancel_asked",)),
    "coming_back": ("needs_action", ("returning",)),
    "lost": ("needs_action", ("lost",)),
    "expected": ("waiting", ("expect",)),
    "conditions": ("waiting", ("cond",)),
    "in_transit": ("waiting", ("shipped",)),
    "on_loan": ("waiting", ("on_loan",)),
    "completed": ("done", ("completed", "copy_done")),
    "not_supplied": ("done", ("unfilled", "retried", "cancelled", "lost_closed")),
}

#: Orders of a list.
SORTS = ("newest", "oldest", "changed", "due", "title")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list shows: a tab or a queue, and what else was chosen; '' and None mean 'any'.

    `other` is the supplier (borrowing) or the requesting library (lending). `attention`: only what wants a look.
    """

    tab: str = ""
    queue: str = ""
    other: str = ""
    pickup_branch_id: str = ""
    service_type: str = ""
    text: str = ""
    attention: bool = False
    overdue: bool = False
    sort: str = "newest"
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowRow:
    """One line of the borrowing desk."""

    id: str
    code: str
    version: int
    title: str
    author: str
    service_type: str
    state: str
    leg: str
    stage: str
    queue: str
    patron_id: str | None
    attempt_id: str | None
    supplier_id: str | None
    pickup_branch_id: str | None
    need_by: date | None
    due_on: date | None
    patron_due_on: date | None
    attention: tuple[str, ...]
    flags: Mapping[str, Any]
    created_at: datetime
    changed_at: datetime
    purged: bool = False  # whose it was is forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class LendRow:
    """One line of the lending desk; knows no patron."""

    id: str
    code: str
    version: int
    title: str
    author: str
    service_type: str
    state: str
    queue: str
    requesting_library_id: str
    call_number: str
    location: str
    branch_id: str | None
    need_by: date | None
    due_on: date | None
    flags: Mapping[str, Any]
    asked_at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list: rows, how many there are in all, and whether there are more."""

    rows: Sequence[Any] = field(default_factory=tuple)
    total: int = 0
    more: bool = False


def borrowing_queue(state: str, leg: str) -> str:
    """The queue in which a request of this state, with this leg of its active attempt, stands; '' for none."""
    for name, (_, states, legs) in BORROWING.items():
        if state in states and (not legs or leg in legs):
            return name
    return ""


def lending_queue(state: str) -> str:
    """The queue in which a supply of this state stands; '' before it was asked."""
    return next((name for name, (_, states) in LENDING.items() if state in states), "")
