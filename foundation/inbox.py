"""Messages that came in: each is applied once, and told the same answer whenever it comes again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select, update

from foundation.failpoints import failpoint
from foundation.ids import uuid7
from foundation.once import insert_once
from foundation.tables import inbox


class AnotherBody(Exception):
    """The key of an earlier message came with another content."""


def accept(
    c: Connection,
    channel: str,
    peer: str,
    message_key: str,
    body: bytes,
    now: datetime,
    apply: Callable[[], bytes],
) -> bytes:
    """The answer to a message. `apply` is called in the same transaction, the first time only.

    A message that came before gets the stored answer, byte for byte. Raises AnotherBody.
    """
    digest = hashlib.sha256(body).hexdigest()
    row_id = uuid7()
    fresh = insert_once(
        c,
        inbox,
        {
            "id": row_id,
            "channel": channel,
            "peer": peer,
            "message_key": message_key,
            "body_hash": digest,
            "body": body,
            "received_at": now,
            "answer": b"",
        },
    )
    if not fresh:
        i = inbox.c
        row = c.execute(
            select(i.body_hash, i.answer).where(
                i.channel == channel, i.peer == peer, i.message_key == message_key
            )
        ).one()
        if row.body_hash != digest:
            raise AnotherBody(message_key)
        return bytes(row.answer)
    failpoint("inbox.claimed")
    answer = apply()
    c.execute(update(inbox).where(inbox.c.id == row_id).values(answer=answer))
    failpoint("inbox.answered")
    return answer
