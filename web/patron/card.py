"""The card with which a reader asks: the home library, and who acts."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request
from sqlalchemy import Connection

from broker.views import Actor
from foundation import libraries, people
from foundation.libraries import Branch, Library


@dataclass(frozen=True, slots=True)
class Card:
    """A library card of the viewer, its library and the branches where things can be collected."""

    patron: people.Patron
    library: Library
    branches: tuple[Branch, ...]

    @property
    def actor(self) -> Actor:
        """The viewer as a patron of this library."""
        return Actor(
            user_id=self.patron.user_id, role="patron", library_id=self.library.id, patron_id=self.patron.id
        )


def cards(c: Connection) -> tuple[Card, ...]:
    """All cards of the viewer, oldest first."""
    return tuple(
        Card(one, libraries.get(c, one.library_id), libraries.branches(c, one.library_id, pickup=True))
        for one in people.patrons_of_user(c, g.viewer.user_id)
    )


def chosen(found: tuple[Card, ...]) -> Card | None:
    """The card that the address or the form names by its library's code, else the first; None without any."""
    wanted = request.values.get("home", "")
    return next((one for one in found if one.library.code == wanted), found[0] if found else None)
