"""What a live record costs: read lean, whole and by pymarc; joined, ranked and counted; kept; shown as a page.

`python -m benchmarks.lean`. Records of yaz-ztest and Zebra's sample where they are installed, made ones always, and
`*.mrc` of the folder that SILANG_DATA names. CPU time of one process, the least of several rounds, all in one run.
"""

from __future__ import annotations

import gc
import gzip
import os
import shutil
import time
import tracemalloc
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import pymarc

from benchmarks.cluster_records import HALVES, labelled
from benchmarks.measure import best, table
from index.crosswalk import BadRecord, iso2709write, marc21, read_iso2709
from index.live.lean import Lean, parts, read
from index.live.link import Fetched
from index.live.merging import Arrival, Merger, asked, brief_of, page
from index.live.snapshot import View
from index.query import And, Term

T = TypeVar("T")
R = TypeVar("R")

ROUNDS = 7
TARGETS, EACH, BATCH = 20, 100, 20
#: Microseconds a record may take, merged and all; bytes it may cost; milliseconds of a page.
MOST_LEAN, MOST_ALL, MOST_BYTES, MOST_PAGE = 80, 100, 4096, 10
_USMARC = "1.2.840.10003.5.10"
_SAMPLE = Path("/usr/share/doc/idzebra-2.0/examples/marc21/sample-marc.gz")
_QUERY = And(parts=(Term(text="computer"), Term(text="program")))


def split(data: bytes, most: int = 2000) -> list[bytes]:
    """The records of a file of ISO 2709."""
    pieces = (piece.lstrip(b"\r\n") + b"\x1d" for piece in data.split(b"\x1d"))
    return [piece for piece in pieces if len(piece) > 40 and piece[:5].isdigit()][:most]


def samples() -> dict[str, list[bytes]]:
    """Name → records."""
    found: dict[str, list[bytes]] = {}
    if shutil.which("yaz-ztest"):
        from benchmarks.libyaz import zoom, ztest

        with ztest() as (port,):
            found["yaz-ztest"] = zoom(port, 100, b"100")
    if _SAMPLE.exists():
        found["Zebra's sample"] = split(gzip.decompress(_SAMPLE.read_bytes()))
    made = made_records()
    found["labelled, UTF-8"] = made
    found["labelled, MARC-8"] = [one for data in made if (one := _in_marc8(data))]
    for path in sorted(Path(os.environ.get("SILANG_DATA", "/nonexistent")).glob("**/*.mrc")):
        found[path.name] = split(path.read_bytes())
    return found


def made_records() -> list[bytes]:
    """The labelled editions, each as several libraries describe it, in ISO 2709."""
    records = [one for half in HALVES for seed in (1, 2, 3) for one in labelled(half, seed)]
    return [iso2709write.write(marc21.read(one.element), one.id) for one in records]


def _in_marc8(data: bytes) -> bytes | None:
    """The same record as a system that knows MARC-8 only sends it, its accents before their letters."""
    table_of = {
        "é": b"\xe2e",
        "ü": b"\xe8u",
        "ö": b"\xe8o",
        "ä": b"\xe8a",
        "è": b"\xe1e",
        "ß": b"\xc7",
        "č": b"\xe9c",
    }
    record = pymarc.Record(data=data, to_unicode=True)
    body, directory = b"", b""
    for field in record.fields:
        text = field.as_marc("utf-8").decode()[:-1]
        piece = b"".join(table_of.get(c) or c.encode("ascii", "ignore") for c in text) + b"\x1e"
        directory += b"%s%04d%05d" % (field.tag.encode(), len(piece), len(body))
        body += piece
    base = 24 + len(directory) + 1
    leader = b"%05d%s%05d%s" % (base + len(body) + 1, data[5:9] + b" " + data[10:12], base, data[17:24])
    return leader + directory + b"\x1e" + body + b"\x1d"


def fetched(records: Sequence[bytes]) -> list[Fetched]:
    """As a link hands them over."""
    return [Fetched(position=n, syntax=_USMARC, payload=data) for n, data in enumerate(records, 1)]


def forget() -> None:
    """Empty what lean reading remembers of fields: every record is read as if it were the first of its kind."""
    for remembered in parts.REMEMBERING:
        remembered.cache_clear()


