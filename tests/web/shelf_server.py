"""A small provider of MARCXML with copies, whose shelf a test may change: for pages that act on what was harvested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-11-24T03:00:00Z</responseDate><request>http://rak.example/oai</request>"
)
_IDENTITY = (
    "<Identify><repositoryName>Rak uji</repositoryName><baseURL>http://rak.example/oai</baseURL>"
    "<protocolVersion>2.0</protocolVersion><adminEmail>a@rak.example</adminEmail>"
    "<earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>no</deletedRecord>"
    "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
)
_FORMATS = (
    "<ListMetadataFormats><metadataFormat><metadataPrefix>marcxml</metadataPrefix>"
    "<schema>http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd</schema>"
    "<metadataNamespace>http://www.loc.gov/MARC21/slim</metadataNamespace></metadataFormat></ListMetadataFormats>"
)


@dataclass
class Shelf:
    """What stands there: number -> title; '' is a record without one, which cannot be read. `asked` are the verbs."""

    url: str = ""
    titles: dict[int, str] = field(default_factory=lambda: {n: f"Buku nomor {n}" for n in range(1, 121)})
    asked: list[str] = field(default_factory=list)
    sets: tuple[str, ...] = ()

    def answer(self, query: dict[str, str]) -> str:
        """The body of an answer."""
        verb = query.get("verb", "")
        self.asked.append(verb)
        if verb == "Identify":
            return _IDENTITY
        if verb == "ListMetadataFormats":
            return _FORMATS
        if verb == "ListSets":
            return '<error code="noSetHierarchy">none</error>'
        if verb == "GetRecord":
            number = int(query["identifier"].rsplit(":", 1)[1])
            if number not in self.titles:
                return '<error code="idDoesNotExist">unknown</error>'
            return f"<GetRecord>{self.record(number)}</GetRecord>"
        begin = int(query.get("resumptionToken") or 0)
        numbers = sorted(self.titles)[begin : begin + 50]
        make = self.header if verb == "ListIdentifiers" else self.record
        more = str(begin + 50) if begin + 50 < len(self.titles) else ""
        token = f'<resumptionToken completeListSize="{len(self.titles)}">{more}</resumptionToken>'
        if not numbers:
            return '<error code="noRecordsMatch">none</error>'
        return f"<{verb}>{''.join(map(make, numbers))}{token}</{verb}>"

    def header(self, number: int) -> str:
        """The header of a record."""
        return f"<header><identifier>oai:rak:{number}</identifier><datestamp>2026-01-01T00:00:00Z</datestamp></header>"

    def record(self, number: int) -> str:
        """A record with one copy."""
        title = self.titles[number]
        field = (
            f'<datafield tag="245" ind1="1" ind2="0"><subfield code="a">{title}</subfield></datafield>'
            if title
            else ""
        )
        return (
            f'<record>{self.header(number)}<metadata><record xmlns="http://www.loc.gov/MARC21/slim">'
            f'<leader>00000nam a2200000 a 4500</leader><controlfield tag="001">{number}</controlfield>{field}'
            f'<datafield tag="852" ind1=" " ind2=" "><subfield code="a">Pusat</subfield>'
            f'<subfield code="h">813 BUK {number}</subfield><subfield code="p">B{number:05d}</subfield></datafield>'
            "</record></metadata></record>"
        )


@contextmanager
def shelf_server() -> Iterator[Shelf]:
    """A shelf under an address of loopback."""
    shelf = Shelf()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer."""
            query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
            body = (_HEAD + shelf.answer(query) + "</OAI-PMH>").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shelf.url = f"http://127.0.0.1:{server.server_address[1]}/oai"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield shelf
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
