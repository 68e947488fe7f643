"""Fixtures that every test may ask for: a database of each kind, a fixed clock."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings

import broker.tables
import foundation.tables
import harvester.tables
import index.tables
import index.targets.tables
from foundation.db import Database, metadata

#: Catalogues from other hands, for every test that searches live.
pytest_plugins = ["tests.peers.live.fixtures"]

#: Importing them declares their tables.
TABLES = (foundation.tables, broker.tables, harvester.tables, index.tables, index.targets.tables)

# How long one example takes says more about the machine than about the code.
settings.register_profile("silang", deadline=None)
settings.load_profile("silang")


def needs(tool: str, hint: str) -> str:
    """The path of a tool. Missing, the test fails in CI and is skipped, loudly, on a newcomer's machine."""
    path = shutil.which(tool)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{tool} is missing: {hint}")
    return str(path)


class TestClock:
    """A clock that stands still until it is told to go on."""

    __test__ = False

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def go(self, **span: float) -> None:
        """Go on by so much, e.g. hours=2."""
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> TestClock:
    """Tuesday, 24 November 2026, 03:00 UTC (10.00 WIB)."""
    return TestClock(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))


def free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server of our own, started as user postgres, gone afterwards."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "PostgreSQL is missing: apt-get install postgresql"
        )
    tools = found[-1].parent
    root = Path(tempfile.mkdtemp(prefix="silang-pg-"))
    port = free_port()
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_postgres:
        shutil.chown(root, "postgres")
    data = root / "data"

    def run(*words: str) -> None:
        subprocess.run([*as_postgres, *words], check=True, capture_output=True, timeout=60, cwd="/")

    run(str(tools / "initdb"), "-D", str(data), "-A", "trust", "-U", "silang", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -k {root} -h 127.0.0.1 -F"
    run(str(tools / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(root / "log"), "-w", "start")
    try:
        yield f"postgresql+psycopg://silang@127.0.0.1:{port}/postgres"
    finally:
        run(str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def _tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and nothing in them: copied, which is quicker than making them each time."""
    path = tmp_path_factory.mktemp("tables") / "silang.db"
    database = Database(f"sqlite:///{path}")
    metadata.create_all(database.engine)
    database.close()
    return path


def _copy_of(tables: Path, folder: Path) -> Database:
    return Database(f"sqlite:///{shutil.copyfile(tables, folder / 'silang.db')}")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with all tables: SQLite, and PostgreSQL where that is being tested."""
    if request.param == "sqlite":
        database = _copy_of(request.getfixturevalue("_tables"), tmp_path)
    else:
        database = Database(request.getfixturevalue("postgres"))
        metadata.drop_all(database.engine)
        metadata.create_all(database.engine)
    try:
        yield database
    finally:
        database.close()


@pytest.fixture
def sqlite_db(tmp_path: Path, _tables: Path) -> Iterator[Database]:
    """An empty SQLite database with all tables, for tests that need no second kind."""
    database = _copy_of(_tables, tmp_path)
    try:
        yield database
    finally:
        database.close()
