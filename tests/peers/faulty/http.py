"""The provider of faults on a port of loopback."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from datetime import datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.peers.faulty.faults import KNOWN
from tests.peers.faulty.provider import Provider
from tests.peers.faulty.values import EPOCH, Entry, Reply, Request, Reset


class FaultServer(Provider):
    """A provider with `count` records, `page` to a page, that misbehaves as `faults` say (names in faults.KNOWN).

    Faults of a page befall the page `spoilt`.

    `tls` is a context with a certificate: then it answers by https alone.
    """

    def __init__(
        self,
        *faults: str,
        count: int = 30,
        page: int = 10,
        prefix: str = "marc21",
        spoilt: int = 2,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.faults = set(faults)
        unknown = self.faults - KNOWN
        if unknown:
            raise ValueError(f"no such faults: {sorted(unknown)}")
        self.page = page
        self.prefix = prefix
        self.spoilt = spoilt
        self.entries = [
            Entry(number, self._moment(number), title=f"Judul {number} é") for number in range(1, count + 1)
        ]
        if self.has("unordered"):
            self.entries = self.entries[::2][::-1] + self.entries[1::2]
        if self.has("odd_identifiers"):
            for one, name in zip(self.entries, ODD_IDENTIFIERS, strict=False):
                one.name = name
        self.log: list[Request] = []
        self.times: dict[str, int] = {}
        self._http = _Server(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._http.server_address[1]}/oai"
        if self.has("base_with_query"):
            self.url += "?mode=oaipmh"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def _moment(self, number: int) -> datetime:
        if self.has("one_moment"):
            return EPOCH
        if self.has("two_moments"):
            return EPOCH + timedelta(hours=number % 2)
        if self.has("day_granularity"):
            return EPOCH + timedelta(days=number)
        return EPOCH + timedelta(hours=number)

    def __enter__(self) -> FaultServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def identifiers(self) -> set[str]:
        return {one.identifier for one in self.entries}

    def asked(self, verb: str) -> list[Request]:
        return [one for one in self.log if one.arguments.get("verb") == verb]


#: Identifiers as providers have them: two that differ in case only, blanks, encoded characters, a very long one.
ODD_IDENTIFIERS = (
    "oai:faults:Satu",
    "oai:faults:satu",
    "oai:faults:a b",
    "oai:faults:a%20b",
    "http://faults.example/1",
    "https://faults.example/1",
    "oai:faults:" + "x" * 2000,
    "oai:faults:&<ampersand>",
)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        pass


def _handler(server: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0" if server.has("http10") else "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body in one packet: else each answer waits 40 ms for an acknowledgement

        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            own = urlsplit(self.path).query
            self._answer("&".join(part for part in (own, body) if part))

        def _answer(self, raw: str) -> None:
            arguments = dict(parse_qsl(raw, keep_blank_values=True))
            server.log.append(Request(arguments, raw, self.command, dict(self.headers)))
            try:
                reply = server.answer(arguments, raw, self)
            except Reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            with contextlib.suppress(OSError):
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            body = reply.body
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            elif not server.has("no_length"):
                self.send_header("Content-Length", str(len(body) + int(reply.headers.get("X-Too-Long", 0))))
            self.end_headers()
            if reply.chunked:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
                self.close_connection = True
                return
            if reply.pause is not None:
                self._write(body[: reply.pause[0]])
                time.sleep(reply.pause[1])
                body = body[reply.pause[0] :]
            for at in range(len(body) if reply.drip else 0):
                self._write(body[at : at + 1])
                time.sleep(reply.drip)
            if not reply.drip:
                self._write(body if reply.cut is None else body[: reply.cut])
            if reply.cut is not None or {"no_length", "length_too_long"} & server.faults:
                self.close_connection = True

        def _write(self, data: bytes) -> None:
            self.wfile.write(data)
            self.wfile.flush()

        def date_time_string(self, timestamp: float | None = None) -> str:
            behind = 7200 if server.has("slow_clock") else 0
            return formatdate((time.time() if timestamp is None else timestamp) - behind, usegmt=True)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
