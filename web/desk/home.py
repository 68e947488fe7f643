"""The first pages: which desk, what needs us there, and finding one request."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for

from broker import desk
from broker.desk import Filter
from broker.liability import handover
from foundation import libraries
from foundation.ids import is_code
from web.app import parts
from web.desk.queues import patron_names
from web.desk.room import at, blueprint
from web.may import needs

#: Rows of each desk on the overview.
SHOWN = 8


@blueprint.get("")
@needs("own_account")
def home() -> Any:
    """The desk of whoever works at one; a choice for those who work at several."""
    with parts().db.read() as c:
        mine = [one for one in libraries.every(c) if one.id in g.viewer.staff]
        if len(mine) == 1:
            return redirect(url_for("desk.overview", library=mine[0].code))
        todo = {
            one.id: desk.borrowing_counts(c, one.id).get("needs_action", 0)
            + desk.lending_counts(c, one.id).get("needs_action", 0)
            for one in mine
        }
    return render_template("desk/choose.html", mine=mine, todo=todo)


@blueprint.get("/<library>")
@needs("desk_look")
def overview(library: str) -> str:
    """What needs us on both desks, oldest first."""
    wanted = Filter(tab="needs_action", sort="oldest", limit=SHOWN)
    with parts().db.read() as c:
        borrowing = desk.borrowing(c, g.library.id, wanted)
        lending = desk.lending(c, g.library.id, wanted)
        offered = handover.offered(c, g.library.id, g.viewer.user_id)
    return render_template(
        "desk/overview.html",
        borrowing=borrowing,
        lending=lending,
        offered=offered,
        patrons=patron_names(borrowing.rows),
    )


@blueprint.get("/<library>/find")
@needs("desk_look")
def find(library: str) -> Any:
    """Requests and supplies by title, author, code or barcode; a whole code goes straight to its page."""
    text = request.args.get("q", "").strip()[:200]
    if not text:
        return redirect(at("overview"))
    with parts().db.read() as c:
        borrowing = desk.borrowing(c, g.library.id, Filter(text=text, limit=25))
        lending = desk.lending(c, g.library.id, Filter(text=text, limit=25))
    if is_code(text.partition(".")[0]) or borrowing.total + lending.total == 1:
        if borrowing.total == 1 and lending.total == 0:
            return redirect(at("request_page", request_id=borrowing.rows[0].id))
        if lending.total == 1 and borrowing.total == 0:
            return redirect(at("supply_page", attempt_id=lending.rows[0].id))
    return render_template(
        "desk/find.html",
        text=text,
        borrowing=borrowing,
        lending=lending,
        patrons=patron_names(borrowing.rows),
    )
