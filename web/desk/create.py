"""A new request: for a patron or for the library itself, from a record or typed; and changes before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, g, redirect, render_template, request

from broker.errors import Missing, Stale
from broker.views import CITATION, PURPOSES, SERVICE_TYPES, Draft, RequestView, Shelf
from foundation import libraries, people
from foundation.people import Patron, Person
from web import forms
from web.app import parts
from web.app import t as say
from web.desk import citations
from web.desk.room import actor, at, blueprint, broker, today
from web.forms import Form
from web.may import needs

FIELDS = (
    "for",
    "patron",
    "cluster",
    "service_type",
    "pickup",
    "need_by",
    "purpose",
    "any_edition",
    "note",
    "supplier_note",
    "override_reason",
    "fetch",
    "again",
)
#: Patrons offered when a name was typed.
OFFERED = 10

Found = Sequence[tuple[Patron, Person | None]]


@blueprint.route("/<library>/new", methods=["GET", "POST"])
@needs("desk_work")
def request_new(library: str) -> Any:
    """The form, with what the address already tells (cluster, patron); creates the request in review."""
    if request.method == "GET":
        return _page(forms.filled(_first_values()))
    form = forms.read(*FIELDS, *CITATION)
    if request.form.get("do") == "find":
        return _page(form, _candidates(form))
    patron, candidates = _patron(form)
    draft = _draft(form)
    if not form:
        return _page(form, candidates), 422
    patron_id = patron.id if patron else None
    said = broker().checks(actor(), draft, patron_id=patron_id)
    shelves = said.shelves if said.on_shelf and not (draft.fetch or draft.override_reason) else ()
    duplicate = None if draft.again else said.duplicate_id
    if shelves or duplicate:
        return _page(form, candidates, shelves=shelves, duplicate=duplicate), 409
    try:
        view = broker().create(actor(), draft, patron_id=patron_id)
    except Missing as error:
        for name in error.fields:
            form.wrong(name, "desk.field.missing", field=say(f"desk.new.{name}"))
        return _page(form, candidates), 422
    flash(say("desk.new.created", code=view.code), "ok")
    return redirect(at("request_page", request_id=view.id))


@blueprint.route("/<library>/requests/<request_id>/edit", methods=["GET", "POST"])
@needs("desk_work")
def request_edit(library: str, request_id: str) -> Any:
    """Change what is asked for before it is sent."""
    view = broker().request(actor(), request_id)
    if view.state not in ("review", "end_of_rota"):
        abort(409)
    if request.method == "GET":
        return _edit_page(forms.filled(_values_of(view)), view)
    form = forms.read(*FIELDS, *CITATION)
    draft = _draft(form)
    if not form:
        return _edit_page(form, view), 422
    try:
        broker().edit(
            actor(),
            request_id,
            request.form.get("version", 0, type=int),
            citation={**view.citation, **{name: form[name] for name in CITATION if name in request.form}},
            service_type=draft.service_type,
            purpose=draft.purpose,
            pickup_branch_id=draft.pickup_branch_id,
            need_by=draft.need_by,
            any_edition=draft.any_edition,
            note=draft.note,
            supplier_note=draft.supplier_note,
        )
    except Missing as error:
        for name in error.fields:
            form.wrong(name, "desk.field.missing", field=say(f"desk.new.{name}"))
        return _edit_page(form, view), 422
    except Stale:
        flash(say("desk.edit.stale"), "warn")
        return _edit_page(form, broker().request(actor(), request_id)), 409
    flash(say("desk.edited"), "ok")
    return redirect(at("request_page", request_id=request_id))


def _first_values() -> dict[str, str]:
    values = {"service_type": "loan", "purpose": "education", "for": "patron", "format": "book"}
    values["patron"] = request.args.get("patron", "")[:60]
    if request.args.get("for") == "library":
        values |= {"for": "library", "purpose": "other"}
    cluster_id = request.args.get("cluster", "")[:36]
    if cluster_id:
        with parts().db.read() as c:
            found = citations.of_cluster(c, cluster_id)
        if found is None:
            flash(say("desk.new.record_gone"), "warn")
        else:
            values |= {"cluster": found[0], **citations.as_values(found[1])}
    return values


def _values_of(view: RequestView) -> dict[str, str]:
    return {
        **citations.as_values(view.citation),
        "service_type": view.service_type,
        "purpose": view.purpose,
        "pickup": view.pickup_branch_id or "",
        "need_by": view.need_by.isoformat() if view.need_by else "",
        "any_edition": "yes" if view.any_edition else "",
        "note": view.note,
        "supplier_note": view.supplier_note,
        "cluster": view.cluster_id or "",
    }


def _candidates(form: Form) -> Found:
    """Confirmed patrons whose number or name holds what was typed; an exact number comes alone."""
    with parts().db.read() as c:
        try:
            exact = people.by_number(c, g.library.id, form["patron"])
            return ((exact, people.person(c, exact.id)),)
        except people.UnknownPerson:
            return people.patrons(c, g.library.id, text=form["patron"], state="confirmed", limit=OFFERED)


def _patron(form: Form) -> tuple[Patron | None, Found]:
    """The patron that the form names by number; says what is wrong and whom it may have meant."""
    form.one_of("for", ("patron", "library"), "desk.new.patron.missing")
    if form["for"] != "patron":
        return None, ()
    if not form["patron"]:
        form.wrong("patron", "desk.new.patron.missing")
        return None, ()
    found = _candidates(form)
    if len(found) == 1 and found[0][0].number == form["patron"].strip():
        return found[0][0], found
    if found:
        form.wrong("patron", "desk.new.patron.several", n=len(found))
    else:
        form.wrong("patron", "desk.new.patron.none", text=form["patron"])
    return None, found


def _draft(form: Form) -> Draft:
    """The wish that was typed; faults are said in the form."""
    form.one_of("service_type", SERVICE_TYPES, "desk.field.choose")
    form.one_of("purpose", PURPOSES, "desk.field.choose")
    if form["cluster"]:
        with parts().db.read() as c:
            found = citations.of_cluster(c, form["cluster"])
        if found:
            form.values |= {name: form[name] or text for name, text in found[1].items()}
    citations.check(form, form["service_type"])
    need_by = form.day("need_by", "desk.field.bad_date")
    if need_by is not None and need_by < today():
        form.wrong("need_by", "desk.field.past_date")
    with parts().db.read() as c:
        places = {one.id for one in libraries.branches(c, g.library.id, pickup=True)}
    if form["pickup"] not in places and (places or form["pickup"]):
        form.wrong("pickup", "desk.new.pickup.missing")
    return Draft(
        citation=citations.typed(form),
        cluster_id=form["cluster"] or None,
        service_type=form["service_type"],
        purpose=form["purpose"],
        pickup_branch_id=form["pickup"] or None,
        need_by=need_by,
        any_edition=bool(form["any_edition"]),
        note=form["note"],
        supplier_note=form["supplier_note"],
        override_reason=form["override_reason"],
        fetch=bool(form["fetch"]),
        again=bool(form["again"]),
    )


def _choices() -> dict[str, Any]:
    with parts().db.read() as c:
        places = libraries.branches(c, g.library.id, pickup=True)
    return {
        "places": [(one.id, one.name) for one in places],
        "purposes": [(one, say(f"purpose.{one}")) for one in PURPOSES],
        "services": [(one, say(f"service.{one}"), "") for one in SERVICE_TYPES],
    }


def _page(
    form: Form,
    candidates: Found = (),
    *,
    shelves: Sequence[Shelf] = (),
    duplicate: str | None = None,
) -> str:
    with parts().db.read() as c:
        branches = {one.id: one.name for one in libraries.branches(c, g.library.id)}
    return render_template(
        "desk/new.html",
        form=form,
        candidates=candidates,
        shelves=shelves,
        duplicate=duplicate,
        branches=branches,
        **_choices(),
    )


def _edit_page(form: Form, view: RequestView) -> str:
    return render_template("desk/request_edit.html", form=form, view=view, **_choices())
