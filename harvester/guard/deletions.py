"""What to do when a whole list does not name records that we have: delete them, or hold them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: More missing than this, and more than the share, and they are held.
FEW = 50
SHARE = 0.05
#: Half of them missing and half of the list unknown: the provider has given everything new identifiers.
MOVED = 0.5
MOVED_LEAST = 10
#: The second list confirms the first when it lacks the same records, give or take a tenth.
ALIKE = 0.1

Kind = Literal["few", "mass", "empty", "migration"]
Act = Literal["nothing", "delete", "hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A whole list against the store: records not named, living before it, named by it, of those never seen before."""

    missing: int
    living: int
    delivered: int
    fresh: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was found and decided last: its kind and state, how many, how many of them are missing now too."""

    kind: str
    state: str
    missing: int
    common: int
    delivered: int

    def is_like(self, now: Missing) -> bool:
        """Whether the same records are missing."""
        more = now.missing <= (1 + ALIKE) * self.missing
        return more and self.common >= (1 - ALIKE) * now.missing


def kind_of(now: Missing) -> Kind:
    """How suspicious it is that so many are missing."""
    if now.delivered == 0:
        return "empty"
    moved = now.missing > MOVED * now.living and now.fresh > MOVED * now.delivered
    if moved and now.missing >= MOVED_LEAST:
        return "migration"
    return "mass" if now.missing > max(FEW, SHARE * now.living) else "few"


def judge(now: Missing, before: Before | None) -> tuple[Kind, Act]:
    """What it is, and what to do.

    A second list that lacks the same confirms a mass deletion. A list with nothing in it never empties a
    catalogue by itself, and a change of all identifiers waits for a person.
    """
    kind = kind_of(now)
    if not now.missing:
        return kind, "nothing"
    if kind == "few":
        return kind, "delete"
    confirmed = (
        kind == "mass"
        and before is not None
        and before.is_like(now)
        and (before.kind, before.state) == ("mass", "held")
        and before.delivered > 0
    )
    return kind, "delete" if confirmed else "hold"
