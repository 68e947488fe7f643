"""How time, memory and disk grow from 10,000 to a million records, in the store and in both engines.

`python -m benchmarks.million [count=1000000] [folder=var/million]` stores and clusters so many source records, then
writes so many documents into both engines. It may be stopped at any time and goes on where it was; what was printed
then is printed again. A million takes hours.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from benchmarks.cluster_growth import AT, LOT, TABLES, Arrival, Source
from benchmarks.corpus import LIBRARIES, Corpus
from benchmarks.engines import MAKERS
from benchmarks.measure import quantile, table
from benchmarks.search_latency import FACETS
from foundation import libraries
from foundation.db import Database, metadata
from index import store
from index.document import document
from index.engines.generations import write_whole
from index.packing import pack
from index.parse import parse
from index.search import Engine, IndexDoc, SearchRequest
from index.tables import cluster

#: Where a line is printed, if the count reaches it.
MARKS = (10_000, 100_000, 1_000_000)
#: Clusters that are stored, and documents that are written, between two notes of how far it is.
STEP = 500
WRITTEN = 10_000

assert TABLES  # importing them declares what the store's tables point at


class Progress:
    """What was done and measured so far, in a file that survives a stop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: dict[str, Any] = {"next": 0, "records": 0, "cpu": {}, "lines": {}}
        if path.is_file():
            self.said |= json.loads(path.read_text(encoding="utf-8"))

    def spend(self, what: str, run: Callable[[], None]) -> None:
        """Run, and add its CPU seconds to those before."""
        start = time.process_time()
        run()
        self.said["cpu"][what] = self.cpu(what) + time.process_time() - start

    def cpu(self, what: str) -> float:
        """Seconds so far."""
        return float(self.said["cpu"].get(what, 0))

    def line(self, what: str, mark: int, cells: Sequence[float]) -> None:
        """Note a line of the table."""
        self.said["lines"].setdefault(what, {})[str(mark)] = list(cells)

    def save(self) -> None:
        """Keep it."""
        write_whole(self.path, json.dumps(self.said))

    def show(self, what: str, head: Sequence[str]) -> None:
        """Print the lines of a table, each figure with its growth since the line before."""
        rows: list[list[str]] = []
        before: list[float] = []
        for mark, cells in sorted(self.said["lines"].get(what, {}).items(), key=lambda one: int(one[0])):
            grown = [f" (×{now / old:.1f})" if old else "" for now, old in zip(cells, before, strict=False)]
            grown += [""] * (len(cells) - len(grown))
            rows.append([f"{int(mark):,}", *(f"{c:,.2f}{g}" for c, g in zip(cells, grown, strict=True))])
            before = cells
        table((what, *head), rows)
        print(flush=True)


def peak() -> float:
    """Most megabytes that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def size(folder: Path, beginning: str = "") -> float:
    """Megabytes of the files below a folder whose names begin so."""
    files = (Path(at) / n for at, _, names in os.walk(folder) for n in names if n.startswith(beginning))
    return sum(one.stat().st_size for one in files) / 1e6


def store_all(corpus: Corpus, folder: Path, count: int, progress: Progress) -> None:
    """Store and cluster `count` source records of forty libraries, a library's up to 200 in a transaction."""
    db = Database(f"sqlite:///{folder / 'store.db'}")
    metadata.create_all(db.engine)
    sources = {}
    with db.begin() as c:
        known = {one.code: one for one in libraries.every(c)}
        for code in LIBRARIES:
            one = known.get(code) or libraries.add(c, AT, code=code, symbol=f"ISIL:XX-{code}", name=code)
            sources[code] = Source(id=f"source-{code}", library_id=one.id)
    said = progress.said
    while said["records"] < count:
        waiting: dict[str, list[Arrival]] = {}
        for number, held in corpus.part(said["next"], said["next"] + STEP):
            for record, symbol, _ in held:
                arrival = Arrival(identifier=f"r{number}", record=record, raw=pack(record))
                waiting.setdefault(symbol, []).append(arrival)

        def take(waiting: dict[str, list[Arrival]] = waiting) -> None:
            for symbol, lot in waiting.items():
                for start in range(0, len(lot), LOT):
                    with db.begin() as c:
                        store.take(c, sources[symbol], lot[start : start + LOT], AT)

        before = said["records"], progress.cpu("store")
        progress.spend("store", take)
        said["next"] += STEP
        said["records"] += sum(map(len, waiting.values()))
        for mark in MARKS:
            if before[0] < mark <= said["records"]:
                each = (progress.cpu("store") - before[1]) * 1000 / (said["records"] - before[0])
                with db.read() as c:
                    alive = select(func.count()).select_from(cluster).where(cluster.c.gone_at.is_(None))
                    found = float(c.execute(alive).scalar_one())
                progress.line(
                    "records stored",
                    mark,
                    (progress.cpu("store"), each, found, peak(), size(folder, "store.")),
                )
        progress.save()
    db.close()


def searches(engine: Engine, docs: Sequence[IndexDoc]) -> float:
    """Median CPU milliseconds of two words and four facets, each asked for the first time."""
    random, taken = Random(5), []
    titles = [[word for word in doc.title if len(word) > 3] for doc in docs]
    for title in random.sample([title for title in titles if len(title) > 1], 60):
        request = SearchRequest(query=parse(" ".join(title[:2])), facets=FACETS)
        start = time.process_time()
        engine.search(request)
        taken.append((time.process_time() - start) * 1000)
    return quantile(taken, 0.5)


def index_all(corpus: Corpus, folder: Path, count: int, progress: Progress) -> None:
    """Write `count` documents into both engines; the position of an engine says how far it is."""
    engines = {name: make(folder / name) for name, make in MAKERS.items()}
    for start in range(0, count, WRITTEN):
        end = min(count, start + WRITTEN)
        behind = {name: engine for name, engine in engines.items() if engine.position() < end}
        if not behind:
            continue
        docs = list(documents(corpus, start, end))
        for name, engine in behind.items():
            progress.spend(name, lambda engine=engine, docs=docs, end=end: engine.write(docs, (), end))  # type: ignore[misc]  # a lambda with defaults
            if end in MARKS:
                cells = (progress.cpu(name), searches(engine, docs), peak(), size(folder / name))
                progress.line(f"documents in {name}", end, cells)
            progress.save()
    for engine in engines.values():
        engine.close()


def documents(corpus: Corpus, start: int, end: int) -> Iterator[IndexDoc]:
    """Clusters as an engine gets them."""
    for number, records in corpus.part(start, end):
        yield document(f"{number:08x}", records, 1_600_000_000 + number * 60, number + 1, 0)


def main() -> None:
    """Go on until `count` is reached, then print the tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MARKS[-1]
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else "var/million")
    folder.mkdir(parents=True, exist_ok=True)
    progress = Progress(folder / "progress.json")
    corpus = Corpus()
    store_all(corpus, folder, count, progress)
    progress.show("records stored", ("CPU s", "ms a record now", "clusters", "peak MB", "MB on disk"))
    index_all(corpus, folder, count, progress)
    for name in MAKERS:
        progress.show(f"documents in {name}", ("CPU s", "search ms p50", "peak MB", "MB on disk"))


if __name__ == "__main__":
    main()
