"""ListRecords, MARCXML, pages of 1,000: CPU per record, ours against unmodified sickle; and our memory at any page size.

Run it: python benchmarks/list_records.py [--json]. Each side runs in a process of its own against the same
loopback server, three times in turn; the best of three counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PAGES, PER_PAGE = 10, 1000
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-11-24T00:00:00Z</responseDate><request>http://127.0.0.1/oai</request><ListRecords>"
)
FIELDS = [
    ("020", "a", "978602{n:07d}"),
    ("041", "a", "ind"),
    ("082", "a", "959.8 HIS {n}"),
    ("100", "a", "Suryadinata, Leo {n}"),
    ("245", "a", "Sejarah perpustakaan di Nusantara, jilid {n} /"),
    ("245", "c", "disunting oleh beberapa penulis & rekan"),
    ("250", "a", "Edisi ke-2"),
    ("264", "b", "Balai Buku Kota"),
    ("300", "a", "xii, 312 halaman : ilustrasi ; 24 cm"),
    ("490", "a", "Seri kajian daerah ; {n}"),
    ("504", "a", "Termasuk bibliografi (halaman 290-304) dan indeks"),
    ("520", "a", "Uraian panjang tentang isi buku ini, untuk pembaca yang ingin tahu lebih banyak. " * 4),
    ("650", "a", "Perpustakaan"),
    ("650", "a", "Sejarah"),
    ("650", "a", "Kerja sama antarlembaga"),
    ("700", "a", "Wibisono, A. {n}"),
    ("852", "h", "959.8 SUR s"),
    ("952", "p", "KNG{n:08d}"),
]
SICKLE = """
import sys, time
from sickle import Sickle
begun, count = time.process_time(), 0
for record in Sickle(sys.argv[1]).ListRecords(metadataPrefix="marc21"):
    assert record.header.identifier and record.metadata
    count += 1
print((time.process_time() - begun) / count, count)
"""
OURS = """
import sys, time
from datetime import UTC, datetime
from foundation.fetch import Fetcher, FetchPolicy
from harvester import lists, oai
from harvester.patience import Patience
from harvester.transport import Conversation, Endpoint
from harvester.wire import FetchWire
wire = FetchWire(Fetcher(FetchPolicy(any_address=True, user_agent="benchmark")))
talk = Conversation(Endpoint(url=sys.argv[1]), wire, patience=Patience(60), now=lambda: datetime.now(UTC))
begun, count, token = time.process_time(), 0, None
arguments = {"metadataPrefix": "marc21"}
def take(chunks):
    global count
    reader = oai.ListReader()
    for item in oai.items(chunks, reader):
        assert item.header.identifier and item.content
        count += 1
    return reader.close().token
token = lists.first(talk, "ListRecords", arguments, take)
while token and token.text:
    token = lists.following(talk, "ListRecords", lists.Next(text=token.text), arguments, take)
print((time.process_time() - begun) / count, count)
"""
MEMORY = """
import sys
from harvester import oai
import benchmarks.list_records as made
count = sum(1 for item in oai.items(made.stream(int(sys.argv[1]))))
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak) / 1024, count)
"""


def record(number: int) -> str:
    """One record of about 3.5 kB."""
    fields = "".join(
        f'<datafield tag="{tag}" ind1=" " ind2=" "><subfield code="{code}">'
        f"{text.format(n=number).replace('&', '&amp;')}</subfield></datafield>"
        for tag, code, text in FIELDS
    )
    return (
        f"<record><header><identifier>oai:bench:{number}</identifier><datestamp>2026-11-01T00:00:00Z</datestamp>"
        '<setSpec>all</setSpec></header><metadata><record xmlns="http://www.loc.gov/MARC21/slim">'
        f'<leader>01234nam a2200289 i 4500</leader><controlfield tag="001">{number}</controlfield>'
        f'<controlfield tag="008">261101s2026    io a    b    001 0 ind d</controlfield>{fields}</record>'
        "</metadata></record>"
    )


def tail(token: str) -> str:
    """The end of a page."""
    return f"<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>"


def stream(records: int) -> Iterator[bytes]:
    """One page with so many records, in pieces, never whole in memory."""
    yield HEAD.encode()
    for number in range(records):
        yield record(number).encode()
    yield tail("").encode()


def serve() -> tuple[ThreadingHTTPServer, str]:
    """The loopback server that both sides harvest."""
    pages = [
        (HEAD + "".join(record(page * PER_PAGE + n) for n in range(PER_PAGE)) + tail(str(page + 1))).encode()
        for page in range(PAGES - 1)
    ]
    last = (HEAD + "".join(record((PAGES - 1) * PER_PAGE + n) for n in range(PER_PAGE)) + tail("")).encode()
    pages.append(last)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _, found, token = self.path.partition("resumptionToken=")
            body = pages[int(token.partition("&")[0])] if found else pages[0]
            self.send_response(200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}/oai"


def measure(code: str, argument: str) -> tuple[float, int]:
    """(the figure, the number of records) that a process prints."""
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, argument],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    ).stdout.split()
    return float(out[-2]), int(out[-1])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    server, url = serve()
    sickle, ours = [], []
    for _ in range(3):
        for code, times in ((SICKLE, sickle), (OURS, ours)):
            seconds, count = measure(code, url)
            assert count == PAGES * PER_PAGE, count
            times.append(seconds)
    server.shutdown()
    memory = {size: measure(MEMORY, str(size))[0] for size in (1000, 20_000, 100_000)}
    ratio = min(ours) / min(sickle)
    if options.json:
        print(
            json.dumps(
                {
                    "sickle_us": round(min(sickle) * 1e6, 1),
                    "ours_us": round(min(ours) * 1e6, 1),
                    "ratio": round(ratio, 3),
                    "rss_mib": {str(size): round(peak, 1) for size, peak in memory.items()},
                }
            )
        )
        return
    print(f"sickle 0.7.0 unwrapped  {min(sickle) * 1e6:8.1f} µs CPU a record")
    print(f"ours                    {min(ours) * 1e6:8.1f} µs CPU a record")
    print(f"ratio                   {ratio:8.3f}  (must be ≤ 0.4)")
    for size, peak in memory.items():
        print(f"peak memory, page of {size:>7,} records {peak:8.1f} MiB  (must be ≤ 64)")


if __name__ == "__main__":
    main()
