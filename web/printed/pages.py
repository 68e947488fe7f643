"""/catalogue: librarians and admins have the union catalogue printed, and fetch the file."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, flash, g, jsonify, redirect, render_template, request, send_file
from sqlalchemy import select

from foundation import libraries
from foundation.tables import job
from web import forms, jobs, texts
from web.admin.background import far_of
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs
from web.printed import work
from web.printed.entry import ORDERS

blueprint = Blueprint("printed", __name__, url_prefix="/catalogue")

#: Jobs shown.
_SHOWN = 20
_CLASS = re.compile(r"[0-9]{0,3}|[0-9]{3}\.[0-9]{1,6}")


@blueprint.route("", methods=["GET", "POST"])
@needs("print")
def catalogue() -> Any:
    """What was printed and what is being printed; a form that asks for more."""
    if request.method == "GET":
        return _page(forms.filled({"order": "class", "language": g.language}))
    form = forms.read("order", "library", "dewey", "language")
    form.one_of("order", ORDERS, "printed.bad.order")
    form.one_of("language", texts.LANGUAGES, "printed.bad.language")
    if not _CLASS.fullmatch(form["dewey"]):
        form.wrong("dewey", "printed.bad.dewey")
    chosen = None
    with parts().db.read() as c:
        if form["library"]:
            chosen = next((one for one in libraries.every(c) if one.code == form["library"]), None)
            if chosen is None:
                form.wrong("library", "printed.bad.library")
    if not form:
        return _page(form), 422
    with parts().db.begin() as c:
        jobs.start(
            c,
            work.KIND,
            now=parts().clock(),
            asked_by=g.viewer.user_id,
            subject=":".join((form["order"], form["library"], form["dewey"], form["language"])),
            title=title_of(form["language"]),
            order=form["order"],
            library_id=chosen.id if chosen else "",
            library=chosen.code if chosen else "",
            dewey=form["dewey"],
            language=form["language"],
        )
    flash(say("printed.asked"), "ok")
    return redirect("/catalogue")


@blueprint.get("/<job_id>.pdf")
@needs("print")
def catalogue_pdf(job_id: str) -> Response:
    """The file; 404 when there is none (any longer)."""
    row = _job(job_id)
    path = work.file_of(parts(), row.id)
    if row.state != "done" or not path.exists():
        abort(404)
    name = "-".join(
        filter(None, ("katalog-induk", row.payload.get("library", "").lower(), row.payload.get("dewey")))
    )
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=f"{name}.pdf")


@blueprint.get("/<job_id>/progress")
@needs("print")
def catalogue_progress(job_id: str) -> Response:
    """How far it is, for the script of the page."""
    return jsonify(far_of(_job(job_id)))


def title_of(language: str) -> str:
    """What the catalogue is called: by the installation's name, where it has one of its own."""
    name = parts().settings.web.name
    if name == "Silang":
        return texts.say("printed.title", language)
    return texts.say("printed.of", language, name=name)


def _job(job_id: str) -> Any:
    with parts().db.read() as c:
        row = c.execute(select(job).where(job.c.id == job_id, job.c.kind == work.KIND)).first()
    if row is None:
        abort(404)
    return row


def _page(form: Form) -> str:
    with parts().db.read() as c:
        members = libraries.every(c, "active", "suspended")
        rows = c.execute(
            select(job)
            .where(job.c.kind == work.KIND)
            .order_by(job.c.queued_at.desc(), job.c.id.desc())
            .limit(_SHOWN)
        ).all()
    return render_template(
        "printed/catalogue.html",
        form=form,
        members=members,
        rows=[(row, far_of(row), work.file_of(parts(), row.id).exists()) for row in rows],
        running=any(row.state in jobs.OPEN for row in rows),
        ORDERS=ORDERS,
    )
