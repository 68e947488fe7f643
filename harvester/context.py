"""What a harvest works with: the database, the spool of raw pages, the network, the catalogue. Given, not found."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from foundation.clock import Clock
from foundation.db import Database
from foundation.seal import Seal
from harvester.settings import HarvestSettings
from harvester.sources import Source
from harvester.spool import Spool
from harvester.transport import Wire
from index.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A record as it came, and what the crosswalk made of it. The raw bytes are in page `page_id`."""

    identifier: str
    datestamp: str
    schema: str
    raw: bytes
    record: Record
    page_id: str | None = None
    page_offset: int | None = None
    page_length: int | None = None


class Catalogue(Protocol):
    """Where records go: index.store in real life."""

    def take(self, c: Connection, source: Source, found: Sequence[Found], at: datetime) -> None:
        """Add or change records; those whose bytes are the same are only seen again."""

    def withdraw(self, c: Connection, source: Source, identifiers: Sequence[str], at: datetime) -> None:
        """These records are gone; ones that were never here are no error."""

    def unseen(
        self, c: Connection, source: Source, since: datetime, limit: int | None
    ) -> tuple[list[str], int, int]:
        """(identifiers of living records not seen since then, how many those are, how many live ones there are)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvesting:
    """Everything a run needs. `wire_of` gives the network for one source (its own CA, for example)."""

    db: Database
    spool: Spool
    wire_of: Callable[[Source], Wire]
    clock: Clock
    seal: Seal
    catalogue: Catalogue
    settings: HarvestSettings = field(default_factory=HarvestSettings)
    stopping: threading.Event = field(default_factory=threading.Event)
    patience: float | None = None  # seconds; None is what the settings say
    longest: float | None = None  # seconds for a list that announces no size; None is two days
    on_page: Callable[[str], None] | None = None  # hears the harvest's id after each page
