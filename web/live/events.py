"""GET /live/<id>/events: one server-sent event when something is new; the browser asks for the next one by itself.

An answer ends with its event, so no thread is held longer than a few seconds, buffering servers and proxies pass it on
at once, and a browser that goes away is not waited for. At most half of the server's threads wait like this; beyond
that the page falls back to looking by itself every few seconds.
"""

from __future__ import annotations

import threading
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from web.app import parts
from web.live import whose
from web.may import needs

#: Seconds that one answer waits for news, and milliseconds until the browser asks for the next.
WAIT, PAUSE = 5.0, 250


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/live/<search>/events", view_func=events)


def seats() -> threading.BoundedSemaphore:
    """Half of the server's threads, at least one."""
    kept = parts().cache
    found: threading.BoundedSemaphore | None = kept.get("live_seats")
    if found is None:
        found = kept.setdefault(
            "live_seats", threading.BoundedSemaphore(max(1, parts().settings.web.threads // 2))
        )
    return found


@needs("look")
def events(search: str) -> Any:
    """`news` with the version as its id when that is another one than the browser knows, `end` when no more will come."""
    mine = whose.mine(search)
    if mine is None:
        raise NotFound
    known = _known()
    free = seats()
    if not free.acquire(blocking=False):
        return Response("", 503, {"Retry-After": "2"}, mimetype="text/plain")
    try:
        found = mine.engine.wait(search, mine.owner, known, WAIT)
    finally:
        free.release()
    if found is None:
        raise NotFound
    version, running = found
    told = f"retry: {PAUSE}\n"
    if version != known or not running:
        told += f"event: {'news' if running else 'end'}\nid: {version}\ndata: {version}\n"
    else:
        told += ": still\n"
    return Response(
        told + "\n",
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _known() -> int:
    text = request.headers.get("Last-Event-ID") or request.args.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1
