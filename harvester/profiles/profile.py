"""What is known of a kind of system before the first request: a Profile, and the signs by which one shows itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from harvester.pages import Item, Token
from harvester.provider import Format, Identity
from harvester.transport import Wire

#: Hears of what is odd: a code of harvester.codes, and a text.
Odd = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a look at an endpoint brought: its address, who it says it is, and its first page."""

    url: str
    identity: Identity | None = None
    formats: tuple[Format, ...] = ()
    sets: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    token: Token | None = None

    def offers(self, *prefixes: str) -> bool:
        """Whether all these formats are offered, by the names of their prefixes."""
        return set(prefixes) <= {one.prefix.lower() for one in self.formats}

    def payload_has(self, text: bytes) -> bool:
        """Whether one of the first records contains these bytes."""
        return any(item.content is not None and text in item.content for item in self.items[:20])


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where and how a connector asks. `pause` is in seconds, between two requests for single pages; of these at
    most `most` are sent, None is as many as there are titles (a look needs but a few).
    """

    url: str
    pause: float = 0.0
    most: int | None = None


#: Stands between a harvest and the network: asks a system in its own way, answers as OAI-PMH.
Connector = Callable[[Wire, Site, Odd], Wire]


def as_it_is(wire: Wire, site: Site, odd: Odd) -> Wire:
    """The connector of a system that speaks OAI-PMH and tells of its copies there."""
    return wire


def nothing(evidence: Evidence) -> int:
    """The signs of a system that has none."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A system and its habits.

    `system` is how its makers call it. `path` is where it usually answers. `prefixes` are asked for in this order
    where they are offered; () leaves the choice to the namespaces.
    `selects` says what from and until find there: changes, additions only, or nothing at all.
    `full_days` and `sweep_days`: after how many days the whole list, or that of the identifiers alone, is due
    again; 0 is never by itself.
    `dialect` is what index.crosswalk calls the way in which it writes descriptions, `holdings` are names of
    index.crosswalk.copies, `repairs` the damage to texts that is expected (index.crosswalk.repairs).
    `quirks` are what a run begins with (transport.Quirks); what is found out about a source wins over them.
    `pause_ms` is between two requests where the source names no pause of its own.
    `signs` counts how much an endpoint looks like this system: 0 not at all, 3 and more is a good guess.
    """

    code: str
    system: str
    path: str = ""
    prefixes: tuple[str, ...] = ()
    selects: Literal["changes", "additions", "nothing"] = "changes"
    full_days: int = 0
    sweep_days: int = 0
    dialect: str = "generic"
    holdings: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    quirks: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    pause_ms: int = 0
    signs: Callable[[Evidence], int] = nothing
    connect: Connector = as_it_is
    copies_by: Literal["", "record", "page"] = ""  # told in the record, or on a page for each record
