"""A message from outside: who sent it, what it says, what it does, and the confirmation, all before we answer.

Order (after ISO 18626, which leaves it open): signed in → read leniently → written down and applied in one
transaction → answered. A message that came before gets the answer of then, byte for byte. The answer never waits
for anybody else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from broker import delivery
from broker import tables as t
from broker.errors import UnknownRequest
from broker.house import House
from broker.iso18626 import values as v
from broker.iso18626.confirming import confirm
from broker.iso18626.reading import BadMessage, Read, read, symbol
from broker.iso18626.translating import request_in, requester_in, supplier_in
from broker.iso18626.writing import kind_of, write
from broker.peers import log, mirror, shadow, store
from broker.peers.store import Brought, Peer
from foundation import inbox, libraries
from foundation.failpoints import failpoint
from foundation.libraries import Library
from foundation.seal import Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The HTTP status and the body, a confirmation."""

    status: int
    body: bytes


class _Refused(Exception):
    """The message is readable, and we cannot do anything with it."""

    def __init__(self, type: str, value: str) -> None:
        super().__init__(f"{type}: {value}")
        self.fault = v.Fault(type=type, value=value[:200])


def receive(house: House, seal: Seal, body: bytes, brought: Brought) -> Answer:
    """Take a message in. 200 with a confirmation, also for what a readable message gets wrong; 400 for what is no
    message at all; 401 when nobody known sent it."""
    now = house.clock()
    try:
        got = read(body)
    except BadMessage as bad:
        return _unreadable(house, seal, bad, brought, now, body)
    if isinstance(got.document, v.Confirmation):
        fault = v.Fault(type="UnrecognisedDataElement", value=got.kind)
        return Answer(status=400, body=confirm("request", v.Header(), "1.2", now, (fault,)))
    peer = _sender(house, seal, got.kind, got.document.header, brought)
    if peer is None:
        return _stranger(got.kind, got.document.header, got.version, now)
    with house.db.begin() as c:
        answer = _taken(c, house, peer, got, body, now)
        failpoint("peers.message_applied")
    failpoint("peers.message_committed")
    return Answer(status=200, body=answer)


# --- who ------------------------------------------------------------------------------------------


def _sender(house: House, seal: Seal, kind: str, header: v.Header, brought: Brought) -> Peer | None:
    """The peer whose symbol the message carries, when it signed in."""
    who = header.supplier if kind == "supplyingAgencyMessage" else header.requester
    told = header.authentication
    if told is not None:
        brought = replace(brought, account=told.account, secret=told.secret)
    with house.db.read() as c:
        peer = store.by_symbol(c, symbol(who))
        return peer if peer is not None and store.signed_in(c, seal, peer, brought) else None


def _stranger(kind: str, header: v.Header, version: str, now: datetime) -> Answer:
    fault = v.Fault(type="UnrecognisedDataValue", value="not signed in, or not known here")
    return Answer(status=401, body=confirm(kind, header, version, now, (fault,)))


def _unreadable(
    house: House, seal: Seal, bad: BadMessage, brought: Brought, now: datetime, body: bytes
) -> Answer:
    if not bad.kind or bad.header is None:
        return Answer(status=400, body=confirm("request", v.Header(), "1.2", now, bad.faults))
    peer = _sender(house, seal, bad.kind, bad.header, brought)
    if peer is None:
        return _stranger(bad.kind, bad.header, "1.2", now)
    answer = confirm(bad.kind, bad.header, peer.profile.version, now, bad.faults)
    with house.db.begin() as c:
        log.came(c, peer.id, None, bad.kind, "", body, answer, "error", str(bad), now)
    return Answer(status=200, body=answer)


# --- what -----------------------------------------------------------------------------------------


def _taken(c: Connection, house: House, peer: Peer, got: Read, body: bytes, now: datetime) -> bytes:
    document = got.document
    assert not isinstance(document, v.Confirmation)
    version = got.version if got.edition else peer.profile.version
    same, key = _key(document, body)
    touched: list[str] = []

    def apply() -> bytes:
        faults: tuple[v.Fault, ...] = ()
        try:
            with c.begin_nested():
                touched.append(_apply(c, house, peer, document, key, now))
        except _Refused as refused:
            faults = (refused.fault,)
        except (UnknownRequest, libraries.UnknownLibrary) as problem:
            faults = (v.Fault(type="UnrecognisedDataValue", value=str(problem)[:200]),)
        answer = confirm(got.kind, document.header, version, now, faults, document)
        outcome, detail = ("error", f"{faults[0].type}: {faults[0].value}") if faults else ("ok", "")
        attempt = touched[0] if touched else None
        log.came(c, peer.id, attempt, got.kind, log.what(document), body, answer, outcome, detail, now)
        c.execute(update(t.peer).where(t.peer.c.id == peer.id).values(heard_at=now))
        return answer

    return inbox.accept(c, "iso18626", peer.id, key, same, now, apply)


