"""What every admin page stands on: who acts, libraries by name, the counts of the menu, what is written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, g, render_template, url_for
from sqlalchemy import Connection, func, select

from foundation import events, libraries, people
from foundation.libraries import Library
from foundation.tables import event, job, outbox
from harvester.errors import UnknownSource
from harvester.tables import held, quarantine, source
from index.targets.tables import target
from web.admin import words
from web.app import parts
from web.desk.words import near
from web.jobs import OPEN

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

PER_PAGE = 50

#: Whose clock the admin pages show: those of the network, not of one library.
ZONE = "Asia/Jakarta"

#: Time zones that a library, branch or schedule may have, as the forms offer them.
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Pontianak", "UTC")


def now() -> datetime:
    """The moment of this request."""
    return parts().clock()


def today() -> date:
    """The day that it is for the network."""
    return now().astimezone(ZoneInfo(ZONE)).date()


def at(endpoint: str, **values: Any) -> str:
    """The address of an admin page."""
    return url_for(f"admin.{endpoint}", **values)


def libraries_by_id() -> Mapping[str, Library]:
    """All libraries, read once a request."""
    if "admin_libraries" not in g:
        with parts().db.read() as c:
            g.admin_libraries = {one.id: one for one in libraries.every(c)}
    found: Mapping[str, Library] = g.admin_libraries
    return found


def names_of_users(c: Connection, ids: Iterable[str | None]) -> Mapping[str, str]:
    """Names of accounts by id; those that are gone are left out."""
    found = {}
    for one in {one for one in ids if one}:
        try:
            found[one] = people.get_user(c, one).name
        except people.UnknownPerson:
            continue
    return found


def note(c: Connection, kind: str, object_id: str, action: str, **data: Any) -> None:
    """Write down what an admin did with a library, a source or an account."""
    events.append(
        c,
        events.Event(
            object_type=kind,
            object_id=object_id,
            action=action,
            at=now(),
            user_id=g.viewer.user_id,
            side="admin",
            data=data,
        ),
    )


def page_number() -> int:
    """The page of a list that the address asks for; the first is 1."""
    from flask import request

    return max(1, min(100_000, request.args.get("page", 1, type=int)))


def code_or_404(c: Connection, code: str) -> Library:
    """The library of this code, as written; ends the request otherwise."""
    try:
        found = libraries.by_code(c, code)
    except libraries.UnknownLibrary:
        abort(404)
    if found.code != code:
        abort(404)
    return found


def menu() -> Mapping[str, int]:
    """The numbers beside the entries of the menu."""
    with parts().db.read() as c:

        def number(*where: Any) -> int:
            return int(c.execute(select(func.count()).where(*where)).scalar_one())

        return {
            "sources": number(source.c.deleted_at.is_(None)),
            "trouble": number(source.c.deleted_at.is_(None), source.c.health.in_(("failing", "held"))),
            "targets": number(target.c.deleted_at.is_(None)),
            "held": number(held.c.state == "held"),
            "quarantine": number(quarantine.c.resolved_at.is_(None)),
            "libraries": len(libraries_by_id()),
            "dead": number(outbox.c.state == "dead"),
            "jobs": number(job.c.state.in_(OPEN)),
        }


def written_down(c: Connection, *, limit: int, offset: int) -> list[Any]:
    """What admins did, the newest first, as rows of the event table."""
    wanted = select(event).where(event.c.side == "admin")
    return list(c.execute(wanted.order_by(event.c.at.desc(), event.c.id.desc()).limit(limit).offset(offset)))


@blueprint.context_processor
def shared() -> dict[str, Any]:
    """What the frame of these pages needs; rooms beside this one that use it need it too."""
    if not g.viewer.is_admin:
        return {}  # the page that says no
    return {
        "at": at,
        "menu": menu(),
        "libs": libraries_by_id(),
        "now": now(),
        "when": lambda value: near(value, g.language, ZONE, now()),
        "zone": ZONE,
        **words.HELPERS,
    }


@blueprint.errorhandler(UnknownSource)
@blueprint.errorhandler(people.UnknownPerson)
@blueprint.errorhandler(libraries.UnknownLibrary)
def _unknown(_: Exception) -> tuple[str, int]:
    return render_template("error.html", code=404, known=404), 404
