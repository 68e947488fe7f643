"""Inserting a row that may be there already, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(c: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; False when a unique constraint says that it is there.

    A plain INSERT that fails would take the whole unit of work with it on PostgreSQL. There, this one waits
    for another transaction that is just inserting the same row.
    """
    return c.execute(_statement(c.dialect.name, table), dict(values)).first() is not None


@cache
def _statement(dialect: str, table: Table) -> Executable:
    """Made once a table: putting it together costs more than running it."""
    key = next(iter(table.primary_key))
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing().returning(key)
    return sqlite.insert(table).on_conflict_do_nothing().returning(key)
