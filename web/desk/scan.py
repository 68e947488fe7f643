"""The scan page: one field; each scan does the next sensible step, and the last ones stay in sight."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, session

from broker.errors import Missing, NotAllowed, NotNow, Stale, UnknownRequest
from broker.views import Scanned
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
    kept = _kept()
    return render_template("desk/scan.html", log=kept["lines"], mode=kept["mode"], slip=kept["slip"])


@blueprint.post("/<library>/scan")
@needs("desk_work")
def scan_one(library: str) -> Any:
    """Record the step that belongs to what was scanned, or say why nothing was recorded.

    In the mode 'pair' a slip waits for the scan of its book: the wrong one records nothing.
    """
    kept = _kept()
    text = request.form.get("text", "").strip()[:120]
    if request.form.get("clear"):
        kept["lines"] = []
    elif "mode" in request.form and not text:
        kept |= {"mode": "pair" if request.form["mode"] == "pair" else "one", "slip": ""}
    elif request.form.get("drop"):
        kept["slip"] = ""
    elif text and kept["mode"] == "pair" and not kept["slip"] and text.upper().startswith("SL-"):
        kept["slip"] = text
    elif text:
        slip, kept["slip"] = kept["slip"], ""
        done = _do(slip, barcode=text) if slip else _do(text)
        kept["lines"] = [_line(text, done), *kept["lines"]][:KEPT]
    session["desk_scans"] = kept
    return redirect(at("scan"))


def _line(text: str, done: Scanned) -> dict[str, Any]:
    machine = "supply" if done.side == "supply" else machine_of("borrowing", done.done)
    return {
        "at": now().isoformat(),
        "text": text[:60],
        "error": done.error,
        "code": done.code,
        "side": done.side,
        "id": done.id,
        "done": words.code_label(f"event.{machine}", done.done) if done.done else "",
        "state": words.state_of(done.side, done.state) if done.state else "",
    }


def _do(text: str, **fields: str) -> Scanned:
    try:
        return broker().scan(actor(), text, **fields)
    except UnknownRequest:
        return Scanned(error="unknown_code")
    except Missing:
        return Scanned(error="needs_more")
    except (NotNow, Stale, NotAllowed):
        return Scanned(error="no_step")


def _kept() -> dict[str, Any]:
    """What this sitting at this desk holds: mode, a slip that waits for its book, the last lines."""
    kept: dict[str, Any] = session.get("desk_scans") or {}
    if kept.get("library") != g.library.id:
        kept = {"library": g.library.id, "mode": "one", "slip": "", "lines": []}
    return kept
