"""Requests and supplies as each side is shown them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from broker import tables as t
from broker.aftermath import Loaded
from broker.case import Case
from broker.errors import UnknownRequest
from broker.roles import STAFF
from broker.stages import patron_reason
from broker.states import LEG, REQUEST, SUPPLY
from broker.store import load, stage_of
from broker.supply import Supply
from broker.supply_store import LoadedSupply
from broker.views import Action, Actor, AttemptView, RequestView, RotaView, SupplyView
from foundation.tables import message
from foundation.workflow import Row, legal


def may_see(loaded: Loaded, actor: Actor) -> None:
    """Raises UnknownRequest for what is not the actor's own: a thing of another library does not exist."""
    row = loaded.row
    if actor.role == "system":
        return
    if actor.role in STAFF and actor.library_id == row["library_id"]:
        return
    if actor.role == "patron" and actor.patron_id is not None and actor.patron_id == row["patron_id"]:
        return
    raise UnknownRequest(row["id"])


def may_see_supply(loaded: LoadedSupply, actor: Actor) -> None:
    """Raises UnknownRequest unless the actor works for the supplier, and the request has reached it."""
    row = loaded.row
    mine = actor.role in (*STAFF, "system") and actor.library_id == row["library_id"]
    if not mine or loaded.supply.state == "unasked":
        raise UnknownRequest(row["id"])


def request_view(c: Connection, request_id: str, actor: Actor, now: datetime) -> RequestView:
    """Raises UnknownRequest."""
    loaded = load(c, request_id, lock=False)
    may_see(loaded, actor)
    return view_of(c, loaded, actor, now)


def view_of(c: Connection, loaded: Loaded, actor: Actor, now: datetime) -> RequestView:
    """The view of a loaded request for staff or for its own patron."""
    row, case = loaded.row, loaded.case
    staff = actor.role in STAFF
    columns = {
        name: row[name]
        for name in (
            "id",
            "code",
            "library_id",
            "patron_id",
            "created_by",
            "cluster_id",
            "citation",
            "service_type",
            "purpose",
            "pickup_branch_id",
            "need_by",
            "any_edition",
            "note",
            "override_reason",
            "agreement_id",
            "agreement_revision",
            "terms",
            "patron_due_on",
            "version",
            "created_at",
            "changed_at",
            "closed_at",
            "purged_at",
        )
    }
    unread = _unread(c, [leg.id for leg in case.legs], row["library_id"]) if staff else {}
    return RequestView(
        **columns,
        liable_user_id=case.liable_user_id,
        supplier_note=row["supplier_note"] if staff else "",
        state=case.state,
        reason=case.reason if staff else patron_reason(case.state, case.reason),
        stage=stage_of(case),
        offered_to=row["offered_to"] if staff else None,
        attention=case.attention if staff else (),
        supplier_library_id=next((leg.library_id for leg in case.legs if leg.active), None),
        attempts=tuple(_attempt(one, unread.get(one["id"], 0)) for one in loaded.attempts) if staff else (),
        rota=_rota(c, row["id"]) if staff else (),
        actions=request_actions(case, actor.role, now),
    )


def asked_then(loaded: Loaded, at: datetime) -> dict[str, str]:
    """The library that was being asked at a time, as `library_id`; {} before the first was."""
    asked = [one for one in loaded.attempts if one["asked_at"] is not None and one["asked_at"] <= at]
    return {"library_id": max(asked, key=lambda one: one["number"])["library_id"]} if asked else {}


def _attempt(row: Mapping[str, Any], unread: int) -> AttemptView:
    same = {name: row[name] for name in AttemptView.__slots__ if name in row and name != "unread"}
    return AttemptView(**same, unread=unread)


_R = t.rota_entry.c
_ROTA = (
    select(_R.round, _R.rank, _R.library_id, _R.state, _R.why, _R.holding)
    .where(_R.request_id == bindparam("request"))
    .order_by(_R.round, _R.rank == 0, _R.rank, _R.id)
)


def _rota(c: Connection, request_id: str) -> tuple[RotaView, ...]:
    rows = c.execute(_ROTA, {"request": request_id})
    return tuple(RotaView(**row._mapping) for row in rows)


def request_actions(case: Case, role: str, now: datetime) -> tuple[Action, ...]:
    """The buttons of the requesting side: of the running leg, of late ones, of the request."""
    found = []
    for leg in sorted(case.legs, key=lambda one: not one.active):
        if leg.active or leg.state not in LEG.terminal:
            found += [_action(row, "leg", leg.id) for row in legal(LEG, leg, [role], now)]
    found += [_action(row, "request", None) for row in legal(REQUEST, case, [role], now)]
    return tuple(found)


def _action(row: Row, side: str, attempt_id: str | None) -> Action:
    return Action(
        name=row.action,
        side=side,
        attempt_id=attempt_id,
        needs=row.needs,
        optional=row.takes,
        main=row.main,
        grave=row.grave,
    )


def supply_view(c: Connection, loaded: LoadedSupply, role: str, now: datetime) -> SupplyView:
    """The view of a loaded supply for the supplier's staff."""
    row, supply = loaded.row, loaded.supply
    same = {
        name: row[name]
        for name in (
            "id",
            "code",
            "library_id",
            "requesting_library_id",
            "liable_user_id",
            "citation",
            "cluster_id",
            "service_type",
            "need_by",
            "any_edition",
            "supplier_note",
            "condition",
            "cost_minor",
            "currency",
            "barcode",
            "due_on",
            "holding",
            "asked_at",
            "answered_at",
            "shipped_at",
            "returned_at",
            "ended_at",
        )
    }
    return SupplyView(
        **same,
        state=supply.state,
        flags=supply.flags,
        reason=supply.reason,
        version=row["supply_version"],
        actions=supply_actions(supply, role, now),
        unread=_unread(c, [supply.id], row["library_id"]).get(supply.id, 0),
    )


def supply_actions(supply: Supply, role: str, now: datetime) -> tuple[Action, ...]:
    """The buttons of the supplying side."""
    return tuple(_action(row, "supply", supply.id) for row in legal(SUPPLY, supply, [role], now))


def _unread(c: Connection, attempt_ids: Sequence[str], library_id: str) -> dict[str, int]:
    if not attempt_ids:
        return {}
    m = message.c
    rows = c.execute(
        select(m.object_id, func.count())
        .where(
            m.object_type == "attempt",
            m.object_id.in_(attempt_ids),
            m.to_library_id == library_id,
            m.read_at.is_(None),
        )
        .group_by(m.object_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def mine(
    c: Connection, patron_id: str, actor: Actor, now: datetime, *, open_only: bool, offset: int, limit: int
) -> tuple[RequestView, ...]:
    """A patron's own requests, newest first."""
    query = (
        select(t.request.c.id)
        .where(t.request.c.patron_id == patron_id)
        .order_by(t.request.c.created_at.desc(), t.request.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    if open_only:
        query = query.where(t.request.c.state.not_in(REQUEST.terminal))
    return tuple(view_of(c, load(c, one, lock=False), actor, now) for one in c.execute(query).scalars().all())
