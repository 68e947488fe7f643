"""Robots: a map for the good ones, bounds for the others."""

from __future__ import annotations

from flask import Blueprint

from web.robots import guard, maps

blueprint = Blueprint("robots", __name__)
for _room in (maps, guard):
    _room.routes(blueprint)
blueprint.before_app_request(guard.watch)
