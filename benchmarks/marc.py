"""Records of the corpus as MARCXML, and a provider on loopback that serves them in pages made beforehand."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from benchmarks.corpus import Corpus
from index.record import Record

PER_PAGE = 500
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>{now}</responseDate><request>{base}</request>{body}</OAI-PMH>"
)


def field(tag: str, ind: str, *pairs: tuple[str, str]) -> str:
    """One data field; subfields without a value are left out."""
    inner = "".join(f'<subfield code="{code}">{escape(value)}</subfield>' for code, value in pairs if value)
    return f'<datafield tag="{tag}" ind1="{ind[0]}" ind2="{ind[1]}">{inner}</datafield>' if inner else ""


def marcxml(number: int, record: Record) -> str:
    """The record as a library system would send it, with one 952 a copy."""
    year = f"{record.year or 0:04d}"
    language = record.languages[0] if record.languages else "und"
    author = record.authors[0].text if record.authors else ""
    return (
        '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>'
        f'<controlfield tag="001">{number}</controlfield>'
        f'<controlfield tag="008">200101s{year}    io            000 0 {language} d</controlfield>'
        + "".join(field("020", "  ", ("a", isbn)) for isbn in record.values("isbn"))
        + field("100", "1 ", ("a", author))
        + field("245", "10", ("a", record.title + " /"), ("c", author))
        + field("260", "  ", ("a", record.place + " :"), ("b", record.publisher + ","), ("c", year))
        + field("300", "  ", ("a", record.extent))
        + "".join(field("650", " 4", ("a", subject)) for subject in record.subjects)
        + "".join(
            field("952", "  ", ("a", h.branch), ("o", h.call_number), ("p", f"B{number:08d}"))
            for h in record.holdings
        )
        + "</record>"
    )


def records(count: int) -> Iterator[Record]:
    """The first description of each cluster of the corpus."""
    for held in Corpus().clusters(count):
        yield held[0][0]


def serve(folder: Path) -> None:
    """Answer OAI-PMH from the pages in the folder; prints the port, ends with standard input."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            arguments = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
            name = (
                arguments.get("resumptionToken", "1")
                if arguments["verb"] == "ListRecords"
                else arguments["verb"]
            )
            body = (folder / f"{name}.xml").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


def write_pages(folder: Path, count: int) -> None:
    """Identify, ListMetadataFormats and the pages of ListRecords, as files."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def put(name: str, body: str) -> None:
        (folder / f"{name}.xml").write_text(ENVELOPE.format(now=now, base="http://127.0.0.1/oai", body=body))

    put(
        "Identify",
        "<Identify><repositoryName>Benchmark</repositoryName><baseURL>http://127.0.0.1/oai</baseURL>"
        "<protocolVersion>2.0</protocolVersion><adminEmail>admin@example.org</adminEmail>"
        "<earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
        "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>",
    )
    put(
        "ListMetadataFormats",
        "<ListMetadataFormats><metadataFormat><metadataPrefix>marc21</metadataPrefix>"
        "<schema>http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd</schema>"
        "<metadataNamespace>http://www.loc.gov/MARC21/slim</metadataNamespace></metadataFormat></ListMetadataFormats>",
    )
    page: list[str] = []
    number = 0
    for position, record in enumerate(records(count), 1):
        page.append(
            f"<record><header><identifier>oai:b:{position}</identifier><datestamp>2026-01-01T00:00:00Z</datestamp>"
            f"</header><metadata>{marcxml(position, record)}</metadata></record>"
        )
        if len(page) == PER_PAGE or position == count:
            number += 1
            token = "" if position == count else str(number + 1)
            mark = f'<resumptionToken completeListSize="{count}">{token}</resumptionToken>'
            put(str(number), f"<ListRecords>{''.join(page)}{mark}</ListRecords>")
            page = []


@contextmanager
def provider(count: int) -> Iterator[tuple[str, int]]:
    """A provider in a process of its own; gives its address and process id."""
    with tempfile.TemporaryDirectory() as name:
        write_pages(Path(name), count)
        process = subprocess.Popen(
            [sys.executable, "-c", f"from benchmarks.marc import *; serve(Path({name!r}))"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/oai", process.pid
        finally:
            process.kill()
            process.wait()


def cpu_of(pid: int) -> float:
    """CPU seconds a living process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
