"""Coming back to a search: saved with an account, followed as an Atom feed by anybody."""

from __future__ import annotations

from flask import Blueprint

from web.following import feed, searches

blueprint = Blueprint("following", __name__)
for _room in (feed, searches):
    _room.routes(blueprint)
