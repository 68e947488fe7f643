"""Deletions that a whole list asked for: those that wait for a decision, and those that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, g, redirect, render_template, request

from harvester import sources
from harvester.guard import held
from harvester.guard.held import Held
from harvester.sources import Source
from index.packing import unpack
from web import jobs
from web.admin.room import PER_PAGE, at, blueprint, names_of_users, note, now, page_number
from web.app import parts
from web.app import t as say
from web.desk.paging import paging
from web.may import needs

#: Records of one deletion on a page.
SHOWN = 50

#: What the two lists show.
WAITING = ("held",)
DECIDED = ("agreed", "deleted", "kept", "undone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """A record that a list lacks: its title as it is shown, the cluster whose page shows it, whether it is gone."""

    identifier: str
    title: str
    cluster: str
    gone: bool


@blueprint.get("/deletions")
@needs("network")
def deletions() -> str:
    """What waits, or what was decided, the newest first."""
    view = "decided" if request.args.get("view") == "decided" else "waiting"
    states = DECIDED if view == "decided" else WAITING
    page = page_number()
    with parts().db.read() as c:
        total = held.count(c, *states)
        found = held.listed(c, states=states, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        of = {one.source_id: sources.get(c, one.source_id) for one in found}
        by = names_of_users(c, [one.decided_by for one in found])
        waiting = held.count(c, *WAITING)
    return render_template(
        "admin/deletions.html",
        found=found,
        of=of,
        by=by,
        view=view,
        waiting=waiting,
        paging=paging(page, total=total, size=PER_PAGE),
    )


@blueprint.get("/deletions/<held_id>")
@needs("network")
def deletion(held_id: str) -> str:
    """One of them: how much is missing, which records, and what can be done."""
    page = page_number()
    with parts().db.read() as c:
        one = held.get(c, held_id)
        source = sources.get(c, one.source_id)
        rows = held.sample(c, held_id, limit=SHOWN, offset=(page - 1) * SHOWN)
        by = names_of_users(c, [one.decided_by])
    concerned = [
        Concerned(
            identifier=row.identifier,
            title=unpack(row.body).title if row.body else "",
            cluster=row.cluster_id or "",
            gone=row.gone_at is not None or row.body is None,
        )
        for row in rows
    ]
    return render_template(
        "admin/deletion.html",
        one=one,
        source=source,
        concerned=concerned,
        by=by.get(one.decided_by or "", ""),
        undo=may_undo(one),
        paging=paging(page, total=one.missing, size=SHOWN),
    )


@blueprint.post("/deletions/<held_id>")
@needs("network")
def deletion_decide(held_id: str) -> Any:
    """Delete them, keep them, or bring back those that were deleted. The worker does it, batch by batch."""
    action = request.form.get("action", "")
    if action not in ("delete", "keep", "undo"):
        abort(400)
    with parts().db.begin() as c:
        one = held.get(c, held_id)
        source = sources.get(c, one.source_id)
        done = _decide(c, one, source, action)
    flash(say(f"admin.deletion.{action}.done" if done else "admin.deletion.late"), "ok" if done else "warn")
    return redirect(at("deletion", held_id=held_id))


def _decide(c: Any, one: Held, source: Source, action: str) -> bool:
    by, moment = g.viewer.user_id, now()
    decide = {"delete": held.agree, "keep": held.keep, "undo": held.undo}[action]
    if not decide(c, one.id, by=by, at=moment):
        return False
    note(c, "source", source.id, f"deletion_{action}", code=source.code, records=one.missing, held=one.id)
    if action != "keep":
        kind = "delete_held" if action == "delete" else "bring_back"
        jobs.start(c, kind, now=moment, asked_by=by, subject=one.id, held=one.id, code=source.code)
    return True


def may_undo(one: Held) -> bool:
    """Whether the records can still come back."""
    return one.state == "deleted" and one.undo_until is not None and one.undo_until > now()
