"""The fields of actions: which an action takes, how they are typed, and which actions a queue offers at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broker.messages import CONDITIONS, RETRY, UNFILLED
from broker.states import MACHINES
from web import forms
from web.app import t as say
from web.forms import Form

#: What a form of an action may send.
NAMES = (
    "reason",
    "note",
    "barcode",
    "damaged",
    "due_on",
    "expected_on",
    "condition",
    "cost_minor",
    "despite",
)

#: (machine, action) -> the fields that it needs or takes, as the machines' own tables say.
TAKES: Mapping[tuple[str, str], frozenset[str]] = {
    (machine.name, row.action): frozenset(
        field
        for other in machine.rows
        if other.action == row.action
        for field in (*other.needs, *other.takes)
    )
    for machine in MACHINES
    for row in machine.rows
}

#: Reasons that an action may give; the other side reads those of a supply.
REASONS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("request", "reject"): ("policy", "duplicate", "own_copy", "not_lendable", "wrong_citation", "other"),
    ("request", "cancel"): ("not_needed", "too_late", "wrong_citation", "duplicate", "bought", "other"),
    ("request", "give_up"): ("not_held", "not_lendable", "too_late", "other"),
    ("request", "close"): ("not_needed", "duplicate", "policy", "other"),
    ("supply", "decline"): tuple(code for code in UNFILLED if code not in ("no_answer", "not_acknowledged")),
    ("supply", "offer_retry"): tuple(code for code in RETRY if code != "condition"),
}

#: Desk -> queue -> actions on many rows; the first is also the one of each row. '' is 'open it'.
QUEUE_ACTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "borrowing": {
        "new": ("place", "reject"),
        "own_copies": ("fill_local", "not_on_own_shelf"),
        "arriving": ("receive",),
        "on_hold_shelf": ("check_out",),
        "with_patron": ("check_in",),
        "to_send_back": ("send_back",),
        "end_of_rota": ("search_again", "give_up"),
        "asked": ("", "ask_status"),
    },
    "lending": {
        "new": ("will_supply", "acknowledge", "decline"),
        "expected": ("will_supply", "decline"),
        "to_ship": ("ship", "pick", "not_found", "decline"),
        "cancel_asked": ("accept_cancel", "reject_cancel"),
        "in_transit": ("", "recall"),
        "on_loan": ("check_in", "recall"),
        "coming_back": ("check_in",),
        "lost": ("", "declare_lost"),
    },
}


def machine_of(side: str, action: str) -> str:
    """Whose action it is: request or leg on the borrowing side, supply on the lending side."""
    if side in ("lending", "supply"):
        return "supply"
    return "request" if ("request", action) in TAKES else "leg"


def read(side: str, action: str) -> tuple[Form, dict[str, Any]]:
    """What was typed for an action, and of it what the action takes, as values for the broker.

    Dates become dates, whole rupiah minor units, ticks True; empty fields are left out.
    """
    takes = TAKES.get((machine_of(side, action), action), frozenset())
    form = forms.read(*NAMES)
    values: dict[str, Any] = {}
    for name in NAMES:
        if name not in takes or not form[name]:
            continue
        if name in ("due_on", "expected_on"):
            values[name] = form.day(name, "desk.field.bad_date")
        elif name == "cost_minor":
            values[name] = _cost(form)
            values["currency"] = "IDR"
        elif name == "damaged":
            values[name] = True
        else:
            values[name] = form[name]
    reasons = REASONS.get((machine_of(side, action), action))
    if reasons and "reason" in values:
        form.one_of("reason", reasons, "desk.field.reason")
    if "condition" in values:
        form.one_of("condition", CONDITIONS, "desk.field.condition")
    return form, values


def missing(form: Form, names: tuple[str, ...]) -> None:
    """Say of each field that it must be filled in."""
    for name in names:
        form.wrong(name, "desk.field.missing", field=say(f"field.{name}"))


def _cost(form: Form) -> int | None:
    """Whole rupiah as typed ('5000', '5.000', 'Rp 5.000') in sen."""
    digits = form["cost_minor"].removeprefix("Rp").replace("\u00a0", "").replace(" ", "").replace(".", "")
    if not digits.isdecimal() or len(digits) > 9:
        form.wrong("cost_minor", "desk.field.bad_cost")
        return None
    return int(digits) * 100
