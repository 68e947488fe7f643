"""The agreements of a library or of the network, and the page of one with its buttons."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request

from broker.errors import Missing, NotAllowed, NotNow, Stale
from broker.partnership.terms import TERMS
from broker.partnership.values import Agreement
from foundation import events, people
from foundation.libraries import Library
from web import forms
from web.agreements import typed
from web.agreements.room import (
    actor,
    agreed,
    blueprint,
    days_left,
    is_admin_page,
    libraries_by_id,
    place,
    waits_for_us,
)
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs

#: Buttons with nothing to fill in, and what the others want. Drawing up has pages of its own.
FIELDS = {
    "confirm": ("signatory", "position", "letter"),
    "sign": ("party_id", "signatory", "position", "letter", "signed_on"),
    "refuse": ("reason",),
    "suspend": ("reason",),
    "terminate": ("reason",),
    "renew": ("valid_to",),
    "join": ("library_id",),
}
_PAGES = ("edit", "revise")
_DAYS = ("signed_on", "valid_to")

PER_PAGE = 50


@blueprint.get("/desk/<library>/agreements")
@needs("desk_look")
def desk_list(library: str) -> str:
    """The agreements that this library is in: first those that wait for it."""
    return _list()


@blueprint.get("/admin/agreements")
@needs("network")
def admin_list() -> str:
    """All agreements."""
    return _list()


def _list() -> str:
    wanted = request.args.get("state", "")
    every = agreed().of(actor())
    states = sorted({one.state for one in every}, key=list(_ORDER).index)
    rows = [one for one in every if wanted in ("", one.state)]
    rows.sort(key=lambda one: (not waits_for_us(one), days_left(one) is None, _ORDER[one.state], one.code))
    page = max(1, min(10_000, request.args.get("page", 1, type=int)))
    last = max(1, -(-len(rows) // PER_PAGE))
    numbers = [(n, place("list", state=wanted or None, page=n)) for n in range(1, last + 1)]
    return render_template(
        "agreements/list.html",
        rows=rows[(page - 1) * PER_PAGE : page * PER_PAGE],
        states=states,
        wanted=wanted,
        total=len(rows),
        near=[one for one in every if days_left(one) is not None],
        others=[] if is_admin_page() else _others(),
        waiting=[one for one in every if waits_for_us(one)],
        draws=actor().role in ("head", "admin"),
        paging={
            "number": page,
            "numbers": numbers,
            "before": numbers[page - 2][1] if 1 < page <= last else "",
            "after": numbers[page][1] if page < last else "",
        },
    )


def _others() -> list[Library]:
    """The first hundred libraries with which this one may cooperate, by code."""
    found = [one for one in libraries_by_id().values() if one.id != g.library.id and one.state == "active"]
    return sorted(found, key=lambda one: one.code)[:100]


_ORDER = {
    name: place
    for place, name in enumerate(
        ("proposed", "draft", "agreed", "ending", "valid", "suspended", "ended", "terminated", "refused")
    )
}


@blueprint.get("/desk/<library>/agreements/<code>")
@needs("desk_look")
def desk_page(library: str, code: str) -> Any:
    """One agreement."""
    return page(agreed().get(actor(), code))


@blueprint.get("/admin/agreements/<code>")
@needs("network")
def admin_page(code: str) -> Any:
    """The same for the admin."""
    return page(agreed().get(actor(), code))


def page(one: Agreement, form: Form | None = None, action: str = "") -> str:
    """The page; `form` is what was typed below the button `action` and could not be taken."""
    wanted = request.args.get("revision", type=int)
    shown = next((each for each in one.revisions if each.number == wanted), one.newest)
    with parts().db.read() as c:
        happened = events.of(c, "agreement", one.id)
        people_by_id = _names(c, {each.user_id for each in happened if each.user_id})
    actions = agreed().actions(actor(), one)
    return render_template(
        "agreements/agreement.html",
        one=one,
        shown=shown,
        history=happened[::-1],
        people=people_by_id,
        actions=actions,
        buttons=[name for name in actions if name not in _PAGES],
        wants=FIELDS,
        form=form or forms.filled({}),
        tried=action,
        TERMS=TERMS,
        unsigned=[
            each for each in one.parties if each.role != "observer" and each.confirmed < one.newest.number
        ],
        outside=[each for each in libraries_by_id().values() if one.party(each.id) is None],
    )


def _names(c: Any, ids: set[str]) -> dict[str, str]:
    found = {}
    for one in ids:
        try:
            found[one] = people.get_user(c, one).name
        except people.UnknownPerson:
            continue
    return found


@blueprint.post("/desk/<library>/agreements/<code>")
@needs("desk_approve")
def desk_act(library: str, code: str) -> Any:
    """Press one of its buttons."""
    return _act(code)


@blueprint.post("/admin/agreements/<code>")
@needs("network")
def admin_act(code: str) -> Any:
    """The same as the admin."""
    return _act(code)


def _act(code: str) -> Any:
    one = agreed().get(actor(), code)
    action = request.form.get("action", "")[:40]
    if action not in agreed().actions(actor(), one) or action in _PAGES:
        flash(say("coop.not_now"), "warn")
        return redirect(place("page", code=code))
    form = forms.read(*FIELDS.get(action, ()))
    told: dict[str, Any] = {name: value for name, value in form.values.items() if value}
    for name in _DAYS:
        if form[name] or (name == "valid_to" and action == "renew"):
            told[name] = typed.day(form, name)
    if action == "join" and form["library_id"] not in libraries_by_id():
        form.wrong("library_id", "coop.bad.library_id")
    if form:
        try:
            agreed().act(actor(), one.id, action, request.form.get("version", 0, type=int), **told)
        except Missing as missing:
            for name in missing.fields:
                form.wrong(name, f"coop.bad.{name}")
        except Stale:
            flash(say("desk.edit.stale"), "warn")
            return page(agreed().get(actor(), code), form, action), 409
        except (NotNow, NotAllowed):
            flash(say("coop.not_now"), "warn")
            return redirect(place("page", code=code))
        else:
            flash(say(f"coop.done.{action}"), "ok")
            return redirect(place("page", code=code))
    return page(one, form, action), 422
