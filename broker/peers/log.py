"""Every message that came in or went out, with its answer: for the desk, for proof, and to send the same bytes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from broker import tables as t
from broker.iso18626 import values as v
from broker.iso18626.writing import kind_of
from foundation.ids import uuid7
from foundation.once import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One message. `outcome` is waiting, ok, error (they refused it) or failed (it did not get there)."""

    id: str
    peer_id: str
    direction: str
    attempt_id: str | None
    kind: str
    what: str
    body: bytes | None
    answer: bytes | None
    outcome: str
    detail: str
    at: datetime
    answered_at: datetime | None


def what(document: v.Document) -> str:
    """In a few words what a message says: its action, or its reason and status."""
    if isinstance(document, v.Request):
        return document.service.request_type if document.service and document.service.request_type else "New"
    if isinstance(document, v.Requesting):
        return document.action
    if isinstance(document, v.Supplying):
        return f"{document.info.reason} {document.status.status}"
    return document.status


def came(
    c: Connection,
    peer_id: str,
    attempt_id: str | None,
    kind: str,
    told: str,
    body: bytes,
    answer: bytes,
    outcome: str,
    detail: str,
    now: datetime,
) -> None:
    """Keep a message that came in, with what we answered."""
    c.execute(
        t.ill_message.insert().values(
            id=uuid7(),
            peer_id=peer_id,
            direction="in",
            attempt_id=attempt_id,
            kind=kind,
            what=told[:80],
            body=body,
            answer=answer,
            outcome=outcome,
            detail=detail[:2000],
            at=now,
            answered_at=now,
        )
    )


def goes(
    c: Connection,
    peer_id: str,
    attempt_id: str,
    effect_key: str,
    document: v.Document,
    body: bytes,
    now: datetime,
) -> bytes:
    """Keep a message before it is sent; its bytes: those of the first time, when it was tried before."""
    fresh = insert_once(
        c,
        t.ill_message,
        {
            "id": uuid7(),
            "peer_id": peer_id,
            "direction": "out",
            "effect_key": effect_key,
            "attempt_id": attempt_id,
            "kind": kind_of(document),
            "what": what(document)[:80],
            "body": body,
            "outcome": "waiting",
            "detail": "",
            "at": now,
        },
    )
    if fresh:
        return body
    m = t.ill_message.c
    kept = c.execute(select(m.body).where(m.effect_key == effect_key)).scalar()
    return body if kept is None else bytes(kept)


def answered(
    c: Connection, effect_key: str, outcome: str, answer: bytes | None, detail: str, now: datetime
) -> int:
    """Note what came of sending; how often it was sent without a confirmation so far."""
    m = t.ill_message.c
    failed = 1 if outcome == "failed" else 0
    c.execute(
        update(t.ill_message)
        .where(m.effect_key == effect_key)
        .values(
            outcome=outcome,
            answer=answer,
            detail=detail[:2000],
            answered_at=now,
            failures=m.failures + failed,
        )
    )
    return int(c.execute(select(m.failures).where(m.effect_key == effect_key)).scalar_one())


def of_attempts(c: Connection, attempt_ids: Sequence[str]) -> tuple[Logged, ...]:
    """Messages about these attempts, oldest first."""
    m = t.ill_message.c
    query = select(t.ill_message).where(m.attempt_id.in_(attempt_ids)).order_by(m.at, m.id)
    return tuple(
        Logged(**{name: getattr(row, name) for name in Logged.__dataclass_fields__})
        for row in c.execute(query)
    )


def redact(c: Connection, attempt_ids: Sequence[str]) -> int:
    """Take out what messages said, once the reader is forgotten; that they were sent stays. How many."""
    m = t.ill_message.c
    still = or_(m.body.is_not(None), m.answer.is_not(None))
    done = c.execute(
        update(t.ill_message)
        .where(m.attempt_id.in_(attempt_ids), still)
        .values(body=None, answer=None, detail="")
    )
    return int(done.rowcount)
