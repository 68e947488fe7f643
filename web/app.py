"""The Flask application: who is looking, may they, in which language, with which headers."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from foundation.tables import library
from web import formats, logs, texts
from web.auth import sessions
from web.freshness import updated
from web.may import IN_LIBRARY, Viewer, may
from web.squeezed import squeeze
from web.wiring import Parts

#: Modules that each bring a `blueprint`.
ROOMS = (
    "web.search",
    "web.live",
    "web.account",
    "web.patron",
    "web.desk",
    "web.admin",
    "web.agreements",
    "web.api",
    "web.oai",
    "web.sru",
    "web.intake",
    "web.printed",
    "web.taking",
    "web.following",
    "web.iso18626",
    "web.robots",
    "web.health",
)

#: No inline script or style, nothing from elsewhere, no framing.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

csrf = CSRFProtect()


def create_app(parts: Parts, rooms: tuple[str, ...] = ROOMS) -> Flask:
    """The application over these parts."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    secure = _is_secure(parts)
    app.config.update(
        SECRET_KEY=_key(parts.data / "web.key"),
        SESSION_COOKIE_NAME="__Host-silang-form" if secure else "silang-form",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=2_000,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,
        AUTH_COOKIE="__Host-silang" if secure else "silang",
        AUTH_SECURE=secure,
    )
    app.extensions["silang"] = parts
    app.jinja_options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.undefined = _strict_undefined()
    if parts.settings.web.proxies:
        n = parts.settings.web.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.before_request(_who)
    app.before_request(_may_they)
    csrf.init_app(app)  # after them: its refusal is a page like any other, in somebody's language
    for name in rooms:
        app.register_blueprint(import_module(name).blueprint)
    app.after_request(_headers)
    app.after_request(squeeze)
    logs.watch(app)
    app.register_error_handler(HTTPException, _error)
    app.register_error_handler(Exception, _crash)
    _templates(app, parts)
    return app


def parts() -> Parts:
    """The parts of the application that answers now."""
    from flask import current_app

    found: Parts = current_app.extensions["silang"]
    return found


def _is_secure(parts: Parts) -> bool:
    wanted = parts.settings.web.secure
    return wanted == "yes" or (wanted == "auto" and parts.settings.web.public_url.startswith("https://"))


