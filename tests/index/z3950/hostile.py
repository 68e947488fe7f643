"""Servers that mean no good, on loopback: what each does once a client has connected."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

from index.z3950.apdu import InitResponse, SearchResponse, encode
from tests.foundation.loopback import TLS

WELCOME = encode(InitResponse(versions=frozenset({0, 1, 2}), options=frozenset(range(22)), accepted=True))
FOUND = encode(SearchResponse(hits=100, succeeded=True, next_position=1))
BEGUN = b"\xb9\x80"  # a PresentResponse of indefinite length


def endless(conn: socket.socket) -> None:
    """A message of tiny elements that never ends."""
    conn.sendall(BEGUN)
    while True:
        conn.sendall(b"\x02\x01\x00" * 20_000)


def two_gigabytes(conn: socket.socket) -> None:
    """A length of 2 GB, and something of it."""
    conn.sendall(b"\xb9\x84\x7f\xff\xff\xff" + bytes(100_000))
    _hold(conn)


def nested(conn: socket.socket) -> None:
    """200,000 elements within one another."""
    conn.sendall(BEGUN + b"\x30\x80" * 200_000)
    _hold(conn)


def garbage(conn: socket.socket) -> None:
    """No protocol at all."""
    conn.sendall(b"\xff" * 5_000)
    _hold(conn)


def drip(conn: socket.socket) -> None:
    """One byte after another, slowly."""
    conn.sendall(BEGUN)
    while True:
        conn.sendall(b"\x02\x01\x00"[:1])
        time.sleep(0.02)


def silent(conn: socket.socket) -> None:
    """Nothing."""
    _hold(conn)


def closing(conn: socket.socket) -> None:
    """Goes away."""


def _hold(conn: socket.socket) -> None:
    """Keep the connection until the client or the test ends it."""
    while conn.recv(65536):
        pass


Deed = Callable[[socket.socket], None]


@contextlib.contextmanager
def listening(deed: Deed, *, polite: bool, certificate: str | None = None) -> Iterator[int]:
    """A server on a port of its own. `polite`: it answers to Init and Search first, and misbehaves at Present."""
    listener = socket.create_server(("127.0.0.1", 0))
    context: ssl.SSLContext | None = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / certificate)
    over = threading.Event()
    open_now: list[socket.socket] = []

    def handle(conn: socket.socket) -> None:
        with contextlib.suppress(OSError), conn:
            if context is None:
                serve(conn)
            else:
                with context.wrap_socket(conn, server_side=True) as secured:
                    serve(secured)

    def serve(conn: socket.socket) -> None:
        if polite:
            for answer in (WELCOME, FOUND):
                if not conn.recv(65536):
                    return
                conn.sendall(answer)
            conn.recv(65536)
        deed(conn)

    def accept() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):
                conn, _ = listener.accept()
                open_now.append(conn)
                threading.Thread(target=handle, args=(conn,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for conn in open_now:
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
