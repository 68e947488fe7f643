"""Our own catalogue behind a real server, for clients from other hands and for our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from foundation.db import Database, metadata
from tests.harvester.conftest import MovingClock
from tests.served import served
from tests.web import samples
from tests.web.conftest import make_parts, make_world


@dataclass(frozen=True, slots=True)
class Server:
    """Our catalogue behind a real server: BATIK at two libraries, THESIS, EVIL, and fifteen other titles."""

    host: str

    @property
    def url(self) -> str:
        return f"http://{self.host}/sru"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sru")
    db = Database(f"sqlite:///{folder / 'silang.db'}")
    metadata.create_all(db.engine)
    clock = MovingClock()
    world = make_world(make_parts(db, folder, clock), clock)  # type: ignore[arg-type]  # a clock that moves
    samples.store_all(world)
    samples.take(world, "KNG", **{f"t{n}": samples.plain(n) for n in range(15)})
    with served(world.app) as host:
        yield Server(host)
    db.close()
