"""A provider made of eth-library's oaipmh 4.0 (BatchingServer): python eth_provider.py ROWS LOG; prints its address.

ROWS has a line per record: number, datestamp, deleted (0 or 1), title, separated by tabs; it is read again when it
changes. LOG gets a line per request. Note that this provider ends its lists without a token.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from oaipmh import common, error, metadata, server

EPOCH = datetime(2026, 1, 1)


EMPTY = (
    *("subject", "description", "publisher", "contributor", "type", "format"),
    *("source", "language", "relation", "coverage", "rights"),
)


class Shelf:
    """The batching interface of oaipmh over a file of rows."""

    def __init__(self, path: Path, address: str) -> None:
        self._path, self._address = path, address
        self._read_at = 0
        self._rows: list[tuple[str, datetime, bool, str]] = []

    def rows(self) -> list[tuple[str, datetime, bool, str]]:
        changed = self._path.stat().st_mtime_ns
        if changed != self._read_at:
            self._read_at = changed
            self._rows = []
            for line in self._path.read_text().splitlines():
                number, stamp, deleted, title = line.split("\t")
                at = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).replace(tzinfo=None)
                self._rows.append((f"oai:eth.example.org:{number}", at, deleted == "1", title))
        return self._rows

    def identify(self) -> common.Identify:
        return common.Identify(
            "eth",
            self._address,
            "2.0",
            ["a@example.org"],
            EPOCH,
            "persistent",
            "YYYY-MM-DDThh:mm:ssZ",
            ["identity"],
        )

    def listMetadataFormats(self, identifier: str | None = None) -> list[tuple[str, str, str]]:
        return [("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", server.NS_OAIDC)]

    def listSets(self, cursor: int = 0, batch_size: int = 10) -> list[object]:
        raise error.NoSetHierarchyError("no sets here")

    def _chosen(
        self, from_: datetime | None, until: datetime | None, cursor: int, batch_size: int
    ) -> list[object]:
        rows = [
            row for row in self.rows() if (not from_ or row[1] >= from_) and (not until or row[1] <= until)
        ]
        return [self._triple(row) for row in rows[cursor : cursor + batch_size]]

    def _triple(self, row: tuple[str, datetime, bool, str]) -> tuple[object, object, None]:
        identifier, at, deleted, title = row
        values = {
            "title": [title],
            "creator": ["Penulis, Seorang"],
            "identifier": [identifier],
            "date": ["2020"],
        }
        empty: dict[str, list[str]] = {name: [] for name in EMPTY}
        return (
            common.Header(None, identifier, at, [], deleted),
            common.Metadata(None, {**empty, **values}),
            None,
        )

    def listRecords(
        self, metadataPrefix: str, set: str | None = None, from_=None, until=None, cursor=0, batch_size=10
    ):  # type: ignore[no-untyped-def]
        return self._chosen(from_, until, cursor, batch_size)

    def listIdentifiers(
        self, metadataPrefix: str, set: str | None = None, from_=None, until=None, cursor=0, batch_size=10
    ):  # type: ignore[no-untyped-def]
        return [one[0] for one in self._chosen(from_, until, cursor, batch_size)]  # type: ignore[index]

    def getRecord(self, metadataPrefix: str, identifier: str) -> object:
        for row in self.rows():
            if row[0] == identifier:
                return self._triple(row)
        raise error.IdDoesNotExistError(identifier)


def main() -> None:
    """Serve until killed."""
    registry = metadata.MetadataRegistry()
    registry.registerWriter("oai_dc", server.oai_dc_writer)
    log = Path(sys.argv[2]).open("a", buffering=1)  # noqa: SIM115 - open as long as the process lives
    provider: list[server.BatchingServer] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            query = urlsplit(self.path).query
            log.write(query + "\n")
            body = provider[0].handleRequest(dict(parse_qsl(query)))
            self.send_response(200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{http.server_address[1]}/oai"
    provider.append(
        server.BatchingServer(Shelf(Path(sys.argv[1]), address), registry, resumption_batch_size=100)
    )
    print(address, flush=True)
    http.serve_forever()


if __name__ == "__main__":
    main()