def reading(name: str, records: Sequence[bytes]) -> list[object]:
    """One line: microseconds a record, lean (fields new, fields seen), whole, pymarc; and the ratios."""
    times = max(1, 400 // len(records))
    shelf = fetched(records)

    def lean() -> None:
        for one in shelf:
            _lean(one)

    def cold() -> None:
        forget()
        lean()

    def whole() -> None:
        for data in records:
            _tried(read_iso2709, data)

    def other() -> None:
        for one in pymarc.MARCReader(BytesIO(b"".join(records)), to_unicode=True, permissive=True):
            _ = one

    took = [0.0] * 4
    for place, (run, rounds) in enumerate(((cold, 1), (lean, times), (whole, times), (other, times))):
        took[place] = best(ROUNDS, lambda run=run, rounds=rounds: [run() for _ in range(rounds)]) / rounds  # type: ignore[misc]  # bound at once
    new, seen, careful, theirs = (1e6 * seconds / len(records) for seconds in took)
    size = sum(map(len, records)) // len(records)
    return [name, len(records), size, f"{new:.0f}", f"{seen:.0f}", f"{careful:.0f}", f"{theirs:.0f}",
            f"{seen / careful:.2f}", f"{seen / theirs:.2f}"]  # fmt: skip


def _lean(one: Fetched) -> Lean | None:
    return _tried(read, one)


def _tried(run: Callable[[T], R], value: T) -> R | None:
    try:
        return run(value)
    except BadRecord:
        return None


def merging(name: str, records: Sequence[bytes]) -> list[object]:
    """20 targets × 100 records in batches of 20, each batch followed by what the engine asks for: what changed."""
    size = min(EACH, len(records))
    spread = [records[(n * size) % max(1, len(records) - size + 1) :][:size] for n in range(TARGETS)]
    shelves = [fetched(one) for one in spread]
    count = sum(map(len, shelves))
    steps = {"lean": 0.0, "merge": 0.0, "page": 0.0}
    least: dict[str, float] = {}
    clusters = 0
    for _ in range(ROUNDS):
        forget()
        merger = Merger(asked(_QUERY))
        steps = dict.fromkeys(steps, 0.0)
        for at in range(0, size, BATCH):
            for target, shelf in enumerate(shelves):
                start = time.process_time()
                leans = [(one.position, _lean(one)) for one in shelf[at : at + BATCH]]
                middle = time.process_time()
                merger.add(
                    Arrival(f"t{target:02d}", place, lean) for place, lean in leans if lean is not None
                )
                end = time.process_time()
                steps["lean"] += middle - start
                steps["merge"] += end - middle
            start = time.process_time()
            merger.changes()
            steps["merge"] += time.process_time() - start
        start = time.process_time()
        page(merger.rows(), View())
        steps["page"] += time.process_time() - start
        clusters = len(merger)
        if not least or sum(steps.values()) < sum(least.values()):
            least = steps
    lean_, merge, paged = (1e6 * least[key] / count for key in ("lean", "merge", "page"))
    return [
        name,
        count,
        clusters,
        f"{lean_:.0f}",
        f"{merge:.0f}",
        f"{paged:.1f}",
        f"{lean_ + merge + paged:.0f}",
    ]


def memory(records: Sequence[bytes]) -> list[list[object]]:
    """Bytes of a record that is held: its payload, its lean record, all that merging keeps; and as a row in the end."""
    chosen = records[: TARGETS * EACH]
    _merged(chosen).rows()  # what is remembered of words and numbers for all searches is not theirs
    forget()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    payloads = [bytes(bytearray(data)) for data in chosen]
    with_payload = tracemalloc.get_traced_memory()[0]
    merger = _merged(payloads)
    forget()
    merging_ = tracemalloc.get_traced_memory()[0]
    rows = merger.rows()
    del merger
    gc.collect()
    settled = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    count = len(chosen)
    return [
        ["payload alone", count, (with_payload - before) // count, ""],
        [
            "while records come in (payload, lean record, normal form, keys)",
            count,
            (merging_ - before) // count,
            "",
        ],
        [f"when all are in (payload and {len(rows)} rows)", count, (settled - before) // count, MOST_BYTES],
    ]


def _merged(payloads: Sequence[bytes]) -> Merger:
    """These records over the targets in turn."""
    merger = Merger(asked(_QUERY))
    for n, data in enumerate(payloads):
        if (lean := _lean(Fetched(position=n // TARGETS + 1, syntax=_USMARC, payload=data))) is not None:
            merger.add([Arrival(f"t{n % TARGETS:02d}", n // TARGETS + 1, lean)])
    return merger


def big_page(records: Sequence[bytes]) -> list[object]:
    """A page, with facets, of 10,000 clusters."""
    leans = [lean for one in fetched(records) if (lean := _lean(one)) is not None]
    merger = Merger(asked(_QUERY))
    number = 0
    while len(merger) < 10_000:
        batch = []
        for _ in range(500):
            lean = leans[number % len(leans)]
            changed = lean._replace(title=f"{lean.title} {number}", identifiers=(), extra={})
            batch.append(Arrival(f"t{number % TARGETS}", number // TARGETS + 1, changed))
            number += 1
        merger.add(batch)
    rows = merger.rows()
    taken = best(ROUNDS, lambda: page(rows, View(offset=40)))
    by_title = best(ROUNDS, lambda: page(rows, View(sort="title", filters={"language": ("eng",)})))
    return [len(rows), f"{1e3 * taken:.1f}", f"{1e3 * by_title:.1f}", MOST_PAGE]


def main() -> None:
    """Print the tables."""
    found = samples()
    print(f"reading, µs a record (lean must be ≤ {MOST_LEAN}); 'new': no field was ever seen before")
    head = ("records", "number", "bytes", "lean new", "lean", "whole", "pymarc", "lean/whole", "lean/pymarc")
    table(head, [reading(name, records) for name, records in found.items()])
    print(
        f"\n{TARGETS} targets × {EACH}, µs a record: read, merged, ranked; a page with facets (all must be ≤ {MOST_ALL})"
    )
    table(("records", "number", "clusters", "lean", "merge", "page", "all"),
          [merging(name, records) for name, records in found.items()])  # fmt: skip
    made = found["labelled, UTF-8"]
    print("\nmemory, bytes a record")
    table(("what", "records", "bytes", "must be ≤"), memory((made * 9)[: TARGETS * EACH]))
    print("\na page of 20 with facets, ms")
    table(("clusters", "by relevance", "by title, filtered", "must be ≤"), [big_page(made)])
    print("\nbrief of a hit, µs:", end=" ")
    leans = [lean for one in fetched(made) if (lean := _lean(one)) is not None]
    print(f"{1e6 * best(ROUNDS, lambda: [brief_of(lean) for lean in leans]) / len(leans):.1f}")


if __name__ == "__main__":
    main()
