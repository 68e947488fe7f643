"""A message to outside: written down first, sent with the same bytes however often, its confirmation understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from broker import store, supply_store
from broker import tables as t
from broker.acting import stepped
from broker.aftermath import Loaded
from broker.case import Outcome
from broker.errors import NotNow
from broker.house import House, today
from broker.iso18626 import values as v
from broker.iso18626.reading import BadMessage, read
from broker.iso18626.translating import Wanted, agency, request_out, requester_out, supplier_out
from broker.iso18626.writing import write
from broker.messages import RequesterMessage, RequestMessage, SupplierMessage, from_json
from broker.peers import log, mirror
from broker.peers import store as peers
from broker.peers.outside import NoAnswer, Outside
from broker.peers.store import Peer
from broker.views import Actor
from foundation import libraries
from foundation.failpoints import failpoint
from foundation.libraries import Library
from foundation.outbox import Leased, NotDelivered
from foundation.tables import branch
from foundation.workflow import SYSTEM, Event

#: A request that could not be handed over so often goes to the next library instead (about an hour and a half).
REQUEST_TRIES = 5

#: After so many failures in a row a peer is left alone, first for a minute, at most for an hour.
_FAILURES = 3

#: By these words in an ERROR a peer says that it has the request already.
_KNOWN_ALREADY = ("already", "duplicate")


def is_outside(c: Connection, library_id: str) -> bool:
    """Whether a library works elsewhere and is reached by messages only."""
    return not libraries.get(c, library_id).managed


def carry(house: House, outside: Outside, work: Leased) -> None:
    """Send one message of the outbox. Raises NotDelivered when it should be tried again."""
    payload = work.payload
    attempt_id, message = str(payload["attempt"]), from_json(payload["message"])
    with house.db.begin() as c:
        peer = peers.of_library(c, str(payload["to"]))
        if peer is None:
            raise NotDelivered("no active peer speaks for this library")
        now = house.clock()
        if peer.resting_until is not None and peer.resting_until > now:
            raise NotDelivered(
                f"{peer.code} did not answer; nothing is sent before {peer.resting_until:%H:%M} UTC"
            )
        account, secret, token = peers.credentials(c, outside.seal, peer)
        document = _composed(c, house, peer, attempt_id, message, payload, (account, secret))
        body = log.goes(
            c, peer.id, attempt_id, work.effect_key, document, write(document, peer.profile.version), now
        )
    failpoint("peers.message_kept")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    auth = (account, secret) if account and secret and not token else None
    try:
        status, answer = outside.post(peer.url, body, headers, auth, peer.profile.timeout)
    except NoAnswer as failed:
        _failed(house, peer, work, message, str(failed))
        return
    failpoint("peers.message_sent")
    confirmation = _understood(answer)
    if confirmation is None:
        _failed(house, peer, work, message, f"HTTP {status} without a confirmation")
        return
    with house.db.begin() as c:
        _confirmed(c, house, peer, work, message, confirmation, answer, attempt_id)
        failpoint("peers.answer_applied")


def _understood(answer: bytes) -> v.Confirmation | None:
    try:
        document = read(answer).document
    except BadMessage:
        return None
    return document if isinstance(document, v.Confirmation) else None


# --- what is said ----------------------------------------------------------------------------------


def _composed(
    c: Connection,
    house: House,
    peer: Peer,
    attempt_id: str,
    message: Any,
    payload: Any,
    account: tuple[str, str],
) -> v.Message:
    """The document of a message; what it tells of the request is read now, and kept with its bytes."""
    at = datetime.fromisoformat(payload["at"])
    loaded = supply_store.load(c, attempt_id, lock=False)
    asks = libraries.get(c, loaded.row["requesting_library_id"])
    request = c.execute(select(t.request).where(t.request.c.id == loaded.row["request_id"])).one()
    signs = v.Authentication(account=account[0], secret=account[1]) if account[0] and account[1] else None
    header = v.Header(
        supplier=agency(_known_as(peer, loaded.library)),
        requester=agency(_known_as(peer, asks)),
        at=at,
        request_id=request.peer_request_id or loaded.row["code"],
        supplier_request_id=loaded.row["code"] if request.peer_request_id else loaded.row["peer_number"],
        authentication=signs,
    )
    if isinstance(message, SupplierMessage):
        header = replace(header, authentication=None)
        return supplier_out(header, message, peer.profile, at, _returning(loaded.library))
    if isinstance(message, RequesterMessage):
        return requester_out(header, message, peer.profile)
    return _request(c, header, peer, message, loaded, request, asks)


def _known_as(peer: Peer, library: Library) -> str:
    return next((symbol for symbol, one in peer.symbols.items() if one == library.id), library.symbol)


def _request(
    c: Connection,
    header: v.Header,
    peer: Peer,
    message: RequestMessage,
    loaded: supply_store.LoadedSupply,
    request: Any,
    asks: Library,
) -> v.Request:
    previous = ""
    if message.previous:
        previous = (
            c.execute(select(t.attempt.c.code).where(t.attempt.c.id == message.previous)).scalar() or ""
        )
    pickup = c.execute(select(branch).where(branch.c.id == request.pickup_branch_id)).first()
    wanted = Wanted(
        citation=request.citation,
        service_type=request.service_type,
        need_by=request.need_by,
        any_edition=request.any_edition,
        note=request.supplier_note,
        call_number=str(loaded.row["holding"].get("call_number") or ""),
        library=asks.name,
        address=(pickup.address if pickup is not None and pickup.address else asks.address),
        email=asks.email,
    )
    return request_out(replace(header, supplier_request_id=""), message, wanted, previous, peer.profile)


def _returning(library: Library) -> v.Returning:
    lines = [line.strip() for line in library.address.splitlines() if line.strip()]
    place = v.Physical(line1=lines[0], line2=", ".join(lines[1:])) if lines else None
    return v.Returning(agency=agency(library.symbol), name=library.name, address=place)


# --- what came of it --------------------------------------------------------------------------------


def _failed(house: House, peer: Peer, work: Leased, message: Any, why: str) -> None:
    """Nobody confirmed it. Raises NotDelivered, or sends the request to the next library after some tries."""
    with house.db.begin() as c:
        now = house.clock()
        tries = log.answered(c, work.effect_key, "failed", None, why, now)
        gives_up = isinstance(message, RequestMessage) and tries >= REQUEST_TRIES
        failures = peer.failures + 1
        rest = min(3600, 60 * 2 ** (failures - _FAILURES)) if failures >= _FAILURES else 0
        c.execute(
            update(t.peer)
            .where(t.peer.c.id == peer.id)
            .values(failures=failures, resting_until=now + timedelta(seconds=rest) if rest else None)
        )
        if gives_up:
            _not_delivered(c, house, str(work.payload["attempt"]), now)
    if not gives_up:
        raise NotDelivered(why)


def _confirmed(
    c: Connection,
    house: House,
    peer: Peer,
    work: Leased,
    message: Any,
    confirmation: v.Confirmation,
    answer: bytes,
    attempt_id: str,
) -> None:
    now = house.clock()
    c.execute(
        update(t.peer).where(t.peer.c.id == peer.id).values(failures=0, resting_until=None, heard_at=now)
    )
    told = "; ".join(f"{fault.type}: {fault.value}" for fault in confirmation.faults)
    accepted = confirmation.status == "OK"
    sent_before = log.answered(c, work.effect_key, "ok" if accepted else "error", answer, told, now)
    if not accepted and sent_before and isinstance(message, RequestMessage) and _is_known_already(told):
        accepted = True
        log.answered(c, work.effect_key, "ok", answer, told, now)
    if isinstance(message, SupplierMessage):
        _mirrored(c, attempt_id, now)
    elif accepted and isinstance(message, RequestMessage):
        mirror.supplier_said(c, attempt_id, "RequestReceived", now)
    elif not accepted:
        _refused(c, house, attempt_id, message, now)


def _is_known_already(told: str) -> bool:
    """After a first try of which we never heard, 'you have told me that' is a yes."""
    folded = told.casefold()
    return any(word in folded for word in _KNOWN_ALREADY)


def _mirrored(c: Connection, attempt_id: str, now: datetime) -> None:
    state = c.execute(select(t.attempt.c.supply).where(t.attempt.c.id == attempt_id)).scalar_one()
    mirror.supplied_to(c, attempt_id, state, now)


def _refused(c: Connection, house: House, attempt_id: str, message: Any, now: datetime) -> None:
    if isinstance(message, RequestMessage):
        _not_delivered(c, house, attempt_id, now)
        return
    loaded = _loaded(c, attempt_id)
    case = loaded.case.attend("peer_refused")
    if case != loaded.case:
        actor = Actor(user_id=None, role=SYSTEM, library_id=loaded.library.id)
        store.save(
            c,
            house,
            loaded,
            Outcome(case, (), ()),
            actor,
            now,
            {"action": "peer_refused", "leg": attempt_id},
            {"attention": list(case.attention)},
        )


def _not_delivered(c: Connection, house: House, attempt_id: str, now: datetime) -> None:
    """The leg fails, and the next library of the rota is asked."""
    loaded = _loaded(c, attempt_id)
    fields = {"leg": attempt_id, "today": today(loaded.library, now), "reason": "not_delivered"}
    try:
        outcome = stepped(loaded.case, Event(action="not_delivered", role=SYSTEM, fields=fields), now)
    except NotNow:  # it went on meanwhile
        return
    actor = Actor(user_id=None, role=SYSTEM, library_id=loaded.library.id)
    store.save(c, house, loaded, outcome, actor, now, {"action": "not_delivered", "leg": attempt_id})


def _loaded(c: Connection, attempt_id: str) -> Loaded:
    request_id = c.execute(select(t.attempt.c.request_id).where(t.attempt.c.id == attempt_id)).scalar_one()
    return store.load(c, request_id)
