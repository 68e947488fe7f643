"""Records that a whole list did not name any more are gone, unless there are suspiciously many of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from harvester.context import Harvesting
from harvester.guard import held
from harvester.guard.deletions import Missing
from harvester.sources import Source
from harvester.store import Harvest
from index.tables import record


def sweep(ctx: Harvesting, source: Source, mine: Harvest, since: datetime, delivered: int) -> tuple[int, str]:
    """(records withdrawn, '' or why they are held) after a full list that is proven complete.

    What was not seen since `since` is missing.
    """
    names = held.lost(source).where(record.c.last_seen < since)
    new = select(func.count()).select_from(record)
    new = new.where(record.c.source_id == source.id, record.c.first_seen >= since)
    with ctx.db.begin() as c:
        _, _, living = ctx.catalogue.unseen(c, source, since, 0)
        missing = int(c.execute(select(func.count()).select_from(names.subquery())).scalar_one())
        fresh = int(c.execute(new).scalar_one())
        now = Missing(missing=missing, living=living - fresh, delivered=delivered, fresh=fresh)
        found, act = held.found(c, source, mine.id, now, names, since)
    return finish(ctx, found, act, now)


def finish(ctx: Harvesting, found: held.Held | None, act: str, now: Missing) -> tuple[int, str]:
    """(records withdrawn, '' or why they are held), once it is written down."""
    if found is None:
        return 0, ""
    if act == "hold":
        return (
            0,
            f"{now.missing} of {now.living} records are missing from the list; held until somebody has looked",
        )
    return held.carry_out(ctx, found.id), ""
