"""The scan field: a slip's code or an item's barcode, and the one sensible next step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from broker import store, supply_store
from broker import tables as t
from broker.acting import act, answer
from broker.errors import Missing, NotNow
from broker.house import House
from broker.states import AT_HAND, LENT
from broker.views import Actor, Scanned
from foundation.ids import is_code

#: State of the leg to what scanning does at the borrowing desk.
LEG_STEP: Mapping[str, str] = {
    "shipped": "receive",
    "received": "check_out",
    "checked_out": "check_in",
    "checked_in": "send_back",
}

#: State of the supply to what scanning does at the lending desk. Not 'shipped': the slip of a book that has
#: just left must not check it in again.
SUPPLY_STEP: Mapping[tuple[str, str], str] = {
    ("new", "loan"): "ship",
    ("will", "loan"): "ship",
    ("new", "copy"): "deliver_copy",
    ("will", "copy"): "deliver_copy",
    ("on_loan", "loan"): "check_in",
    ("returning", "loan"): "check_in",
}

#: Two scans of the same code within this time are one: scanners stutter, and so do hands.
STUTTER = timedelta(seconds=5)


def scan(
    c: Connection, house: House, actor: Actor, text: str, now: datetime, told: Mapping[str, Any]
) -> Scanned:
    """Do the next step of what was scanned, for the actor's library."""
    code = text.strip()
    if not code:
        return Scanned(error="unknown_code")
    if code.upper().startswith("SL-") and not is_code(code.upper().partition(".")[0]):
        return Scanned(code=code, error="bad_check")
    found = _find(c, code, actor.library_id)
    if found is None:
        return Scanned(code=code, error="unknown_code")
    side, attempt_id, request_id = found
    if side == "supply":
        return _scan_supply(c, house, actor, attempt_id, code, now, told)
    return _scan_request(c, house, actor, request_id, attempt_id, code, now, told)


def _find(c: Connection, text: str, library_id: str) -> tuple[str, str, str] | None:
    """(side, attempt id, request id) of what a code or barcode means at this library; the open one first."""
    a, r = t.attempt.c, t.request.c
    rows = c.execute(
        select(
            a.id, a.request_id, a.library_id, a.leg, a.supply, a.active, a.code, r.code.label("request_code")
        )
        .join(t.request, r.id == a.request_id)
        .where(
            or_(a.library_id == library_id, r.library_id == library_id),
            or_(a.code == text.upper(), r.code == text.upper(), a.barcode == text),
        )
        .order_by(a.number.desc())
    ).all()
    choices = []
    for row in rows:
        by_code = text.upper() in (row.code, row.request_code)
        if row.library_id == library_id:
            useful = row.supply in LENT or (by_code and row.supply in ("new", "will"))
            if row.supply != "unasked" and (by_code or useful):
                choices.append((not useful, "supply", row.id, row.request_id))
        else:
            useful = row.leg in AT_HAND
            if by_code or useful:
                choices.append((not useful, "request", row.id, row.request_id))
    if not choices:
        return None
    _, side, attempt_id, request_id = min(choices, key=lambda one: one[0])
    return side, attempt_id, request_id


def _scan_supply(
    c: Connection,
    house: House,
    actor: Actor,
    attempt_id: str,
    code: str,
    now: datetime,
    told: Mapping[str, Any],
) -> Scanned:
    loaded = supply_store.load(c, attempt_id)
    row, state = loaded.row, loaded.supply.state
    here = {"side": "supply", "id": attempt_id, "code": row["code"], "state": state}
    wrong = _wrong_item(loaded.supply.barcode, told)
    if wrong:
        return Scanned(**here, error=wrong)
    action = SUPPLY_STEP.get((state, loaded.supply.service_type))
    if action is None:
        return Scanned(**here, error="no_step")
    fields = {**told, "barcode": told.get("barcode") or loaded.supply.barcode}
    try:
        answer(c, house, actor, attempt_id, action, row["supply_version"], now, fields)
    except (NotNow, Missing):
        return Scanned(**here, error="no_step")
    after = supply_store.load(c, attempt_id).supply.state
    return Scanned(side="supply", id=attempt_id, code=row["code"], state=after, done=action)


def _scan_request(
    c: Connection,
    house: House,
    actor: Actor,
    request_id: str,
    attempt_id: str,
    code: str,
    now: datetime,
    told: Mapping[str, Any],
) -> Scanned:
    loaded = store.load(c, request_id)
    leg = loaded.case.leg(attempt_id)
    here = {"side": "request", "id": request_id, "code": loaded.row["code"], "state": leg.state}
    wrong = _wrong_item(leg.barcode, told)
    if wrong:
        return Scanned(**here, error=wrong)
    action = LEG_STEP.get(leg.state)
    just_now = now - loaded.row["changed_at"] < STUTTER and leg.state != "shipped"
    if action is None or just_now:
        return Scanned(**here, error="just_scanned" if just_now else "no_step")
    try:
        act(c, house, actor, request_id, action, loaded.row["version"], now, attempt_id, told)
    except (NotNow, Missing):
        return Scanned(**here, error="no_step")
    after = store.load(c, request_id).case.leg(attempt_id).state
    return Scanned(side="request", id=request_id, code=loaded.row["code"], state=after, done=action)


def _wrong_item(expected: str, told: Mapping[str, Any]) -> str:
    """'wrong_item' when the item scanned with the slip is not the one that belongs to it."""
    item = str(told.get("barcode") or "")
    return "wrong_item" if expected and item and item != expected else ""
