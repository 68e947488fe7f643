"""A live search to look at: one catalogue that answered with HOSTILE words, one that did not, kept as rani's own."""

from __future__ import annotations

import time

import pytest

from index.live.snapshot import View
from index.parse import parse
from index.record import Availability, Holding
from tests.web.conftest import World
from tests.web.live_world import marc, searching
from tests.web.samples import HOSTILE
from web import elsewhere

__all__ = ["add_search"]


def add_search(world: World) -> tuple[str, str]:
    """The id of a finished search of rani's, and that of a hit elsewhere. Its targets stay in the table."""
    with pytest.MonkeyPatch.context() as patch, searching(world, patch) as around:
        records = [marc(f"Lumbung benih {HOSTILE}"[:300], "Sutasoma, Rangga", 2001, "9789790000018")]
        records += [marc(f"Lumbung desa {number}", year=1990 + number) for number in range(30)]
        around.add("z-kenanga", *records, symbol="ISIL:ID-KNG", requests=True)
        around.add("z-jauh", fails=["refused"])
        around.copies["z-kenanga", 1] = (
            Holding(branch="Pusat", call_number="631 SUT", availability=Availability.AVAILABLE),
        )
        parts = world.parts
        with parts.db.read() as c:
            targets = [one for one in elsewhere.searchable(parts, c, "staff") if one.code in around.targets]
            aims = elsewhere.aims(parts, c, targets)
        owner = f"account {world.user['rani']}"
        engine = elsewhere.live_engine(parts)
        search = engine.start(parse("lumbung"), aims, owner=owner, text="lumbung")
        version, running, until = -1, True, time.monotonic() + 60
        while running and time.monotonic() < until:
            found = engine.wait(search, owner, version, 5.0)
            assert found is not None
            version, running = found
        seen = engine.snapshot(search, owner, View(limit=200))
        assert seen is not None
        with_copies = (one.id for one in seen.clusters if any(holder.holdings for holder in one.holders))
        return search, next(with_copies)
