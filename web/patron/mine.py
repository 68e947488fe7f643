"""My requests: each with one plain sentence, the steps, what happened so far, and a way out while there is one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.exceptions import NotFound

from broker.errors import NotNow, Stale, UnknownRequest
from broker.views import RequestView, TimelineStep
from foundation import libraries
from web import formats, texts
from web.app import parts
from web.app import t as say
from web.may import needs
from web.patron.card import Card, cards
from web.search.directory import directory

#: The steps that a loan goes through, and which of them each stage has reached.
STEPS = ("received", "looking", "on_its_way", "ready", "with_you")
REACHED = {
    "draft": 0,
    "received": 0,
    "at_home": 1,
    "looking": 1,
    "asked": 1,
    "promised": 1,
    "on_its_way": 2,
    "ready": 3,
    "with_you": 4,
}

#: Shape of the badge of each stage that is not simply running.
SHAPES = {
    "ready": "ok",
    "with_you": "ring",
    "on_its_way": "half",
    "returned": "ok",
    "done": "ok",
    "cancelled": "plain",
    "cancelling": "plain",
    "not_available": "bad sq",
    "rejected": "bad sq",
    "lost": "bad sq",
}

#: Stages after which nothing more happens.
OVER = frozenset({"done", "cancelled", "not_available", "rejected", "lost"})

#: How a step of the timeline is drawn.
DOTS = {"not_available": "bad", "rejected": "bad", "lost": "bad", "ready": "ok", "done": "ok"}

#: Requests on one page.
MOST = 100


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/requests", view_func=requests)
    blueprint.add_url_rule("/requests/<request_id>", view_func=one)
    blueprint.add_url_rule("/requests/<request_id>/cancel", view_func=cancel, methods=["GET", "POST"])


@needs("own_requests")
def requests() -> str:
    """All requests that are running, or those that are over."""
    over = request.args.get("view") == "done"
    found = _all()
    shown = [(card, view) for card, view in found if (view.stage in OVER) == over]
    return render_template(
        "patron/requests.html",
        rows=[_row(card, view, open_line=number == 0) for number, (card, view) in enumerate(shown)],
        over=over,
        running=sum(view.stage not in OVER for _, view in found),
        pending=[card.library.name for card in _cards() if card.patron.state == "pending"],
    )


@needs("own_requests")
def one(request_id: str) -> str:
    """One request."""
    card, view = _mine(request_id)
    return render_template("patron/request.html", row=_row(card, view, open_line=True))


@needs("own_requests")
def cancel(request_id: str) -> Any:
    """Ask first, then call it off."""
    card, view = _mine(request_id)
    if request.method == "GET":
        return render_template("patron/cancel.html", row=_row(card, view), view=view)
    version = request.form.get("version", "")
    try:
        parts().broker.cancel(card.actor, view.id, int(version) if version.isdigit() else 0)
    except (NotNow, Stale):
        flash(say("my.cancel.late"), "warn")
        return redirect(f"/my/requests/{view.id}")
    flash(say("my.cancel.done"), "ok")
    return redirect("/my/requests")


def _cards() -> tuple[Card, ...]:
    with parts().db.read() as c:
        return cards(c)


def _all() -> list[tuple[Card, RequestView]]:
    found = [(card, view) for card in _cards() for view in parts().broker.mine(card.actor, limit=MOST)]
    return sorted(found, key=lambda pair: pair[1].created_at, reverse=True)


def _mine(request_id: str) -> tuple[Card, RequestView]:
    """The request and the card it was asked with; somebody else's answers as if it did not exist."""
    for card in _cards():
        try:
            return card, parts().broker.request(card.actor, request_id)
        except UnknownRequest:
            continue
    raise NotFound


def _row(card: Card, view: RequestView, *, open_line: bool = False) -> dict[str, Any]:
    """What the card of a request shows."""
    supplier = _name(view.supplier_library_id or "")
    reached = REACHED.get(view.stage, len(STEPS) if view.stage in ("returned", "done") else -1)
    return {
        "id": view.id,
        "code": view.code,
        "stage": view.stage,
        "shape": SHAPES.get(view.stage, "half"),
        "title": view.citation.get("article_title") or view.citation.get("title", ""),
        "inside": view.citation.get("title", "") if view.citation.get("article_title") else "",
        "by": ", ".join(part for part in (view.citation.get("author"), view.citation.get("year")) if part),
        "record": f"/record/{view.cluster_id}" if view.cluster_id else "",
        "says": _sentence(card, view, supplier),
        "hint": _hint(view),
        "steps": [
            (say(f"my.step.{step}"), "done" if n < reached else "now" if n == reached else "todo")
            for n, step in enumerate(STEPS)
        ]
        if reached >= 0 and view.service_type == "loan"
        else [],
        "line": _line(card, view),
        "open": open_line,
        "can_cancel": any(action.name == "cancel" for action in view.actions),
        "home": card.library,
        "supplier": directory().by_id.get(view.supplier_library_id or ""),
    }


def _sentence(card: Card, view: RequestView, supplier: str) -> str:
    """What there is to do or to expect."""
    due = formats.day(view.patron_due_on, g.language) if view.patron_due_on else ""
    key = f"my.says.{view.stage}"
    if view.stage == "with_you" and not due:
        key = "my.says.with_you.open"
    elif view.stage in ("asked", "promised", "on_its_way") and not supplier:
        key = "my.says.looking"
    elif view.stage == "ready" and view.service_type == "copy":
        key = "my.says.copy_ready"
    return say(
        key,
        library=card.library.name,
        supplier=supplier,
        due=due,
        branch=_branch(card, view.pickup_branch_id),
    )


def _hint(view: RequestView) -> str:
    key = f"my.hint.{view.stage}"
    if view.stage in ("not_available", "rejected") and texts.has(f"my.reason.{view.reason}"):
        return say(f"my.reason.{view.reason}")
    return say(key, code=view.code) if texts.has(key) else ""


def _branch(card: Card, branch_id: str | None) -> str:
    found = next((one for one in card.branches if one.id == branch_id), None)
    if found is None and branch_id:
        with parts().db.read() as c:
            try:
                found = libraries.branch(c, branch_id)
            except libraries.UnknownLibrary:
                found = None
    return f"{card.library.name}, {found.name}" if found else card.library.name


def _line(card: Card, view: RequestView) -> list[dict[str, Any]]:
    """The timeline, newest first, in words."""
    steps = parts().broker.timeline(card.actor, view.id)
    return [
        {
            "words": _step(step),
            "at": step.at,
            "time": formats.moment(step.at, g.language, card.library.zone),
            "shape": "now" if number == 0 and view.stage not in OVER else DOTS.get(step.stage, ""),
        }
        for number, step in enumerate(reversed(steps))
    ]


def _step(step: TimelineStep) -> str:
    key = f"my.line.{step.stage}"
    library = _name(str(step.data.get("library_id", "")))
    if library and texts.has(f"{key}.named"):
        return say(f"{key}.named", library=library)
    reason = f"my.reason.{step.data.get('stage_reason', '')}"
    if step.stage in ("not_available", "rejected", "looking") and texts.has(reason):
        return f"{say(key)}. {say(reason)}"
    return say(key)


def _name(library_id: str) -> str:
    found = directory().by_id.get(library_id)
    return found.name if found else ""
