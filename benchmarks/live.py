"""Live search beside libyaz: `python -m benchmarks.live [rounds]`. Needs yaz-ztest and libyaz5; everything is on loopback.

The reference fetches the same records through ZOOM and merges nothing. Ours reads, merges, ranks and facets them and
writes all of it into the snapshot. Ratios of one run count; what is told
in seconds needs a machine that has nothing else to do.
"""

from __future__ import annotations

import asyncio
import ctypes
import ctypes.util
import gc
import logging
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import table
from foundation.clock import system_clock
from foundation.fetch import FetchPolicy
from index.live.aims import Ways
from index.live.asking.aim import Aim
from index.live.asking.pool import Pool
from index.live.engine import LiveEngine
from index.live.keeping.file import File
from index.live.results import Results
from index.live.run import Run
from index.live.settings import LiveSettings
from index.live.snapshot import Snapshot, TargetState, View
from index.parse import parse
from index.query import Query
from index.targets.profile import Limits, Profile
from index.targets.urls import read

TARGETS, RECORDS = 20, 100
ME = "benchmark"
#: yaz-ztest finds as many hits as a number says.
QUERY: Query = parse("title:5000")


# --- servers ------------------------------------------------------------------------------------------


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def servers(count: int) -> Iterator[list[int]]:
    """One yaz-ztest that listens on so many ports."""
    ports = _free_ports(count)
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            ["yaz-ztest", "-v", "none", *(f"tcp:127.0.0.1:{port}" for port in ports)],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for port in ports:
                _wait_for(port)
            yield ports
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


@contextmanager
def silent() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        yield listening.getsockname()[1]


# --- ours ---------------------------------------------------------------------------------------------


def aims(urls: Sequence[str], *, idle: float = 0.0, seconds: float = 8.0) -> list[Aim]:
    """Targets as the command line asks them; connections are not kept, as ZOOM keeps none here."""
    ways = Ways(FetchPolicy(any_address=True, user_agent="benchmark"))
    limits = Limits(
        most_records=RECORDS,
        chunk=100,
        idle_seconds=idle,
        whole_seconds=seconds,
        search_seconds=seconds,
        connect_seconds=seconds,
    )
    return [
        ways.aim(f"t{n}", Profile(code=f"t{n}", address=read(url), limits=limits), name=url)
        for n, url in enumerate(urls)
    ]


@contextmanager
def engine(folder: Path, **more: float) -> Iterator[LiveEngine]:
    """An engine over a file of its own."""
    made = LiveEngine(File(folder / "live.db"), system_clock, LiveSettings(**more))  # type: ignore[arg-type]  # keywords of LiveSettings
    try:
        yield made
    finally:
        made.close()


def search(
    made: LiveEngine, asked: Sequence[Aim], budget: float = 8.0
) -> tuple[float, float, float, Snapshot]:
    """One search: seconds until everything is in the snapshot, until the first record is there, CPU seconds, the end."""
    cpu, start = time.process_time(), time.perf_counter()
    key = made.start(QUERY, asked, owner=ME, budget=budget, fresh=True)
    first, version = 0.0, 1
    while True:
        found = made.wait(key, ME, version, 30.0)
        assert found is not None
        version, more = found
        if not first and version > 1:
            shown = made.snapshot(key, ME, View(limit=1))
            if shown is not None and shown.clusters:
                first = time.perf_counter() - start
        if not more:
            break
    whole = time.perf_counter() - start
    used = time.process_time() - cpu
    end = made.snapshot(key, ME, View(limit=20))
    assert end is not None
    return whole, first, used, end


# --- libyaz -------------------------------------------------------------------------------------------


