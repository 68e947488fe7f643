"""Accounts and their roles: find, add, change, disable, a link that works once. Readers stay their library's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, session
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from foundation import libraries, people
from foundation import tables as t
from foundation.libraries import Changed
from foundation.people import Role, User
from web import forms, texts
from web.admin.room import PER_PAGE, at, blueprint, note, now, page_number
from web.app import parts
from web.app import t as say
from web.auth import links, sessions
from web.desk.paging import paging
from web.forms import Form
from web.may import needs

#: Who is shown: those who work here (or have no role yet), or accounts of readers.
VIEWS = ("", "patrons", "disabled")
#: Roles that an admin gives; a reader's comes from the home library.
GIVEN = ("librarian", "head", "admin")
WORKING = ("librarian", "head", "admin")
FIELDS = ("login", "name", "email", "language", "role", "library", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An account with its roles. `is_reader`: only that, so name and address are the home library's to see."""

    user: User
    roles: tuple[Role, ...]
    is_reader: bool


@blueprint.get("/users")
@needs("network")
def users() -> str:
    """Accounts by name, with a search."""
    view = request.args.get("view", "")
    if view not in VIEWS:
        abort(404)
    text, role = request.args.get("q", "").strip()[:200], request.args.get("role", "")
    code, page = request.args.get("library", ""), page_number()
    u = t.user.c
    working = select(t.role.c.user_id).where(t.role.c.role.in_(WORKING))
    readers = select(t.role.c.user_id).where(t.role.c.role == "patron")
    wanted = select(t.user)
    if view == "patrons":
        wanted = wanted.where(u.id.in_(readers), u.id.not_in(working))
    else:
        wanted = wanted.where(u.id.in_(working) | u.id.not_in(readers))
        wanted = wanted.where(u.state == ("disabled" if view == "disabled" else "active"))
    if text:
        # Names and addresses of readers are not even searched: an answer would tell them.
        fields = (u.login,) if view == "patrons" else (u.login, u.name, u.email)
        holds = [func.lower(field).contains(text.lower(), autoescape=True) for field in fields]
        condition = holds[0]
        for one in holds[1:]:
            condition = condition | one
        wanted = wanted.where(condition)
    with parts().db.read() as c:
        members = libraries.every(c)
        chosen = next((one for one in members if one.code == code), None)
        if role in WORKING:
            wanted = wanted.where(u.id.in_(select(t.role.c.user_id).where(t.role.c.role == role)))
        if chosen is not None:
            wanted = wanted.where(u.id.in_(select(t.role.c.user_id).where(t.role.c.library_id == chosen.id)))
        total = int(c.execute(select(func.count()).select_from(wanted.subquery())).scalar_one())
        order = (u.login,) if view == "patrons" else (u.name, u.id)
        rows = c.execute(wanted.order_by(*order).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
        lines = [_line(c, User(**row._mapping)) for row in rows.all()]
    return render_template(
        "admin/users.html",
        lines=lines,
        total=total,
        view=view,
        text=text,
        role=role if role in WORKING else "",
        library=code if chosen else "",
        members=members,
        paging=paging(page, total=total, size=PER_PAGE),
    )


@blueprint.route("/users/new", methods=["GET", "POST"])
@needs("network")
def user_new() -> Any:
    """Add an account; its owner chooses a password with a link that is shown once."""
    if request.method == "GET":
        start = {"language": "id", "role": "librarian", "library": request.args.get("library", "")}
        return _form_page(forms.filled(start), None)
    form = _checked(None)
    with parts().db.read() as c:
        library_id = _library_id(c, form, form["role"])
    if form:
        try:
            with parts().db.begin() as c:
                made = people.add_user(
                    c,
                    now(),
                    login=form["login"],
                    name=form["name"],
                    email=form["email"],
                    language=form["language"],
                )
                if form["role"]:
                    people.grant(c, made.id, form["role"], library_id)
                note(c, "user", made.id, "added", role=form["role"])
                _new_link(c, made.id, "setup")
        except IntegrityError:
            form.wrong("login", "admin.bad.login.taken")
        else:
            flash(say("admin.user.added", name=made.name), "ok")
            return redirect(at("user", user_id=made.id) + "#link")
    return _form_page(form, None), 422


@blueprint.get("/users/<user_id>")
@needs("network")
def user(user_id: str) -> str:
    """One account: who it is, its roles, its open sessions, what may be done."""
    return _user_page(user_id, forms.filled({"role": "librarian"}))


@blueprint.route("/users/<user_id>/edit", methods=["GET", "POST"])
@needs("network")
def user_edit(user_id: str) -> Any:
    """Change name, address and language of an account that works here."""
    with parts().db.read() as c:
        line = _line(c, people.get_user(c, user_id))
    if line.is_reader:
        abort(404)
    if request.method == "GET":
        values = {
            name: str(getattr(line.user, name)) for name in ("login", "name", "email", "language", "version")
        }
        return _form_page(forms.filled(values), line.user)
    form = _checked(line.user)
    if form:
        try:
            with parts().db.begin() as c:
                people.change_user(
                    c,
                    user_id,
                    request.form.get("version", 0, type=int),
                    name=form["name"],
                    email=form["email"],
                    language=form["language"],
                )
                note(c, "user", user_id, "changed")
        except Changed:
            flash(say("desk.edit.stale"), "warn")
            with parts().db.read() as c:
                form.values["version"] = str(people.get_user(c, user_id).version)
            return _form_page(form, line.user), 409
        flash(say("admin.user.changed", name=form["name"]), "ok")
        return redirect(at("user", user_id=user_id))
    return _form_page(form, line.user), 422


@blueprint.post("/users/<user_id>/roles")
@needs("network")
def user_role(user_id: str) -> Any:
    """Give or take a role. The network never loses its last admin."""
    form = forms.read("role", "library", "do")
    with parts().db.begin() as c:
        one = people.get_user(c, user_id)
        role, library_id = form["role"], None
        if form["do"] == "take":
            library_id = form["library"] or None
            if role not in people.ROLES or role == "patron":
                abort(400)
            if role == "admin" and is_last_admin(c, user_id, lock=True):
                form.wrong("role", "admin.user.last_admin")
            elif people.revoke(c, user_id, role, library_id):
                note(c, "user", user_id, "role_taken", role=role, library=library_id)
                flash(say("admin.role.taken"), "ok")
        else:
            form.one_of("role", GIVEN, "admin.bad.role")
            library_id = _library_id(c, form, role)
            if form and people.grant(c, user_id, role, library_id):
                # Whoever was a reader until now has a long session: more power begins with a new one.
                if user_id != g.viewer.user_id:
                    sessions.end_all(c, user_id)
                note(c, "user", user_id, "role_given", role=role, library=library_id)
                flash(say("admin.role.given", name=one.name), "ok")
    if form:
        return redirect(at("user", user_id=user_id) + "#roles")
    return _user_page(user_id, form), 422


@blueprint.post("/users/<user_id>/state")
@needs("network")
def user_state(user_id: str) -> Any:
    """Disable an account, which ends its sessions and its links, or let it in again."""
    wanted = "disabled" if request.form.get("do") == "disable" else "active"
    with parts().db.begin() as c:
        one = people.get_user(c, user_id)
        if wanted == "disabled" and is_last_admin(c, user_id, lock=True):
            flash(say("admin.user.last_admin"), "bad")
            return redirect(at("user", user_id=user_id))
        if one.state != wanted:
            people.change_user(c, user_id, one.version, state=wanted)
            if wanted == "disabled":
                sessions.end_all(c, user_id)
                k = t.one_time_link.c
                c.execute(
                    t.one_time_link.update()
                    .where(k.user_id == user_id, k.used_at.is_(None))
                    .values(used_at=now())
                )
            note(c, "user", user_id, wanted)
    flash(say("admin.user.disabled" if wanted == "disabled" else "admin.user.enabled"), "ok")
    return redirect(at("user", user_id=user_id))


@blueprint.post("/users/<user_id>/sessions")
@needs("network")
def user_sessions_end(user_id: str) -> Any:
    """End every session of an account (but the one that is looking)."""
    with parts().db.begin() as c:
        people.get_user(c, user_id)
        number = sessions.end_all(c, user_id, g.session_key if user_id == g.viewer.user_id else "")
        note(c, "user", user_id, "sessions_ended", number=number)
    flash(say("admin.user.sessions.ended", n=number), "ok")
    return redirect(at("user", user_id=user_id))


@blueprint.post("/users/<user_id>/link")
@needs("network")
def user_link(user_id: str) -> Any:
    """A link with which the owner chooses a new password; shown on the next page and never again."""
    with parts().db.begin() as c:
        one = people.get_user(c, user_id)
        if one.state != "active":
            flash(say("admin.user.link.disabled"), "warn")
            return redirect(at("user", user_id=user_id))
        _new_link(c, user_id, "setup" if one.password_hash is None else "reset")
        note(c, "user", user_id, "link_made")
    return redirect(at("user", user_id=user_id) + "#link")


def is_last_admin(c: Connection, user_id: str, *, lock: bool = False) -> bool:
    """Whether nobody but this account could look after the network; `lock` lets nobody change that meanwhile."""
    wanted = (
        select(t.role.c.user_id)
        .join(t.user, t.user.c.id == t.role.c.user_id)
        .where(t.role.c.role == "admin", t.user.c.state == "active")
    )
    admins = c.execute(wanted.with_for_update() if lock else wanted).scalars()
    return set(admins) == {user_id}


def _new_link(c: Connection, user_id: str, kind: str) -> None:
    path = links.make(c, now(), kind, user_id)
    base = parts().settings.web.public_url or request.host_url
    session["admin_link"] = [user_id, base.rstrip("/") + path, links.HOURS[kind]]


def _line(c: Connection, one: User) -> Line:
    roles = people.roles_of(c, one.id)
    names = {role.role for role in roles}
    return Line(user=one, roles=roles, is_reader="patron" in names and not names & set(WORKING))


def _library_id(c: Connection, form: Form, role: str) -> str | None:
    """The library that the form names, None for the network's role; what is wrong is said in the form."""
    if role in ("", "admin"):
        return None
    found = next((one for one in libraries.every(c) if form["library"] and one.code == form["library"]), None)
    if found is None:
        form.wrong("library", "admin.bad.role.library")
    return found.id if found else None


def _checked(one: User | None) -> Form:
    form = forms.read(*FIELDS)
    if one is not None:
        form.values["login"] = one.login
    form.require({"name": "admin.bad.name.required"})
    if one is None:
        form.require({"login": "admin.bad.login.required"})
        form.one_of("role", ("", *GIVEN), "admin.bad.role")
    if len(form["login"]) > 120 or any(ch.isspace() for ch in form["login"]):
        form.wrong("login", "admin.bad.login")
    for name in ("name", "email"):
        if len(form[name]) > 200:
            form.wrong(name, "patron.long", n=200)
    if form["email"] and not forms.is_address(form["email"]):
        form.wrong("email", "patron.email.bad")
    form.one_of("language", texts.LANGUAGES, "admin.bad.language")
    return form


def _form_page(form: Form, one: User | None) -> str:
    with parts().db.read() as c:
        members = [each for each in libraries.every(c) if each.state != "left"]
    return render_template("admin/user_form.html", form=form, user=one, members=members, given=GIVEN)


def _user_page(user_id: str, form: Form) -> str:
    with parts().db.read() as c:
        line = _line(c, people.get_user(c, user_id))
        members = [each for each in libraries.every(c) if each.state != "left"]
        s = t.session.c
        alive = select(func.count()).where(s.user_id == user_id, s.ends_at > now())
        number = int(c.execute(alive).scalar_one())
        last = is_last_admin(c, user_id)
        liable = [one for one in libraries.every(c) if one.liable_user_id == user_id]
    kept = session.get("admin_link")
    link = session.pop("admin_link") if kept and kept[0] == user_id else None
    return render_template(
        "admin/user.html",
        line=line,
        form=form,
        members=members,
        given=GIVEN,
        sessions=number,
        last=last,
        liable=liable,
        link=link,
    )
