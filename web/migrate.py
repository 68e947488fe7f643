"""Bringing the database to this version's tables, and asking whether it is there."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import broker.tables
import foundation.tables
import harvester.tables
import index.tables
import index.targets.tables
from foundation.db import Database

#: Importing them declares their tables on foundation.db.metadata.
TABLES = (foundation.tables, broker.tables, harvester.tables, index.tables, index.targets.tables)


logging.getLogger("alembic").setLevel(logging.WARNING)  # each look at the revision would say hello


def _config(db: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["database"] = db
    return config


def upgrade(db: Database) -> None:
    """Bring the tables to the newest revision; does nothing when they are there."""
    command.upgrade(_config(db), "head")


def downgrade(db: Database, revision: str) -> None:
    """Take the tables back to a revision ('base' is none at all)."""
    command.downgrade(_config(db), revision)


def revision(db: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with db.read() as c:
        return MigrationContext.configure(c).get_current_revision()


def newest() -> str | None:
    """The revision that this version of the program expects."""
    folder = Path(__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    return ScriptDirectory.from_config(config).get_current_head()


def is_current(db: Database) -> bool:
    """Whether the database has the tables that this version expects."""
    return revision(db) == newest()