def _key(path: Path) -> bytes:
    """The key that signs forms; made once, readable by us alone."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


def _strict_undefined() -> Any:
    from jinja2 import StrictUndefined

    return StrictUndefined


# --- before each request -------------------------------------------------------------------------


def _who() -> AnyResponse | None:
    """Find the viewer, the language, and give the request an id."""
    from flask import current_app

    g.request_id = uuid.uuid4().hex[:16]
    g.viewer = Viewer()
    g.session_key = ""
    if request.endpoint == "static":
        return None
    here = parts()
    key = request.cookies.get(current_app.config["AUTH_COOKIE"], "")
    if key:
        now = here.clock()
        with here.db.read() as c:
            found = sessions.find(c, key, now)
        if found:
            g.viewer, seen = found
            g.session_key = key
            if now - seen > timedelta(minutes=1):
                with here.db.begin() as c:
                    sessions.touch(c, key, now)
    asked = request.args.get("lang") or request.cookies.get("silang-lang") or ""
    if asked in texts.LANGUAGES:
        g.language = asked
    elif g.viewer.user_id:
        g.language = g.viewer.language
    else:
        g.language = request.accept_languages.best_match(texts.LANGUAGES, default="id")
    return None


def _may_they() -> AnyResponse | None:
    """The one check: the action of the route, in the library that the address names."""
    from flask import current_app

    if request.endpoint is None or request.endpoint == "static":
        return None
    view = current_app.view_functions[request.endpoint]
    action = getattr(view, "action", None)
    if action is None:
        raise RuntimeError(f"route {request.endpoint} names no action")
    g.library = None
    if "library" in (request.view_args or {}):
        code = str((request.view_args or {})["library"])
        with parts().db.read() as c:
            g.library = c.execute(select(library).where(library.c.code == code)).first()
        if g.library is None and action in IN_LIBRARY and g.viewer.user_id:
            abort(404)
    if may(g.viewer, action, g.library.id if g.library else None):
        return None
    if g.viewer.user_id is None:
        if request.path.startswith("/api/"):
            abort(401)
        back = request.full_path if request.method == "GET" else ""
        return redirect(url_for("account.sign_in", next=back.rstrip("?")))
    raise NotFound if action in IN_LIBRARY else Forbidden


# --- after each request --------------------------------------------------------------------------


def _headers(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if request.endpoint != "static":
        personal = g.get("viewer", Viewer()).user_id is not None or request.method != "GET"
        response.headers.setdefault(
            "Cache-Control", "no-store" if personal else "private, max-age=0, no-cache"
        )
        response.headers.setdefault("Vary", "Cookie, Accept-Language")
        asked = request.args.get("lang", "")
        if asked in texts.LANGUAGES:
            response.set_cookie("silang-lang", asked, max_age=365 * 86400, samesite="Lax", httponly=True)
    from flask import current_app

    if current_app.config["AUTH_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _error(error: HTTPException) -> Any:
    """An error page that says what failed and what can be done; problem+json for the API (RFC 9457)."""
    if error.response is not None:
        return error.response
    code = error.code or 500
    answer = _problem(error, code) if request.path.startswith("/api/") else _error_page(code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):  # RFC 9110 15.5.6: a 405 says what is allowed
            answer.headers[name] = value
    return answer


def _problem(error: HTTPException, code: int) -> Response:
    from flask import jsonify

    answer = jsonify(type="about:blank", title=error.name, status=code, detail=str(error.description or ""))
    answer.content_type = "application/problem+json"
    answer.status_code = code
    return answer


def _error_page(code: int) -> Response:
    from flask import make_response, render_template

    g.setdefault("language", "id")
    g.setdefault("viewer", Viewer())
    g.setdefault("request_id", "")
    known = code if texts.has(f"error.{code}.title") else 500
    return make_response(render_template("error.html", code=code, known=known), code)


def _crash(error: Exception) -> Any:
    from flask import current_app
    from werkzeug.exceptions import InternalServerError

    if current_app.config.get("PROPAGATE_EXCEPTIONS") or current_app.testing:
        raise error
    current_app.logger.exception("request failed", extra={"path": request.path})
    return _error(InternalServerError())


# --- templates -----------------------------------------------------------------------------------


def t(key: str, **values: Any) -> str:
    """The text of a key in the viewer's language."""
    return texts.say(key, g.language, **values)


def _templates(app: Flask, parts: Parts) -> None:
    def spoken(function: Callable[..., str]) -> Callable[..., str]:
        return lambda value, *rest: function(value, g.language, *rest)

    app.jinja_env.globals.update(
        t=t,
        th=lambda key, **values: texts.say_html(key, g.language, **values),
        has_text=texts.has,
        site=parts.settings.web.name,
        catalogue_updated=_updated,
        other_language=_in_language,
        LANGUAGES=texts.LANGUAGES,
        may=lambda action, library_id=None: may(g.viewer, action, library_id),
        version=_static_version,
    )
    for name in (
        "day",
        "plain_day",
        "day_of",
        "short_day",
        "moment",
        "clock_time",
        "count",
        "rupiah",
        "size",
    ):
        app.jinja_env.filters[name] = spoken(getattr(formats, name))
    app.context_processor(lambda: {"viewer": g.viewer, "language": g.language})


def _updated() -> datetime | None:
    return updated(parts())


def _in_language(language: str) -> str:
    """The address of this very page in the other language."""
    from urllib.parse import urlencode

    pairs = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
    return f"{request.path}?{urlencode([*pairs, ('lang', language)])}"


def _static_version(name: str) -> str:
    """The address of a static file, with the time of its change so that it may be kept for a year."""
    path = Path(__file__).parent / "static" / name
    return f"/static/{name}?v={int(path.stat().st_mtime)}"


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of this site, else the first page."""
    if not target or not target.startswith("/") or target[1:2] == "/" or "\\" in target:
        return "/"
    if any(ord(character) < 33 or ord(character) == 127 for character in target):
        return "/"  # browsers drop tabs and line ends: "/<tab>/evil" is "//evil" to them
    pieces = urlsplit(target)
    if pieces.scheme or pieces.netloc:
        return "/"
    return target
