"""What the worker carries between libraries: messages from outbox to inbox, and the building of rotas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from broker import rota, seen, store, supply_store
from broker import tables as t
from broker.acting import stepped, supplied
from broker.aftermath import Loaded
from broker.agreements import Decision
from broker.case import Waiting
from broker.errors import UnknownRequest
from broker.house import House, today
from broker.messages import (
    RequesterMessage,
    RequestMessage,
    SupplierMessage,
    from_json,
    heard_by_leg,
    heard_by_supply,
)
from broker.needby.arrival import arrival
from broker.peers import sending
from broker.rota import Lender, Ranked
from broker.states import LENT, SUPPLY
from broker.views import Actor, Shelf
from foundation import inbox, libraries
from foundation.failpoints import failpoint
from foundation.ids import uuid7
from foundation.outbox import Leased
from foundation.tables import branch, patron
from foundation.workflow import PEER, SYSTEM, Event

OK = b'{"messageStatus":"OK"}'
UNKNOWN = (
    b'{"messageStatus":"ERROR","errorType":"UnrecognisedDataValue","errorValue":"requestingAgencyRequestId"}'
)

#: After one of these answers a library may be asked again when the rota is built anew.
_WORTH_ANOTHER_TRY = frozenset({"no_answer", "not_acknowledged", "on_loan", "not_currently_available"})


def deliver(house: House, work: Leased) -> None:
    """Carry one row of the outbox. Bears being called twice for the same row."""
    if work.payload["kind"] == "locate":
        with house.db.begin() as c:
            locate(c, house, str(work.payload["request"]), house.clock())
            failpoint("broker.rota_written")
        return
    if house.outside is not None:
        with house.db.read() as c:
            leaves = sending.is_outside(c, str(work.payload["to"]))
        if leaves:
            sending.carry(house, house.outside, work)
            return
    with house.db.begin() as c:
        receive(c, house, work.effect_key, work.payload, house.clock())
        failpoint("broker.message_applied")
    failpoint("broker.message_committed")


def receive(c: Connection, house: House, key: str, payload: Mapping[str, Any], now: datetime) -> bytes:
    """A message arrives at the library it is for; its confirmation, the same whenever it comes again.

    A well-formed message that does not fit the state is recorded and confirmed, never refused (ISO 18626 leaves it
    open; an ERROR would make the other side give up).
    """
    body = json.dumps(payload, sort_keys=True, ensure_ascii=False).encode()

    def apply() -> bytes:
        try:
            attempt_id, sender = str(payload["attempt"]), str(payload["from"])
            message = from_json(payload["message"])
            if isinstance(message, SupplierMessage):
                hear_as_requester(c, house, attempt_id, sender, message, now)
            else:
                hear_as_supplier(c, house, key, attempt_id, sender, message, now)
        except UnknownRequest:
            return UNKNOWN
        return OK

    return inbox.accept(c, "message", str(payload["from"]), key, body, now, apply)


def hear_as_supplier(
    c: Connection,
    house: House,
    key: str,
    attempt_id: str,
    sender: str,
    message: RequesterMessage | RequestMessage,
    now: datetime,
) -> str:
    """The supplying library of an attempt hears the requesting one; the state of its supply. Raises UnknownRequest."""
    loaded = supply_store.load(c, attempt_id)
    action = heard_by_supply(message)
    fields = {"message": message, "today": today(loaded.library, now)}
    outcome = supplied(loaded.supply, Event(action=action, role=PEER, fields=fields), now)
    told = {"action": action, "note": getattr(message, "note", ""), "key": key}
    peer = Actor(user_id=None, role=PEER, library_id=sender)
    supply_store.save(c, house, loaded, outcome, peer, now, told)
    return outcome.supply.state


def hear_as_requester(
    c: Connection, house: House, attempt_id: str, sender: str, message: SupplierMessage, now: datetime
) -> None:
    """The requesting library of an attempt hears the supplying one. Raises UnknownRequest."""
    request_id = c.execute(select(t.attempt.c.request_id).where(t.attempt.c.id == attempt_id)).scalar()
    if request_id is None:
        raise UnknownRequest(attempt_id)
    loaded = store.load(c, str(request_id))
    action = heard_by_leg(message)
    fields = {"message": message, "leg": attempt_id, "today": today(loaded.library, now)}
    outcome = stepped(loaded.case, Event(action=action, role=PEER, fields=fields), now)
    told = {
        "action": action,
        "leg": attempt_id,
        "note": message.note,
        "reason": message.unfilled or message.retry,
        "condition": message.condition,
        "cost_minor": message.cost_minor,
        "due_on": message.due_on,
        "expected_on": message.expected_on,
    }
    peer = Actor(user_id=None, role=PEER, library_id=sender)
    store.save(c, house, loaded, outcome, peer, now, told)


# --- the rota ----------------------------------------------------------------------------------


def locate(c: Connection, house: House, request_id: str, now: datetime) -> int:
    """Build the rota of a request that is looking for a library, and ask the first; how many can be asked."""
    loaded = store.load(c, request_id)
    if loaded.case.state != "sourcing":
        return 0
    ranked = _ranked(c, house, loaded, now)
    waiting = _write_rota(c, request_id, ranked)
    case = replace(loaded.case, waiting=waiting)
    outcome = stepped(case, Event(action="found", role=SYSTEM), now)
    actor = Actor(user_id=None, role=SYSTEM, library_id=loaded.library.id)
    store.save(c, house, loaded, outcome, actor, now, {})
    return len(waiting)


def _ranked(c: Connection, house: House, loaded: Loaded, now: datetime) -> tuple[Ranked, ...]:
    row = loaded.row
    held = house.holdings(c, row["cluster_id"]) if row["cluster_id"] else ()
    held = seen.over(held, [*seen.checks(c, row["cluster_id"], now), row["holder"]], now)
    if not held:
        return ()
    busy = _busy(c)
    not_lending: dict[str, set[str]] = {}
    for one in c.execute(select(branch.c.id, branch.c.library_id).where(branch.c.lends.is_(False))):
        not_lending.setdefault(one.library_id, set()).add(one.id)

    def lender(library_id: str) -> Lender:
        return Lender(
            library_id=library_id,
            region=libraries.get(c, library_id).region,
            load=busy.get(library_id, 0),
            closed_branches=not_lending.get(library_id, ()),
        )

    ask, on = house.decide(c), today(loaded.library, now)
    form = "f" if row["service_type"] == "loan" else "h"

    def decide(library_id: str, shelf: Shelf) -> Decision:
        item = {"lendable": shelf.lendable, "availability": shelf.availability}
        return ask(form, row["service_type"], loaded.library.id, library_id, on, _category(c, row), item)

    tried = {
        leg.library_id
        for leg in loaded.case.legs
        if leg.reason not in _WORTH_ANOTHER_TRY and not leg.flags.get("stopped")
    }
    return rota.order(
        row["id"],
        lender(loaded.library.id),
        row["service_type"],
        held,
        lender,
        decide,
        tried=tried,
        need_by=row["need_by"],
        arrives=lambda one: arrival(c, house, loaded.library, one, row["service_type"], now),
    )


def _category(c: Connection, row: Mapping[str, Any]) -> str | None:
    if row["patron_id"] is None:
        return None
    found = c.execute(select(patron.c.category).where(patron.c.id == row["patron_id"])).scalar()
    return None if found is None else str(found)


def _busy(c: Connection) -> dict[str, int]:
    """Open supplies by library, less what the library itself has on loan from others."""
    a, r = t.attempt.c, t.request.c
    open_states = [state for state in SUPPLY.states if state not in SUPPLY.terminal and state != "unasked"]
    lends = c.execute(
        select(a.library_id, func.count()).where(a.supply.in_(open_states)).group_by(a.library_id)
    )
    found = {row[0]: int(row[1]) for row in lends}
    borrows = c.execute(
        select(r.library_id, func.count())
        .select_from(t.attempt.join(t.request, r.id == a.request_id))
        .where(a.supply.in_(LENT))
        .group_by(r.library_id)
    )
    for row in borrows:
        found[row[0]] = found.get(row[0], 0) - int(row[1])
    return found


def _write_rota(c: Connection, request_id: str, ranked: tuple[Ranked, ...]) -> tuple[Waiting, ...]:
    e = t.rota_entry
    last = c.execute(select(func.max(e.c.round)).where(e.c.request_id == request_id)).scalar() or 0
    still_queued = (e.c.request_id == request_id, e.c.state == "queued")
    c.execute(e.update().where(*still_queued).values(state="left_out"))
    waiting = []
    for one in ranked:
        entry_id = uuid7()
        c.execute(
            e.insert().values(
                id=entry_id,
                request_id=request_id,
                round=last + 1,
                rank=one.rank,
                library_id=one.library_id,
                holding={
                    "branch_id": one.shelf.branch_id,
                    "branch_text": one.shelf.branch_text,
                    "location": one.shelf.location,
                    "call_number": one.shelf.call_number,
                    "copies": one.shelf.copies,
                    "availability": one.shelf.availability,
                },
                why=dict(one.why),
                state="queued" if one.rank else "left_out",
            )
        )
        if one.rank:
            waiting.append(Waiting(entry_id=entry_id, library_id=one.library_id))
    return tuple(waiting)
