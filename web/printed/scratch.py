"""Sorting on disk: what is to be printed, and where it is found, in a file that goes when it is closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

#: Rows fetched at once.
_LOT = 200


class Scratch:
    """Clusters in the order in which they are printed, and the entries of the indexes."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # '' is a file of its own that nobody else sees
        self._db.executescript(
            "PRAGMA cache_size=-8000; PRAGMA journal_mode=OFF; BEGIN;"
            "CREATE TABLE one (sort TEXT, id TEXT);"
            "CREATE TABLE found (kind TEXT, sort TEXT, shown TEXT, number INTEGER);"
        )

    def add(self, rows: Iterable[tuple[str, str]]) -> None:
        """(what it is sorted by, cluster id)."""
        self._db.executemany("INSERT INTO one VALUES (?, ?)", rows)

    def count(self) -> int:
        """How many clusters there are."""
        return int(self._db.execute("SELECT count(*) FROM one").fetchone()[0])

    def lots(self) -> Iterator[list[str]]:
        """Cluster ids in order, some hundred at once."""
        rows = self._db.execute("SELECT id FROM one ORDER BY sort, id")
        while lot := rows.fetchmany(_LOT):
            yield [row[0] for row in lot]

    def note(self, rows: Iterable[tuple[str, str, str, int]]) -> None:
        """(kind of index, what it is sorted by, as shown, number of the entry)."""
        self._db.executemany("INSERT INTO found VALUES (?, ?, ?, ?)", rows)

    def index(self, kind: str) -> Iterator[tuple[str, list[int]]]:
        """Each word of an index once, in order, with the numbers of its entries."""
        rows = self._db.execute(
            "SELECT sort, shown, number FROM found WHERE kind = ? ORDER BY sort, number", (kind,)
        )
        last, shown, numbers = None, "", list[int]()
        for sort, text, number in rows:
            if sort != last:
                if last is not None:
                    yield shown, numbers
                last, shown, numbers = sort, text, []
            if number not in numbers[-1:]:
                numbers.append(number)
        if last is not None:
            yield shown, numbers

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
