"""A typed wish meets the catalogue: the titles that it may mean, and the one that the desk chooses."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from broker.errors import NotNow, Stale
from web.app import parts
from web.app import t as say
from web.desk import citations
from web.desk.room import actor, at, blueprint, broker
from web.may import needs


@blueprint.post("/<library>/requests/<request_id>/title")
@needs("desk_work")
def request_title(library: str, request_id: str) -> Any:
    """Say which title of the catalogue is meant; the rota is then built from its copies."""
    back = redirect(at("request_page", request_id=request_id))
    broker().request(actor(), request_id)  # of another library: unknown
    with parts().db.read() as c:
        found = citations.of_cluster(c, request.form.get("cluster", "")[:36])
    if found is None:
        flash(say("desk.new.record_gone"), "warn")
        return back
    try:
        broker().choose(actor(), request_id, request.form.get("version", 0, type=int), found[0])
    except (NotNow, Stale):
        flash(say("desk.edit.stale"), "warn")
    else:
        flash(say("desk.titles.chosen"), "ok")
    return back
