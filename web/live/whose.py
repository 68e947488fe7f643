"""Whose a live search is: an account's, or that of a guest's browser. Nobody else learns that it exists."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from flask import g, session

from index.live.engine import LiveEngine
from web import elsewhere
from web.app import parts

#: Under which name the form cookie, which we sign, holds what a guest's searches belong to.
KEY = "live"


class Mine(NamedTuple):
    """A search that whoever is looking may see: the engine, its id, and as whose it is kept."""

    engine: LiveEngine
    id: str
    owner: str


def audience() -> str:
    """As whom targets are searched: public, signed_in, staff."""
    return elsewhere.audience_of(g.viewer)


def owner() -> str:
    """To whom a search that is started now belongs."""
    if g.viewer.user_id:
        return f"account {g.viewer.user_id}"
    if KEY not in session:
        session[KEY] = secrets.token_urlsafe(16)
    return f"guest {session[KEY]}"


def mine(search: str) -> Mine | None:
    """The search, if it is there and the viewer's; a guest who signs in keeps what this browser began before."""
    here = parts()
    if not (here.data / "live.db").exists():
        return None  # nobody has searched elsewhere yet: no file is made for looking
    engine = elsewhere.live_engine(here)
    owners = []
    if g.viewer.user_id:
        owners.append(f"account {g.viewer.user_id}")
    if KEY in session:
        owners.append(f"guest {session[KEY]}")
    for one in owners:
        if engine.version(search, one) is not None:
            return Mine(engine, search, one)
    return None
