"""Records that a whole list did not name any more are gone, unless there are suspiciously many of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from harvester import sources
from harvester.context import Harvesting
from harvester.process import BATCH
from harvester.sources import Source
from harvester.store import Harvest

#: More missing than this, and more than the share, and the sweep is held.
FEW = 50
SHARE = 0.05


def is_suspicious(missing: int, living: int, delivered: int) -> bool:
    """Whether so many missing records look like a provider that has lost its catalogue. Pure.

    A list with nothing in it never empties a catalogue by itself.
    """
    return bool(missing) and (delivered == 0 or missing > max(FEW, SHARE * living))


def is_confirmed(quirks: Any, missing: int, harvest_id: str) -> bool:
    """Whether an operator has agreed, or the whole list before this one lacked about the same. Pure."""
    if quirks.get("sweep_approved"):
        return True
    held = quirks.get("sweep_held")
    if not held or held.get("harvest") == harvest_id:
        return False
    return bool(missing <= 1.1 * held.get("missing", 0) and held.get("delivered", 0) > 0)


def sweep(ctx: Harvesting, source: Source, mine: Harvest, since: datetime, delivered: int) -> tuple[int, str]:
    """(records withdrawn, '' or why the sweep is held) after a full list that is proven complete."""
    with ctx.db.read() as c:
        _, missing, living = ctx.catalogue.unseen(c, source, since, 0)
        quirks = sources.get(c, source.id).quirks
    if not missing:
        return 0, ""
    if is_suspicious(missing, living, delivered) and not is_confirmed(quirks, missing, mine.id):
        with ctx.db.begin() as c:
            held = {"missing": missing, "delivered": delivered, "harvest": mine.id}
            sources.remember(c, source.id, sweep_held=held)
        return 0, f"{missing} of {living} records are missing from the list; held until somebody has looked"
    withdrawn = 0
    while True:
        with ctx.db.begin() as c:
            names, _, _ = ctx.catalogue.unseen(c, source, since, BATCH)
            if not names:
                sources.remember(c, source.id, sweep_held=None, sweep_approved=None)
                return withdrawn, ""
            ctx.catalogue.withdraw(c, source, names, ctx.clock())
            withdrawn += len(names)


def approve(c: Connection, source_id: str) -> None:
    """An operator agrees that the missing records are gone: the next full harvest withdraws them."""
    sources.remember(c, source_id, sweep_approved=True)
