"""What admins are told about sources: once when one fails for good, when it works again, when deletions are held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from foundation import events, outbox, people
from foundation.clock import Clock
from harvester.sources import Source

#: What is told: code -> template of the mail.
KINDS = {
    "failing": "source_failing",
    "recovered": "source_recovered",
    "held": "source_held",
    "long": "source_long",
}

#: An installation has a handful of admins.
_MOST = 50


def teller(clock: Clock) -> Callable[[Connection, Source, str, Mapping[str, Any]], None]:
    """Writes an event and a mail to each admin, in the unit of work of what happened."""

    def tell(c: Connection, of: Source, what: str, data: Mapping[str, Any]) -> None:
        now = clock()
        events.append(
            c,
            events.Event(
                object_type="source",
                object_id=of.id,
                action=f"source_{what}",
                at=now,
                side="admin",
                data={"code": of.code, **data},
            ),
        )
        occasion = data.get("held") or data.get("harvest") or now.isoformat()
        for user in people.users(c, role="admin", limit=_MOST):
            if user.state != "active" or not user.email:
                continue
            payload = {
                "template": KINDS[what],
                "to_user_id": user.id,
                "data": {"code": of.code, "title": of.name},
            }
            key = f"source:{of.id}:{what}:{occasion}:{user.id}"
            outbox.put(c, outbox.Work(channel="mail", effect_key=key, payload=payload), now)

    return tell
