"""The scan page: one field; each scan does the next sensible step, and the last ones stay in sight."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, session

from broker.errors import Missing, NotAllowed, NotNow, Stale, UnknownRequest
from broker.views import Scanned
from web import texts
from web.desk import words
from web.desk.fields import machine_of
from web.desk.room import actor, at, blueprint, broker, now
from web.may import needs

#: Scans that stay in sight.
KEPT = 8


@blueprint.get("/<library>/scan")
@needs("desk_work")
def scan(library: str) -> str:
    """The field and the last scans of this sitting."""
    return render_template("desk/scan.html", log=_log())


@blueprint.post("/<library>/scan")
@needs("desk_work")
def scan_one(library: str) -> Any:
    """Record the step that belongs to what was scanned, or say why nothing was recorded."""
    if request.form.get("clear"):
        session.pop("desk_scans", None)
        return redirect(at("scan"))
    text = request.form.get("text", "").strip()[:120]
    if text:
        done = _do(text)
        side = "supply" if done.side == "supply" else fields_side(done.done)
        line = {
            "at": now().isoformat(),
            "text": text[:60],
            "error": done.error,
            "code": done.code,
            "side": done.side,
            "id": done.id,
            "done": words.code_label(f"event.{side}", done.done) if done.done else "",
            "state": _state(done),
        }
        session["desk_scans"] = {"library": g.library.id, "lines": [line, *_log()][:KEPT]}
    return redirect(at("scan"))


def fields_side(action: str) -> str:
    """Whose action it was on the borrowing side."""
    return machine_of("borrowing", action)


def _do(text: str) -> Scanned:
    try:
        return broker().scan(actor(), text)
    except UnknownRequest:
        return Scanned(error="unknown_code")
    except Missing:
        return Scanned(error="needs_more")
    except (NotNow, Stale, NotAllowed):
        return Scanned(error="no_step")


def _state(done: Scanned) -> str:
    if not done.state:
        return ""
    if done.side == "supply":
        return words.code_label("supply", done.state)
    kind = "leg" if texts.has(f"leg.{done.state}") else "request"
    return words.code_label(kind, done.state)


def _log() -> list[dict[str, Any]]:
    kept = session.get("desk_scans") or {}
    lines: list[dict[str, Any]] = kept.get("lines", []) if kept.get("library") == g.library.id else []
    return lines
