"""What the catalogues of holding libraries said of a title a moment ago, and whether they can be asked now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from sqlalchemy import Connection

from broker import seen
from broker.views import Shelf
from index.query import Or, Query, Term
from index.record import Record
from index.targets.store import Target
from web import elsewhere
from web.app import parts

#: Identifiers by which a title is the same at another catalogue, most telling first, and how many of them are asked for.
BY, MOST = ("isbn", "issn"), 4


def known_by(said: Record) -> Query | None:
    """The search for this title by its numbers; None where it has none."""
    for kind in BY:
        numbers = said.values(kind)[:MOST]
        if numbers:
            terms = tuple(Term(text=one, field=kind) for one in numbers)
            return terms[0] if len(terms) == 1 else Or(parts=terms)
    return None


def askable(c: Connection, rows: Sequence[Shelf]) -> dict[str, Target]:
    """Targets of the libraries that hold the title, which the viewer may search, by library id."""
    here = parts()
    holders = {row.library_id for row in rows}
    found: dict[str, Target] = {}
    for one in elsewhere.searchable(here, c, elsewhere.audience_of(g.viewer)):
        symbol = one.profile.presentation.symbol
        if symbol and (library := elsewhere.library_of(c, symbol)) in holders:
            found.setdefault(str(library), one)
    return found


def shown(c: Connection, cluster_id: str, said: Record, rows: Sequence[Shelf]) -> dict[str, Any]:
    """For the record page: whether the button is there, whether something is being asked, and when each library was."""
    now = parts().clock()
    states = seen.states(c, cluster_id, now)
    return {
        "can": known_by(said) is not None and bool(askable(c, rows)),
        "running": any(
            state == "running" and (now - at).total_seconds() < 60 for state, at in states.values()
        ),
        "at": {library: at for library, (state, at) in states.items() if state == "done"},
        "failed": [library for library, (state, _) in states.items() if state == "failed"],
    }


def live_rows(c: Connection, cluster_id: str, rows: Sequence[Shelf]) -> tuple[Shelf, ...]:
    """Shelves with what was seen a moment ago in the place of what was harvested."""
    now = parts().clock()
    return seen.over(rows, seen.checks(c, cluster_id, now), now)
