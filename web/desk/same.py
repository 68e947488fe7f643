"""One title or two: pairs that may be the same, why records stand under one title, joining and splitting."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import abort, flash, g, redirect, render_template, request
from sqlalchemy import Connection, select

from foundation import events
from index import decisions, views
from index.matching import reviewing
from index.tables import record
from web.app import parts, t
from web.desk.paging import paging
from web.desk.room import PER_PAGE, at, blueprint, names_of_users, now
from web.may import needs

VERDICTS = ("same", "not_same", "")


@blueprint.get("/<library>/same")
@needs("desk_look")
def same(library: str) -> str:
    """A page of pairs to decide, or of what was decided here."""
    page = min(10_000, max(1, request.args.get("page", 1, type=int)))
    view = "decided" if request.args.get("view") == "decided" else ""
    look = reviewing.decided if view else reviewing.waiting
    with parts().db.read() as c:
        found: Any = look(c, g.library.id, limit=PER_PAGE + 1, skip=(page - 1) * PER_PAGE)
    shown = found[:PER_PAGE]
    return render_template(
        "desk/same.html",
        view=view,
        found=shown,
        users=names_of_users({one.user_id for one in shown if one.user_id}) if view else {},
        paging=paging(page, more=len(found) > PER_PAGE),
    )


@blueprint.post("/<library>/same")
@needs("desk_work")
def same_decide(library: str) -> Any:
    """Decide about a pair, or take a decision back."""
    a, b = request.form.get("a", 0, type=int), request.form.get("b", 0, type=int)
    verdict = request.form.get("verdict", "?")
    if verdict not in VERDICTS or not a or not b or a == b:
        abort(400)
    with parts().db.begin() as c:
        _own(c, [a, b])
        decisions.decide(c, a, b, verdict, now(), user_id=g.viewer.user_id, library_id=g.library.id)
        _note(c, str(min(a, b)), verdict or "taken_back", {"a": a, "b": b})
    flash(t(f"same.done.{verdict or 'taken_back'}"), "ok")
    back = {"view": "decided"} if request.form.get("view") == "decided" else {}
    return redirect(at("same", page=request.form.get("page", type=int), **back))


@blueprint.get("/<library>/titles/<cluster_id>")
@needs("desk_look")
def title(library: str, cluster_id: str) -> Any:
    """Why records stand under one title, with what may be done about it."""
    with parts().db.read() as c:
        found = _title(c, cluster_id)
        if isinstance(found, views.Moved):
            return redirect(at("title", cluster_id=found.id), 301)
        members = reviewing.members(c, cluster_id)
    return render_template("desk/title.html", cluster=found, members=members, most=reviewing.MOST)


@blueprint.post("/<library>/titles/<cluster_id>")
@needs("desk_work")
def title_change(library: str, cluster_id: str) -> Any:
    """Take a record out of the title, or join another title to it."""
    with parts().db.begin() as c:
        found = _title(c, cluster_id)
        if isinstance(found, views.Moved):
            return redirect(at("title", cluster_id=found.id))
        if request.form.get("action") == "split":
            done = _split(c, found, request.form.get("record", 0, type=int))
        else:
            done = _join(c, found, request.form.get("other", ""))
    flash(t(f"same.done.{done}"), "ok" if done in ("split", "joined") else "warn")
    return redirect(at("title", cluster_id=cluster_id))


def _split(c: Connection, found: views.Cluster, record_id: int) -> str:
    others = [d.id for d in found.descriptions if d.id != record_id]
    if len(others) == len(found.descriptions):
        return "not_there"
    if not others:
        return "alone"
    for other in others:
        decisions.decide(
            c, record_id, other, "not_same", now(), user_id=g.viewer.user_id, library_id=g.library.id
        )
    _note(c, str(record_id), "split", {"record": record_id, "from": found.id})
    return "split"


def _join(c: Connection, found: views.Cluster, said: str) -> str:
    """Join the title that an address or id names: one tie between the displayed records holds all together."""
    other = views.get(c, urlsplit(said.strip()).path.rstrip("/").rpartition("/")[2][:36])
    if isinstance(other, views.Moved):
        other = views.get(c, other.id)
    if not isinstance(other, views.Cluster):
        return "not_there"
    if other.id == found.id:
        return "already"
    mine, yours = found.descriptions[found.shown].id, other.descriptions[other.shown].id
    decisions.decide(c, mine, yours, "same", now(), user_id=g.viewer.user_id, library_id=g.library.id)
    _note(c, str(mine), "joined", {"a": mine, "b": yours, "titles": [found.id, other.id]})
    now_at = c.execute(select(record.c.cluster_id).where(record.c.id.in_((mine, yours)))).scalars().all()
    return "joined" if len(set(now_at)) == 1 else "kept_apart"


def _title(c: Connection, cluster_id: str) -> views.Cluster | views.Moved:
    """The title, when this library has a record under it; 404 otherwise."""
    found = views.get(c, cluster_id)
    if isinstance(found, views.Moved):
        return found
    if not isinstance(found, views.Cluster) or g.library.id not in found.libraries():
        abort(404)
    return found


def _own(c: Connection, record_ids: list[int]) -> None:
    """404 unless both are there and one of them is this library's."""
    query = select(record.c.id, record.c.library_id).where(record.c.id.in_(record_ids))
    rows = c.execute(query.where(record.c.gone_at.is_(None))).all()
    if len(rows) != len(record_ids) or all(row.library_id != g.library.id for row in rows):
        abort(404)


def _note(c: Connection, object_id: str, action: str, data: dict[str, Any]) -> None:
    events.append(
        c,
        events.Event(
            object_type="record",
            object_id=object_id,
            action=action,
            at=now(),
            user_id=g.viewer.user_id,
            library_id=g.library.id,
            side="staff",
            data=data,
        ),
    )
