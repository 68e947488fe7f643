"""One member's system over real HTTP on loopback: python -m web.demo.member --library KNG --state DIR."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from web.demo.dialects import DIALECTS
from web.demo.dialects.reply import Places, Question, Reply
from web.demo.libraries import SERVERS
from web.demo.shelf import Shelf, UnknownRecord, open_shelf

FORM = "application/x-www-form-urlencoded"
LARGEST_BODY = 64 * 1024
_NOT_HERE = Reply(body=b"The catalogue is not here.\n", status=404, kind="text/plain; charset=utf-8")


def utc_now() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


class MemberServer(ThreadingHTTPServer):
    """Listens on loopback; `url` is the address to harvest, `site` the one without a path. Every request is a line in
    `access.log`. What answers where is `places`, given the shelf and the site; without it the library's own system.
    """

    daemon_threads = True

    def __init__(
        self,
        code: str,
        folder: Path,
        *,
        port: int = 0,
        page_size: int = 100,
        now: Callable[[], datetime] = utc_now,
        places: Callable[[Shelf, str], Places] | None = None,
    ) -> None:
        self.shelf = open_shelf(code, folder, now)
        super().__init__(("127.0.0.1", port), _Handler)
        self.site = f"http://127.0.0.1:{self.server_address[1]}"
        if places is None:
            dialect = DIALECTS[self.shelf.library.dialect]
            self.places = dialect(self.shelf, self.site, now, page_size)
        else:
            self.places = places(self.shelf, self.site)
        own = self.shelf.library.path
        self.url = self.site + (own if own in self.places else next(iter(self.places)))
        self._log_file = folder / "access.log"
        self._log_lock = threading.Lock()

    def note(self, method: str, path: str, status: int, size: int) -> None:
        """Write a line: time, method, path with query, status, bytes sent."""
        line = f"{utc_now():%Y-%m-%dT%H:%M:%S.%fZ} {method} {path} {status} {size}\n"
        with self._log_lock, self._log_file.open("a", encoding="utf-8") as out:
            out.write(line)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # headers and body in one segment: two would wait for each other (Nagle)
    server: MemberServer
    timeout = 60  # seconds: an idle connection does not hold its thread for ever

    def do_GET(self) -> None:
        """Answer a request whose arguments stand in the address."""
        parts = urlsplit(self.path)
        self._answer(parts.path, parts.query)

    def do_POST(self) -> None:
        """Answer a request whose arguments stand in the body, or make a change at `/control`."""
        path = urlsplit(self.path).path
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        body = self._body()
        if body is None:
            self._send(400, "text/plain; charset=utf-8", b"Bad length.\n")
        elif path == "/control" and kind == "application/json":
            self._control(body)
        elif kind == FORM:
            self._answer(path, body.decode("utf-8", "replace"))
        else:
            self._reply(_NOT_HERE)

    def _body(self) -> bytes | None:
        text = self.headers.get("Content-Length", "")
        if not text.isdecimal() or int(text) > LARGEST_BODY:
            self.close_connection = True
            return None
        return self.rfile.read(int(text))

    def _answer(self, path: str, query: str) -> None:
        place = self.server.places.get(path)
        self._reply(_NOT_HERE if place is None else place(Question(path=path, query=query)))

    def _reply(self, reply: Reply) -> None:
        self._send(reply.status, reply.kind, reply.body)

    def _control(self, body: bytes) -> None:
        """A change by a cataloguer, for tests and curious people; JSON only, so that no web page can send it."""
        try:
            change = json.loads(body)
            if not isinstance(change, dict):
                raise UnknownRecord("a JSON object is expected")
            entry = self.server.shelf.change(change)
        except (ValueError, UnknownRecord) as error:
            self._send(400, "application/json", json.dumps({"error": str(error)}).encode())
            return
        answer = {
            "identifier": entry.identifier,
            "datestamp": entry.datestamp.isoformat(),
            "deleted": entry.deleted,
        }
        self._send(200, "application/json", json.dumps(answer).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        zipped = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 1000
        if zipped:
            body = gzip.compress(body, 5, mtime=0)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept-Encoding")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)
        self.server.note(self.command, self.path, status, len(body))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to the terminal: the access log has it."""


def stop_when_parent_goes(stop: Callable[[], object]) -> None:
    """End with whoever started us: the pipe to our standard input closes however the parent dies."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop()


def main() -> int:
    """Serve until SIGTERM, Ctrl-C or, with --tethered, the end of standard input. The first line names the URL."""
    parser = argparse.ArgumentParser(prog="python -m web.demo.member", description=__doc__)
    parser.add_argument("--library", required=True, choices=[library.code for library in SERVERS])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="folder for the access log and changes")
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--tethered", action="store_true", help="stop when standard input closes")
    options = parser.parse_args()
    with MemberServer(
        options.library, options.state, port=options.port, page_size=options.page_size
    ) as server:

        def stop(*_: object) -> None:
            # shutdown() waits for the loop, and the loop is what this signal interrupts.
            threading.Thread(target=server.shutdown, daemon=True).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        sys.stdout.write(json.dumps({"library": options.library, "url": server.url}) + "\n")
        sys.stdout.flush()
        if options.tethered:
            threading.Thread(target=stop_when_parent_goes, args=(server.shutdown,), daemon=True).start()
        server.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
