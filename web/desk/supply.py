"""The same wish as the supplying library sees it: what to find, for which library, what can be answered."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request

from broker.errors import Missing, NotAllowed, NotNow, Stale
from broker.messages import CONDITIONS
from broker.views import SupplyView
from foundation import libraries
from web import forms
from web.app import parts
from web.app import t as say
from web.desk import deadlines, fields, messages, words
from web.desk.request import UNDO, undo, undoable
from web.desk.room import actor, at, blueprint, broker, names_of_users, now
from web.forms import Form
from web.may import needs


@blueprint.get("/<library>/supplies/<attempt_id>")
@needs("desk_look")
def supply_page(library: str, attempt_id: str) -> str:
    """The supply with everything that belongs to it; nothing here knows a patron."""
    return page(broker().supply(actor(), attempt_id))


@blueprint.post("/<library>/supplies/<attempt_id>/act")
@needs("desk_work")
def supply_act(library: str, attempt_id: str) -> Any:
    """Press a button of the supplying side."""
    action = request.form.get("action", "")
    version = request.form.get("version", 0, type=int)
    form, values = fields.read("lending", action)
    if not form:
        return page(broker().supply(actor(), attempt_id), form=form, action=action), 422
    try:
        view = broker().answer(actor(), attempt_id, action, version, **values)
    except Missing as error:
        fields.missing(form, error.fields)
        return page(broker().supply(actor(), attempt_id), form=form, action=action), 422
    except NotAllowed as error:
        view = broker().supply(actor(), attempt_id)
        return page(view, form=form, action=action, refused=error.codes), 422
    except (Stale, NotNow):
        return page(broker().supply(actor(), attempt_id), form=form, action=action, changed=True), 409
    done = words.code_label("event.supply", action)
    flash(say("desk.done.now", action=done, state=words.code_label("supply", view.state)), "ok")
    return redirect(at("supply_page", attempt_id=attempt_id))


@blueprint.post("/<library>/supplies/<attempt_id>/undo")
@needs("desk_work")
def supply_undo(library: str, attempt_id: str) -> Any:
    """Take the own last step back."""
    return undo("supply", attempt_id, at("supply_page", attempt_id=attempt_id))


@blueprint.post("/<library>/supplies/<attempt_id>/notes")
@needs("desk_work")
def supply_note(library: str, attempt_id: str) -> Any:
    """Write to the requesting library."""
    view = broker().supply(actor(), attempt_id)
    form = forms.read("body")
    if not form["body"]:
        form.wrong("body", "desk.notes.missing")
        return page(view, form=form), 422
    broker().note(actor(), attempt_id, form["body"])
    flash(say("desk.notes.sent"), "ok")
    return redirect(at("supply_page", attempt_id=attempt_id) + "#notes")


def page(
    view: SupplyView,
    *,
    form: Form | None = None,
    action: str = "",
    changed: bool = False,
    refused: tuple[str, ...] = (),
) -> str:
    """The page; `form` and `action` are what was typed for an action that did not go through."""
    history = broker().history(actor(), "supply", view.id)
    notes = messages.talk(view.id)
    own = {line.user_id for line in history} | {
        note.user_id for note in notes if note.from_library_id == g.library.id
    }
    with parts().db.read() as c:
        branches = {one.id: one for one in libraries.branches(c, g.library.id, closed=True)}
        clocks = deadlines.running(c, "supply", view.id, view.state)
        if view.flags.get("acknowledged"):
            clocks = tuple(one for one in clocks if one[0] != "expire_unacknowledged")
    return render_template(
        "desk/supply.html",
        view=view,
        history=sorted(history, key=lambda line: -line.number),
        notes=notes,
        branches=branches,
        users=names_of_users({one for one in {*own, view.liable_user_id} if one}),
        form=forms.filled({}) if form is None else form,
        action=action,
        changed=changed,
        refused=refused,
        clocks=words.deadline_words("supply", clocks[:1], g.library.zone, now()),
        asked={},
        undo=undoable(history, view.version),
        undo_until=UNDO,
        REASONS=fields.REASONS,
        CONDITIONS=CONDITIONS,
    )
