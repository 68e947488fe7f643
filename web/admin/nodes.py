"""Libraries whose SLiMS sends us its catalogue by itself: who may, with which key, and what came."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select

from foundation import libraries
from harvester import sources, store
from harvester.errors import BadSource
from harvester.push import nodes as store_of_nodes
from index.tables import record
from web import forms
from web.admin.room import at, blueprint, note, now
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs


@blueprint.get("/nodes")
@needs("network")
def nodes() -> str:
    """The nodes, their last uploads, and the form for another one."""
    return _page(forms.filled({"library": request.args.get("library", "")}))


@blueprint.post("/nodes")
@needs("network")
def node_add() -> Any:
    """Register a node; its key is shown on this one page and never again."""
    form = forms.read("library", "node")
    with parts().db.read() as c:
        chosen = next(
            (one for one in libraries.every(c, "active", "suspended") if one.code == form["library"]), None
        )
    if chosen is None:
        form.wrong("library", "admin.bad.library")
    if form and chosen is not None:
        try:
            with parts().db.begin() as c:
                made, key = store_of_nodes.add(
                    c, library_id=chosen.id, node=form["node"], seal=parts().seal, at=now()
                )
                note(c, "source", made.source_id, "node_added", code=made.code)
            return _page(forms.filled({}), shown=(made.node, key))
        except BadSource as bad:
            form.wrong("node", f"admin.node.bad.{bad.reason}")
    return _page(form), 422


@blueprint.post("/nodes/<code>")
@needs("network")
def node_change(code: str) -> Any:
    """Give a node another key, or switch it off and on."""
    do = request.form.get("do", "")
    if do not in ("key", "on", "off"):
        abort(404)
    with parts().db.begin() as c:
        one = sources.by_code(c, code)
        found = store_of_nodes.get(c, one.id)
        if do == "key":
            key = store_of_nodes.new_key(c, one.id)
            note(c, "source", one.id, "node_key", code=code)
        else:
            sources.set_enabled(c, one.id, do == "on")
            note(c, "source", one.id, "node_enabled" if do == "on" else "node_disabled", code=code)
    if do == "key":
        return _page(forms.filled({}), shown=(found.node, key))
    flash(say("admin.node.done"), "ok")
    return redirect(at("nodes"))


def _page(form: Form, shown: tuple[str, str] | None = None) -> str:
    with parts().db.read() as c:
        members = libraries.every(c, "active", "suspended")
        found = store_of_nodes.listed(c)
        ids = [one.source_id for one in found]
        living = (record.c.source_id.in_(ids), record.c.gone_at.is_(None))
        wanted = select(record.c.source_id, func.count()).where(*living).group_by(record.c.source_id)
        titles = {source_id: int(number) for source_id, number in c.execute(wanted)}
        bad = {source_id: store.quarantine_count(c, source_id) for source_id in ids}
    address = parts().settings.web.public_url or url_for("search.home", _external=True)
    return render_template(
        "admin/nodes.html",
        form=form,
        members=members,
        found=found,
        titles=titles,
        bad=bad,
        shown=shown,
        address=address.rstrip("/"),
    )
