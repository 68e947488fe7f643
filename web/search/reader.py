"""As whom somebody looks at a record: with a library card, for a desk, or as a guest."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request
from sqlalchemy import Connection

from broker.ways import Reader
from foundation import people
from foundation.libraries import Library
from web.search.directory import directory


@dataclass(frozen=True, slots=True)
class Standing:
    """The reader for `ways`, the home library (None for a guest), the card (None for staff), other homes to choose."""

    reader: Reader
    home: Library | None
    card: people.Patron | None
    others: tuple[Library, ...]


def standing(c: Connection) -> Standing:
    """How the viewer stands here; with cards of several libraries, `?home=CODE` chooses."""
    known = directory()
    cards = people.patrons_of_user(c, g.viewer.user_id) if g.viewer.user_id else ()
    cards_at = {card.library_id: card for card in cards}
    homes = [known.by_id[one] for one in cards_at if one in known.by_id]
    if not homes:
        homes = sorted(
            (known.by_id[one] for one in g.viewer.staff if one in known.by_id), key=lambda x: x.code
        )
    if not homes:
        return Standing(Reader(library_id=None), None, None, ())
    wanted = request.values.get("home", "")
    home = next((one for one in homes if one.code == wanted), homes[0])
    card = cards_at.get(home.id)
    reader = Reader(library_id=home.id, category=card.category if card else None)
    return Standing(reader, home, card, tuple(one for one in homes if one.id != home.id))
