"""Bounds for guests: what a request costs is taken from buckets, and odd combinations of filters ask for a click first.

Whoever is signed in is never counted, and neither is loopback: a proxy that is not configured makes everybody look as
if they came from there, and nobody may be locked out by that.
"""

from __future__ import annotations

import ipaddress
import math
from typing import Any

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from web.app import parts, safe_next
from web.auth.throttle import network
from web.may import needs
from web.robots.buckets import Buckets
from web.search import asking

#: Carried by whoever clicked once.
COOKIE = "silang-on"

#: Addresses that are counted, by how they begin, and what each costs.
COSTS = (
    ("/search", 2.0),
    ("/api/v1/search", 2.0),
    ("/record/", 1.0),
    ("/api/v1/records/", 1.0),
    ("/browse/", 1.0),
    ("/suggest", 0.25),
    ("/basket.", 5.0),
    ("/sru", 3.0),  # a search with whole records
)

#: A page of citations, which takes the processor longer than a record.
CITED = 3.0


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/go-on", view_func=go_on, methods=["POST"])


def watch() -> Any:
    """Let the request through (None), or answer it cheaply."""
    settings = parts().settings.guests
    looks = request.method in ("GET", "HEAD") or request.path == "/sru"
    if not settings.guard or g.viewer.user_id or not looks:
        return None
    cost = next((cost for start, cost in COSTS if request.path.startswith(start)), 0.0)
    if request.path.endswith("/cite"):
        cost = CITED
    if not cost or _near(request.remote_addr):
        return None
    here = parts()
    buckets: Buckets = here.cache.setdefault("guests", Buckets())
    if request.path.startswith(("/search", "/api/v1/search")):
        asked = asking.read(request.args)
        if _deep(asked, settings.filters, settings.pages) and COOKIE not in request.cookies:
            return _ask_first()
        cost += weight(asked)
    net = network(request.remote_addr)
    wanted = [
        (f"a:{request.remote_addr}", settings.per_minute),
        (f"n:{net}", settings.network_per_minute),
        ("all", settings.all_per_minute),
    ]
    wait = buckets.take([(key, size) for key, size in wanted if size > 0], cost, here.clock())
    if wait:
        raise TooManyRequests(retry_after=max(1, math.ceil(wait)))
    return None


def weight(asked: asking.Asked) -> float:
    """What makes a search dear: filters, asterisks, pages far behind."""
    return asked.filtered * 1.0 + asked.said.count("*") * 3.0 + asked.page / 10


def _deep(asked: asking.Asked, filters: int, pages: int) -> bool:
    return bool((filters and asked.filtered > filters) or (pages and asked.page > pages))


def _near(address: str | None) -> bool:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_loopback


def _ask_first() -> Response:
    """A page with one button; nothing was searched for it."""
    if request.path.startswith("/api/"):
        raise TooManyRequests(retry_after=60)
    page = render_template("robots/go_on.html", back=request.full_path.rstrip("?"))
    answer = make_response(page, 403)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@needs("look")
def go_on() -> Response:
    """The button was pressed: go where one wanted to, and be asked no more while the browser is open."""
    answer = redirect(safe_next(request.form.get("next")), 303)
    secure = bool(current_app.config["AUTH_SECURE"])
    answer.set_cookie(COOKIE, "1", secure=secure, httponly=True, samesite="Lax", path="/")
    return answer
