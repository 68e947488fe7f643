"""Taking a source away with everything it brought: asked twice, done by the worker, with tombstones."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request

from harvester import retention, sources
from web import forms
from web.admin.room import at, blueprint, note, now
from web.admin.sources import records_by_source
from web.app import parts
from web.app import t as say
from web.may import needs


@blueprint.route("/sources/<code>/delete", methods=["GET", "POST"])
@needs("network")
def source_delete(code: str) -> Any:
    """Say what goes, let the code be typed, and hand the work to the worker."""
    with parts().db.read() as c:
        one = sources.by_code(c, code)
        amount = records_by_source(c).get(one.id, 0)
    if one.provisioned:
        flash(say("admin.from_file.why"), "warn")
        return redirect(at("source", code=code))
    form = forms.read("typed") if request.method == "POST" else forms.Form()
    if request.method == "POST":
        if form["typed"] != one.code:
            form.wrong("typed", "admin.delete.typed.wrong", code=one.code)
        else:
            with parts().db.begin() as c:
                asked = retention.delete_source(c, one.id, at=now(), asked_by=g.viewer.user_id)
                note(c, "source", one.id, "deleted", code=code, records=amount)
            flash(say("admin.delete.done", name=one.name), "ok")
            return redirect(at("harvest", harvest_id=asked.id))
    page = render_template("admin/source_delete.html", source=one, amount=amount, form=form)
    return page, 422 if form.errors else 200
