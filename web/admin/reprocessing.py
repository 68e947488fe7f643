"""Read the stored records again, all of them: asked for here, done by the worker, watched among the jobs."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, request

from harvester import reprocess, sources
from harvester.errors import UnknownSource
from web import jobs
from web.admin.room import at, blueprint, note, now
from web.app import parts
from web.app import t as say
from web.may import needs


@blueprint.post("/jobs/reprocess")
@needs("network")
def job_reprocess() -> Any:
    """Ask for the records of a source (its code in the form), or of all, to be read again from their raw bytes."""
    code = request.form.get("source", "")
    with parts().db.begin() as c:
        try:
            source_id = sources.by_code(c, code).id if code else None
        except UnknownSource:
            abort(404)
        reprocess.mark(c, source_id)
        made = jobs.start(
            c,
            "reprocess",
            now=now(),
            asked_by=g.viewer.user_id,
            subject=code,
            **({"source_id": source_id, "source": code} if source_id else {}),
        )
        note(c, "job", made, "reprocess")
    flash(say("admin.reprocess.done"), "ok")
    return redirect(at("jobs"))
