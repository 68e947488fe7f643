"""An SRU server that answers what a test tells it to, and keeps what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from foundation.fetch import Fetcher, FetchPolicy
from index.sru.client import Client
from index.sru.values import Endpoint

ZING = "http://www.loc.gov/zing/srw/"
OASIS = "http://docs.oasis-open.org/ns/search-ws/sruResponse"


@dataclass(frozen=True, slots=True)
class Seen:
    """A request: method, path with query, parameters (of the body too), headers in small letters."""

    method: str
    path: str
    values: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What to answer; `pieces` are sent one after the other, and `pieces` that never end are sent for ever."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Callable[[], Iterator[bytes]] | None = None


Script = Callable[[Seen], Said | str | bytes]


class Server(ThreadingHTTPServer):
    """Listens on a free port of loopback."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.seen: list[Seen] = []
        self.let_go: Callable[[], None] = lambda: None  # ends the silence of a silent one

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sru"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients of hostile answers hang up: that is what is wanted."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body go apart: the second would wait for 40 ms
    server: Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        values = dict(parse_qsl(urlsplit(self.path).query) + parse_qsl(body))
        seen = Seen(self.command, self.path, values, {k.lower(): v for k, v in self.headers.items()})
        self.server.seen.append(seen)
        said = self.server.script(seen)
        if not isinstance(said, Said):
            said = Said(said)
        data = said.body.encode() if isinstance(said.body, str) else said.body
        self.send_response(said.status)
        headers = {"Content-Type": "text/xml"} | said.headers
        if said.pieces is None:
            headers.setdefault("Content-Length", str(len(data)))
        else:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in (data,) if said.pieces is None else said.pieces():
            self.wfile.write(piece)
            self.wfile.flush()

    do_GET = do_POST = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


@contextmanager
def serving(script: Script) -> Iterator[Server]:
    """A server that answers by this script."""
    server = Server(script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@contextmanager
def asking(url: str, **settings: Any) -> Iterator[Client]:
    """A client of one server."""
    fetcher = Fetcher(FetchPolicy(any_address=True, user_agent="Silang tests"))
    try:
        yield Client(fetcher, Endpoint(url=url, **settings))
    finally:
        fetcher.close()


def record(data: str, *, schema: str = "marcxml", position: int = 1, packing: str = "xml") -> str:
    """A record element; `data` is put in as it is."""
    return (
        f"<s:record><s:recordSchema>{schema}</s:recordSchema><s:recordPacking>{packing}</s:recordPacking>"
        f"<s:recordData>{data}</s:recordData><s:recordPosition>{position}</s:recordPosition></s:record>"
    )


def diagnostic(number: int, details: str = "", message: str = "") -> str:
    """A diagnostics element of an answer."""
    return (
        f'<s:diagnostics><d:diagnostic xmlns:d="{ZING}diagnostic/"><d:uri>info:srw/diagnostic/1/{number}</d:uri>'
        f"<d:details>{details}</d:details><d:message>{message}</d:message></d:diagnostic></s:diagnostics>"
    )


def response(
    *records: str, hits: str | int | None = None, version: str = "1.2", space: str = "", more: str = ""
) -> str:
    """A searchRetrieveResponse of a version, in its namespace unless another is given."""
    space = space or (OASIS if version == "2.0" else ZING)
    said = "" if version == "2.0" else f"<s:version>{version}</s:version>"
    count = "" if hits is None else f"<s:numberOfRecords>{hits}</s:numberOfRecords>"
    inside = f"<s:records>{''.join(records)}</s:records>" if records else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<s:searchRetrieveResponse xmlns:s="{space}">{said}{count}{inside}{more}</s:searchRetrieveResponse>'
    )


def marc(title: str = "Batik pesisir", number: int = 1) -> str:
    """A small MARCXML record."""
    return (
        '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>'
        f'<controlfield tag="001">{number}</controlfield><datafield tag="245" ind1="1" ind2="0">'
        f'<subfield code="a">{title}</subfield></datafield></record>'
    )
