"""A harvester over a real database, a real spool, the real catalogue, and a provider of ours on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foundation.db import Database
from foundation.fetch import Fetcher, FetchPolicy
from foundation.ids import uuid7
from foundation.seal import seal_in
from foundation.tables import library
from harvester import sources
from harvester.context import Harvesting
from harvester.settings import HarvestSettings
from harvester.sources import Source, SourceDraft
from harvester.wire import harvesting


class MovingClock:
    """The real time, plus what a test adds: providers of ours live in real time."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def go(self, **span: float) -> None:
        self.ahead += timedelta(**span)


@pytest.fixture
def moving_clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits until something is so, at most ten seconds."""

    def wait(is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not is_so():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.01)

    return wait


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    one = Fetcher(
        FetchPolicy(any_address=True, user_agent="Silang/test (+https://example.org)", sender="a@example.org")
    )
    yield one
    one.close()


@pytest.fixture
def ctx(db: Database, tmp_path: Path, fetcher: Fetcher, moving_clock: MovingClock) -> Harvesting:
    """Everything that a harvest works with, on each kind of database."""
    return _harvesting(db, tmp_path, fetcher, moving_clock)


@pytest.fixture
def sqlite_ctx(
    sqlite_db: Database, tmp_path: Path, fetcher: Fetcher, moving_clock: MovingClock
) -> Harvesting:
    """The same on SQLite alone; `source_at` then works there too."""
    return _harvesting(sqlite_db, tmp_path, fetcher, moving_clock)


def _harvesting(db: Database, tmp_path: Path, fetcher: Fetcher, moving_clock: MovingClock) -> Harvesting:
    return harvesting(
        db=db,
        data=tmp_path / "data",
        fetcher=fetcher,
        clock=moving_clock,
        seal=seal_in(tmp_path / "data"),
        settings=HarvestSettings(patience=5.0),
    )


@pytest.fixture
def source_at(request: pytest.FixtureRequest) -> Callable[..., Source]:
    """A source of a new library at an address, in whichever context the test works."""
    chosen = "sqlite_ctx" if "sqlite_ctx" in request.fixturenames else "ctx"
    ctx: Harvesting = request.getfixturevalue(chosen)

    def add(url: str, code: str = "mlt", **more: object) -> Source:
        library_id = uuid7()
        with ctx.db.begin() as c:
            c.execute(
                library.insert().values(
                    id=library_id, code=code.upper(), symbol=f"NPP:{code}", name=code, created_at=ctx.clock()
                )
            )
            draft = SourceDraft(code=code, library_id=library_id, name=code, url=url, **more)  # type: ignore[arg-type]
            return sources.add(c, draft, seal=ctx.seal, at=ctx.clock())

    return add
