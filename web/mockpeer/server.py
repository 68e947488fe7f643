"""The mock peer's door and voice: an HTTP server on loopback, one thread that speaks, and a log that can be looked at."""

from __future__ import annotations

import html
import json
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from broker.iso18626 import values as v
from broker.iso18626.confirming import confirm
from broker.iso18626.reading import LIMITS, BadMessage, read
from broker.iso18626.translating import agency
from broker.iso18626.writing import kind_of, write
from broker.peers.log import what
from broker.peers.outside import MEDIA_TYPE, NoAnswer, Post
from foundation.clock import Clock
from web.mockpeer import play
from web.mockpeer.play import Talk
from web.mockpeer.scenarios import FAULTS, REQUESTING, SUPPLYING

#: Messages that the log keeps.
KEPT = 500

#: Seconds that the scenario 'slow' takes to confirm.
SLOW = 5.0

#: Times that a message is tried, with a second between.
TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mock:
    """Who the mock peer is and where it speaks to. `scenario` is the one played when a request names none."""

    symbol: str
    other: str
    url: str
    scenario: str = "loan"
    version: str = "1.2"
    account: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the log."""

    at: str
    direction: str
    kind: str
    what: str
    number: str
    outcome: str
    body: str


@dataclass(slots=True)
class Peer:
    """What it remembers: its talks by the requester's number, its log, and what is still to be said."""

    mock: Mock
    post: Post
    clock: Clock
    talks: dict[str, Talk] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    answers: dict[bytes, bytes] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    waiting: queue.Queue[v.Message | None] = field(default_factory=queue.Queue)
    count: int = 0

    # --- listening ---

    def hear(self, body: bytes) -> tuple[int, bytes]:
        """(HTTP status, confirmation) for a message; what follows from it is said by the voice."""
        now = self.clock()
        try:
            got = read(body)
        except BadMessage as bad:
            answer = confirm(
                bad.kind or "request", bad.header or v.Header(), self.mock.version, now, bad.faults
            )
            self.note("in", bad.kind or "?", "", "", "error", body)
            return (200 if bad.kind else 400), answer
        document = got.document
        if isinstance(document, v.Confirmation):
            return 400, b""
        with self.lock:
            if body in self.answers:
                return 200, self.answers[body]
            talk = self._talk(document)
            refused = talk is None or talk.scenario == "error"
            faults = (
                (v.Fault(type="UnrecognisedDataValue", value="requestingAgencyRequestId"),) if refused else ()
            )
            version = got.version if got.edition else self.mock.version
            answer = confirm(got.kind, document.header, version, now, faults, document)
            self.note(
                "in", got.kind, what(document), document.header.request_id, "error" if faults else "ok", body
            )
            self.answers[body] = answer
            if talk is not None and not refused:
                for message in play.heard(talk, document, now):
                    self.waiting.put(message)
        return 200, answer

    def fault(self, body: bytes) -> str:
        """The fault that this message meets, '' for none: by the scenario of its loan."""
        try:
            document = read(body).document
        except BadMessage:
            return ""
        if isinstance(document, v.Confirmation):
            return ""
        with self.lock:
            talk = self._talk(document)
        return talk.scenario if talk is not None and talk.scenario in FAULTS else ""

    def _talk(self, document: v.Message) -> Talk | None:
        number = document.header.request_id
        talk = self.talks.get(number)
        if talk is None and isinstance(document, v.Request):
            self.count += 1
            talk = Talk(
                scenario=self._scenario(document),
                header=replace(document.header, authentication=None, consortium=None),
                supplies=True,
                number=f"MOCK-{self.count}",
            )
            self.talks[number] = talk
        return talk

    def _scenario(self, request: v.Request) -> str:
        """The scenario that the note or the title asks for, as 'scenario:retry'; else the usual one."""
        note = request.service.note if request.service else ""
        told = f"{note} {request.wanted.title}"
        _, found, rest = told.partition("scenario:")
        name = rest.split()[0].strip(".,;") if found and rest.split() else self.mock.scenario
        return name if name in SUPPLYING or name in FAULTS else self.mock.scenario

    # --- speaking ---

    def ask(self, scenario: str, citation: Mapping[str, str], note: str = "") -> str:
        """Begin a loan as the requesting side; its number. Raises KeyError for an unknown scenario."""
        if scenario not in REQUESTING:
            raise KeyError(scenario)
        now = self.clock()
        with self.lock:
            self.count += 1
            number = f"MOCK-{int(now.timestamp())}-{self.count}"
            header = v.Header(
                supplier=agency(self.mock.other),
                requester=agency(self.mock.symbol),
                at=now,
                request_id=number,
                authentication=v.Authentication(account=self.mock.account, secret=self.mock.secret)
                if self.mock.account
                else None,
            )
            talk, request = play.opening(scenario, header, citation, note)
            self.talks[number] = talk
        self.waiting.put(request)
        for message in play.begun(talk, now):
            self.waiting.put(message)
        return number

    def speak(self) -> None:
        """Say what is waiting, one after the other, until None comes."""
        while (message := self.waiting.get()) is not None:
            self._say(message)

    def _say(self, message: v.Message) -> None:
        body = write(message, self.mock.version)
        auth = (self.mock.account, self.mock.secret) if self.mock.account else None
        for attempt in range(TRIES):
            try:
                status, answer = self.post(self.mock.url, body, {}, auth, 20.0)
            except NoAnswer:
                time.sleep(min(1.0, 0.2 * (attempt + 1)))
                continue
            try:
                said = read(answer).document
            except BadMessage:
                said = None
            outcome = said.status.lower() if isinstance(said, v.Confirmation) else f"HTTP {status}"
            self.note("out", kind_of(message), what(message), message.header.request_id, outcome, body)
            return
        self.note("out", kind_of(message), what(message), message.header.request_id, "no answer", body)

    # --- the log ---

    def note(self, direction: str, kind: str, told: str, number: str, outcome: str, body: bytes) -> None:
        """Write a line of the log."""
        entry = Entry(
            at=f"{self.clock():%H:%M:%S}",
            direction=direction,
            kind=kind,
            what=told,
            number=number,
            outcome=outcome,
            body=body.decode("utf-8", "replace")[:20_000],
        )
        with self.lock:
            self.entries.append(entry)
            del self.entries[:-KEPT]


