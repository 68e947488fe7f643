"""Starting a live search, from a page of results or from one without any."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request

from index.live.engine import TooMany
from index.query import All, BadQuery, Query
from index.search import SORTS
from web import elsewhere
from web.account.cookies import throttle, too_many
from web.app import parts
from web.app import t as say
from web.auth.throttle import Limit, network
from web.live import whose
from web.may import needs
from web.search import asking

#: Searches that guests of one network, and one account, may start: other libraries' servers do the work.
GUESTS, ACCOUNT = Limit(tries=20, minutes=5), Limit(tries=60, minutes=5)

#: Seconds that the number of catalogues is kept; another process may have changed them.
KEPT = 5.0


class Unasked(Exception):
    """Why no search was started, as a code: no_targets, busy."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/live", view_func=start, methods=["POST"])


def offered() -> int:
    """How many other catalogues the viewer may search: 0, and nothing is offered. Kept for some seconds, since every
    page of results asks."""
    audience, now = whose.audience(), time.monotonic()
    kept: dict[str, tuple[float, int]] = parts().cache.setdefault("live_offered", {})
    if audience not in kept or now - kept[audience][0] > KEPT:
        with parts().db.read() as c:
            kept[audience] = (now, len(elsewhere.searchable(parts(), c, audience)))
    return kept[audience][1]


def forget(response: Response) -> Response:
    """Count anew after a request that may have changed the targets."""
    if request.method not in ("GET", "HEAD"):
        parts().cache.pop("live_offered", None)
    return response


def counted() -> list[tuple[str, Limit]]:
    """What a start counts against."""
    if g.viewer.user_id:
        return [(f"live:{g.viewer.user_id}", ACCOUNT)]
    return [(f"live@{network(request.remote_addr)}", GUESTS)]


def begin(query: Query, text: str, sort: str, *, fresh: bool = False) -> str:
    """Start a search at every target that the viewer may search; its id. Raises Unasked."""
    here, audience = parts(), whose.audience()
    with here.db.read() as c:
        targets = elsewhere.searchable(here, c, audience)
        aims = elsewhere.aims(here, c, targets)
    if not aims:
        raise Unasked("no_targets")
    try:
        return elsewhere.live_engine(here).start(
            query, aims, owner=whose.owner(), text=text, audience=audience, sort=sort, fresh=fresh
        )
    except TooMany as full:
        raise Unasked("busy") from full


@needs("look")
def start() -> Any:
    """Start what the form asks for and lead to its page; whatever hinders it is said on the page of results."""
    asked = asking.read(request.form).plain()
    now = parts().clock()
    try:
        query = asked.query()
    except BadQuery:
        return redirect(asked.address())  # the page of results says what is wrong with it
    if isinstance(query, All):
        return redirect(asked.address())
    if wait := throttle().wait(counted(), now):
        return too_many(render_template("live/gone.html", text=asked.said, why="too_many"), wait)
    throttle().count(counted(), now)
    sort = asked.sort if asked.sort in SORTS else "relevance"
    try:
        search = begin(query, asked.said, sort, fresh=bool(request.form.get("fresh")))
    except Unasked as refused:
        flash(say(f"live.unasked.{refused.code}"), "warn")
        return redirect(asked.address())
    return redirect(f"/live/{search}", 303)
