"""Accounts: signing in and out, registering, a forgotten password, one's own sessions and settings."""

from __future__ import annotations

from flask import Blueprint

from web.account import access, own, register

blueprint = Blueprint("account", __name__)
for _room in (access, register, own):
    _room.routes(blueprint)
