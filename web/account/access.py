"""Signing in and out, and choosing a new password by a link."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session
from sqlalchemy import Connection, select
from werkzeug.wrappers import Response as AnyResponse

from foundation import libraries, outbox, people
from foundation import tables as t
from web import forms
from web.account.cookies import keep, throttle, too_many
from web.app import parts, safe_next
from web.app import t as say
from web.auth import links, passwords, sessions
from web.auth.throttle import ASK, SIGN_IN, counted
from web.may import needs


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/sign-in", view_func=sign_in, methods=["GET", "POST"])
    blueprint.add_url_rule("/sign-out", view_func=sign_out, methods=["POST"])
    blueprint.add_url_rule("/reset", view_func=reset, methods=["GET", "POST"])
    blueprint.add_url_rule("/link/<token>", view_func=link, methods=["GET", "POST"])


@needs("sign_in")
def sign_in() -> Any:
    """Take a login, an e-mail address or a member number, and the password."""
    target = safe_next(request.values.get("next"))
    if request.method == "GET":
        if g.viewer.user_id:
            return redirect(target)
        return _sign_in_page(forms.filled({"next": target}))
    form = forms.read("login", "library", "next", "remember", raw=["password"])
    form.values["next"] = target
    form.require({"login": "sign_in.login.missing", "password": "sign_in.password.missing"})
    if not form:
        return _sign_in_page(form), 422
    here = parts()
    now = here.clock()
    keys = counted(SIGN_IN, "sign-in", people.fold(form["login"]), request.remote_addr)
    if wait := throttle().wait(keys, now):
        form.wrong("login", "sign_in.wait", n=-(-wait // 60))
        return too_many(_sign_in_page(form), wait)
    with here.db.read() as c:
        account = _account(c, form["login"], form["library"])
    right = passwords.matches(account.password_hash if account else None, form["password"])
    if not right or account is None:
        throttle().count(keys, now)
        form.wrong("login", "sign_in.refused")
        return _sign_in_page(form), 422
    throttle().forget([keys[0][0]])
    with here.db.begin() as c:
        if g.session_key:
            sessions.end(c, g.session_key)
        key = sessions.start(c, account.id, request.user_agent.string, now)
        people.seen(c, account.id, now)
    session.clear()  # the token of the forms changes with who is signed in
    return keep(redirect(target), key, remember=bool(form["remember"]))


def _account(c: Connection, login: str, library: str) -> people.User | None:
    """The one active account that this text names; None when there is none or more than one."""
    try:
        found = [people.by_login(c, login)]
    except people.UnknownPerson:
        found = list(people.by_email(c, login)) if "@" in login else _by_number(c, login, library)
    return found[0] if len(found) == 1 and found[0].state == "active" else None


def _by_number(c: Connection, number: str, library: str) -> list[people.User]:
    query = select(t.patron.c.user_id).where(t.patron.c.number == number.strip())
    if library:
        query = query.join(t.library, t.library.c.id == t.patron.c.library_id).where(
            t.library.c.code == library
        )
    ids = {row.user_id for row in c.execute(query.where(t.patron.c.user_id.is_not(None)).limit(2))}
    return [people.get_user(c, user_id) for user_id in ids]


def _sign_in_page(form: forms.Form) -> str:
    with parts().db.read() as c:
        known = tuple(one for one in libraries.every(c, "active") if one.managed)
    options = [("", say("sign_in.library.any")), *((one.code, one.name) for one in known)]
    return render_template("account/sign_in.html", form=form, libraries=options)


@needs("own_account")
def sign_out() -> Response | AnyResponse:
    """End this session, on the server too."""
    with parts().db.begin() as c:
        sessions.end(c, g.session_key)
    session.clear()
    flash(say("sign_out.done"), "ok")
    return keep(redirect("/"), "")


@needs("sign_in")
def reset() -> Any:
    """Send a link by mail. The answer is the same whether or not the address is known."""
    if request.method == "GET":
        return render_template("account/reset.html", form=forms.Form(), sent=False)
    form = forms.read("email")
    if not forms.is_address(form["email"]):
        form.wrong("email", "reset.email.bad")
        return render_template("account/reset.html", form=form, sent=False), 422
    here = parts()
    now = here.clock()
    keys = counted(ASK, "reset", form["email"].casefold(), request.remote_addr)
    if wait := throttle().wait(keys, now):
        form.wrong("email", "reset.wait", n=-(-wait // 60))
        return too_many(render_template("account/reset.html", form=form, sent=False), wait)
    throttle().count(keys, now)
    with here.db.begin() as c:
        for account in people.by_email(c, form["email"]):
            # The link itself is made when the mail is sent: only its hash is ever stored.
            key = f"mail:password_reset:{account.id}:{now.isoformat()}"
            payload = {"template": "password_reset", "to_user_id": account.id}
            outbox.put(c, outbox.Work(channel="mail", effect_key=key, payload=payload), now)
    return render_template("account/reset.html", form=form, sent=True)


@needs("sign_in")
def link(token: str) -> Any:
    """Show the form on GET; use the link up only by POST, since mail scanners open every link."""
    here = parts()
    now = here.clock()
    with here.db.read() as c:
        found = people.look_at_link(c, now, token)
        account = people.get_user(c, found.user_id) if found and found.user_id else None
    if account is None or account.state != "active" or found is None:
        return render_template("account/link.html", form=forms.Form(), account=None, kind=""), 410
    if request.method == "GET":
        return render_template("account/link.html", form=forms.Form(), account=account, kind=found.kind)
    form = forms.read(raw=["password", "again"])
    with here.db.read() as c:
        fault = links.fault(c, account.id, form["password"])
    if fault:
        form.wrong("password", fault)
    elif form["password"] != form["again"]:
        form.wrong("again", "password.differs")
    if not form:
        return render_template("account/link.html", form=form, account=account, kind=found.kind), 422
    hashed = passwords.hash_of(form["password"])
    with here.db.begin() as c:
        login = links.spend(c, now, token, hashed)
    if login is None:
        return render_template("account/link.html", form=forms.Form(), account=None, kind=""), 410
    session.clear()
    flash(say("link.done", login=login), "ok")
    return keep(redirect("/sign-in"), "")
