"""Members of each kind on loopback, harvested through the real harvester into a real catalogue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from foundation.db import Database
from foundation.fetch import Fetcher, FetchPolicy
from foundation.ids import uuid7
from foundation.seal import seal_in
from foundation.tables import library
from harvester import sources, store
from harvester.context import Harvesting
from harvester.probe import Probe, probe
from harvester.run import process_queue
from harvester.settings import HarvestSettings
from harvester.sources import Source, SourceDraft
from harvester.store import Harvest
from harvester.transport import Endpoint
from harvester.wire import FetchWire, harvesting
from index.packing import unpack
from index.record import Record
from index.tables import holding, record
from web.demo.catalogue import Entry
from web.demo.dialects.reply import Places
from web.demo.member import MemberServer
from web.demo.shelf import Shelf

Build = Callable[[Shelf, str], Places]


@dataclass(slots=True)
class Member:
    """A running member: what it serves, and what was asked of it."""

    server: MemberServer
    folder: Path

    @property
    def living(self) -> dict[int, Entry]:
        """Its titles that readers see, by number."""
        entries = self.server.shelf.entries()
        return {entry.number: entry for entry in entries if not entry.deleted and not entry.hidden}

    def change(self, action: str, number: int, **more: object) -> None:
        """What a cataloguer does."""
        self.server.shelf.change({"action": action, "number": number, **more})

    def asked(self, text: str = "") -> list[str]:
        """Lines of its access log that hold this text."""
        log = self.folder / "access.log"
        return [line for line in log.read_text().splitlines() if text in line] if log.exists() else []

    def forget(self) -> None:
        """Empty the log."""
        (self.folder / "access.log").write_text("")


@contextmanager
def serving(code: str, folder: Path, build: Build, now: Callable[[], datetime]) -> Iterator[Member]:
    """A member with the catalogue of the demo's library `code`, as long as the block runs."""
    server = MemberServer(code, folder, places=build, now=now)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Member(server=server, folder=folder)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@dataclass(slots=True)
class World:
    """A union catalogue with one source."""

    ctx: Harvesting
    fetcher: Fetcher
    ahead: list[timedelta] = field(default_factory=lambda: [timedelta()])

    def source(self, url: str, profile: str, **more: Any) -> Source:
        """A source of a new library."""
        library_id = uuid7()
        with self.ctx.db.begin() as c:
            c.execute(
                library.insert().values(
                    id=library_id, code="MLT", symbol="NPP:MLT", name="MLT", created_at=self.ctx.clock()
                )
            )
            draft = SourceDraft(
                code="mlt", library_id=library_id, name="MLT", url=url, profile=profile, **more
            )
            return sources.add(c, draft, seal=self.ctx.seal, at=self.ctx.clock())

    def harvest(self, source: Source, kind: str = "full") -> Harvest:
        """Run one harvest to its end."""
        with self.ctx.db.begin() as c:
            asked = store.queue(c, source.id, at=self.ctx.clock(), kind=kind)
        assert process_queue(self.ctx, "test")
        with self.ctx.db.read() as c:
            return store.get(c, asked.id)

    def records(self) -> dict[str, Record]:
        """The living records by identifier."""
        with self.ctx.db.read() as c:
            rows = c.execute(select(record.c.identifier, record.c.body).where(record.c.gone_at.is_(None)))
            return {row.identifier: unpack(row.body) for row in rows}

    def copies(self) -> set[tuple[str, str]]:
        """(barcode, call number) of all copies."""
        with self.ctx.db.read() as c:
            rows = c.execute(select(holding.c.barcode, holding.c.call_number))
            return {(row.barcode, row.call_number) for row in rows}

    def states(self) -> dict[str, tuple[str, bool | None, str]]:
        """(availability, whether it is lent, due) by barcode."""
        told = holding.c.availability, holding.c.lendable, holding.c.due
        with self.ctx.db.read() as c:
            return {row[0]: (row[1], row[2], row[3]) for row in c.execute(select(holding.c.barcode, *told))}

    def look(self, url: str, profile: str = "") -> Probe:
        """A look before saving."""
        return probe(Endpoint(url=url), FetchWire(self.fetcher), clock=self.ctx.clock, profile=profile)

    def later(self, **span: float) -> None:
        """Time passes."""
        self.ahead[0] += timedelta(**span)


@pytest.fixture
def world(sqlite_db: Database, tmp_path: Path) -> Iterator[World]:
    ahead = [timedelta()]
    fetcher = Fetcher(
        FetchPolicy(any_address=True, user_agent="Silang/test (+https://example.org)", sender="a@example.org")
    )
    ctx = harvesting(
        db=sqlite_db,
        data=tmp_path / "data",
        fetcher=fetcher,
        clock=lambda: datetime.now(UTC) + ahead[0],
        seal=seal_in(tmp_path / "data"),
        settings=HarvestSettings(patience=20.0),
    )
    try:
        yield World(ctx=ctx, fetcher=fetcher, ahead=ahead)
    finally:
        fetcher.close()


@pytest.fixture
def member(tmp_path: Path, world: World) -> Iterator[Callable[..., Member]]:
    """Starts a member; it ends with the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(code: str, build: Build) -> Member:
            folder = tmp_path / "members" / code
            return stack.enter_context(serving(code, folder, build, world.ctx.clock))

        yield start


def copies_of(entries: dict[int, Entry]) -> set[tuple[str, str]]:
    """(barcode, call number) of what these entries hold."""
    return {(item.barcode, item.call_number) for entry in entries.values() for item in entry.items}