class Zoom:
    """ZOOM over ctypes: as many connections as there are hosts, in one loop that does not block."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("yaz")
        if name is None:
            sys.exit("libyaz5 is missing: apt-get install libyaz5")
        yaz = self._yaz = ctypes.CDLL(name)
        pointer, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
        for function, result, arguments in (
            ("ZOOM_connection_create", pointer, [pointer]),
            ("ZOOM_options_create", pointer, []),
            ("ZOOM_options_set", None, [pointer, text, text]),
            ("ZOOM_connection_connect", None, [pointer, text, ctypes.c_int]),
            ("ZOOM_connection_search_pqf", pointer, [pointer, text]),
            ("ZOOM_event", ctypes.c_int, [ctypes.c_int, ctypes.POINTER(pointer)]),
            ("ZOOM_resultset_records", None, [pointer, ctypes.POINTER(pointer), size, size]),
            ("ZOOM_record_get", pointer, [pointer, text, ctypes.POINTER(ctypes.c_int)]),
            ("ZOOM_resultset_destroy", None, [pointer]),
            ("ZOOM_connection_destroy", None, [pointer]),
            ("ZOOM_options_destroy", None, [pointer]),
        ):
            found = getattr(yaz, function)
            found.restype, found.argtypes = result, arguments

    def fetch(self, hosts: Sequence[str], count: int) -> int:
        """Connect, search, fetch so many records of each and look at each once; returns their bytes."""
        yaz = self._yaz
        options = yaz.ZOOM_options_create()
        for key, value in (
            (b"async", b"1"),
            (b"preferredRecordSyntax", b"usmarc"),
            (b"elementSetName", b"F"),
            (b"count", str(count).encode()),
            (b"presentChunk", b"100"),
        ):
            yaz.ZOOM_options_set(options, key, value)
        connections = (ctypes.c_void_p * len(hosts))()
        sets = []
        for place, host in enumerate(hosts):
            connections[place] = yaz.ZOOM_connection_create(options)
            yaz.ZOOM_connection_connect(connections[place], host.encode(), 0)
            sets.append(yaz.ZOOM_connection_search_pqf(connections[place], b"@attr 1=4 5000"))
        while yaz.ZOOM_event(len(hosts), connections):
            pass
        total = 0
        for one in sets:
            records = (ctypes.c_void_p * count)()
            yaz.ZOOM_resultset_records(one, records, 0, count)
            for record in records:
                length = ctypes.c_int(0)
                if not record or not yaz.ZOOM_record_get(record, b"raw", ctypes.byref(length)):
                    raise SystemExit("ZOOM has no record")
                total += length.value
            yaz.ZOOM_resultset_destroy(one)
        for connection in connections:
            yaz.ZOOM_connection_destroy(connection)
        yaz.ZOOM_options_destroy(options)
        return total


# --- figures ------------------------------------------------------------------------------------------

Row = tuple[str, str, str, str, bool]


def everything(ports: Sequence[int], folder: Path, rounds: int) -> list[Row]:
    """20 targets × 100 records in the snapshot, beside fetching them, in turns."""
    zoom = Zoom()
    hosts = [f"127.0.0.1:{port}/Default" for port in ports]
    asked = aims([f"z3950://{host}" for host in hosts])
    theirs: list[tuple[float, float]] = []
    ours: list[tuple[float, float]] = []
    with engine(folder) as made:
        search(made, asked)
        zoom.fetch(hosts, RECORDS)
        for _ in range(rounds):
            cpu, start = time.process_time(), time.perf_counter()
            zoom.fetch(hosts, RECORDS)
            theirs.append((time.perf_counter() - start, time.process_time() - cpu))
            whole, _, used, end = search(made, asked)
            assert sum(one.fetched for one in end.targets) == TARGETS * RECORDS, end.targets
            ours.append((whole, used))
    wall, zoom_wall = (min(one[0] for one in times) for times in (ours, theirs))
    cpu, zoom_cpu = (min(one[1] for one in times) for times in (ours, theirs))
    middle, zoom_middle = (statistics.median(one[0] for one in times) for times in (ours, theirs))
    records = TARGETS * RECORDS / 1e6
    return [
        _row(
            "20 × 100 in the snapshot (least)", f"ZOOM raw {_ms(zoom_wall)}", _ms(wall), wall / zoom_wall, 8.0
        ),
        (
            "the same (median)",
            f"ZOOM raw {_ms(zoom_middle)}",
            _ms(middle),
            f"{middle / zoom_middle:.1f} ×",
            True,  # other work on the machine stands in it
        ),
        (
            "CPU a record, everything",
            f"ZOOM {zoom_cpu / records:.0f} µs",
            f"{cpu / records:.0f} µs",
            f"{cpu / zoom_cpu:.1f} ×",
            True,
        ),
    ]


def first_record(port: int, folder: Path, rounds: int) -> list[Row]:
    """From the first target's own answer to its first merged record in the snapshot."""
    late: list[float] = []
    seen: list[float] = []  # by a thread that waits for it beside the one that reads the rest
    asked = aims([f"z3950://127.0.0.1:{port}/Default"], idle=60.0)
    with engine(folder) as made:
        search(made, asked)
        for _ in range(rounds):
            end = search(made, asked)
            bare = asyncio.run(_answer(port))
            late.append(max(0.0, (end[3].first_seconds or 60.0) - bare))
            seen.append(max(0.0, end[1] - bare))
    middle = statistics.median(late)
    return [
        (
            "first record in the snapshot after the answer (median)",
            "–",
            _ms(middle),
            "≤ 15 ms",
            middle <= 0.015,
        ),
        ("the same, read by another thread (median)", "–", _ms(statistics.median(seen)), "–", True),
    ]


async def _answer(port: int) -> float:
    """Seconds until a target's own answer with its records is here, over an open link."""
    (aim,) = aims([f"z3950://127.0.0.1:{port}/Default"])
    loop = asyncio.get_running_loop()
    link = await aim.open(loop.time() + 8)
    start = time.perf_counter()
    await link.search(QUERY, deadline=loop.time() + 8, first=20)
    taken = time.perf_counter() - start
    await link.close()
    return taken


