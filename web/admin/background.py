"""Background work: what runs, how far it is, what it brought; the index made anew; files read in."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, current_app, flash, g, jsonify, redirect, render_template, request
from sqlalchemy import Row, func, select

from foundation import libraries
from foundation.tables import job
from web import formats, forms, jobs, texts
from web.admin.room import at, blueprint, names_of_users, note, now, page_number
from web.app import parts
from web.app import t as say
from web.auth import sessions
from web.desk.paging import paging
from web.forms import Form
from web.may import needs

#: Jobs on one page.
PER_PAGE = 30

#: A catalogue that comes as a file may be so large, in bytes. Everything else keeps the limit of the site.
LARGEST_FILE = 512 * 1024 * 1024


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


@blueprint.route("/files", methods=["GET", "POST"])
@needs("network")
def files() -> Any:
    """Take a file of records for a library; the worker reads it in."""
    form = (
        forms.read("library")
        if request.method == "POST"
        else forms.filled({"library": request.args.get("library", "")})
    )
    if request.method == "GET":
        return _files_page(form)
    with parts().db.read() as c:
        chosen = next(
            (one for one in libraries.every(c, "active", "suspended") if one.code == form["library"]), None
        )
    if chosen is None:
        form.wrong("library", "admin.bad.library")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.wrong("file", "admin.bad.file")
    if not form or sent is None or chosen is None:
        return _files_page(form), 422
    folder = parts().data / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = uuid.uuid4().hex
    sent.save(folder / name)
    with parts().db.begin() as c:
        made = jobs.start(
            c,
            "read_file",
            now=now(),
            asked_by=g.viewer.user_id,
            subject=f"{chosen.code}:{name[:20]}",
            library_id=chosen.id,
            library=chosen.code,
            file=name,
            filename=(sent.filename or "")[-120:],
        )
        note(c, "library", chosen.id, "file_sent", code=chosen.code, job=made)
    flash(say("admin.file.sent", name=(sent.filename or "")[-120:]), "ok")
    return redirect(at("jobs"))


def _files_page(form: Form) -> str:
    with parts().db.read() as c:
        members = libraries.every(c, "active", "suspended")
    return render_template("admin/files.html", form=form, members=members, largest=LARGEST_FILE)


@blueprint.url_value_preprocessor
def _larger(endpoint: str | None, _: dict[str, Any] | None) -> None:
    """Let an admin, and nobody else, send a whole catalogue.

    This runs before the form is read (its token is checked before anybody is known here), so the
    session is looked up for it alone.
    """
    if endpoint != "admin.files" or request.method != "POST":
        return
    key = request.cookies.get(current_app.config["AUTH_COOKIE"], "")
    with parts().db.read() as c:
        found = sessions.find(c, key, now()) if key else None
    if found and found[0].is_admin:
        request.max_content_length = LARGEST_FILE


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
