"""One request as the requesting library sees it: where it stands, what can be done, who was asked and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, g, redirect, render_template, request

from broker.errors import Missing, NotAllowed, NotNow, Stale
from broker.messages import CONDITIONS
from broker.views import HistoryLine, RequestView
from broker.ways import Option, Reader
from foundation import libraries, people
from web import forms
from web.app import parts
from web.app import t as say
from web.desk import deadlines, fields, liability, messages, words
from web.desk.room import actor, at, blueprint, broker, names_of_users, now, today
from web.forms import Form
from web.may import needs

#: How long an own step can be taken back.
UNDO = timedelta(minutes=10)


@blueprint.get("/<library>/requests/<request_id>")
@needs("desk_look")
def request_page(library: str, request_id: str) -> str:
    """The request with everything that belongs to it."""
    return page(broker().request(actor(), request_id))


@blueprint.post("/<library>/requests/<request_id>/act")
@needs("desk_work")
def request_act(library: str, request_id: str) -> Any:
    """Press a button of the request or of its supplier at hand."""
    action = request.form.get("action", "")
    version = request.form.get("version", 0, type=int)
    attempt_id = request.form.get("attempt_id") or None
    form, values = fields.read("borrowing", action)
    if not form:
        return page(broker().request(actor(), request_id), form=form, action=action), 422
    try:
        if action == "place":
            view = broker().place(actor(), request_id, version, despite=values.get("despite", ""))
        elif action == "cancel":
            view = broker().cancel(actor(), request_id, version, reason=values.get("reason", ""))
        else:
            view = broker().act(actor(), request_id, action, version, attempt_id=attempt_id, **values)
    except Missing as error:
        fields.missing(form, error.fields)
        return page(broker().request(actor(), request_id), form=form, action=action), 422
    except NotAllowed as error:
        view = broker().request(actor(), request_id)
        return page(view, form=form, action=action, refused=error.codes), 422
    except (Stale, NotNow):
        view = broker().request(actor(), request_id)
        return page(view, form=form, action=action, changed=True), 409
    flash(_done(action, view), "ok")
    return redirect(at("request_page", request_id=request_id))


@blueprint.post("/<library>/requests/<request_id>/undo")
@needs("desk_work")
def request_undo(library: str, request_id: str) -> Any:
    """Take the own last step back."""
    return undo("request", request_id, at("request_page", request_id=request_id))


@blueprint.post("/<library>/requests/<request_id>/notes")
@needs("desk_work")
def request_note(library: str, request_id: str) -> Any:
    """Write to the supplier of an attempt."""
    view = broker().request(actor(), request_id)
    form = forms.read("body")
    attempt_id = request.form.get("attempt_id", "")
    if not form["body"]:
        form.wrong("body", "desk.notes.missing")
        return page(view, form=form), 422
    broker().note(actor(), attempt_id, form["body"])
    flash(say("desk.notes.sent"), "ok")
    return redirect(at("request_page", request_id=request_id) + "#notes")


def undo(side: str, object_id: str, back: str) -> Any:
    """Take the own last step back on either side, and say so where it is too late."""
    try:
        broker().undo(actor(), side, object_id, request.form.get("version", 0, type=int))
    except (NotNow, Stale):
        flash(say("desk.undo.not_now"), "bad")
    else:
        flash(say("desk.undone"), "ok")
    return redirect(back)


def undoable(history: tuple[HistoryLine, ...], version: int) -> HistoryLine | None:
    """The last event, where it is the viewer's own and young enough to be taken back."""
    if not history:
        return None
    last = max(history, key=lambda line: line.number)
    mine = last.user_id == g.viewer.user_id and "was" in last.data
    return last if mine and now() - last.at < UNDO else None


def page(
    view: RequestView,
    *,
    form: Form | None = None,
    action: str = "",
    changed: bool = False,
    refused: tuple[str, ...] = (),
) -> str:
    """The page; `form` and `action` are what was typed for an action that did not go through."""
    history = broker().history(actor(), "request", view.id)
    talk = [(one, messages.talk(one.id)) for one in view.attempts]
    with parts().db.read() as c:
        patron = people.get_patron(c, view.patron_id) if view.patron_id else None
        who = people.person(c, patron.id) if patron else None
        branches = {one.id: one for one in libraries.branches(c, g.library.id, closed=True)}
        clocks = deadlines.running(c, "request", view.id, view.state)
        if view.active:
            clocks += deadlines.running(c, "leg", view.active.id, view.active.leg)
    users = {line.user_id for line in history} | {view.liable_user_id, view.created_by}
    users |= {view.offered_to, *(line.data.get("to_user_id") for line in history)}
    users |= {note.user_id for _, notes in talk for note in notes if note.from_library_id == g.library.id}
    return render_template(
        "desk/request.html",
        view=view,
        active=view.active,
        label=state_label(view),
        history=sorted(history, key=lambda line: -line.number),
        talk=[(one, notes) for one, notes in talk if notes or one.active],
        patron=patron,
        who=who,
        branches=branches,
        users=names_of_users({one for one in users if one}),
        form=forms.filled({}) if form is None else form,
        action=action,
        changed=changed,
        refused=refused,
        colleagues=liability.choices(view),
        titles=broker().titles(actor(), view.id),
        holders=_holders(view, patron.category if patron else None),
        clocks=words.deadline_words("request", clocks, g.library.zone, now()),
        asked={one.id: one.library_id for one in view.attempts},
        undo=undoable(history, view.version),
        undo_until=UNDO,
        ask_despite=action == "place" or (patron is not None and _wants_reason(patron)),
        REASONS=fields.REASONS,
        CONDITIONS=CONDITIONS,
    )


def _holders(view: RequestView, category: str | None) -> list[Option]:
    """Before it is sent: each other library that has the title, and whether it can be asked."""
    if view.state != "review" or not view.cluster_id:
        return []
    reader = Reader(library_id=g.library.id, category=category)
    found: dict[str, Option] = {}
    for way in broker().ways(view.cluster_id, reader):
        if way.kind == view.service_type and way.library_id and way.library_id != g.library.id:
            found.setdefault(way.library_id, way)
    return list(found.values())


def _wants_reason(patron: people.Patron) -> bool:
    expired = patron.expires_on is not None and patron.expires_on < today()
    return patron.blocked or expired or patron.state != "confirmed"


def state_label(view: RequestView) -> str:
    """Where it stands in a word or two: of the supplier at hand while one is, else of the request."""
    if view.state == "active" and view.active:
        return words.code_label("leg", view.active.leg)
    return words.code_label("request", view.state)


def _done(action: str, view: RequestView) -> str:
    machine = fields.machine_of("borrowing", action)
    return say("desk.done.now", action=words.code_label(f"event.{machine}", action), state=state_label(view))
