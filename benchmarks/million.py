"""How time, memory and disk grow from 10,000 to a million records, in the store and in both engines.

`python -m benchmarks.million [count=1000000] [folder=var/million] [--only store|whoosh|tantivy|readers]` stores and
clusters so many source records, then writes so many documents into both engines; with --only a part of it, so that
parts can go on side by side. It may be stopped at any time and goes on where it was; what was printed then is printed
again. A million takes hours. `readers` searches what is there, in a fresh process for each engine.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.cluster_growth import AT, LOT, TABLES, Arrival, Source
from benchmarks.corpus import LIBRARIES, Corpus
from benchmarks.engines import MAKERS, kinds
from benchmarks.measure import quantile, table
from foundation import libraries
from foundation.db import Database, metadata
from index import store
from index.document import document
from index.engines.generations import write_whole
from index.packing import pack
from index.search import IndexDoc, SearchRequest
from index.tables import cluster

#: Where a line is printed, if the count reaches it.
MARKS = (10_000, 100_000, 1_000_000)
#: Clusters that are stored, and documents that are written, between two notes of how far it is.
STEP = 500
WRITTEN = 10_000
#: Megabytes of its own that one reader of Whoosh's index may have at most, and queries of a class that it is asked.
MOST_MB = 200
ASKED = 60

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


def held() -> tuple[float, float]:
    """Megabytes that this process has for itself, and of files that it alone looks at: these the system takes back
    when it needs room, and other readers share them."""
    lines = dict(
        line.split(":", 1)
        for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    )
    own, files = (int(lines[name].split()[0]) / 1024 for name in ("Private_Dirty", "Private_Clean"))
    return own, files


def reader(name: str, folder: Path) -> None:
    """In a process of its own: print as JSON what it costs to search, by class and in memory."""
    classes: list[tuple[str, list[SearchRequest]]] = pickle.load(sys.stdin.buffer)
    before, _ = held()
    engine = MAKERS[name](folder / name)
    took: dict[str, tuple[float, float]] = {}
    for kind, requests in classes:
        taken = []
        for request in requests:
            start = time.process_time()
            engine.search(request)
            taken.append((time.process_time() - start) * 1000)
        took[kind] = quantile(taken, 0.5), quantile(taken, 0.95)
    after, files = held()
    found = {"count": engine.count(), "before": before, "after": after, "files": files, "took": took}
    print(json.dumps(found))


def read(name: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Note what a fresh reader costs."""
    command = [sys.executable, "-m", "benchmarks.million", "0", str(folder), "--reader", name]
    # The questions come from here: what making them needs would be counted as the reader's.
    asked = pickle.dumps([(kind.name, list(kind.requests[:ASKED])) for kind in kinds(MARKS[0])])
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, input=asked).stdout
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    progress.said.setdefault("readers", {})[str(found["count"])] = found
    progress.save()
    return found


def index_all(corpus: Corpus, folder: Path, count: int, name: str, progress: Progress) -> None:
    """Write `count` documents into an engine; its position says how far it is."""
    engine = MAKERS[name](folder / name)
    for start in range(0, count, WRITTEN):
        end = min(count, start + WRITTEN)
        if engine.position() >= end:
            continue
        docs = list(documents(corpus, start, end))
        progress.spend(name, lambda docs=docs, end=end: engine.write(docs, (), end))  # type: ignore[misc]  # a lambda with defaults
        if end in MARKS:
            cells = (progress.cpu(name), progress.cpu(name) * 1000 / end, peak(), size(folder / name))
            progress.line(f"documents in {name}", end, cells)
            read(name, folder, progress)
        progress.save()
    engine.close()


def documents(corpus: Corpus, start: int, end: int) -> Iterator[IndexDoc]:
    """Clusters as an engine gets them."""
    for number, records in corpus.part(start, end):
        yield document(f"{number:08x}", records, 1_600_000_000 + number * 60, number + 1, 0)


def show_readers(name: str, progress: Progress) -> bool:
    """Print what readers cost; whether Whoosh's keep their bound."""
    readers = sorted(progress.said.get("readers", {}).values(), key=lambda one: int(one["count"]))
    kept = True
    for one in readers:
        print(
            f"one reader of {one['count']:,} documents in {name}: {one['before']:.0f} MB of its own before it opened, "
            f"{one['after']:.0f} after the queries, and {one.get('files', 0):.0f} MB of files looked at"
        )
        kept &= name != "whoosh" or one["after"] <= MOST_MB
    head = (f"first CPU ms in {name}", *(f"{one['count']:,} p50 / p95" for one in readers))
    classes = dict.fromkeys(kind for one in readers for kind in one["took"])
    rows = [
        (kind, *(" / ".join(f"{ms:.2f}" for ms in one["took"].get(kind, ())) for one in readers))
        for kind in classes
    ]
    table(head, rows)
    print(flush=True)
    return kept


def main() -> None:
    """Go on until `count` is reached, then print the tables; ends with 1 when a reader needs too much memory."""
    asked = argparse.ArgumentParser()
    asked.add_argument("count", nargs="?", type=int, default=MARKS[-1])
    asked.add_argument("folder", nargs="?", type=Path, default=Path("var/million"))
    asked.add_argument("--only", choices=("store", *MAKERS, "readers"))
    asked.add_argument("--reader", choices=tuple(MAKERS), help=argparse.SUPPRESS)
    given = asked.parse_args()
    folder: Path = given.folder
    if given.reader:
        reader(given.reader, folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    if given.only in (None, "store"):
        progress = Progress(folder / "progress.json")
        store_all(Corpus(), folder, given.count, progress)
        progress.show("records stored", ("CPU s", "ms a record now", "clusters", "peak MB", "MB on disk"))
    kept = True
    for name in MAKERS:
        if given.only in (None, name, "readers"):
            progress = Progress(folder / f"progress-{name}.json")
            if given.only == "readers" and (folder / name).is_dir():
                read(name, folder, progress)
            elif given.only != "readers":
                index_all(Corpus(), folder, given.count, name, progress)
                head = ("CPU s", "ms a document so far", "peak MB", "MB on disk")
                progress.show(f"documents in {name}", head)
            kept &= show_readers(name, progress)
    if not kept:
        sys.exit(f"a reader holds more than {MOST_MB} MB")


if __name__ == "__main__":
    main()
