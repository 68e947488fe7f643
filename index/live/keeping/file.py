"""The file in which live searches are kept for some minutes: its tables and its connections.

It is thrown away without loss: a file of another version, or a broken one, is begun anew. It is written by sqlite3 itself
and without waiting for the disk, since the first record is to be seen within milliseconds.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)

#: Counts up when the tables change.
VERSION = 1

_TABLES = """
CREATE TABLE work (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL,
  version INTEGER NOT NULL, started REAL NOT NULL, flushed REAL NOT NULL, spent REAL NOT NULL, used REAL NOT NULL,
  deadline REAL NOT NULL,
  runner TEXT NOT NULL, beat REAL NOT NULL, arrivals INTEGER NOT NULL, size INTEGER NOT NULL,
  first_seconds REAL, targets TEXT NOT NULL, facets TEXT NOT NULL, ranked BLOB NOT NULL, wanted TEXT NOT NULL);
CREATE INDEX work_key ON work (key, started);
CREATE TABLE search (id TEXT PRIMARY KEY, owner TEXT NOT NULL, work INTEGER NOT NULL, created REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX search_work ON search (work);
CREATE INDEX search_owner ON search (owner, created);
CREATE TABLE cluster (work INTEGER NOT NULL, number INTEGER NOT NULL, keys TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (work, number)) WITHOUT ROWID;
CREATE TABLE portion (work INTEGER NOT NULL, target TEXT NOT NULL, first INTEGER NOT NULL, arrival INTEGER NOT NULL,
  value TEXT NOT NULL, payloads BLOB NOT NULL, PRIMARY KEY (work, target, first)) WITHOUT ROWID;
CREATE TABLE pin (search TEXT NOT NULL, view TEXT NOT NULL, numbers BLOB NOT NULL, PRIMARY KEY (search, view)) WITHOUT ROWID;
CREATE TABLE wish (id INTEGER PRIMARY KEY AUTOINCREMENT, work INTEGER NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL,
  count INTEGER NOT NULL);
CREATE TABLE health (target TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class File:
    """The file, or with path None a database in memory for one process. Safe to use from many threads."""

    def __init__(self, path: Path | None, *, busy_seconds: float = 5.0) -> None:
        self._path = path
        self._busy = busy_seconds
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._memory: sqlite3.Connection | None = None
        if path is None:
            self._memory = self._connect()
            self._memory.executescript(_TABLES)
        else:
            self._prepare(path)

    def _prepare(self, path: Path) -> None:
        for attempt in (1, 2):
            try:
                c = self._connect()
                try:
                    c.execute("PRAGMA journal_mode=WAL")
                    c.execute("BEGIN IMMEDIATE")  # two processes may start at once
                    found = c.execute("PRAGMA user_version").fetchone()[0]
                    if found == 0:
                        for statement in _TABLES.split(";"):
                            if statement.strip():
                                c.execute(statement)
                        c.execute(f"PRAGMA user_version={VERSION}")
                    c.execute("COMMIT")
                finally:
                    c.close()
                if found in (0, VERSION):
                    return
            except sqlite3.DatabaseError as error:
                if attempt == 2 or (isinstance(error, sqlite3.OperationalError) and "locked" in str(error)):
                    raise
                log.warning("the file of live searches is unusable and begun anew: %s", error)
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    Path(f"{path}{suffix}").unlink()

    def _connect(self) -> sqlite3.Connection:
        c = sqlite3.connect(
            self._path or ":memory:", timeout=self._busy, isolation_level=None, check_same_thread=False
        )
        c.execute("PRAGMA synchronous=OFF")
        c.execute("PRAGMA temp_store=MEMORY")
        c.execute("PRAGMA cache_size=-8000")
        c.execute("PRAGMA secure_delete=OFF")
        return c

    @contextmanager
    def begin_at_once(self) -> Iterator[sqlite3.Connection]:
        """Like `begin`, for whoever must not wait: raises sqlite3.OperationalError while somebody else writes."""
        with self._lent() as c:
            c.execute("PRAGMA busy_timeout=2")
            try:
                c.execute("BEGIN IMMEDIATE")
            finally:
                c.execute(f"PRAGMA busy_timeout={int(self._busy * 1000)}")
            try:
                yield c
            except BaseException:
                c.execute("ROLLBACK")
                raise
            c.execute("COMMIT")

    @contextmanager
    def begin(self) -> Iterator[sqlite3.Connection]:
        """One unit of work that writes."""
        with self._lent() as c:
            c.execute("BEGIN IMMEDIATE")
            try:
                yield c
            except BaseException:
                c.execute("ROLLBACK")
                raise
            c.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view for reading."""
        with self._lent() as c:
            c.execute("BEGIN")
            try:
                yield c
            finally:
                c.execute("COMMIT")

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        if self._memory is not None:
            with self._lock:
                yield self._memory
            return
        with self._lock:
            c = self._idle.pop() if self._idle else None
        if c is None:
            c = self._connect()
        try:
            yield c
        except sqlite3.DatabaseError:
            c.close()  # whatever it is in the middle of
            raise
        with self._lock:
            if len(self._idle) < 8:
                self._idle.append(c)
                return
        c.close()

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for c in idle:
            c.close()
        if self._memory is not None:
            self._memory.close()
