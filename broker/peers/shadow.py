"""A request from outside: kept as the shadow of theirs, with one attempt at the library that was asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from broker import supply_store
from broker import tables as t
from broker.acting import supplied
from broker.blank.titles import surely
from broker.house import House, today
from broker.iso18626.translating import Asked
from broker.messages import RequestMessage
from broker.peers import mirror
from broker.peers.store import Peer
from broker.views import Actor, Shelf
from foundation import events
from foundation.events import Event as Happened
from foundation.ids import next_code, uuid7
from foundation.libraries import Library
from foundation.workflow import PEER, Event


def made(
    c: Connection,
    house: House,
    peer: Peer,
    asks: Library,
    gives: Library,
    number: str,
    asked: Asked,
    now: datetime,
) -> str:
    """Store the request and ask the library; the id of the attempt. `number` is what it is called there."""
    request_id, attempt_id = uuid7(), uuid7()
    sure = surely(house.find(asked.citation))
    cluster_id = sure.cluster_id if sure else None
    code = next_code(c, "SL", now)
    c.execute(
        t.request.insert().values(
            id=request_id,
            code=code,
            library_id=asks.id,
            peer_id=peer.id,
            peer_request_id=number,
            cluster_id=cluster_id,
            citation=dict(asked.citation),
            service_type=asked.service_type,
            purpose="other",
            need_by=asked.need_by,
            any_edition=asked.any_edition,
            supplier_note=asked.note,
            state="active",
            attention=[],
            created_at=now,
            changed_at=now,
        )
    )
    c.execute(
        t.attempt.insert().values(
            id=attempt_id,
            code=f"{code}.1",
            request_id=request_id,
            number=1,
            library_id=gives.id,
            active=True,
            leg="sent",
            supply="unasked",
            supply_flags={},
            flags={},
            holding=_holding(c, house, cluster_id, gives.id),
            asked_at=now,
        )
    )
    events.append(
        c,
        Happened(
            object_type="request",
            object_id=request_id,
            action="submit",
            at=now,
            library_id=asks.id,
            side=PEER,
            from_state="draft",
            to_state="active",
            data={"peer": peer.code, "number": number},
        ),
        house.subscribers,
    )
    ask(c, house, attempt_id, asks.id, asked.message, f"in:{attempt_id}", now)
    return attempt_id


def ask(
    c: Connection,
    house: House,
    attempt_id: str,
    from_library: str,
    message: RequestMessage,
    key: str,
    now: datetime,
) -> None:
    """The library hears the request, or is reminded of it."""
    loaded = supply_store.load(c, attempt_id)
    action = "hears_reminder" if message.request_type == "Reminder" else "hears_request"
    fields = {"message": message, "today": today(loaded.library, now)}
    outcome = supplied(loaded.supply, Event(action=action, role=PEER, fields=fields), now)
    actor = Actor(user_id=None, role=PEER, library_id=from_library)
    supply_store.save(c, house, loaded, outcome, actor, now, {"action": action, "key": key})
    mirror.supplied_to(c, attempt_id, outcome.supply.state, now)


def _holding(c: Connection, house: House, cluster_id: str | None, library_id: str) -> dict[str, object]:
    """The most hopeful shelf of the library, as a rota would have told it."""
    if cluster_id is None:
        return {}
    shelves = [one for one in house.holdings(c, cluster_id) if one.library_id == library_id]
    return _told(shelves[0]) if shelves else {}


def _told(shelf: Shelf) -> dict[str, object]:
    return {
        "branch_id": shelf.branch_id,
        "branch_text": shelf.branch_text,
        "location": shelf.location,
        "call_number": shelf.call_number,
        "copies": shelf.copies,
        "availability": shelf.availability,
    }


def attempt_of(c: Connection, asks_id: str, number: str, gives_id: str, ours: str) -> str | None:
    """The attempt that a message of a requesting side is about: by its number there, else by ours; None for none."""
    a, r = t.attempt.c, t.request.c
    mine = (a.library_id == gives_id, r.library_id == asks_id)
    query = select(a.id).join(t.request, r.id == a.request_id)
    found = c.execute(query.where(*mine, r.peer_request_id == number)).scalar()
    if found is None and ours:
        found = c.execute(query.where(*mine, a.code == ours)).scalar()
    return None if found is None else str(found)
