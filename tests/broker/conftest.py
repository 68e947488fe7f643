"""The broker's world as a fixture: on a copy of one file for SQLite, and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foundation.db import Database, metadata
from tests.broker.world import World, build, hasty, moved_to
from tests.conftest import TestClock


@pytest.fixture(scope="session")
def first_world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A database file with the world in it, made once."""
    path = tmp_path_factory.mktemp("world") / "silang.db"
    db = hasty(f"sqlite:///{path}")
    metadata.create_all(db.engine)
    world = build(db, TestClock(datetime(2026, 11, 24, 3, 0, tzinfo=UTC)))
    db.close()  # the last connection brings the write-ahead log home
    return path, world


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, clock: TestClock) -> Iterator[World]:
    """Three libraries with people and books, on each kind of database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("small_world")
        return
    db = Database(request.getfixturevalue("postgres"))
    metadata.drop_all(db.engine)
    metadata.create_all(db.engine)
    try:
        yield build(db, clock)
    finally:
        db.close()


@pytest.fixture
def small_world(first_world: tuple[Path, World], tmp_path: Path, clock: TestClock) -> Iterator[World]:
    """The same on SQLite alone, for tests that need no second kind."""
    path, first = first_world
    shutil.copy(path, tmp_path / "silang.db")
    db = hasty(f"sqlite:///{tmp_path / 'silang.db'}")
    try:
        yield moved_to(first, db, clock)
    finally:
        db.close()
