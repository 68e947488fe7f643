"""The patrons of a library: list, create, change, block, confirm, invite."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, session
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from broker.tables import request as request_table
from foundation import events, people, tables
from foundation.libraries import Changed
from foundation.people import Patron, Person
from web import forms
from web.app import parts
from web.app import t as say
from web.auth import links
from web.desk.imports import CATEGORIES, parse_day
from web.desk.paging import paging
from web.desk.room import PER_PAGE, at, blueprint, now, today
from web.forms import Form
from web.may import needs

VIEWS = ("", "pending", "blocked", "closed")
FIELDS = ("number", "name", "email", "phone", "address", "category", "expires_on")
LONGEST = {"number": 60, "name": 200, "email": 200, "phone": 60, "address": 1000}


@blueprint.get("/<library>/patrons")
@needs("desk_patrons")
def patrons(library: str) -> str:
    """The list, by name, with a search in number, name and address."""
    view = request.args.get("view", "")
    if view not in VIEWS:
        abort(404)
    text, page = request.args.get("q", "").strip()[:200], max(1, request.args.get("page", 1, type=int))
    state, blocked = {"": None, "blocked": None}.get(view, view), True if view == "blocked" else None
    with parts().db.read() as c:
        found = people.patrons(
            c,
            g.library.id,
            text=text,
            state=state,
            blocked=blocked,
            offset=(page - 1) * PER_PAGE,
            limit=PER_PAGE + 1,
        )
        every = people.count_patrons(c, g.library.id)
    return render_template(
        "desk/patrons.html",
        found=found[:PER_PAGE],
        every=every,
        view=view,
        text=text,
        paging=paging(page, more=len(found) > PER_PAGE),
    )


@blueprint.route("/<library>/patrons/new", methods=["GET", "POST"])
@needs("desk_patrons")
def patron_new(library: str) -> Any:
    """Make a patron who is confirmed at once."""
    if request.method == "GET":
        return _form_page(
            forms.filled({"category": "general", "number": request.args.get("number", "")}), None
        )
    form = _checked()
    if form:
        try:
            with parts().db.begin() as c:
                made = people.add_patron(
                    c,
                    now(),
                    g.library.id,
                    _person(form),
                    number=form["number"],
                    category=form["category"],
                    expires_on=parse_day(form["expires_on"]),
                )
                note_event(c, made, "patron_created")
        except IntegrityError:
            form.wrong("number", "patron.number.taken", number=form["number"])
        else:
            flash(say("patron.created"), "ok")
            return redirect(at("patron", patron_id=made.id))
    return _form_page(form, None), 422


@blueprint.get("/<library>/patrons/<patron_id>")
@needs("desk_patrons")
def patron(library: str, patron_id: str) -> str:
    """One patron with what may be done and the requests."""
    return _patron_page(patron_id, forms.filled({}))


@blueprint.route("/<library>/patrons/<patron_id>/edit", methods=["GET", "POST"])
@needs("desk_patrons")
def patron_edit(library: str, patron_id: str) -> Any:
    """Change what is known of a patron."""
    with parts().db.read() as c:
        found = own_patron(c, patron_id)
        who = people.person(c, found.id) or Person(name="")
    if request.method == "GET":
        values = {name: getattr(who, name) for name in ("name", "email", "phone", "address")}
        expires = found.expires_on.isoformat() if found.expires_on else ""
        values |= {"number": found.number, "category": found.category, "expires_on": expires}
        return _form_page(forms.filled({**values, "version": str(found.version)}), found)
    form = _checked()
    if form:
        try:
            with parts().db.begin() as c:
                changed = people.change_patron(
                    c,
                    found.id,
                    _version(),
                    number=form["number"],
                    category=form["category"],
                    expires_on=parse_day(form["expires_on"]),
                )
                people.change_person(c, found.id, _person(form))
                note_event(c, changed, "patron_changed")
        except IntegrityError:
            form.wrong("number", "patron.number.taken", number=form["number"])
        except Changed:
            flash(say("desk.edit.stale"), "warn")
            with parts().db.read() as c:
                found = own_patron(c, patron_id)
            form.values["version"] = str(found.version)
            return _form_page(form, found), 409
        else:
            flash(say("patron.changed"), "ok")
            return redirect(at("patron", patron_id=found.id))
    return _form_page(form, found), 422


@blueprint.post("/<library>/patrons/<patron_id>/act")
@needs("desk_patrons")
def patron_act(library: str, patron_id: str) -> Any:
    """Block (with a reason), unblock, confirm, close or reopen."""
    action = request.form.get("action", "")
    form = forms.read("reason")
    changes: dict[str, Any]
    if action == "block":
        form.require({"reason": "patron.block.reason.missing"})
        changes = {"blocked": True, "block_reason": form["reason"][:200]}
    elif action == "unblock":
        changes = {"blocked": False, "block_reason": ""}
    elif action in ("confirm", "reopen"):
        changes = {"state": "confirmed"}
    elif action == "close":
        changes = {"state": "closed"}
    else:
        abort(400)
    if not form:
        return _patron_page(patron_id, form), 422
    with parts().db.begin() as c:
        found = own_patron(c, patron_id)
        changed = people.change_patron(c, found.id, _version(), **changes)
        note_event(c, changed, f"patron_{action}", note=form["reason"])
    flash(say(f"patron.{action}.done"), "ok")
    return redirect(at("patron", patron_id=patron_id))


@blueprint.post("/<library>/patrons/<patron_id>/invite")
@needs("desk_patrons")
def patron_invite(library: str, patron_id: str) -> Any:
    """Make a link with which the patron chooses a password; an account is made where there is none."""
    with parts().db.begin() as c:
        found = own_patron(c, patron_id)
        who = people.person(c, found.id)
        if who is None or found.state != "confirmed":
            abort(409)
        user_id = found.user_id
        if user_id is None:
            login = _free_login(c, found, who)
            user_id = people.add_user(
                c, now(), login=login, name=who.name, email=who.email, language=g.language
            ).id
            people.grant(c, user_id, "patron", g.library.id)
            found = people.change_patron(c, found.id, found.version, user_id=user_id)
        path = links.make(c, now(), "invite", user_id)
        note_event(c, found, "patron_invited")
    base = parts().settings.web.public_url or request.host_url
    session["desk_invite"] = [patron_id, base.rstrip("/") + path]
    return redirect(at("patron", patron_id=patron_id) + "#invite")


def _free_login(c: Connection, patron: Patron, who: Person) -> str:
    """The address, or the member number at the library where that is somebody's already."""
    by_number = f"{patron.number}@{g.library.code}"
    for login in filter(None, (who.email, by_number)):
        try:
            people.by_login(c, login)
        except people.UnknownPerson:
            return login
    return abort(409)


