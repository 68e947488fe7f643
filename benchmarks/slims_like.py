"""A provider with the habits of SLiMS 9, for the benchmarks: `oai2.php` and `oai.php` over one catalogue.

`/oai2.php`: from and until work, but the second page of any selection is noRecordsMatch (its token comes out encoded
twice); sizes are announced. `/oai.php`: from and until work together only, and on the first page only; the token
forgets them; records carry no datestamp, the newest comes first, an empty result is an empty list, a wrong token is
HTTP 500 with a page of HTML.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

PAGE = 100
_DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Buku nomor {0}</dc:title>'
    "<dc:identifier>slims-{0}</dc:identifier></oai_dc:dc>"
)
_FORMATS = (
    "<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>x</schema>"
    "<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat>"
    "</ListMetadataFormats>"
)


class BadToken(Exception):
    """A token that the server stumbles over."""


def moments(count: int, begin: datetime, seed: int = 1) -> list[datetime]:
    """When titles were entered: on working days over two years, sometimes forty of an import at once."""
    dice = random.Random(seed)
    out: list[datetime] = []
    while len(out) < count:
        day = begin + timedelta(days=dice.randrange(600), hours=dice.randrange(8, 16))
        many = 40 if dice.random() < 0.02 else dice.randrange(1, 6)
        out += [day + timedelta(seconds=0 if many == 40 else dice.randrange(3600)) for _ in range(many)]
    return sorted(out[:count])


@dataclass
class Slims:
    """The catalogue: when each title was entered, the first one first."""

    entered: list[datetime]
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, given: Mapping[str, str]) -> str:
        """The content of an answer. Raises BadToken."""
        verb = given.get("verb", "")
        old = path.endswith("/oai.php")
        if verb == "Identify":
            earliest = "" if old else _stamp(self.entered[0])
            return (
                f"<Identify><repositoryName>SLiMS</repositoryName><baseURL>{self.url}</baseURL>"
                f"<protocolVersion>2.0</protocolVersion><earliestDatestamp>{earliest}</earliestDatestamp>"
                "<deletedRecord>transient</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
            )
        if verb == "ListMetadataFormats":
            return _FORMATS
        if verb in ("ListRecords", "ListIdentifiers"):
            return self._old(verb, given) if old else self._new(verb, given)
        if verb == "GetRecord":
            number = given.get("identifier", "").rpartition("-")[2]
            if number.isdigit() and 0 < int(number) <= len(self.entered):
                return f"<GetRecord>{self._record(int(number), 'ListRecords', dated=not old)}</GetRecord>"
            return _error("idDoesNotExist")
        return _error("badVerb")

    def _new(self, verb: str, given: Mapping[str, str]) -> str:
        at, selective = 0, bool({"from", "until"} & given.keys())
        if "resumptionToken" in given:
            start, _, rest = given["resumptionToken"].partition("____")
            if not start.isdigit():
                raise BadToken
            at, selective = int(start), "WHERE" in rest
            if selective:
                return _error("noRecordsMatch")  # the condition came back encoded, and finds nothing
        chosen = self._between(given.get("from", ""), given.get("until", ""))
        page = chosen[at : at + PAGE]
        if not page:
            return _error("noRecordsMatch")
        body = "".join(self._record(number, verb, dated=True) for number in page)
        if at + PAGE < len(chosen):
            condition = quote(quote(" WHERE input_date", safe=""), safe="") if selective else ""
            condition = f"WHERE{condition}" if selective else ""
            body += (
                f'<resumptionToken expirationDate="2026-11-23GMT+0000GMT+00000" completeListSize="{len(chosen)}" '
                f'cursor="{at + PAGE}">{at + PAGE}____oai_dc____{condition}</resumptionToken>'
            )
        return f"<{verb}>{body}</{verb}>"

    def _old(self, verb: str, given: Mapping[str, str]) -> str:
        at, chosen = 0, list(range(1, len(self.entered) + 1))
        if "resumptionToken" in given:
            prefix, _, start = given["resumptionToken"].partition("/")
            if prefix != "oai_dc" or not start.isdigit():
                raise BadToken
            at = int(start)
        elif {"from", "until"} <= given.keys():
            chosen = self._between(given["from"], given["until"])
        page = chosen[::-1][at : at + PAGE]
        body = "".join(self._record(number, verb, dated=False) for number in page)
        if at + PAGE < len(chosen):
            body += f"<resumptionToken>oai_dc/{at + PAGE}</resumptionToken>"
        return f"<{verb}>{body}</{verb}>"

    def _between(self, since: str, until: str) -> list[int]:
        return [
            number
            for number, at in enumerate(self.entered, start=1)
            if (not since or _stamp(at)[: len(since)] >= since)
            and (not until or _stamp(at)[: len(until)] <= until)
        ]

    def _record(self, number: int, verb: str, *, dated: bool) -> str:
        at = self.entered[number - 1]
        stamp = f"<datestamp>{_stamp(at)}</datestamp>" if dated else ""
        if not dated and verb == "ListIdentifiers":
            stamp = f"<datestamp>{at:%Y-%m-%d %H:%M:%S}</datestamp>"
        header = f"<header><identifier>oai:slims/slims-{number}</identifier>{stamp}</header>"
        if verb == "ListIdentifiers":
            return header
        return f"<record>{header}<metadata>{_DC.format(number)}</metadata></record>"


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _error(code: str) -> str:
    return f'<error code="{code}">no</error>'


@contextmanager
def serving(slims: Slims) -> Iterator[str]:
    """The address of its folder, on a port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            slims.requests.append(given)
            status, now = 200, _stamp(datetime.now(UTC) + timedelta(hours=7))
            try:
                content = slims.answer(urlsplit(self.path).path, given)
                text = (
                    '<?xml version="1.0" encoding="UTF-8"?>'
                    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
                    f"<responseDate>{now}</responseDate><request>{slims.url}</request>{content}</OAI-PMH>"
                )
            except BadToken:
                status, text = 500, f"<html>{'Fatal error ' * 5000}</html>"
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    slims.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield slims.url
    finally:
        server.shutdown()
        server.server_close()