def slow(ports: Sequence[int], folder: Path, rounds: int) -> list[Row]:
    """20 targets that take 0.2 s each."""
    asked = aims([f"z3950://127.0.0.1:{port}/Default?search-delay=0.2" for port in ports])
    with engine(folder) as made:
        taken = min(search(made, asked)[0] for _ in range(rounds))
    return [("20 targets each 0.2 s slow (least)", "0.2 s", f"{taken:.3f} s", "≤ 0.45 s", taken <= 0.45)]


def koha_like(ports: Sequence[int], folder: Path, rounds: int) -> list[Row]:
    """4 targets that take 0.1 s for each Present."""
    asked = aims([f"z3950://127.0.0.1:{port}/Default?present-delay=0.1" for port in ports[:4]])
    with engine(folder) as made:
        taken = min(search(made, asked)[0] for _ in range(rounds))
    return [
        ("4 targets, 0.1 s a Present (least)", "Koha's way 6.05 s", f"{taken:.3f} s", "≤ 0.5 s", taken <= 0.5)
    ]


def one_silent(ports: Sequence[int], folder: Path, budget: float = 8.0) -> list[Row]:
    """Three that answer and one that never says a word."""
    with silent() as mute, engine(folder) as made:
        urls = [f"z3950://127.0.0.1:{port}/Default" for port in (*ports[:3], mute)]
        start = time.perf_counter()
        key = made.start(QUERY, aims(urls), owner=ME, budget=budget)
        usable = 0.0
        while True:
            found = made.snapshot(key, ME)
            assert found is not None
            if not usable and sum(one.state is TargetState.OK for one in found.targets) == 3:
                usable = time.perf_counter() - start
            if not found.running:
                break
            time.sleep(0.01)
        whole = time.perf_counter() - start
    good = usable < 1.0 and whole <= budget + 0.5
    return [
        ("one silent among four: the others", "–", f"{usable:.2f} s", "at once", usable < 1.0),
        (
            "one silent among four: finished",
            f"budget {budget:.0f} s",
            f"{whole:.2f} s",
            "≤ budget + 0.5 s",
            good,
        ),
    ]


def memory(ports: Sequence[int]) -> list[Row]:
    """What a search holds in memory for each record while it is carried out."""

    async def run() -> tuple[int, Run]:
        pool, results = Pool(), Results(QUERY)
        going = Run(query=QUERY, pool=pool, results=results, wall=time.time)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        going.start(aims([f"z3950://127.0.0.1:{port}/Default" for port in ports]), going.now + 30)
        await going.finished()
        results.take()
        await pool.close()
        going.take_arrivals()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before, going

    asyncio.run(run())  # what is loaded once is no record's
    tracemalloc.start()
    held, going = asyncio.run(run())
    tracemalloc.stop()
    count = sum(line.report.fetched for line in going.lines.values())
    each = held / count / 1024
    return [("memory a retained record", "pazpar2 23 KiB", f"{each:.2f} KiB", "≤ 4 KiB", each <= 4.0)]


def nothing_left(ports: Sequence[int], folder: Path, searches: int = 50) -> list[Row]:
    """100 targets, 30 of them dead, 50 searches: threads and descriptors before and after."""
    dead = _free_ports(30)
    urls = [f"z3950://127.0.0.1:{port}/Default" for port in ports]
    urls = [urls[n % len(urls)] for n in range(70)] + [f"z3950://127.0.0.1:{port}/Default" for port in dead]
    before = threading.active_count(), len(os.listdir("/proc/self/fd"))
    with engine(folder) as made:
        asked = aims(urls, idle=1.0)
        for _ in range(searches):
            search(made, asked)
    gc.collect()
    after = threading.active_count(), len(os.listdir("/proc/self/fd"))
    same = after[0] <= before[0] and after[1] <= before[1]
    return [
        (
            "100 targets, 30 dead, 50 searches: left",
            f"{before[0]} threads, {before[1]} files",
            f"{after[0]} threads, {after[1]} files",
            "none more",
            same,
        )
    ]


def _row(what: str, reference: str, ours: str, ratio: float, most: float) -> Row:
    return what, reference, ours, f"{ratio:.1f} × (≤ {most:g})", ratio <= most


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def main() -> None:
    """Print all figures; ends with 1 when one of them is missed."""
    logging.disable(logging.ERROR)
    gc.collect()
    gc.freeze()  # as `silang serve` does
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rows: list[Row] = []
    with servers(TARGETS) as ports, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fresh").mkdir()  # without a history of its targets
        steps: list[Callable[[], list[Row]]] = [
            lambda: everything(ports, folder, rounds),
            lambda: first_record(ports[0], folder, rounds),
            lambda: slow(ports, folder, 6),
            lambda: koha_like(ports, folder, 3),
            lambda: one_silent(ports, folder / "fresh"),
            lambda: memory(ports),
            lambda: nothing_left(ports, folder),
        ]
        for step in steps:
            rows += step()
    table(
        ("what", "reference", "ours", "bound", ""),
        [
            (what, reference, ours, bound, "" if good else "MISSED")
            for what, reference, ours, bound, good in rows
        ],
    )
    if not all(good for *_, good in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
