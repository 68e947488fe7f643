"""The database: one engine by URL, SQLite or PostgreSQL, and the unit of work."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    create_engine,
    event,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator, TypeEngine

#: Every package declares its tables on this.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Row numbers of tables that grow to millions (SQLite counts by itself in INTEGER only).
Big = BigInteger().with_variant(Integer, "sqlite")

#: A JSON value; None is SQL NULL.
Json = JSON(none_as_null=True)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite keeps text that sorts by time, PostgreSQL timestamptz."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of this database."""
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuses naive instants: they are always a mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC) if isinstance(value, datetime) else None


class Database:
    """One database by URL ('sqlite:///path', 'sqlite://' for memory, 'postgresql+psycopg://…')."""

    def __init__(self, url: str, *, busy_seconds: float = 10.0) -> None:
        self.url = url
        self.engine = _engine(url, busy_seconds)
        self._reader = self.engine.execution_options(silang_reads=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite: one writer at a time, which begins with the lock in hand."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One unit of work: everything in it commits together, or nothing does."""
        with self.engine.begin() as c:
            yield c

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view for reading; takes no write lock."""
        with self._reader.connect() as c:
            if not self.is_sqlite:
                c = c.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield c

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def _engine(url: str, busy_seconds: float) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = (
        create_engine(
            url,
            connect_args={"timeout": busy_seconds, "check_same_thread": False},
            pool_size=10,
            max_overflow=30,
        )
        if url not in ("sqlite://", "sqlite:///:memory:")
        else create_engine(url)
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={int(busy_seconds * 1000)}",
            "cache_size=-32000",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(c: Connection) -> None:
        # IMMEDIATE: a deferred transaction that turns into a writer half way fails with
        # SQLITE_BUSY at once, whatever the busy timeout says.
        reads = c.get_execution_options().get("silang_reads")
        c.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
