"""Providers on loopback for the admin pages: a real member, a page that is no OAI-PMH, one that tells lies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from foundation.fetch import Fetcher, FetchPolicy
from harvester import sources
from harvester.guard.work import work_on_one
from harvester.sources import Source, SourceDraft
from tests.web.conftest import World
from tests.web.samples import HOSTILE
from web.alerts import teller
from web.demo.dialects import DIALECTS
from web.demo.member import MemberServer, utc_now

#: A provider whose every word is hostile. Escaped once, as XML has it.
_BAD = HOSTILE.replace("&", "&amp;").replace("<", "&lt;")
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-11-24T03:00:00Z</responseDate><request>x</request>"
)
ANSWERS = {
    "Identify": f"<Identify><repositoryName>{_BAD}</repositoryName><baseURL>http://x.example/</baseURL>"
    f"<protocolVersion>2.0</protocolVersion><adminEmail>a@x.example</adminEmail>"
    f"<earliestDatestamp>2020-01-01</earliestDatestamp><deletedRecord>no</deletedRecord>"
    f"<granularity>YYYY-MM-DD</granularity></Identify>",
    "ListMetadataFormats": "<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix>"
    "<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>"
    "<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat>"
    "</ListMetadataFormats>",
    "ListSets": f"<ListSets><set><setSpec>s</setSpec><setName>{_BAD}</setName></set></ListSets>",
    "ListRecords": "<ListRecords>"
    "<record><header><identifier>oai:x:1</identifier><datestamp>2026-01-01</datestamp></header><metadata>"
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{_BAD}</dc:title></oai_dc:dc></metadata></record>'
    f"<record><header><identifier>oai:x:{_BAD}</identifier><datestamp>2026-01-01</datestamp></header><metadata>"
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{_BAD}</dc:creator></oai_dc:dc></metadata></record>'
    "</ListRecords>",
}


class _Odd(BaseHTTPRequestHandler):
    """Hostile words under /oai, an ordinary web page everywhere else."""

    def do_GET(self) -> None:
        """Answer."""
        verb = next((name for name in ANSWERS if f"verb={name}" in self.path), "")
        if self.path.startswith("/oai") and verb:
            body = (_HEAD + ANSWERS[verb] + "</OAI-PMH>").encode()
            kind = "text/xml"
        else:
            body, kind = b"<!doctype html><html><body><h1>Selamat datang</h1></body></html>", "text/html"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def odd_server() -> Iterator[str]:
    """The address of the odd server, without a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    with _serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


@contextmanager
def member(code: str, folder: Path, dialect: str = "plain") -> Iterator[str]:
    """The OAI-PMH address of a member of the demonstration, by the book or as its system speaks."""
    folder.mkdir(parents=True, exist_ok=True)
    server = MemberServer(
        code, folder, places=lambda shelf, site: DIALECTS[dialect](shelf, site, utc_now, 100)
    )
    with _serving(server):
        yield server.url


@contextmanager
def _serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def allow_loopback(world: World) -> None:
    """What `fetch.allow` in config.yaml does."""
    world.parts.fetcher.close()
    world.parts.fetcher = Fetcher(FetchPolicy(allow=("127.0.0.0/8",), user_agent="Silang/test"))


def add_source(world: World, url: str, code: str = "KNG", *, provisioned: bool = False) -> Source:
    """A source of KNG, saved as the pages would."""
    with world.parts.db.begin() as c:
        draft = SourceDraft(code=code, library_id=world.library["KNG"], name="Kota Kenanga", url=url)
        return sources.add(c, draft, seal=world.parts.seal, at=world.parts.clock(), provisioned=provisioned)


def work(world: World) -> None:
    """Let the worker do what waits."""
    from dataclasses import replace

    context = replace(world.parts.harvesting(), patience=1.0)
    while work_on_one(context, "test", tell=teller(context.clock)):
        pass
