"""Eight threads search while a writer commits, and 1,000 changed records become visible: both engines.

`python -m benchmarks.engine_threads [seconds=60] [documents=100000] [folder]`: the indexes of benchmarks.engines in the
folder are copied, not changed. What is searched for is known whatever the writer does: the documents with the right
answers are written again as they are, and what comes and goes has none of their words.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from benchmarks.cluster_growth import AT, LOT, TABLES, Arrival, Source
from benchmarks.corpus import Corpus
from benchmarks.engines import MAKERS, ready
from benchmarks.measure import table
from foundation import libraries
from foundation.db import Database, metadata
from index import feed, store
from index.engines.memory import MemoryEngine
from index.packing import pack
from index.parse import parse
from index.record import Record
from index.search import Engine, IndexDoc, SearchRequest
from index.tables import cluster

THREADS = 8
#: Documents whose answers are known, and questions.
KNOWN = 1500
ASKED = 120
#: Documents of each commit: known ones written again, and strangers that come while those before go.
AGAIN, STRANGERS = 100, 50
CHANGED = 1000
#: Seconds until a change must be found.
WITHIN = 10.0
MARK = "zqdiubah"

assert TABLES  # importing them declares what the store's tables point at


def questions(docs: Sequence[IndexDoc], random: Random) -> list[SearchRequest]:
    """Words, phrases, beginnings and filters over the documents."""
    titles = [[w for w in doc.title if len(w) > 3] for doc in docs]
    usable = [title for title in titles if len(title) > 2]
    found = []
    for n in range(ASKED):
        words = random.choice(usable)
        text = (words[0], " ".join(words[:2]), f'"{words[0]} {words[1]}"', f"{words[0][:4]}*")[n % 4]
        filters = {"library": (f"P{random.randint(1, 9):02d}",)} if n % 3 == 0 else {}
        found.append(
            SearchRequest(query=parse(text), filters=filters, facets={"library": 40, "format": 9}, limit=10)
        )
    return found


def stranger(number: int) -> IndexDoc:
    """A document that nobody asks for."""
    return IndexDoc(id=f"x{number:08d}", title=("qxasing", f"qx{number}"), library=("QX",))


def under_commits(name: str, seconds: float, docs: Sequence[IndexDoc]) -> tuple[object, ...]:
    """A line: searches, commits, wrong answers and errors."""
    random = Random(11)
    asked, reference = questions(docs, random), MemoryEngine()
    reference.write(docs, (), 1)
    right = [(found.total, found.facets) for found in map(reference.search, asked)]
    told: Counter[str] = Counter()
    done = threading.Event()
    with tempfile.TemporaryDirectory(prefix="silang-bench-") as folder:
        engine = MAKERS[name](Path(folder))
        engine.rebuild(docs, 1)

        def read(seed: int) -> None:
            mine, counted = Random(seed), Counter[str]()
            while not done.is_set():
                n = mine.randrange(ASKED)
                try:
                    found = engine.search(asked[n])
                    counted["wrong" if (found.total, found.facets) != right[n] else "right"] += 1
                except Exception as fault:
                    counted["error"] += 1
                    print(f"{name}: {type(fault).__name__}: {fault}", file=sys.stderr)
            with lock:
                told.update(counted)

        lock = threading.Lock()
        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(THREADS)]
        for thread in threads:
            thread.start()
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            number += 1
            comes = [stranger(n) for n in range(number * STRANGERS, (number + 1) * STRANGERS)]
            goes = [stranger(n).id for n in range((number - 1) * STRANGERS, number * STRANGERS)]
            engine.write([*random.sample(docs, AGAIN), *comes], goes, number + 1)
            engine.refresh()
        done.set()
        for thread in threads:
            thread.join()
        engine.close()
    return name, f"{told.total():,}", f"{number:,}", told["wrong"], told["error"]


class Catalogue:
    """A store with `CHANGED` records beside the index; `change` gives each another title."""

    def __init__(self, folder: Path) -> None:
        self.db = Database(f"sqlite:///{folder / 'changed.db'}")
        metadata.create_all(self.db.engine)
        self.records = [held[0][0] for held in islice(Corpus(3).clusters(CHANGED), CHANGED)]
        with self.db.begin() as c:
            one = libraries.add(c, AT, code="BEN", symbol="ISIL:XX-BEN", name="Benchmark")
        self.source = Source(id="source", library_id=one.id)
        self.take(self.records)

    def take(self, records: Sequence[Record]) -> None:
        """Store them, as a harvest does."""
        for start in range(0, len(records), LOT):
            lot = [
                Arrival(identifier=f"r{n}", record=record, raw=pack(record))
                for n, record in enumerate(records[start : start + LOT], start)
            ]
            with self.db.begin() as c:
                store.take(c, self.source, lot, AT)

    def change(self) -> None:
        """Another title for every record."""
        self.take([replace(record, title=f"{record.title} {MARK}") for record in self.records])

    def clusters(self) -> int:
        """How many there are."""
        with self.db.read() as c:
            return int(
                c.execute(
                    select(func.count()).select_from(cluster).where(cluster.c.gone_at.is_(None))
                ).scalar_one()
            )


def update(name: str, index: Path) -> tuple[object, ...]:
    """A line: seconds from the first changed record to the last one found, searches meanwhile, failed ones."""
    with tempfile.TemporaryDirectory(prefix="silang-bench-") as made:
        folder = Path(made)
        shutil.copytree(index, folder / "index")
        writer = MAKERS[name](folder / "index")
        writer.write((), (), 0)
        catalogue = Catalogue(folder)
        while feed.feed(catalogue.db, writer):
            pass
        serving: Engine = MAKERS[name](folder / "index")
        told: Counter[str] = Counter()
        done = threading.Event()

        def read() -> None:
            asked = SearchRequest(query=parse("report"), facets={"library": 20})
            while not done.is_set():
                try:
                    told["found" if serving.search(asked).total else "failed"] += 1
                except Exception:
                    told["failed"] += 1
                done.wait(0.005)

        thread = threading.Thread(target=read)
        thread.start()
        start, used = time.monotonic(), time.process_time()
        catalogue.change()
        stored = time.monotonic()
        while feed.feed(catalogue.db, writer):
            pass
        wanted, marked = catalogue.clusters(), SearchRequest(query=parse(MARK))
        while serving.search(marked).total != wanted and time.monotonic() < start + 60:
            time.sleep(0.05)
        seen, used = time.monotonic(), time.process_time() - used
        done.set()
        thread.join()
        count = serving.count()
        writer.close()
        serving.close()
        catalogue.db.close()
    taken = (f"{stored - start:.1f}", f"{seen - stored:.1f}", f"{seen - start:.1f}", f"{used:.1f}")
    return name, f"{wanted:,} of {count:,}", *taken, told["found"], told["failed"]


def main() -> None:
    """Print both tables; ends with 1 when something was wrong, failed or late."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    docs = list(Corpus().documents(KNOWN))
    rows = [under_commits(name, seconds, docs) for name in MAKERS]
    table((f"{THREADS} threads, {seconds:.0f} s", "searches", "commits", "wrong counts", "errors"), rows)
    bad = any(row[3] or row[4] for row in rows)
    print()
    with tempfile.TemporaryDirectory(prefix="silang-bench-") as made:
        root = Path(sys.argv[3] if len(sys.argv) > 3 else made)
        for engine in ready(root, count).values():
            engine.close()
        changes = [update(name, root / name) for name in MAKERS]
    head = ("changed", "stored s", "visible s later", "in all", "CPU s", "searches meanwhile", "failed")
    table((f"update through the store (at most {WITHIN:.0f} s)", *head), changes)
    if bad or any(float(str(row[4])) > WITHIN or row[7] for row in changes):
        sys.exit("wrong answers, failed searches, or too late")


if __name__ == "__main__":
    main()
