"""What a live search saw at a library's own catalogue: kept with a request or for a title, and how long it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from broker import tables as t
from broker.shelves import CONFIDENCE
from broker.views import Shelf
from foundation.once import insert_once
from index.record import Holding

#: So long what a catalogue said is as good as looking at the shelf.
FRESH = timedelta(minutes=15)

#: Copies of one library that are kept.
MOST = 50


def holder(library_id: str, copies: Iterable[Holding], at: datetime) -> dict[str, Any]:
    """As JSON: the library, when it was asked, and what stands where. Without copies it has the title, and no more is
    known."""
    shelves = [
        {
            "branch_text": one.branch[:200],
            "location": one.location[:200],
            "call_number": one.call_number[:200],
            "copies": max(1, one.copies),
            "availability": str(one.availability),
            "lendable": one.lendable,
            "due": one.due[:40],
        }
        for one in list(copies)[:MOST]
    ]
    return {"library_id": library_id, "at": at.isoformat(), "shelves": shelves}


def shelves(said: Mapping[str, Any], now: datetime) -> tuple[Shelf, ...]:
    """What `holder` wrote, the most hopeful first; `live` while it is fresh."""
    live = timedelta() <= now - datetime.fromisoformat(said["at"]) <= FRESH
    found = [
        Shelf(
            library_id=said["library_id"],
            branch_id=None,
            branch_text=one["branch_text"],
            location=one["location"],
            call_number=one["call_number"],
            copies=one["copies"],
            available=one["copies"] if one["availability"] == "available" else 0,
            availability=one["availability"],
            lendable=one["lendable"],
            due=one["due"],
            live=live,
        )
        for one in said["shelves"]
    ]
    if not found:
        found = [
            Shelf(
                library_id=said["library_id"],
                branch_id=None,
                branch_text="",
                location="",
                call_number="",
                copies=1,
                available=0,
                availability="unknown",
            )
        ]
    return tuple(sorted(found, key=lambda shelf: CONFIDENCE.get(shelf.availability, 3)))


def over(held: Sequence[Shelf], said: Iterable[Mapping[str, Any] | None], now: datetime) -> tuple[Shelf, ...]:
    """The shelves with what was seen in the place of what was harvested: of a library that the catalogue does not name
    always, of one that it names only while it is fresh and says something.

    A branch that the harvested shelf of the same place or mark names stays named, so that branches that do not lend
    are still known.
    """
    found = list(held)
    for one in said:
        if one is None:
            continue
        of_library = [shelf for shelf in found if shelf.library_id == one["library_id"]]
        seen = shelves(one, now)
        if of_library and not any(shelf.live for shelf in seen):
            continue
        found = [shelf for shelf in found if shelf.library_id != one["library_id"]]
        found += [_placed(shelf, of_library) for shelf in seen]
    return tuple(found)


def _placed(seen: Shelf, harvested: Sequence[Shelf]) -> Shelf:
    for other in harvested:
        same = seen.call_number and seen.call_number == other.call_number
        if same or (seen.branch_text and seen.branch_text == other.branch_text):
            return replace(seen, branch_id=other.branch_id, branch_text=other.branch_text)
    branches = {other.branch_id for other in harvested}
    if len(branches) == 1:  # all of it stands in one branch
        return replace(seen, branch_id=next(iter(branches)))
    return seen


# --- checks of a title ---------------------------------------------------------------------------


def checks(c: Connection, cluster_id: str | None, now: datetime) -> list[Mapping[str, Any]]:
    """What was seen of a title at the catalogues that were asked within FRESH, as `holder` writes it."""
    if not cluster_id:
        return []
    a = t.availability_check.c
    rows = c.execute(select(a.said).where(a.cluster_id == cluster_id, a.state == "done", a.at >= now - FRESH))
    return [said for said in rows.scalars() if said]


def states(c: Connection, cluster_id: str, now: datetime) -> dict[str, tuple[str, datetime]]:
    """How the checks of a title stand, by library: (running, done, failed; since when), those within FRESH."""
    a = t.availability_check.c
    rows = c.execute(
        select(a.library_id, a.state, a.at).where(a.cluster_id == cluster_id, a.at >= now - FRESH)
    )
    return {row.library_id: (row.state, row.at) for row in rows}


def write(
    c: Connection, cluster_id: str, library_id: str, state: str, at: datetime, said: Mapping[str, Any] | None
) -> None:
    """Keep the last check of a title at a library, and take out what has long been old."""
    a = t.availability_check
    values = {"state": state, "at": at, "said": dict(said) if said else None}
    key = {"cluster_id": cluster_id, "library_id": library_id}
    insert_once(c, a, {**key, **values})
    c.execute(a.update().where(a.c.cluster_id == cluster_id, a.c.library_id == library_id).values(**values))
    c.execute(delete(a).where(a.c.at < at - 4 * FRESH))
