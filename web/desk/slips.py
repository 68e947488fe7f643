"""Pull slips as PDF: one, the chosen ones, or all that were not printed yet; printing marks them."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, request

from broker import desk
from broker.desk import Filter, LendRow
from broker.errors import UnknownRequest
from broker.slips import LABELS, Slip, pdf
from broker.views import SupplyView
from foundation import libraries
from web import formats
from web.app import parts
from web.app import t as say
from web.desk import bulk
from web.desk.room import actor, at, blueprint, broker, libraries_by_id
from web.may import needs

#: Queues in which something is looked for on the shelf.
TO_PULL = ("new", "to_ship")
#: Slips in one file.
MOST = 500
KIND = "desk_slips"


def unprinted() -> list[LendRow]:
    """Supplies whose slip was never printed."""
    found: list[LendRow] = []
    with parts().db.read() as c:
        for queue in TO_PULL:
            rows = desk.lending(c, g.library.id, Filter(queue=queue, sort="oldest", limit=MOST)).rows
            found += [row for row in rows if not row.flags.get("pull")]
    return found[:MOST]


@blueprint.post("/<library>/slips")
@needs("desk_work")
def slips(library: str) -> Any:
    """Mark the slips as printed and go to their file, which can be fetched again."""
    if request.form.get("all"):
        ids = [row.id for row in unprinted()]
    else:
        ids = [text.partition(":")[0] for text in request.form.getlist("row")][:MOST]
    found = [view for view in (_supply(one) for one in dict.fromkeys(ids)) if view]
    if not found:
        flash(say("desk.slips.nothing"), "warn")
        return redirect(at("lending"))
    rows = [(one.id, one.version) for one in found if any(a.name == "print_slip" for a in one.actions)]
    broker().bulk(actor(), "supply", rows, "print_slip")
    key = bulk.store(KIND, {}, [one.id for one in found])
    return redirect(at("slips_pdf", key=key), code=303)


@blueprint.get("/<library>/slips/<key>.pdf")
@needs("desk_work")
def slips_pdf(library: str, key: str) -> Response:
    """The file, in the order in which one walks along the shelves."""
    ids = bulk.fetch(KIND, key).result
    found = [view for view in (_supply(one) for one in ids) if view]
    with parts().db.read() as c:
        branches = {one.id: one.name for one in libraries.branches(c, g.library.id, closed=True)}
    made = sorted((_slip(view, branches) for view in found), key=lambda one: (one.location, one.call_number))
    labels = {name: say(f"slip.{name}") for name in LABELS}
    labels |= {"heading": say("slip.heading"), "lender": f"{g.library.code}  {g.library.name}"}
    return Response(
        pdf(made, labels),
        mimetype="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="slip-{g.library.code}-{key[:8]}.pdf"',
            # Viewers inside browsers show a PDF in an object with a style of their own.
            "Content-Security-Policy": "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; "
            "frame-ancestors 'none'",
        },
    )


def _supply(attempt_id: str) -> SupplyView | None:
    try:
        return broker().supply(actor(), attempt_id)
    except UnknownRequest:
        return None


def _slip(view: SupplyView, branches: dict[str, str]) -> Slip:
    asks = libraries_by_id()[view.requesting_library_id]
    held = view.holding
    places = (
        branches.get(held.get("branch_id") or "", held.get("branch_text") or ""),
        held.get("location") or "",
    )
    cited = view.citation
    part = ", ".join(cited[name] for name in ("article_title", "volume", "issue", "pages") if cited.get(name))
    return Slip(
        code=view.code,
        title=cited.get("title") or cited.get("article_title") or say("desk.no_title"),
        author=", ".join(filter(None, (cited.get("author"), cited.get("year")))),
        edition=", ".join(filter(None, (cited.get("edition"), part))),
        call_number=str(held.get("call_number") or ""),
        location=", ".join(filter(None, places)),
        for_library=f"{asks.code}  {asks.name}",
        need_by=formats.day(view.need_by, g.language) if view.need_by else "",
        due_on=formats.day(view.due_on, g.language) if view.due_on else "",
        service=say(f"service.{view.service_type}"),
        note=view.supplier_note,
    )
