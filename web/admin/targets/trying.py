"""A test search of one target, with everything that goes over the wire in words."""

from __future__ import annotations

from typing import Any

from flask import abort, g, redirect, render_template, request
from sqlalchemy import select

from foundation.ids import uuid7
from foundation.tables import job
from index.targets import store
from web import forms, jobs
from web.admin.room import at, blueprint, now
from web.app import parts
from web.may import needs

#: How a query of a test search may be written: as in the search box, as PQF, as CQL.
LANGUAGES = ("box", "pqf", "cql")


@blueprint.route("/targets/<code>/try", methods=["GET", "POST"])
@needs("network")
def target_try(code: str) -> Any:
    """Search the target once: the words, how they are to be read, and then all that was said."""
    with parts().db.read() as c:
        one = store.by_code(c, code)
    if request.method == "POST":
        form = forms.read("query", "language")
        form.require({"query": "targets.try.query.none"})
        form.one_of("language", LANGUAGES, "targets.try.language.bad")
        if not form:
            return render_template("admin/target_try.html", target=one, form=form, row=None, open=False), 422
        asked = {"target": one.id, "query": form["query"][:500], "language": form["language"]}
        with parts().db.begin() as c:
            made = jobs.start(
                c,
                "target_search",
                now=now(),
                asked_by=g.viewer.user_id,
                subject=uuid7(),
                **asked,
            )
        return redirect(at("target_try", code=code, job=made))
    row = None
    form = forms.filled({"query": "", "language": "box"})
    if asked_job := request.args.get("job", ""):
        with parts().db.read() as c:
            row = c.execute(select(job).where(job.c.id == asked_job, job.c.kind == "target_search")).first()
        if row is None or row.payload.get("target") != one.id or row.asked_by != g.viewer.user_id:
            abort(404)
        form = forms.filled({"query": row.payload["query"], "language": row.payload["language"]})
    return render_template(
        "admin/target_try.html",
        target=one,
        form=form,
        row=row,
        open=row is not None and row.state in jobs.OPEN,
    )
