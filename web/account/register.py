"""Registering oneself as a reader: the home library confirms before anything can be asked for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session
from sqlalchemy.exc import IntegrityError

from foundation import libraries, people
from web import forms
from web.account.cookies import keep, throttle, too_many
from web.app import parts
from web.app import t as say
from web.auth import passwords, sessions
from web.auth.throttle import ASK, counted
from web.may import needs


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/register", view_func=register, methods=["GET", "POST"])


@needs("sign_in")
def register() -> Any:
    """Make an account and a pending patron of the chosen library, and sign in."""
    from flask import g

    here = parts()
    with here.db.read() as c:
        known = tuple(one for one in libraries.every(c, "active") if one.managed)
    if request.method == "GET":
        return _page(forms.filled({"library": request.args.get("library", "")}), known)
    form = forms.read("library", "number", "name", "email", "phone", raw=["password"])
    form.one_of("library", [one.code for one in known], "register.library.missing")
    form.require({"number": "register.number.missing", "name": "register.name.missing"})
    for name, longest in (("number", 60), ("name", 200), ("email", 120), ("phone", 60)):
        if len(form[name]) > longest or any(ord(x) < 32 for x in form[name]):
            form.wrong(name, "register.long", n=longest)
    if not forms.is_address(form["email"]):
        form.wrong("email", "register.email.bad")
    fault = passwords.fault(form["password"], form["name"], form["email"].split("@")[0], form["number"])
    if fault:
        form.wrong("password", fault)
    if not form:
        return _page(form, known), 422
    now = here.clock()
    keys = counted(ASK, "register", form["email"].casefold(), request.remote_addr)
    if wait := throttle().wait(keys, now):
        form.wrong("email", "reset.wait", n=-(-wait // 60))
        return too_many(_page(form, known), wait)
    throttle().count(keys, now)
    hashed = passwords.hash_of(form["password"])
    home = next(one for one in known if one.code == form["library"])
    try:
        with here.db.begin() as c:
            who = people.Person(name=form["name"], email=form["email"], phone=form["phone"])
            account = people.add_user(
                c, now, login=form["email"], name=who.name, email=who.email, language=g.language
            )
            people.set_password_hash(c, account.id, hashed)
            people.add_patron(
                c, now, home.id, who, number=form["number"], user_id=account.id, state="pending"
            )
            people.grant(c, account.id, "patron", home.id)
            key = sessions.start(c, account.id, request.user_agent.string, now)
    except IntegrityError:
        # One sentence for both, so that it does not tell which of the two is known.
        form.wrong("email", "register.known")
        return _page(form, known), 422
    session.clear()
    flash(say("register.done", library=home.name), "ok")
    return keep(redirect("/account"), key)


def _page(form: forms.Form, known: tuple[libraries.Library, ...]) -> str:
    options = [("", say("register.library.choose")), *((one.code, one.name) for one in known)]
    return render_template("account/register.html", form=form, libraries=options)
