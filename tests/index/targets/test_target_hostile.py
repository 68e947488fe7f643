"""Probes of servers that mean no good: each ends in its time with a reason; lists that are none are refused."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from foundation.fetch import FetchPolicy
from index.targets import flat
from index.targets.imports import koha, pazpar2, zeerex
from index.targets.imports.found import Unreadable
from index.targets.probing import run

HERE = run.Network(policy=FetchPolicy(allow=("127.0.0.1/32",), user_agent="Silang tests"))
Serve = Callable[[socket.socket], None]


@contextmanager
def server(serve: Serve) -> Iterator[int]:
    """A port at which each connection is handed to `serve`."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=quietly, args=(connection,), daemon=True).start()

    def quietly(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the other side has had enough
            serve(connection)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def silent(connection: socket.socket) -> None:
    while connection.recv(1000):
        pass


def garbage(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(b"\xff" * 5000)
    silent(connection)


def hangs_up(connection: socket.socket) -> None:
    connection.recv(1000)


def endless(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(b"\xb5\x80")
    while True:
        connection.sendall(b"\x04\x01a" * 10_000)


def a_web_page(connection: socket.socket) -> None:
    connection.recv(1000)
    page = b"<html><body>Selamat datang</body></html>"
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)
    )


@pytest.mark.slow
@pytest.mark.parametrize("sru", [False, True])
@pytest.mark.parametrize(
    ("serve", "codes"),
    [
        (silent, {"timeout"}),
        (garbage, {"protocol", "timeout", "too_big"}),
        (hangs_up, {"lost"}),
        (endless, {"protocol", "too_big", "timeout"}),
        (a_web_page, {"protocol"}),
    ],
)
def test_a_server_that_means_no_good_is_named_and_costs_little(
    serve: Serve, codes: set[str], sru: bool
) -> None:
    with server(serve) as port:
        scheme = "sru+http" if sru else "z3950"
        profile = flat.read(
            {
                "code": "x",
                "url": f"{scheme}://127.0.0.1:{port}/x",
                "connect_seconds": 0.5,
                "search_seconds": 0.5,
            }
        )
        used = time.process_time()
        card = run.probe(profile, "", HERE)
        assert card.failed in codes
        assert time.process_time() - used < 5
        assert card.takes == {}
        assert len(card.findings) < 10


def test_bytes_of_any_kind_are_a_list_or_refused() -> None:
    dice = random.Random(42)
    samples = [
        b"id,host,port,db\n1,h,210,x\n",
        b"<settings target='h/x'><set name='pz:name' value='x'/></settings>",
        b"<explain xmlns='http://explain.z3950.org/dtd/2.0/'><serverInfo><host>h</host></serverInfo></explain>",
    ]
    told = 0
    for _ in range(600):
        data = bytearray(dice.choice(samples))
        for _ in range(dice.randrange(6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        for read in (koha.read, pazpar2.read, zeerex.read):
            try:
                read(bytes(data))
            except Unreadable:
                told += 1
    assert told > 600
