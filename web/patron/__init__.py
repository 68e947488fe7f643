"""What readers ask for, and where it stands."""

from __future__ import annotations

from flask import Blueprint

from web.patron import asking, mine

blueprint = Blueprint("patron", __name__, url_prefix="/my")
for _room in (asking, mine):
    _room.routes(blueprint)
