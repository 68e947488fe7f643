"""After its retention a closed request no longer says whose it was; what statistics need stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from broker import tables as t
from broker.house import House
from broker.peers import log
from broker.states import LEG, REQUEST, SUPPLY
from foundation import events
from foundation.events import Event
from foundation.tables import document, inbox, library, message, outbox, patron

#: Days for which whose copy it was is kept, because copyright may be asked about; loans as each library says.
COPY_DAYS = 365

#: Notes of these actions are made by the machine: names of fields, names of actions.
_NO_PERSON = frozenset({"edit", "undo", "purge"})

#: Of an event's data, what somebody typed.
_TYPED = ("despite",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How many closed requests are anonymous, still name somebody, and should not any more."""

    anonymous: int
    named: int
    due: int


def report(c: Connection, now: datetime) -> Report:
    """How things stand, for the command line and the health check."""
    r = t.request.c
    closed = r.state.in_(REQUEST.terminal)

    def count(*conditions: ColumnElement[bool]) -> int:
        return int(c.execute(select(func.count()).select_from(t.request).where(*conditions)).scalar_one())

    return Report(
        anonymous=count(r.purged_at.is_not(None)),
        named=count(closed, r.purged_at.is_(None)),
        due=count(_is_due(c, now)),
    )


def due(c: Connection, now: datetime, limit: int) -> tuple[str, ...]:
    """Ids of requests whose time has come, those closed first first; none that is still under way somewhere."""
    query = select(t.request.c.id).where(_is_due(c, now)).order_by(t.request.c.closed_at).limit(limit)
    return tuple(c.execute(query).scalars())


def _is_due(c: Connection, now: datetime) -> ColumnElement[bool]:
    r, a = t.request.c, t.attempt.c
    days = c.execute(select(library.c.retention_days).distinct()).scalars().all()
    of_loans = [
        and_(
            r.service_type != "copy",
            r.closed_at <= now - timedelta(days=number),
            r.library_id.in_(select(library.c.id).where(library.c.retention_days == number)),
        )
        for number in days
    ]
    of_copies = and_(r.service_type == "copy", r.closed_at <= now - timedelta(days=COPY_DAYS))
    under_way = select(a.id).where(
        a.request_id == r.id,
        or_(a.leg.not_in(LEG.terminal), a.supply.not_in((*SUPPLY.terminal, "unasked"))),
    )
    return and_(
        r.state.in_(REQUEST.terminal), r.purged_at.is_(None), or_(*of_loans, of_copies), ~under_way.exists()
    )


def purge(
    c: Connection, house: House, request_id: str, now: datetime, forget_file: Callable[[str], None]
) -> bool:
    """Take the person out of a request and all that belongs to it; False when it is not its time any more.

    `forget_file` deletes a stored file by its path; it must bear that the file is gone already.
    """
    r = t.request.c
    row = c.execute(select(t.request).where(r.id == request_id, _is_due(c, now)).with_for_update()).first()
    if row is None:
        return False
    one = c.execute(select(patron).where(patron.c.id == row.patron_id)).first()
    account = one.user_id if one else None
    attempts = c.execute(select(t.attempt.c.id).where(t.attempt.c.request_id == request_id)).scalars().all()
    c.execute(
        update(t.request)
        .where(r.id == request_id)
        .values(
            patron_id=None,
            patron_category=one.category if one else "",
            created_by=None if row.created_by == account else row.created_by,
            note="",
            supplier_note="",
            override_reason="",
            attention=[],
            purged_at=now,
            version=row.version + 1,
        )
    )
    _events(c, house, row, attempts, account, now)
    _mails(c, request_id, row.version, now)
    _messages(c, attempts)
    _documents(c, [request_id, *attempts], forget_file)
    return True


def _events(
    c: Connection, house: House, row: Any, attempts: Sequence[str], account: str | None, now: datetime
) -> None:
    def empty(told: Event) -> Event:
        theirs = told.side == "patron" or (account is not None and told.user_id == account)
        return replace(
            told,
            user_id=None if theirs else told.user_id,
            note=told.note if told.action in _NO_PERSON else "",
            data={name: value for name, value in told.data.items() if name not in _TYPED},
        )

    happened = Event(
        object_type="request",
        object_id=row.id,
        action="purge",
        at=now,
        library_id=row.library_id,
        from_state=row.state,
        to_state=row.state,
    )
    events.erase(c, happened, empty, house.subscribers)
    for attempt_id in attempts:
        last = events.of(c, "supply", attempt_id)
        if last and any(empty(told) != told for told in last):
            state = last[-1].to_state
            of_supply = replace(
                happened, object_type="supply", object_id=attempt_id, from_state=state, to_state=state
            )
            events.erase(c, of_supply, empty, house.subscribers)


def _mails(c: Connection, request_id: str, versions: int, now: datetime) -> None:
    """Mails keep their keys, so that none is ever sent twice; what was not sent by now never is."""
    keys = [
        f"mail:{template}:{request_id}:{version}"
        for template in sorted(REQUEST.notices)
        for version in range(1, versions + 1)
    ]
    o = outbox.c
    for row in c.execute(select(o.id, o.state, o.payload).where(o.effect_key.in_(keys))).all():
        payload = {"template": row.payload.get("template", ""), "data": {"request_id": request_id}}
        values: dict[str, Any] = {"payload": payload, "last_error": ""}
        if row.state != "done":
            values |= {"state": "done", "done_at": now, "lease_owner": "", "lease_until": None}
        c.execute(update(outbox).where(o.id == row.id).values(**values))


def _messages(c: Connection, attempts: Sequence[str]) -> None:
    """What the two libraries wrote to each other about it: the words go, that something was said stays."""
    about = (message.c.object_type == "attempt", message.c.object_id.in_(attempts))
    c.execute(message.delete().where(*about))
    log.redact(c, attempts)
    o, i = outbox.c, inbox.c
    orders = [f"{one}:{side}" for one in attempts for side in ("supplier", "requester")]
    sent = c.execute(select(o.id, o.effect_key, o.payload).where(o.order_key.in_(orders))).all()
    for row in sent:
        silent = _without_words(row.payload)
        if silent != row.payload:
            c.execute(update(outbox).where(o.id == row.id).values(payload=silent))
            body = json.dumps(silent, sort_keys=True, ensure_ascii=False).encode()
            heard = (i.channel == "message", i.message_key == row.effect_key)
            c.execute(update(inbox).where(*heard).values(body=body))


def _without_words(payload: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(payload.get("message", {}))
    if said.get("note"):
        said["note"] = ""
    return {**payload, "message": said}


def _documents(c: Connection, ids: Sequence[str], forget_file: Callable[[str], None]) -> None:
    # The file goes first: a stop in between leaves a row that names it, and the next time finishes the work.
    d = document.c
    about = (d.object_type.in_(("request", "attempt")), d.object_id.in_(ids))
    for path in c.execute(select(d.path).where(*about)).scalars().all():
        forget_file(path)
    c.execute(document.delete().where(*about))
