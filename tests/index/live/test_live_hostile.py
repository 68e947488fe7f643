"""Servers that mean no good, each beside one that does: nobody is held up, and nothing runs away."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from foundation.fetch import FetchPolicy
from index.live.aims import Ways
from index.live.asking.pool import Pool
from index.live.results import Results
from index.live.run import Run
from index.live.snapshot import TargetReport, TargetState
from index.parse import parse
from index.targets.profile import Limits, Profile
from index.targets.urls import read
from index.z3950.apdu import InitResponse, Option, encode
from tests.index.live.scripted import Target, marc

pytestmark = pytest.mark.slow

BUDGET = 1.5
Speak = Callable[[socket.socket, threading.Event], None]


@contextmanager
def _server(speak: Speak) -> Iterator[int]:
    """A server that says this to each that connects; ends with the test."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(20)
            connection.recv(65536)
            speak(connection, over)

    def accept(listening: socket.socket) -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=one, args=(connection,), daemon=True))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=accept, args=(listening,), daemon=True)
        accepting.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
    accepting.join(10)
    for thread in threads:
        thread.join(10)


def _init() -> bytes:
    return encode(InitResponse(accepted=True, options=frozenset({Option.SEARCH, Option.PRESENT})))


def _says(*parts: bytes) -> Speak:
    def speak(connection: socket.socket, over: threading.Event) -> None:
        for part in parts:
            connection.sendall(part)
        over.wait(20)

    return speak


def _endless(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"\xb5\x80")  # an answer to Init without an end, of small elements
    while not over.is_set():
        connection.sendall(b"\x83\x01\x00" * 20_000)


def _drips(connection: socket.socket, over: threading.Event) -> None:
    for byte in _init() * 50:
        connection.sendall(bytes((byte,)))
        if over.wait(0.05):
            return


def _hangs_up(connection: socket.socket, over: threading.Event) -> None:
    connection.close()


def _after_init(speak: Speak) -> Speak:
    def whole(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(_init())
        connection.recv(65536)
        speak(connection, over)

    return whole


SERVERS: dict[str, Speak] = {
    "silent": _says(),
    "endless": _endless,
    "endless_after_init": _after_init(_endless),
    "two_gigabytes": _says(b"\xb5\x84\x7f\xff\xff\xff", b"\x00" * 100_000),
    "nested": _says(b"\xb5\x80" + b"\x30\x80" * 200_000),
    "all_ones": _says(b"\xff" * 5_000),
    "drip": _drips,
    "hangs_up": _hangs_up,
    "hangs_up_after_init": _after_init(_hangs_up),
    "speaks_http": _says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "says_only_init": _after_init(_says(_init())),
}


async def _searched(port: int) -> tuple[dict[str, TargetReport], float, int]:
    ways = Ways(FetchPolicy(any_address=True, user_agent="test"))
    limits = Limits(connect_seconds=BUDGET, search_seconds=BUDGET, whole_seconds=BUDGET)
    bad = ways.aim("bad", Profile(code="bad", address=read(f"z3950://127.0.0.1:{port}/db"), limits=limits))
    good = Target("good", [marc("Title")]).aim()
    pool, query = Pool(), parse("title")
    results = Results(query)
    run = Run(query=query, pool=pool, results=results, wall=time.time)
    start = run.now
    run.start([bad, good], start + BUDGET)
    await run.finished()
    took = run.now - start
    await pool.close()
    return {one.id: one for one in run.reports()}, took, len(results.clusters())


@pytest.mark.parametrize("name", SERVERS)
def test_it_ends_in_its_time_with_little_work_and_the_other_is_shown(name: str) -> None:
    with _server(SERVERS[name]) as port:
        # The server runs in this process too: what its threads burn is not ours.
        spent = time.thread_time()
        reports, took, clusters = asyncio.run(_searched(port))
        spent = time.thread_time() - spent
    assert reports["good"].state is TargetState.OK
    assert clusters == 1
    assert reports["bad"].state in (TargetState.FAILED, TargetState.TIMEOUT)
    assert reports["bad"].diagnostics
    assert spent < 1.0
    assert took < BUDGET + 10.0  # 0.5 on a machine that has nothing else to do


def test_a_pdu_that_never_ends_is_named_as_too_big_or_too_late() -> None:
    with _server(_endless) as port:
        reports, _, _ = asyncio.run(_searched(port))
    assert reports["bad"].diagnostics[0].code in ("too_big", "protocol", "timeout")
