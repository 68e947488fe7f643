"""Searches that somebody with an account keeps: put down, shown, thrown away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from flask import Blueprint, flash, g, redirect, render_template, request
from sqlalchemy import Connection, delete, func, select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from foundation.ids import uuid7
from foundation.tables import saved_search
from web.app import parts
from web.app import t as say
from web.may import needs
from web.search import asking, otherwise
from web.search.asking import Asked

#: What one account may keep.
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A search that was kept, as the list shows it."""

    id: str
    name: str
    asked: Asked


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/my/searches", view_func=show, methods=["GET"])
    blueprint.add_url_rule("/my/searches", view_func=save, methods=["POST"], endpoint="save_search")
    blueprint.add_url_rule("/my/searches/delete", view_func=forget, methods=["POST"])


def asked_by(address: str) -> Asked:
    """The search of an address, or of what stands behind its question mark; nonsense is left out."""
    return asking.read(MultiDict(parse_qsl(address.rpartition("?")[2], keep_blank_values=True)))


@needs("own_account")
def show() -> str:
    """The searches of the viewer, newest first."""
    s = saved_search.c
    query = select(s.id, s.name, s.query).where(s.user_id == g.viewer.user_id)
    with parts().db.read() as c:
        rows = [
            Saved(id=row.id, name=row.name, asked=asking.read(MultiDict(row.query)))
            for row in c.execute(query.order_by(s.created_at.desc(), s.id.desc()).limit(MOST))
        ]
    lines = [
        {
            "id": one.id,
            "name": one.name or say("searches.everything"),
            "filters": [words for words, _ in otherwise.fewer(one.asked)],
            "address": one.asked.address(),
            "newest": newest(one.asked).address(),
            "feed": one.asked.address("/search.atom"),
        }
        for one in rows
    ]
    return render_template("following/searches.html", lines=lines, most=MOST)


def newest(asked: Asked) -> Asked:
    """The same search, what came last first."""
    return replace(asked, sort="added", page=1)


@needs("own_account")
def save() -> Response:
    """Keep the search that the form names; the same one is kept once."""
    asked = asked_by(request.form.get("search", "")[:8_000]).at(1)
    pairs = [list(pair) for pair in asked.pairs()]
    with parts().db.begin() as c:
        if _same(c, pairs):
            flash(say("searches.there"), "ok")
        elif _count(c) >= MOST:
            flash(say("searches.full", n=MOST), "warn")
        else:
            row = {"id": uuid7(), "user_id": g.viewer.user_id, "created_at": parts().clock()}
            c.execute(saved_search.insert().values(name=asked.said[:200], query=pairs, **row))
            flash(say("searches.saved"), "ok")
    return redirect("/my/searches", 303)


def _count(c: Connection) -> int:
    query = select(func.count()).select_from(saved_search).where(saved_search.c.user_id == g.viewer.user_id)
    return int(c.execute(query).scalar_one())


def _same(c: Connection, pairs: list[list[str]]) -> bool:
    query = select(saved_search.c.query).where(saved_search.c.user_id == g.viewer.user_id)
    return any([list(pair) for pair in found] == pairs for found in c.execute(query).scalars())


@needs("own_account")
def forget() -> Response:
    """Throw a search away, which must be one's own."""
    s = saved_search.c
    with parts().db.begin() as c:
        c.execute(
            delete(saved_search).where(s.id == request.form.get("id", ""), s.user_id == g.viewer.user_id)
        )
    flash(say("searches.deleted"), "ok")
    return redirect("/my/searches", 303)