def _key(document: v.Message, body: bytes) -> tuple[bytes, str]:
    """What makes a message the same as an earlier one, and its name; the words themselves stay in the log alone, where
    they are redacted. A request sent again may carry a new time."""
    if isinstance(document, v.Request):
        body = write(replace(document, header=replace(document.header, at=None)), "2021-2")
    digest = hashlib.sha256(body).hexdigest()
    return digest.encode(), f"{kind_of(document)}:{document.header.request_id[:60]}:{digest}"


def _apply(c: Connection, house: House, peer: Peer, document: v.Message, key: str, now: datetime) -> str:
    """Do what the message says; the attempt it was about."""
    if isinstance(document, v.Supplying):
        return _from_supplier(c, house, peer, document, key, now)
    asks = libraries.get(c, _symbol(peer, document.header.requester))
    gives = _ours(c, document.header.supplier, "supplyingAgencyId")
    if isinstance(document, v.Requesting):
        return _from_requester(c, house, peer, document, asks, gives, key, now)
    return _request(c, house, peer, document, asks, gives, key, now)


def _symbol(peer: Peer, agency: v.Agency | None) -> str:
    """The library outside that a symbol of this peer means."""
    wanted = symbol(agency).casefold()
    return next(library for one, library in peer.symbols.items() if one.casefold() == wanted)


def _ours(c: Connection, agency: v.Agency | None, element: str) -> Library:
    told = symbol(agency)
    if not told:
        raise _Refused("UnrecognisedDataElement", f"{element} is missing")
    wanted = told.casefold()
    for one in libraries.every(c, "active", "suspended"):
        if one.managed and one.symbol.casefold() == wanted:
            return one
    raise _Refused("UnrecognisedDataValue", f"{element}: {told}")


def _request(
    c: Connection,
    house: House,
    peer: Peer,
    document: v.Request,
    asks: Library,
    gives: Library,
    key: str,
    now: datetime,
) -> str:
    asked = request_in(document, gives.zone)
    number = document.header.request_id
    if len(number) > 200:
        raise _Refused("UnrecognisedDataValue", "requestingAgencyRequestId is longer than 200 characters")
    r = t.request.c
    known = c.execute(select(r.id).where(r.library_id == asks.id, r.peer_request_id == number)).scalar()
    if known is not None:
        attempt_id = shadow.attempt_of(c, asks.id, number, gives.id, "")
        if asked.message.request_type == "Reminder" and attempt_id is not None:
            shadow.ask(c, house, attempt_id, asks.id, asked.message, key[-80:], now)
            return attempt_id
        raise _Refused("UnrecognisedDataValue", f"requestingAgencyRequestId: {number} is known already")
    if not any(asked.citation.values()) and not asked.record_id:
        raise _Refused("UnrecognisedDataElement", "bibliographicInfo says nothing")
    return shadow.made(c, house, peer, asks, gives, number, asked, now)


def _from_requester(
    c: Connection,
    house: House,
    peer: Peer,
    document: v.Requesting,
    asks: Library,
    gives: Library,
    key: str,
    now: datetime,
) -> str:
    header = document.header
    attempt_id = shadow.attempt_of(c, asks.id, header.request_id, gives.id, header.supplier_request_id)
    if attempt_id is None:
        raise _Refused("UnrecognisedDataValue", f"requestingAgencyRequestId: {header.request_id}")
    message = requester_in(document, peer.profile)
    state = delivery.hear_as_supplier(c, house, key[-80:], attempt_id, asks.id, message, now)
    mirror.supplied_to(c, attempt_id, state, now)
    return attempt_id


def _from_supplier(
    c: Connection, house: House, peer: Peer, document: v.Supplying, key: str, now: datetime
) -> str:
    header = document.header
    _ours(c, header.requester, "requestingAgencyId")
    a = t.attempt.c
    row = c.execute(select(a.id, a.library_id).where(a.code == header.request_id.strip().upper())).first()
    if row is None or row.library_id not in peer.symbols.values():
        raise _Refused("UnrecognisedDataValue", f"requestingAgencyRequestId: {header.request_id}")
    zone = libraries.get(c, row.library_id).zone
    message = supplier_in(document, peer.profile, zone)
    delivery.hear_as_requester(c, house, row.id, row.library_id, message, now)
    if message.reason != "Notification":
        mirror.supplier_said(c, row.id, message.status, now)
    if header.supplier_request_id:
        c.execute(
            update(t.attempt).where(a.id == row.id).values(peer_number=header.supplier_request_id[:200])
        )
    return str(row.id)