class Server(ThreadingHTTPServer):
    """Listens on loopback alone."""

    daemon_threads = True

    def __init__(self, peer: Peer, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.peer = peer
        self._voice = threading.Thread(target=peer.speak, daemon=True)
        self._voice.start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def server_close(self) -> None:
        """Fall silent, then close the door."""
        self.peer.waiting.put(None)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        """A message, or (at /ask) the wish that it asks for something."""
        length = int(self.headers.get("content-length") or 0)
        if length > LIMITS.bytes:
            self._answer(413, b"", "text/plain")
            return
        body, peer = self.rfile.read(length), self.server.peer
        where = urlsplit(self.path)
        if where.path == "/ask":
            self._ask({name: many[0] for name, many in parse_qs(where.query or body.decode()).items()})
            return
        fault = peer.fault(body)
        if fault.startswith("http_"):
            peer.note("in", "?", "", "", fault, body)
            self._answer(int(fault.removeprefix("http_")), b"out of order", "text/plain")
        elif fault == "garbage":
            self._answer(200, b"<html>hello", "text/html")
        elif fault == "silent":
            self.close_connection = True
        else:
            if fault == "slow":
                time.sleep(SLOW)
            status, answer = peer.hear(body)
            self._answer(status, answer, MEDIA_TYPE)

    def _ask(self, told: Mapping[str, str]) -> None:
        try:
            number = self.server.peer.ask(told.get("scenario", "loan"), told, told.get("note", ""))
        except KeyError as unknown:
            self._answer(422, f"no scenario {unknown}\n".encode(), "text/plain")
            return
        self._answer(200, json.dumps({"number": number}).encode(), "application/json")

    def do_GET(self) -> None:
        """The log: a page, or /log.json."""
        peer = self.server.peer
        with peer.lock:
            entries = list(peer.entries)
        if urlsplit(self.path).path == "/log.json":
            lines = json.dumps([asdict(one) for one in entries], ensure_ascii=False)
            self._answer(200, lines.encode(), "application/json")
            return
        self._answer(200, _page(peer.mock, entries).encode(), "text/html; charset=utf-8")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The log is the page."""


_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>Mock peer {symbol}</title><style>body{{font:15px/1.5 system-ui;margin:2rem;max-width:70rem}}
table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc}}
pre{{white-space:pre-wrap;font-size:12px}}</style><h1>Mock peer {symbol}</h1>
<p>Scenario <b>{scenario}</b>; a request may name another as <code>scenario:NAME</code> in its note or title:
{known}.</p><form method="post" action="/ask"><label>Ask for <input name="title" value="Laskar Pelangi"></label>
<label>as <select name="scenario">{asks}</select></label> <button>Ask {other}</button></form>
<table><tr><th>Time<th>Way<th>Message<th>Says<th>Number<th>Outcome</tr>"""


def _page(mock: Mock, entries: list[Entry]) -> str:
    rows = "".join(
        f"<tr><td>{e(one.at)}<td>{e(one.direction)}<td>{e(one.kind)}<td>{e(one.what)}<td>{e(one.number)}"
        f"<td>{e(one.outcome)}</tr><tr><td colspan=6><details><summary>XML</summary><pre>{e(one.body)}</pre>"
        "</details></tr>"
        for one in reversed(entries)
    )
    asks = "".join(f"<option>{e(name)}" for name in REQUESTING)
    known = ", ".join(sorted((*SUPPLYING, *FAULTS)))
    head = _HEAD.format(
        symbol=e(mock.symbol), scenario=e(mock.scenario), known=e(known), asks=asks, other=e(mock.other)
    )
    return f"{head}{rows}</table></html>"


def e(text: str) -> str:
    """Escaped for HTML."""
    return html.escape(text)
