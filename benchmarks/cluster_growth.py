"""What a record costs when it comes to a catalogue of 30,000 and of 300,000: CPU of storing it, and of clustering alone.

`python -m benchmarks.cluster_growth [records=300000]` takes records of forty libraries into a new SQLite file, 200 a
transaction, and prints the cost a record around a tenth of that number and at its end.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

import broker.tables
import harvester.tables
import index.tables
from benchmarks.corpus import LIBRARIES, Corpus
from benchmarks.measure import table
from foundation import libraries
from foundation.db import Database, metadata
from index import store
from index.packing import pack
from index.record import Record
from index.tables import cluster, record_edge, record_key

#: Importing them declares the tables that others point at.
TABLES = (broker.tables, harvester.tables, index.tables)
AT = datetime(2026, 1, 1, tzinfo=UTC)
LOT = 200
#: Clusters whose records are mixed with each other, as sources are harvested in turns.
_MIXED = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source of a library."""

    id: str
    library_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A record that came in."""

    identifier: str
    record: Record
    raw: bytes
    datestamp: str = "2026-01-01"
    schema: str = "marc21"
    page_id: str | None = None
    page_offset: int | None = None
    page_length: int | None = None


def arrivals(most: int) -> Iterator[tuple[str, Arrival]]:
    """(library, record) of up to `most` editions in an order in which the records of one edition lie apart."""
    chance = Random(7)
    made = 0
    waiting: list[tuple[str, Record]] = []
    for held in Corpus().clusters(most):
        waiting.extend((symbol, described) for described, symbol, _ in held)
        if len(waiting) > _MIXED:
            chance.shuffle(waiting)
            for symbol, described in waiting:
                yield symbol, Arrival(identifier=f"r{made}", record=described, raw=pack(described))
                made += 1
            waiting = []


class Stopwatch:
    """CPU seconds spent in clustering."""

    def __init__(self) -> None:
        self.spent = 0.0
        self._settle = store.settle

    def __call__(self, *arguments: Any) -> None:
        """Settle, and count."""
        start = time.process_time()
        self._settle(*arguments)
        self.spent += time.process_time() - start


def main() -> None:
    """Take the records in and print a line at a tenth and at the whole."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    window = max(LOT, count // 30 // LOT * LOT)
    watch = Stopwatch()
    store.settle = watch
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "growth.db"
        db = Database(f"sqlite:///{path}")
        metadata.create_all(db.engine)
        sources = {}
        with db.begin() as c:
            for code in LIBRARIES:
                one = libraries.add(c, AT, code=code, symbol=f"ISIL:XX-{code}", name=code)
                sources[code] = Source(id=f"source-{code}", library_id=one.id)
        done = 0
        taking = 0.0
        marks: list[tuple[int, float, float]] = [(0, 0.0, 0.0)]
        waiting: dict[str, list[Arrival]] = {code: [] for code in LIBRARIES}
        for symbol, arrival in arrivals(10 * count):
            lot = waiting[symbol]
            lot.append(arrival)
            if len(lot) < LOT:
                continue
            start = time.process_time()
            with db.begin() as c:
                store.take(c, sources[symbol], lot, AT)
            taking += time.process_time() - start
            done += len(lot)
            lot.clear()
            if done % window == 0:
                marks.append((done, taking, watch.spent))
                if done in (window * 3, window * 30):
                    before = marks[-2]
                    with db.read() as c:
                        edges, keys, found = (
                            c.execute(select(func.count()).select_from(one)).scalar_one()
                            for one in (record_edge, record_key, cluster)
                        )
                    records = done - before[0]
                    rows.append(
                        [
                            f"{done:,}",
                            f"{(taking - before[1]) / records * 1000:.2f}",
                            f"{(watch.spent - before[2]) / records * 1000:.2f}",
                            f"{found:,}",
                            f"{edges / done:.1f}",
                            f"{keys / done:.1f}",
                            f"{path.stat().st_size / 1e6:,.0f}",
                        ]
                    )
                    print(f"{done:,} records", file=sys.stderr, flush=True)
                if done == window * 30:
                    break
        db.close()
    table(
        ("records", "take ms", "cluster ms", "clusters", "edges/record", "keys/record", "MB"),
        rows,
    )


if __name__ == "__main__":
    main()
