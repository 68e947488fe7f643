"""Inserting a row that may be there already, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(c: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row; False when a unique constraint says that it is there.

    A plain INSERT that fails would take the whole unit of work with it on PostgreSQL. There, this one waits
    for another transaction that is just inserting the same row.
    """
    insert = postgresql.insert if c.dialect.name == "postgresql" else sqlite.insert
    key = next(iter(table.primary_key))
    query = insert(table).values(**values).on_conflict_do_nothing().returning(key)
    return c.execute(query).first() is not None
