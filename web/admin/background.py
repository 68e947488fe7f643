"""Background work: what runs, how far it is, what it brought; the index made anew."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, g, jsonify, redirect, render_template
from sqlalchemy import Row, func, select

from foundation.tables import job
from web import formats, jobs, texts
from web.admin.room import at, blueprint, names_of_users, note, now, page_number
from web.app import parts
from web.app import t as say
from web.desk.paging import paging
from web.may import needs

#: Jobs on one page.
PER_PAGE = 30


@blueprint.get("/jobs", endpoint="jobs")
@needs("network")
def job_list() -> str:
    """Jobs, the newest first."""
    page = page_number()
    with parts().db.read() as c:
        total = int(c.execute(select(func.count()).select_from(job)).scalar_one())
        rows = c.execute(
            select(job)
            .order_by(job.c.queued_at.desc(), job.c.id.desc())
            .limit(PER_PAGE)
            .offset((page - 1) * PER_PAGE)
        ).all()
        by = names_of_users(c, [row.asked_by for row in rows])
    return render_template(
        "admin/jobs.html",
        rows=[(row, far_of(row)) for row in rows],
        by=by,
        running=any(row.state in jobs.OPEN for row in rows),
        paging=paging(page, total=total, size=PER_PAGE),
    )


@blueprint.post("/jobs/reindex")
@needs("network")
def job_reindex() -> Any:
    """Ask for the index to be made anew beside the one that answers meanwhile."""
    with parts().db.begin() as c:
        made = jobs.start(c, "reindex", now=now(), asked_by=g.viewer.user_id)
        note(c, "job", made, "reindex")
    flash(say("admin.reindex.done"), "ok")
    return redirect(at("jobs"))


@blueprint.get("/jobs/<job_id>/progress")
@needs("network")
def job_progress(job_id: str) -> Response:
    """How far a job is, for the script of the page."""
    with parts().db.read() as c:
        row = c.execute(select(job).where(job.c.id == job_id)).first()
    if row is None:
        abort(404)
    return jsonify(far_of(row))


@blueprint.post("/jobs/<job_id>/stop")
@needs("network")
def job_stop(job_id: str) -> Any:
    """Let a job end at its next step."""
    with parts().db.begin() as c:
        if c.execute(select(job.c.id).where(job.c.id == job_id)).first() is None:
            abort(404)
        jobs.ask_stop(c, job_id, now())
        note(c, "job", job_id, "job_stopped")
    flash(say("admin.job.stopping"), "ok")
    return redirect(at("jobs"))


def far_of(row: Row[Any]) -> dict[str, Any]:
    """How far a job is, in words, as the page and its script show it."""
    share = min(1.0, row.done / row.total) if row.total else None
    if row.state == "queued":
        done = texts.say("admin.far.queued", g.language)
    elif row.total:
        done = texts.say(
            "admin.far.share",
            g.language,
            percent=round((share or 0) * 100),
            count=formats.count(row.done, g.language),
            expected=formats.count(row.total, g.language),
        )
    elif row.done:
        done = texts.say("admin.far.count", g.language, n=row.done, count=formats.count(row.done, g.language))
    else:
        done = texts.say("admin.far.begun", g.language)
    more = texts.say("admin.far.stopping", g.language) if row.stop_asked and row.state == "running" else ""
    return {"open": row.state in jobs.OPEN, "share": share, "done": done, "left": "", "more": more}
