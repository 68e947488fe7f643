"""What the pages of agreements stand on: at which desk they are shown, who acts, addresses, names of parties."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template, request, url_for

from broker.errors import UnknownRequest
from broker.partnership.deciding import last_day
from broker.partnership.service import Partnerships
from broker.partnership.states import IN_FORCE
from broker.partnership.store import UnknownAgreement
from broker.partnership.values import CHANNELS, Agreement, Party
from broker.views import Actor
from foundation import libraries
from foundation.libraries import Library, UnknownLibrary
from web.admin import room as admin_room
from web.admin.room import ZONE
from web.agreements import words
from web.app import parts, t
from web.desk import room as desk_room

blueprint = Blueprint("agreements", __name__)

#: State of an agreement -> how its badge looks.
TONES = {
    "draft": "unknown",
    "proposed": "half",
    "agreed": "half",
    "valid": "ok",
    "ending": "warn",
    "ended": "ring",
    "suspended": "bad",
    "terminated": "ring",
    "refused": "ring",
}


def agreed() -> Partnerships:
    """The use cases of agreements over this installation."""
    return Partnerships(parts().broker.house)


def is_admin_page() -> bool:
    """Whether the page is one of the admin pages; else it is one of the desk of g.library."""
    return request.path.startswith("/admin/")


def actor() -> Actor:
    """Who acts: the admin on admin pages, at a desk its head before its librarian."""
    if is_admin_page():
        return Actor(user_id=g.viewer.user_id, role="admin", library_id="")
    heads = ("head", g.library.id) in g.viewer.roles
    return Actor(user_id=g.viewer.user_id, role="head" if heads else "librarian", library_id=g.library.id)


def place(name: str, **values: Any) -> str:
    """The address of a page of agreements on this side: of the desk of g.library, or of the admin pages."""
    if is_admin_page():
        return url_for(f"agreements.admin_{name}", **values)
    return url_for(f"agreements.desk_{name}", library=g.library.code, **values)


def today() -> date:
    """The day that it is at this desk, on other pages for the network."""
    zone = g.library.zone if g.get("library") else ZONE
    return parts().clock().astimezone(ZoneInfo(zone)).date()


def libraries_by_id() -> Mapping[str, Library]:
    """All libraries, read once a request."""
    if "agreement_libraries" not in g:
        with parts().db.read() as c:
            g.agreement_libraries = {one.id: one for one in libraries.every(c)}
    found: Mapping[str, Library] = g.agreement_libraries
    return found


def name_of(party: Party) -> str:
    """What a party is called."""
    one = libraries_by_id().get(party.library_id or "")
    return one.name if one else party.name


def ends(agreement: Agreement) -> date | None:
    """The last day of an agreement as its terms of today say."""
    return last_day(agreement, agreement.on(today()))


def days_left(agreement: Agreement) -> int | None:
    """Days to the end of an agreement that is in force and ends within thirty days; None otherwise."""
    last = ends(agreement)
    if agreement.state not in IN_FORCE or last is None or agreement.auto_renew_months:
        return None
    left = (last - today()).days
    return left if 0 <= left <= 30 else None


def waits_for_us(agreement: Agreement) -> bool:
    """Whether this library has a revision to confirm."""
    if is_admin_page() or agreement.state not in ("proposed", *IN_FORCE):
        return False
    party = agreement.party(g.library.id)
    return party is not None and party.role != "observer" and party.confirmed < agreement.newest.number


@blueprint.context_processor
def _shared() -> dict[str, Any]:
    more: dict[str, Any] = {}
    if request.path.startswith("/desk/") and g.get("library"):
        more = desk_room.shared()
    elif is_admin_page():
        more = admin_room.shared()
    return {
        "libs": libraries_by_id(),
        "today": today(),
        **more,
        "place": place,
        "name_of": name_of,
        "ends": ends,
        "days_left": days_left,
        "waits_for_us": waits_for_us,
        "agreement_tone": TONES,
        "channels": lambda: [(one, t(f"coop.channel.{one}")) for one in CHANNELS],
        "term_lines": lambda form, terms: words.term_lines(form, terms, g.language),
        "fee_words": lambda fee: words.fee_words(fee, g.language),
        "exclusion_words": lambda one: words.exclusion_words(one, g.language),
        "mend": lambda code, own: words.mend(code, g.language, own=own),
        "on_admin": is_admin_page(),
        "frame": "admin/admin.html" if is_admin_page() else "desk/desk.html",
    }


@blueprint.errorhandler(UnknownAgreement)
@blueprint.errorhandler(UnknownRequest)
@blueprint.errorhandler(UnknownLibrary)
def _unknown(_: Exception) -> tuple[str, int]:
    return render_template("error.html", code=404, known=404), 404
