"""Handing a request to a colleague, who is liable for it once she accepts."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request

from broker.errors import Missing, NotNow, Stale
from broker.liability import handover
from broker.views import RequestView
from web.app import parts
from web.app import t as say
from web.desk.room import actor, at, blueprint, broker
from web.may import needs


@blueprint.post("/<library>/requests/<request_id>/liable")
@needs("desk_work")
def request_liable(library: str, request_id: str) -> Any:
    """Offer it to a colleague, accept it, or leave it where it is (`do`: offer, take_over, refuse_offer)."""
    do = request.form.get("do", "")
    version = request.form.get("version", 0, type=int)
    try:
        if do == "take_over":
            broker().take_over(actor(), request_id, version)
        elif do == "refuse_offer":
            broker().refuse_offer(actor(), request_id, version)
        else:
            do = "offer"
            broker().offer(actor(), request_id, version, request.form.get("to", "")[:36])
    except Missing:
        flash(say("desk.liable.nobody"), "bad")
    except (NotNow, Stale):
        flash(say("desk.liable.not_now"), "warn")
    else:
        flash(say(f"desk.liable.done.{do}"), "ok")
    return redirect(at("request_page", request_id=request_id))


def choices(view: RequestView) -> tuple[tuple[str, str], ...]:
    """(id, name) of those to whom the viewer may hand it; () for whoever may not."""
    with parts().db.read() as c:
        if not handover.may_offer(c, view.liable_user_id, view.state, actor()):
            return ()
        found = handover.colleagues(c, g.library.id, view.liable_user_id)
    return tuple((one.id, one.name) for one in found)
