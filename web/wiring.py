"""The only place that builds and joins the parts."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broker.blank.titles import finder
from broker.peers.outside import Outside, by_http
from broker.service import Broker
from foundation.clock import Clock, system_clock
from foundation.db import Database
from foundation.fetch import Fetcher, FetchPolicy
from foundation.seal import Seal, seal_in
from harvester.context import Harvesting
from harvester.wire import harvesting
from index.engines.memory import MemoryEngine
from index.engines.switching import SwitchingEngine
from index.search import Engine, SearchFailed
from web.settings import Settings

VERSION = "0.1.0"


@dataclass(slots=True, kw_only=True)
class Parts:
    """Everything that pages, the worker and the command line work with."""

    settings: Settings
    data: Path
    db: Database
    engine: Engine
    fetcher: Fetcher
    seal: Seal
    clock: Clock
    broker: Broker
    cache: dict[str, Any] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    def harvesting(self) -> Harvesting:
        """What harvests work with."""
        return harvesting(
            db=self.db,
            data=self.data,
            fetcher=self.fetcher,
            clock=self.clock,
            seal=self.seal,
            settings=self.settings.harvest,
            stopping=self.stopping,
        )

    def forget_file(self, path: str) -> None:
        """Delete a stored document, named by its path in the data folder; one that is gone already is no fault."""
        whole = (self.data / path).resolve()
        if not whole.is_relative_to(self.data):
            raise ValueError(f"{path} is not in the data folder")
        whole.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of everything that was opened."""
        live = self.cache.pop("live_engine", None)  # web.elsewhere puts it there with the first live search
        if live is not None:
            live.close()
        self.engine.close()
        self.db.close()


def database_url(settings: Settings, data: Path) -> str:
    """The configured database, or SQLite in the data folder."""
    return settings.database.url or f"sqlite:///{data / 'silang.db'}"


def policy(settings: Settings, *, any_address: bool = False) -> FetchPolicy:
    """How this installation reaches out; `any_address` is for the command line only."""
    agent = (
        settings.fetch.user_agent or f"Silang/{VERSION} (+{settings.web.public_url or 'https://example.org'})"
    )
    return FetchPolicy(
        allow=settings.fetch.allow,
        any_address=any_address,
        user_agent=agent,
        sender=settings.fetch.sender or None,
    )


def engine(settings: Settings, data: Path) -> Engine:
    """The search engine in use: what `silang reindex --engine` chose, and before that what the configuration names."""
    if settings.index.engine == "memory":
        return MemoryEngine()
    return SwitchingEngine(
        data, {"whoosh": lambda: _whoosh(data), "tantivy": lambda: _tantivy(data)}, settings.index.engine
    )


def _whoosh(data: Path) -> Engine:
    from index.engines.whoosh_engine import WhooshEngine  # slow to import; only who searches pays

    return WhooshEngine(data / "index")


def _tantivy(data: Path) -> Engine:
    try:
        from index.engines.tantivy_engine import TantivyEngine
    except ModuleNotFoundError as missing:
        raise SearchFailed("tantivy is not installed; run: pip install 'silang[tantivy]'") from missing
    return TantivyEngine(data / "index-tantivy")


def build(settings: Settings, base: Path, *, clock: Clock = system_clock) -> Parts:
    """Join the parts. `base` is the folder of config.yaml; the data folder is made, the tables are not."""
    data = (base / settings.data).resolve()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    db = Database(database_url(settings, data), busy_seconds=settings.database.busy_seconds)
    searched = engine(settings, data)
    fetcher, seal = Fetcher(policy(settings)), seal_in(data)
    outside = Outside(seal=seal, post=by_http(fetcher))
    return Parts(
        settings=settings,
        data=data,
        db=db,
        engine=searched,
        fetcher=fetcher,
        seal=seal,
        clock=clock,
        broker=Broker(db, clock, settings.agreement, find=finder(searched), outside=outside),
    )
