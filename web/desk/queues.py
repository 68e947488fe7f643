"""The two desks as queues: filters in the address, one next action a row, the same action on many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, flash, g, redirect, render_template, request
from sqlalchemy import select

from broker import desk
from broker.desk import BORROWING, LENDING, SORTS, TABS, BorrowRow, Filter
from broker.views import RowResult
from foundation import libraries
from foundation.tables import patron as patron_table
from web.app import parts
from web.app import t as say
from web.desk import bulk as results
from web.desk import fields, slips, words
from web.desk.paging import address, paging
from web.desk.room import PER_PAGE, actor, at, blueprint, broker
from web.may import needs

#: Rows that one bulk action takes.
MOST = 500
#: Rows of a page; the last one lets a whole queue be ticked at once.
SIZES = (50, 200, MOST)
#: The tab that is none: whatever its state.
ALL = "all"


@blueprint.get("/<library>/borrowing")
@needs("desk_look")
def borrowing(library: str) -> str:
    """What we borrow from others."""
    return _list("borrowing")


@blueprint.get("/<library>/lending")
@needs("desk_look")
def lending(library: str) -> str:
    """What others borrow from us."""
    return _list("lending")


@blueprint.post("/<library>/<side>/bulk")
@needs("desk_work")
def bulk(library: str, side: str) -> Any:
    """One action on the chosen rows (id:version); its result is shown row by row and kept for download."""
    if side not in ("borrowing", "lending"):
        abort(404)
    back = request.form.get("back", "")
    here = back if back.startswith(at(side)) else at(side)
    single = request.form.get("one", "")  # the button of a row: action|id:version
    action, chosen = request.form.get("action", ""), request.form.getlist("row")
    if single:
        action, _, row = single.partition("|")
        chosen = [row]
    rows = [pair for pair in (_pair(text) for text in chosen) if pair]
    if not rows or not action:
        flash(say("desk.bulk.none"), "warn")
        return redirect(here)
    if len(rows) > MOST:
        flash(say("desk.bulk.many", most=MOST), "warn")
        return redirect(here)
    form, values = fields.read(side, action)
    if not form:
        flash("; ".join(form.errors.values()), "bad")
        return redirect(here)
    kind = "request" if side == "borrowing" else "supply"
    done = broker().bulk(actor(), kind, rows, action, **values)
    if len(done) == 1:
        _flash_one(kind, done[0])
        if done[0].error in ("missing", "not_allowed"):  # its own page has the fields for that
            page = {"request": ("request_page", "request_id"), "supply": ("supply_page", "attempt_id")}[kind]
            return redirect(at(page[0], **{page[1]: done[0].id}))
        return redirect(here)
    key = results.keep(kind, action, done, here)
    return redirect(at("bulk_result", key=key))


@blueprint.get("/<library>/results/<key>")
@needs("desk_look")
def bulk_result(library: str, key: str) -> str:
    """What became of each row."""
    return render_template("desk/bulk.html", key=key, result=results.find(key))


@blueprint.get("/<library>/results/<key>.csv")
@needs("desk_look")
def bulk_csv(library: str, key: str) -> Response:
    """The same as CSV (UTF-8 with a mark that spreadsheets understand)."""
    text = results.as_csv(results.find(key))
    return Response(
        text.encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="silang-{g.library.code}-{key[:8]}.csv"'},
    )


def patron_names(rows: Sequence[BorrowRow]) -> Mapping[str, str]:
    """Member numbers of the patrons of these rows, by patron id: for the own library's lists."""
    ids = {row.patron_id for row in rows if row.patron_id}
    if not ids:
        return {}
    p = patron_table.c
    with parts().db.read() as c:
        found = c.execute(select(p.id, p.number).where(p.id.in_(ids), p.library_id == g.library.id))
        return {row.id: row.number for row in found}


def _pair(text: str) -> tuple[str, int] | None:
    made, _, version = text.partition(":")
    return (made, int(version)) if made and version.isdecimal() and len(version) < 10 else None


def _flash_one(kind: str, done: RowResult) -> None:
    if not done.error:
        flash(f"{done.code}: {words.state_of(kind, done.state)}.", "ok")
        return
    label = "field" if done.error == "missing" else "refusal"
    detail = ", ".join(words.code_label(label, one) for one in done.detail)
    flash(f"{done.code}: {say(f'desk.bulk.error.{done.error}')} {detail}".strip(), "bad")


def _list(side: str) -> str:
    queues: Mapping[str, Any] = BORROWING if side == "borrowing" else LENDING
    wanted, page = _wanted(queues)
    with parts().db.read() as c:
        find = desk.borrowing if side == "borrowing" else desk.lending
        found = find(c, g.library.id, wanted)
        branches = libraries.branches(c, g.library.id)
    tab = queues[wanted.queue][0] if wanted.queue else wanted.tab
    filtered = any((wanted.other, wanted.pickup_branch_id, wanted.service_type, wanted.text))
    return render_template(
        f"desk/{side}.html",
        side=side,
        wanted=wanted,
        tab=tab,
        found=found,
        filtered=filtered,
        branches=branches,
        patrons=patron_names(found.rows) if side == "borrowing" else {},
        paging=paging(page, total=found.total, size=wanted.limit),
        actions=fields.QUEUE_ACTIONS[side].get(wanted.queue, ()),
        REASONS=fields.REASONS,
        unprinted=len(slips.unprinted()) if wanted.queue in slips.TO_PULL and side == "lending" else 0,
        here=address(),
        SORTS=SORTS,
        SIZES=SIZES,
        TABS=TABS,
    )


def _wanted(queues: Mapping[str, Any]) -> tuple[Filter, int]:
    """The filter that the address asks for; what it does not know is 404, not 'everything'."""
    queue, tab = request.args.get("queue", ""), request.args.get("tab", "")
    if (queue and queue not in queues) or (tab and tab not in (*TABS, ALL)):
        abort(404)
    overdue, attention = request.args.get("overdue") == "1", request.args.get("attention") == "1"
    page = min(10_000, max(1, request.args.get("page", 1, type=int)))
    sort, size = request.args.get("sort", ""), request.args.get("rows", PER_PAGE, type=int)
    size = size if size in SIZES else PER_PAGE
    anything = tab == ALL or overdue or attention
    return (
        Filter(
            tab="" if queue or tab == ALL else tab or ("" if anything else "needs_action"),
            queue=queue,
            other=request.args.get("other", "")[:36],
            pickup_branch_id=request.args.get("branch", "")[:36],
            service_type=request.args.get("service", "")[:8],
            text=request.args.get("text", "").strip()[:200],
            attention=attention,
            overdue=overdue,
            sort=sort if sort in SORTS else "oldest",
            offset=(page - 1) * size,
            limit=size,
        ),
        page,
    )