def own_patron(c: Connection, patron_id: str) -> Patron:
    """The patron, when it is this library's. Raises UnknownPerson otherwise."""
    found = people.get_patron(c, patron_id)
    if found.library_id != g.library.id:
        raise people.UnknownPerson(patron_id)
    return found


def note_event(c: Connection, patron: Patron, action: str, *, note: str = "") -> None:
    """Write down what staff did with a patron, without saying who the patron is."""
    events.append(
        c,
        events.Event(
            object_type="patron",
            object_id=patron.id,
            action=action,
            at=now(),
            user_id=g.viewer.user_id,
            library_id=g.library.id,
            side="staff",
            note=note,
        ),
    )


def _version() -> int:
    return request.form.get("version", 0, type=int)


def _person(form: Form) -> Person:
    return Person(name=form["name"], email=form["email"], phone=form["phone"], address=form["address"])


def _checked() -> Form:
    form = forms.read(*FIELDS, "version")
    form.require({"number": "patron.number.missing", "name": "patron.name.missing"})
    for name, longest in LONGEST.items():
        if len(form[name]) > longest:
            form.wrong(name, "patron.long", n=longest)
    if form["email"] and not forms.is_address(form["email"]):
        form.wrong("email", "patron.email.bad")
    if form["expires_on"] and parse_day(form["expires_on"]) is None:
        form.wrong("expires_on", "patron.expires.bad")
    if not form["category"]:
        form.values["category"] = "general"
    return form


def _form_page(form: Form, found: Patron | None) -> str:
    with parts().db.read() as c:
        used = c.execute(
            select(tables.patron.c.category).where(tables.patron.c.library_id == g.library.id).distinct()
        ).scalars()
        categories = sorted({*CATEGORIES.values(), *used})
    return render_template("desk/patron_form.html", form=form, patron=found, categories=categories)


def _patron_page(patron_id: str, form: Form) -> str:
    r = request_table.c
    with parts().db.read() as c:
        found = own_patron(c, patron_id)
        who = people.person(c, found.id)
        login = people.get_user(c, found.user_id).login if found.user_id else ""
        asked = c.execute(
            select(r.id, r.code, r.citation, r.state, r.created_at)
            .where(r.patron_id == found.id, r.library_id == g.library.id)
            .order_by(r.created_at.desc())
            .limit(20)
        ).all()
        number = c.execute(
            select(func.count()).where(r.patron_id == found.id, r.library_id == g.library.id)
        ).scalar_one()
        history = events.of(c, "patron", found.id)[::-1][:20]
        by = {e.user_id: people.get_user(c, e.user_id).name for e in history if e.user_id}
    kept = session.get("desk_invite")
    invite = session.pop("desk_invite")[1] if kept and kept[0] == patron_id else ""
    return render_template(
        "desk/patron.html",
        patron=found,
        who=who,
        login=login,
        asked=asked,
        number=number,
        history=history,
        by=by,
        form=form,
        invite=invite,
        expired=found.expires_on is not None and found.expires_on < today(),
    )
