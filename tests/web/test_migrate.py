"""Migrations make exactly the tables that the code declares, on both databases, forth and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from foundation.db import Database, metadata
from web import migrate

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        db = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        db = Database(request.getfixturevalue("postgres"))
        metadata.drop_all(db.engine)
        with db.begin() as c:
            c.execute(text("DROP TABLE IF EXISTS alembic_version"))
    yield db
    db.close()


def test_migrations_equal_the_tables(empty: Database) -> None:
    assert not migrate.is_current(empty)
    migrate.upgrade(empty)
    assert migrate.is_current(empty)
    with empty.engine.connect() as c:
        context = MigrationContext.configure(c, opts={"compare_type": True, "target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_a_second_upgrade_changes_nothing_and_all_can_be_taken_back(empty: Database) -> None:
    migrate.upgrade(empty)
    migrate.upgrade(empty)
    migrate.downgrade(empty, "base")
    assert set(inspect(empty.engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(empty)
    assert migrate.is_current(empty)
