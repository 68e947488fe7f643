"""What may be done with a live search: stop it, try one target again, fetch more of it, see everything ranked anew."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request

from web.app import t as say
from web.live import address, whose
from web.live.watching import gone
from web.may import needs


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule(
        "/live/<search>/<any(stop,retry,more,fresh):what>", view_func=act, methods=["POST"]
    )


@needs("look")
def act(search: str, what: str) -> Any:
    """Do it and lead back to the page."""
    mine = whose.mine(search)
    if mine is None:
        return gone()
    engine, id, owner = mine
    target = request.form.get("target", "")
    done = True
    if what == "stop":
        done = engine.stop(id, owner)
    elif what == "retry":
        done = engine.retry(id, owner, target)
    elif what == "more":
        done = engine.more(id, owner, target)
    shown = address.read(search, request.args)
    if what == "fresh":
        engine.snapshot(id, owner, shown.view(fresh=True))
    if not done:
        flash(say("live.not_done"), "warn")
    return redirect(shown.address(), 303)
