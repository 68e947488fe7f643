"""How fresh the catalogue is: the foot of every page says it."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from harvester.tables import harvest
from web.wiring import Parts

#: Seconds that the answer is kept.
KEPT = 60.0


def updated(parts: Parts) -> datetime | None:
    """When the last harvest was completed; None before the first."""
    kept: tuple[float, datetime | None] | None = parts.cache.get("updated")
    now = time.monotonic()
    if kept is None or now - kept[0] > KEPT:
        last = None
        with suppress(SQLAlchemyError, OSError), parts.db.read() as c:  # error pages have a foot too
            wanted = select(func.max(harvest.c.ended_at)).where(harvest.c.state == "complete")
            last = c.execute(wanted).scalar()
        kept = (now, last)
        parts.cache["updated"] = kept
    return kept[1]
