"""Our Z39.50 target over the real index, beside yaz-ztest, asked by the same client: libyaz's ZOOM through ctypes.

`python -m benchmarks.z3950_target [documents=100000] [folder]`: connect, search and present 100 records, and Present of
100 alone, by the clock of the client. "new" are titles that the target has not handed out since it started; "again"
those that it has. yaz-ztest makes up its hits and keeps 23 records in memory: it is the floor, not a peer.
"""

from __future__ import annotations

import asyncio
import ctypes
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import stored_corpus
from benchmarks.corpus import Corpus
from benchmarks.measure import table

RECORDS = 100
ROUNDS = 60

#: Bounds of the ratios to yaz-ztest.
PRESENT, ALL = 4.0, 10.0


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of one conversation."""

    connect: float
    search: float
    present: float

    @property
    def all(self) -> float:
        """All of it."""
        return self.connect + self.search + self.present


class Zoom:
    """libyaz's client."""

    def __init__(self) -> None:
        self._yaz = yaz = ctypes.CDLL("libyaz.so.5")
        pointer = ctypes.c_void_p
        for name, result, arguments in (
            ("connection_create", pointer, [pointer]),
            ("connection_option_set", None, [pointer, ctypes.c_char_p, ctypes.c_char_p]),
            ("connection_connect", None, [pointer, ctypes.c_char_p, ctypes.c_int]),
            ("connection_errcode", ctypes.c_int, [pointer]),
            ("connection_search_pqf", pointer, [pointer, ctypes.c_char_p]),
            ("resultset_size", ctypes.c_size_t, [pointer]),
            ("resultset_records", None, [pointer, pointer, ctypes.c_size_t, ctypes.c_size_t]),
            ("resultset_destroy", None, [pointer]),
            ("connection_destroy", None, [pointer]),
        ):
            function = getattr(yaz, f"ZOOM_{name}")
            function.restype, function.argtypes = result, arguments

    def talk(self, address: str, query: str) -> Times:
        """Connect, search, present a hundred records at once."""
        yaz = self._yaz
        connection = yaz.ZOOM_connection_create(None)
        for name, value in (
            ("preferredRecordSyntax", "usmarc"),
            ("elementSetName", "F"),
            ("presentChunk", "0"),
            ("count", "0"),
            ("preferredMessageSize", str(2**24)),
            ("maximumRecordSize", str(2**24)),
        ):
            yaz.ZOOM_connection_option_set(connection, name.encode(), value.encode())
        readings = [time.perf_counter()]
        yaz.ZOOM_connection_connect(connection, address.encode(), 0)
        readings.append(time.perf_counter())
        result = yaz.ZOOM_connection_search_pqf(connection, query.encode())
        readings.append(time.perf_counter())
        records = (ctypes.c_void_p * RECORDS)()
        yaz.ZOOM_resultset_records(result, records, 0, RECORDS)
        readings.append(time.perf_counter())
        got, fault = sum(1 for one in records if one), yaz.ZOOM_connection_errcode(connection)
        yaz.ZOOM_resultset_destroy(result)
        yaz.ZOOM_connection_destroy(connection)
        assert (got, fault) == (RECORDS, 0), (address, query, got, fault)
        first, second, third, last = readings
        return Times((second - first) * 1e3, (third - second) * 1e3, (last - third) * 1e3)


def questions(count: int) -> list[str]:
    """Words of titles that a hundred titles have, each with quite other titles than the last."""
    seen: Counter[str] = Counter()
    sample = min(count, 5000)
    for described in Corpus().documents(sample):
        seen.update({word for word in described.title if len(word) > 3})
    least = 2 * RECORDS * sample / count
    words = [word for word, often in seen.most_common() if often > max(least, 8)]
    return [f"@attr 1=4 {word}" for word in words[:ROUNDS]]


@contextmanager
def ztest() -> Iterator[str]:
    """The address of a yaz-ztest of our own."""
    from tests.conftest import free_port

    port = free_port()
    address = f"127.0.0.1:{port}"
    child = subprocess.Popen(["yaz-ztest", "-v", "none", "-l", "/dev/null", f"tcp:{address}"])
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                Zoom().talk(f"{address}/Default", "@attr 1=4 100")
                break
            except AssertionError:
                time.sleep(0.05)
        yield f"{address}/Default"
    finally:
        child.terminate()
        child.wait()


@contextmanager
def ours(engine: str, count: int, folder: Path) -> Iterator[str]:
    """The address of our target in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.z3950_target", "serve", engine, str(count), str(folder)]
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        yield f"127.0.0.1:{int(child.stdout.readline())}/silang"
    finally:
        child.stdin.close()
        child.wait()


def serve(engine: str, count: int, folder: Path) -> None:
    """Be that process, until standard input ends."""
    from web import wiring
    from web.settings import Settings, Z3950Settings
    from web.sru import read_profile
    from web.z3950 import running

    settings = Settings(data=".", z3950=Z3950Settings(searches_per_minute=0, records_per_minute=0))
    parts: Any = wiring.build(settings, folder, clock=lambda: datetime.now(UTC))
    parts.engine.close()
    parts.engine = stored_corpus.engine(engine, count, folder)
    stop = threading.Event()

    def watch() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    asyncio.run(running.listen(parts, read_profile(parts), stop, lambda port: print(port, flush=True)))


def row(name: str, times: Sequence[Times], floor: Sequence[Times] | None) -> tuple[object, ...]:
    """Medians and least values, and what they are to the floor's."""
    cells: list[object] = [name, f"{median(one.search for one in times):.2f}"]
    for what in ("present", "all"):
        values = [getattr(one, what) for one in times]
        cells += [f"{median(values):.2f}", f"{min(values):.2f}"]
        if floor is None:
            cells += ["1", "1"]
        else:
            base = [getattr(one, what) for one in floor]
            cells += [f"{median(values) / median(base):.2f}", f"{min(values) / min(base):.2f}"]
    return tuple(cells)


def main() -> None:
    """Print the table; ends with 1 when a bound does not hold."""
    if sys.argv[1:2] == ["serve"]:
        return serve(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="silang-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    stored_corpus.database(count, folder).close()
    zoom, asked = Zoom(), questions(count)
    rows: list[tuple[object, ...]] = []
    late = False
    for engine in ("whoosh", "tantivy"):
        stored_corpus.engine(engine, count, folder).close()
        with ExitStack() as stack:
            floor_at, here = stack.enter_context(ztest()), stack.enter_context(ours(engine, count, folder))
            zoom.talk(here, "@attr 1=4 di")  # what is opened once
            new: list[Times] = []
            again: list[Times] = []
            floor: list[Times] = []
            for query in asked:  # in turn, so that what else goes on meets all
                new.append(zoom.talk(here, query))
                floor.append(zoom.talk(floor_at, "@attr 1=4 500"))
                again.append(zoom.talk(here, query))
        rows += [row("yaz-ztest", floor, None), row(f"{engine}, new titles", new, floor)]
        rows.append(row(f"{engine}, again", again, floor))
        late |= float(str(rows[-1][4])) > PRESENT or float(str(rows[-1][8])) > ALL
    head = ("ms", "search", "present", "min", "ratio", "of min", "all", "min", "ratio", "of min")
    print(f"{count:,} titles, {len(asked)} searches, {RECORDS} records each")
    table(head, rows)
    print(f"titles handed out before: Present must be at most {PRESENT:.0f}, all at most {ALL:.0f}")
    return sys.exit(1 if late else None)


if __name__ == "__main__":
    main()
