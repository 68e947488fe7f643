"""Searching elsewhere too: live searches of other catalogues as pages, as JSON and as a stream of events."""

from __future__ import annotations

from flask import Blueprint

from web.live import acting, asking, checking, copying, events, machine, opened, starting, watching

blueprint = Blueprint("live", __name__)
for _room in (starting, watching, acting, events, machine, opened, copying, asking, checking):
    _room.routes(blueprint)
blueprint.add_app_template_global(starting.offered, "searchable_elsewhere")
blueprint.after_app_request(starting.forget)
