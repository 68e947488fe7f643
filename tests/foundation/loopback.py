"""A server on loopback that does exactly what a test tells it to, byte by byte."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foundation.fetch import Fetcher, FetchPolicy, Limits

TLS = Path(__file__).parent / "tls"
QUICK = Limits(connect=5, read=5, total=10)
POLICY = FetchPolicy(
    allow=("127.0.0.0/8",), user_agent="Silang/test (+https://example.org)", sender="silang@example.org"
)


@dataclass(slots=True)
class Served:
    """What a loopback server has seen so far. `requests` are the heads, as text."""

    port: int
    scheme: str = "http"
    connections: int = 0
    requests: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"


Answer = Callable[[socket.socket, str], None]


def answer(body: bytes = b"", *headers: str, status: str = "200 OK", length: bool = True) -> bytes:
    """The bytes of an answer, with Content-Length unless told otherwise."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drip(conn: socket.socket, data: bytes, *, size: int, every: float) -> None:
    """Send `size` bytes every so many seconds, until all is sent or the other side has enough."""
    for at in range(0, len(data), size):
        conn.sendall(data[at : at + size])
        time.sleep(every)


@contextlib.contextmanager
def serve(reply: bytes | Answer, *, certificate: str | None = None, keep: bool = True) -> Iterator[Served]:
    """A server that sends `reply`, or calls it with the connection and the head of each request.

    With `keep` it reads another request from the same connection afterwards, otherwise it closes.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    served = Served(port=listener.getsockname()[1], scheme="https" if certificate else "http")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
    if context is not None and certificate is not None:
        context.load_cert_chain(TLS / certificate)
    open_now: set[socket.socket] = set()

    def handle(conn: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if context is not None:
                conn = context.wrap_socket(conn, server_side=True)
                open_now.add(conn)
            stream = conn.makefile("rb")
            while True:
                lines = []
                while (line := stream.readline()) not in (b"\r\n", b""):
                    lines.append(line.decode("latin-1"))
                if not lines:
                    break
                length = [line.split(":")[1] for line in lines if line.lower().startswith("content-length")]
                served.bodies.append(stream.read(int(length[0])) if length else b"")
                served.requests.append("".join(lines))
                if isinstance(reply, bytes):
                    conn.sendall(reply)
                else:
                    reply(conn, lines[0].split()[1])
                if not keep:
                    break
            stream.close()
        with contextlib.suppress(OSError):
            conn.close()

    def accept() -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            served.connections += 1
            open_now.add(conn)
            threading.Thread(target=handle, args=(conn,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for conn in open_now:
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def fetcher(**kind: Any) -> Fetcher:
    """A client that may reach loopback, for which every name under .example is this machine."""

    def lookup(host: str, port: int, **more: Any) -> list[Any]:
        return socket.getaddrinfo("127.0.0.1" if host.endswith(".example") else host, port, **more)

    return Fetcher(POLICY, resolver=lookup, **kind)
