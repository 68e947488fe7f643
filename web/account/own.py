"""One's own account: the cards one has, the sessions that are open, the password and the language."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session
from sqlalchemy import Connection, delete, select
from werkzeug.wrappers import Response as AnyResponse

from foundation import libraries, people
from foundation.tables import session as session_table
from web import forms, texts
from web.account.cookies import keep, throttle, too_many
from web.app import parts
from web.app import t as say
from web.auth import passwords, sessions
from web.auth.throttle import SIGN_IN, counted
from web.may import needs


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/account", view_func=account, methods=["GET"])
    blueprint.add_url_rule("/account/password", view_func=password, methods=["GET", "POST"])
    blueprint.add_url_rule("/account/language", view_func=language, methods=["POST"])
    blueprint.add_url_rule("/account/sessions", view_func=open_sessions, methods=["GET"])
    blueprint.add_url_rule("/account/sessions/end", view_func=end_session, methods=["POST"])
    blueprint.add_url_rule("/account/sessions/end-others", view_func=end_others, methods=["POST"])


@needs("own_account")
def account() -> str:
    """Who one is here: name, roles, cards, and the ways to the rest."""
    with parts().db.read() as c:
        user = people.get_user(c, g.viewer.user_id)
        names = {one.id: one for one in libraries.every(c)}
        cards = [(card, names[card.library_id]) for card in people.patrons_of_user(c, user.id)]
        roles = [
            (role.role, names[role.library_id] if role.library_id else None)
            for role in people.roles_of(c, user.id)
        ]
    return render_template("account/account.html", user=user, cards=cards, roles=roles)


@needs("own_account")
def password() -> Any:
    """Change the password; every other session ends with the old one."""
    if request.method == "GET":
        return render_template("account/password.html", form=forms.Form())
    form = forms.read(raw=["current", "password", "again"])
    here = parts()
    now = here.clock()
    keys = counted(SIGN_IN, "password", g.viewer.login, request.remote_addr)
    if wait := throttle().wait(keys, now):
        form.wrong("current", "sign_in.wait", n=-(-wait // 60))
        return too_many(render_template("account/password.html", form=form), wait)
    with here.db.read() as c:
        user = people.get_user(c, g.viewer.user_id)
    if not passwords.matches(user.password_hash, form["current"]):
        throttle().count(keys, now)
        form.wrong("current", "password.current.wrong")
    fault = passwords.fault(form["password"], user.login, user.name, user.email.split("@")[0])
    if fault:
        form.wrong("password", fault)
    elif form["password"] != form["again"]:
        form.wrong("again", "password.differs")
    if not form:
        return render_template("account/password.html", form=form), 422
    hashed = passwords.hash_of(form["password"])
    with here.db.begin() as c:
        people.set_password_hash(c, user.id, hashed)
        sessions.end_all(c, user.id)
        key = sessions.start(c, user.id, request.user_agent.string, now)
    session.clear()
    flash(say("password.done"), "ok")
    return keep(redirect("/account"), key)


@needs("own_account")
def language() -> Response | AnyResponse:
    """Keep the language with the account: mails use it too."""
    chosen = request.form.get("language", "")
    if chosen in texts.LANGUAGES:
        with parts().db.begin() as c:
            user = people.get_user(c, g.viewer.user_id)
            people.change_user(c, user.id, user.version, language=chosen)
    return redirect(f"/account?lang={chosen}" if chosen in texts.LANGUAGES else "/account")


@needs("own_account")
def open_sessions() -> str:
    """Where the account is signed in."""
    with parts().db.read() as c:
        rows = _sessions(c)
    return render_template("account/sessions.html", rows=rows, current=sessions.digest(g.session_key))


@needs("own_account")
def end_session() -> AnyResponse:
    """End one session, which must be one's own."""
    with parts().db.begin() as c:
        c.execute(
            delete(session_table).where(
                session_table.c.id_hash == request.form.get("session", ""),
                session_table.c.user_id == g.viewer.user_id,
            )
        )
    flash(say("sessions.ended"), "ok")
    return redirect("/account/sessions")


@needs("own_account")
def end_others() -> AnyResponse:
    """Sign out everywhere but here."""
    with parts().db.begin() as c:
        ended = sessions.end_all(c, g.viewer.user_id, except_key=g.session_key)
    flash(say("sessions.others_ended", n=ended), "ok")
    return redirect("/account/sessions")


def _sessions(c: Connection) -> list[Any]:
    s = session_table.c
    now = parts().clock()
    query = select(s.id_hash, s.agent, s.created_at, s.seen_at).where(
        s.user_id == g.viewer.user_id, s.ends_at > now
    )
    return list(c.execute(query.order_by(s.seen_at.desc()).limit(100)))
