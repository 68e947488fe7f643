"""The cookie that carries the session's key, and the answer to whoever tries too often."""

from __future__ import annotations

from flask import Response, current_app, make_response
from werkzeug.wrappers import Response as AnyResponse

from web.app import parts
from web.auth.throttle import Throttle

#: Seconds that "stay signed in" keeps the cookie; the table ends the session sooner where it must.
REMEMBERED = 14 * 86_400


def keep(answer: AnyResponse, key: str, *, remember: bool = False) -> AnyResponse:
    """Give the answer the cookie of a session; an empty key takes it away."""
    name, secure = current_app.config["AUTH_COOKIE"], current_app.config["AUTH_SECURE"]
    if key:
        age = REMEMBERED if remember else None
        answer.set_cookie(name, key, max_age=age, secure=secure, httponly=True, samesite="Lax", path="/")
    else:
        answer.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")
    return answer


def throttle() -> Throttle:
    """The table of tries of this process."""
    found: Throttle = parts().cache.setdefault("throttle", Throttle())
    return found


def too_many(page: str, wait: int) -> Response:
    """The page with 429 and the seconds to wait."""
    answer = make_response(page, 429)
    answer.headers["Retry-After"] = str(wait)
    return answer
