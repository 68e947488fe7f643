"""A request as a value: its legs, the rest of its rota, what must be done about it, and the steps taken. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from broker.messages import Message
from foundation.workflow import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One attempt as the requesting side sees it. `flags`: due, renewal, resume, acknowledged, damaged, previous."""

    id: str
    number: int
    library_id: str
    state: str = "queued"
    active: bool = True
    flags: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    condition: str = ""
    cost_minor: int | None = None
    currency: str = "IDR"
    barcode: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A library of the rota that was not asked yet."""

    entry_id: str
    library_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request with its legs and the rest of its rota. `transit_days` are those of the requesting library."""

    id: str
    state: str = "draft"
    reason: str = ""
    liable_user_id: str | None = None
    legs: tuple[Leg, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    attention: tuple[str, ...] = ()
    patron_due_on: date | None = None
    transit_days: int = 3
    closed_at: datetime | None = None

    @property
    def active(self) -> Leg | None:
        """The leg that is running now."""
        return next((leg for leg in self.legs if leg.active), None)

    def leg(self, leg_id: str) -> Leg:
        """The leg of this id. Raises KeyError."""
        for leg in self.legs:
            if leg.id == leg_id:
                return leg
        raise KeyError(leg_id)

    def put(self, changed: Leg) -> Case:
        """With this leg in the place of the one of the same id, or added."""
        legs = tuple(changed if leg.id == changed.id else leg for leg in self.legs)
        return replace(self, legs=legs if changed in legs else (*legs, changed))

    def attend(self, code: str) -> Case:
        """With this code among those that want a look."""
        return self if code in self.attention else replace(self, attention=(*self.attention, code))


# --- what must be done -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Say this to the supplier of a leg."""

    leg_id: str
    message: Message


@dataclass(frozen=True, slots=True)
class Ask:
    """A new leg was made: store it as an attempt; `entry_id` is its rota entry ('' for a retry)."""

    leg_id: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class Locate:
    """Build the rota."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Tell the patron."""

    template: str


@dataclass(frozen=True, slots=True)
class Loan:
    """The patron took (`starts`) or brought back the item of a leg."""

    leg_id: str
    starts: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """Start a clock for the state just entered, of a leg or ('') of the request."""

    leg_id: str
    deadline: Deadline


Effect = Send | Ask | Locate | Notice | Loan | Clock


@dataclass(frozen=True, slots=True)
class Move:
    """One step that was taken, for the audit; `leg_id` '' is the request itself."""

    action: str
    leg_id: str
    before: str
    after: str


class Outcome(NamedTuple):
    """The case afterwards, what must be done, and the steps taken. No steps: it was only recorded."""

    case: Case
    effects: tuple[Effect, ...]
    moves: tuple[Move, ...]
