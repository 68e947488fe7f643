"""Liability passes to a colleague of the same library, and only to one who accepts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from broker import store
from broker.aftermath import Loaded
from broker.case import Case, Outcome
from broker.errors import Missing, NotNow, Stale
from broker.house import House
from broker.roles import STAFF
from broker.showing import may_see
from broker.states import REQUEST
from broker.tables import request
from broker.views import Actor
from foundation import people


def may_offer(c: Connection, liable_user_id: str | None, state: str, actor: Actor) -> bool:
    """Whether this actor may hand the request to a colleague: who is liable, or a head of the library."""
    if liable_user_id is None or actor.user_id is None or state in REQUEST.terminal:
        return False
    return actor.role in STAFF and (actor.user_id == liable_user_id or _is_head(c, actor))


def colleagues(c: Connection, library_id: str, liable_user_id: str | None) -> tuple[people.User, ...]:
    """Whom it can be handed to: active staff of the library but the one who is liable now, by name."""
    return tuple(one for one in people.staff(c, library_id) if one.id != liable_user_id)


def offered(c: Connection, library_id: str, user_id: str) -> tuple[Any, ...]:
    """Open requests (rows: id, code, citation) that a colleague asks this person to be liable for, oldest first."""
    r = request.c
    rows = c.execute(
        select(r.id, r.code, r.citation)
        .where(r.library_id == library_id, r.offered_to == user_id, r.state.not_in(REQUEST.terminal))
        .order_by(r.created_at)
    )
    return tuple(rows)


def offer(
    c: Connection,
    house: House,
    actor: Actor,
    request_id: str,
    version: int,
    now: datetime,
    to_user_id: str,
) -> None:
    """Ask a colleague. A head who names herself takes it at once. Raises UnknownRequest, Stale, NotNow, Missing."""
    loaded = _loaded(c, actor, request_id, version)
    liable = loaded.case.liable_user_id
    if not may_offer(c, liable, loaded.case.state, actor):
        raise NotNow("only who is liable, or a head, hands a request over")
    if to_user_id not in {one.id for one in colleagues(c, loaded.library.id, liable)}:
        raise Missing(["to_user_id"])
    if to_user_id == actor.user_id:
        _save(c, house, loaded, actor, now, "take_over", liable=to_user_id, told=to_user_id)
        return
    _save(c, house, loaded, actor, now, "offer", offered_to=to_user_id, told=to_user_id)


def accept(c: Connection, house: House, actor: Actor, request_id: str, version: int, now: datetime) -> None:
    """Take it. Raises UnknownRequest, Stale, NotNow."""
    loaded = _loaded(c, actor, request_id, version)
    is_staff = actor.user_id in {one.id for one in people.staff(c, loaded.library.id)}
    if actor.user_id is None or loaded.row["offered_to"] != actor.user_id or not is_staff:
        raise NotNow("it was not offered to this person")
    _save(c, house, loaded, actor, now, "take_over", liable=actor.user_id, told=actor.user_id)


def refuse(c: Connection, house: House, actor: Actor, request_id: str, version: int, now: datetime) -> None:
    """Leave it where it is. Raises UnknownRequest, Stale, NotNow."""
    loaded = _loaded(c, actor, request_id, version)
    asked = loaded.row["offered_to"]
    if asked is None:
        raise NotNow("it was offered to nobody")
    if asked != actor.user_id and not may_offer(c, loaded.case.liable_user_id, loaded.case.state, actor):
        raise NotNow("only who was asked, who is liable, or a head")
    _save(c, house, loaded, actor, now, "refuse_offer", told=asked)


def _is_head(c: Connection, actor: Actor) -> bool:
    # The role in which somebody acts is one of those they have: a head who is a librarian too acts as that.
    return actor.user_id in {one.id for one in people.staff(c, actor.library_id, "head")}


def _loaded(c: Connection, actor: Actor, request_id: str, version: int) -> Loaded:
    loaded = store.load(c, request_id)
    may_see(loaded, actor)
    if loaded.row["version"] != version:
        raise Stale(loaded.row["code"])
    if actor.role not in STAFF or loaded.case.state in REQUEST.terminal:
        raise NotNow("there is nothing left to answer for, or not for this person")
    return loaded


def _save(
    c: Connection,
    house: House,
    loaded: Loaded,
    actor: Actor,
    now: datetime,
    action: str,
    *,
    told: str,
    liable: str | None = None,
    offered_to: str | None = None,
) -> None:
    case: Case = replace(loaded.case, liable_user_id=liable) if liable else loaded.case
    fields = {"action": action, "to_user_id": told}
    store.save(c, house, loaded, Outcome(case, (), ()), actor, now, fields, {"offered_to": offered_to})
