"""What every page of the desk stands on: whose desk it is, who acts, the libraries by name, counts of queues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template, url_for
from werkzeug.wrappers import Response

from broker import desk
from broker.errors import NotNow, Stale, UnknownRequest
from broker.service import Broker
from broker.views import Actor
from foundation import libraries, people
from foundation.libraries import Changed, Library
from web import formats
from web.app import parts
from web.desk import fields, words

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

PER_PAGE = 50


def broker() -> Broker:
    """The broker over this installation's database."""
    return parts().broker


def now() -> datetime:
    """The moment of this request."""
    return parts().clock()


def today() -> date:
    """The day it is at this library."""
    return now().astimezone(ZoneInfo(g.library.zone)).date()


def actor() -> Actor:
    """Who acts, for the library that the address names."""
    is_librarian = ("librarian", g.library.id) in g.viewer.roles
    return Actor(
        user_id=g.viewer.user_id, role="librarian" if is_librarian else "head", library_id=g.library.id
    )


def libraries_by_id() -> Mapping[str, Library]:
    """All libraries, read once a request."""
    if "desk_libraries" not in g:
        with parts().db.read() as c:
            g.desk_libraries = {one.id: one for one in libraries.every(c)}
    found: Mapping[str, Library] = g.desk_libraries
    return found


def names_of_users(ids: set[str]) -> Mapping[str, str]:
    """Names of colleagues by account id; unknown ones are left out."""
    found = {}
    with parts().db.read() as c:
        for one in ids:
            try:
                found[one] = people.get_user(c, one).name
            except people.UnknownPerson:
                continue
    return found


def counts() -> Mapping[str, Mapping[str, int]]:
    """Counts of both desks' queues and of patrons to confirm."""
    with parts().db.read() as c:
        return {
            "borrowing": desk.borrowing_counts(c, g.library.id),
            "lending": desk.lending_counts(c, g.library.id),
            "patrons": {"pending": people.count_patrons(c, g.library.id, state="pending")},
        }


def at(endpoint: str, **values: Any) -> str:
    """The address of a page of this library's desk."""
    return url_for(f"desk.{endpoint}", library=g.library.code, **values)


@blueprint.app_template_filter("near")
def _near(value: datetime | date) -> str:
    zone = g.library.zone if g.get("library") else "Asia/Jakarta"
    return words.near(value, g.language, zone, parts().clock())


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """What the frame of these pages needs; rooms beside this one that use it need it too."""
    if not g.get("library"):
        return {}
    return {
        "library": g.library,
        "libs": libraries_by_id(),
        "at": at,
        "counts": counts(),
        "BORROWING": desk.BORROWING,
        "LENDING": desk.LENDING,
        "today": today(),
        "code_label": words.code_label,
        "lateness": lambda day: words.lateness(day, today(), g.language),
        "clock": lambda told: formats.clock_time(datetime.fromisoformat(told), g.language, g.library.zone),
        "row_actions": fields.QUEUE_ACTIONS,
        **words.HELPERS,
    }


@blueprint.errorhandler(UnknownRequest)
@blueprint.errorhandler(people.UnknownPerson)
@blueprint.errorhandler(libraries.UnknownLibrary)
def _unknown(_: Exception) -> tuple[str, int]:
    return render_template("error.html", code=404, known=404), 404


@blueprint.errorhandler(Stale)
@blueprint.errorhandler(NotNow)
@blueprint.errorhandler(Changed)
def _changed(_: Exception) -> tuple[str, int] | Response:
    return render_template("error.html", code=409, known=409), 409
