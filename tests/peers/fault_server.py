"""A truthful OAI-PMH provider of loopback that can be told to misbehave in one way at a time.

    with FaultServer(faults=("truncated",)) as server: ... server.url ... server.log

Thirty records on three pages unless said otherwise; every third one is MARCXML-worthy text with accents. What
it would say without a fault is always right, so a test knows what must arrive.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

OAI = "http://www.openarchives.org/OAI/2.0/"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Entry:
    """One record of the provider."""

    number: int
    at: datetime
    deleted: bool = False
    title: str = ""

    @property
    def identifier(self) -> str:
        return f"oai:faults:{self.number}"


@dataclass
class Request:
    """One request that came in."""

    arguments: dict[str, str]
    raw: str
    method: str
    headers: dict[str, str]


class Reset(Exception):
    """Close the connection without an answer."""


@dataclass
class Reply:
    """What goes back; a fault changes it."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml; charset=utf-8"})
    cut: int | None = None  # send only so many bytes, Content-Length says more
    chunked: bool = False
    pause: tuple[int, float] | None = None  # after so many bytes, so many seconds


class FaultServer:
    """A provider with `count` records, `page` to a page, that misbehaves as `faults` say (names in FAULTS)."""

    def __init__(self, *faults: str, count: int = 30, page: int = 10, prefix: str = "marc21") -> None:
        self.faults = set(faults)
        unknown = self.faults - KNOWN
        if unknown:
            raise ValueError(f"no such faults: {sorted(unknown)}")
        self.page = page
        self.prefix = prefix
        self.entries = [
            Entry(number, EPOCH + timedelta(hours=number), title=f"Judul {number} é")
            for number in range(1, count + 1)
        ]
        if self.has("one_moment"):
            for one in self.entries:
                one.at = EPOCH
        if self.has("day_granularity"):
            for one in self.entries:
                one.at = EPOCH + timedelta(days=one.number)
        self.log: list[Request] = []
        self.times: dict[str, int] = {}
        self.expired: set[str] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # head and body in one packet: else each answer waits 40 ms for an acknowledgement

            def do_GET(self) -> None:
                self._answer(urlsplit(self.path).query)

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

            def _answer(self, raw: str) -> None:
                arguments = dict(parse_qsl(raw, keep_blank_values=True))
                server.log.append(Request(arguments, raw, self.command, dict(self.headers)))
                try:
                    reply = server.answer(arguments, raw, self)
                except Reset:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    return
                self._send(reply)

            def _send(self, reply: Reply) -> None:
                self.send_response(reply.status)
                body = reply.body
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.chunked:
                    self.send_header("Transfer-Encoding", "chunked")
                elif "no_length" not in server.faults:
                    self.send_header(
                        "Content-Length", str(len(body) + int(reply.headers.get("X-Too-Long", 0)))
                    )
                self.end_headers()
                if reply.chunked:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
                    self.close_connection = True
                    return
                if reply.pause is not None:
                    self.wfile.write(body[: reply.pause[0]])
                    self.wfile.flush()
                    time.sleep(reply.pause[1])
                    body = body[reply.pause[0] :]
                with contextlib.suppress(OSError):
                    self.wfile.write(body if reply.cut is None else body[: reply.cut])
                    self.wfile.flush()
                if reply.cut is not None or {"no_length", "length_too_long"} & server.faults:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                pass

        self._http = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/oai"
        if "base_with_query" in self.faults:
            self.url += "?mode=oaipmh"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> FaultServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def identifiers(self) -> set[str]:
        return {one.identifier for one in self.entries}

    def has(self, fault: str) -> bool:
        return fault in self.faults

    def once(self, fault: str, key: str = "", times: int = 1) -> bool:
        """Whether a fault that happens only so many times happens now."""
        if fault not in self.faults:
            return False
        self.times[fault + key] = self.times.get(fault + key, 0) + 1
        return self.times[fault + key] <= times

    def asked(self, verb: str) -> list[Request]:
        return [one for one in self.log if one.arguments.get("verb") == verb]

    # --- the provider ---

    def answer(self, arguments: dict[str, str], raw: str, handler: BaseHTTPRequestHandler) -> Reply:
        verb = arguments.get("verb", "")
        if self.has("base_with_query") and arguments.get("mode") != "oaipmh":
            return Reply(b"<html>no mode</html>", 404)
        if self.has("needs_login"):
            pair = base64.b64encode(b"ani:rahasia").decode()
            if handler.headers.get("Authorization") != f"Basic {pair}":
                return Reply(b"who are you", 401)
        if self.has("post_only") and handler.command != "POST":
            return Reply(b"", 405)
        if self.has("redirects") and not handler.path.startswith("/moved"):
            return Reply(b"", 302, {"Location": f"/moved?{raw}"})
        if self.has("redirect_loop"):
            return Reply(b"", 302, {"Location": handler.path})
        if self.has("login_page"):
            return Reply(
                b"<!DOCTYPE html><html><body>Log in</body></html>", 200, {"Content-Type": "text/html"}
            )
        if self.has("forbidden"):
            return Reply(b"no", 403)
        if self.has("not_found"):
            return Reply(b"no", 404)
        if verb == "ListIdentifiers" and self.has("no_list_identifiers"):
            return Reply(b"no", 403)
        if verb == "Identify":
            if self.has("identify_500"):
                return Reply(b"oops", 500)
            if self.has("identify_broken"):
                return Reply(b"<html><p>oops</html>")
            return self._finish(self._identify(), arguments)
        if verb == "ListMetadataFormats":
            if self.has("formats_broken"):
                return Reply(b"broken", 500)
            return self._finish(self._formats(), arguments)
        if verb == "ListSets":
            return self._finish(self.error("noSetHierarchy"), arguments)
        if verb in ("ListRecords", "ListIdentifiers"):
            return self._list(verb, arguments, raw)
        if verb == "GetRecord":
            return self._get(arguments)
        return self._finish(self.error("badVerb"), arguments)

    def _identify(self) -> str:
        granularity = "YYYY-MM-DD" if self.has("day_granularity") else "YYYY-MM-DDThh:mm:ssZ"
        return (
            "<Identify><repositoryName>Faults</repositoryName>"
            f"<baseURL>{escape(self.url)}</baseURL><protocolVersion>2.0</protocolVersion>"
            "<adminEmail>a@example.org</adminEmail><earliestDatestamp>2026-01-01T00:00:00Z</earliestDatestamp>"
            f"<deletedRecord>persistent</deletedRecord><granularity>{granularity}</granularity></Identify>"
        )

    def _formats(self) -> str:
        marc = "http://www.loc.gov/MARC21/slim"
        return (
            "<ListMetadataFormats>"
            f"<metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>x</schema>"
            f"<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></metadataFormat>"
            f"<metadataFormat><metadataPrefix>{self.prefix}</metadataPrefix><schema>x</schema>"
            f"<metadataNamespace>{marc}</metadataNamespace></metadataFormat></ListMetadataFormats>"
        )

    def error(self, code: str, text: str = "no") -> str:
        return f'<error code="{code}">{text}</error>'

    def _list(self, verb: str, arguments: dict[str, str], raw: str) -> Reply:
        token = arguments.get("resumptionToken")
        if token is None and "metadataPrefix" not in arguments:
            return self._finish(self.error("badArgument"), arguments)
        dates = [arguments[name] for name in ("from", "until") if name in arguments]
        wants_days = self.has("refuses_seconds") or self.has("day_granularity")
        if token is None and arguments["metadataPrefix"] == self.prefix and self.has("wrong_offer"):
            return self._finish(self.error("cannotDisseminateFormat"), arguments)
        if dates and wants_days and any(len(text) != 10 for text in dates):
            return self._finish(self.error("badArgument", "granularity"), arguments)
        if verb == "ListRecords" and token and self.once("grows"):
            self.entries.insert(0, Entry(number=31, at=EPOCH, title="Judul 31"))
            self.entries.pop(3)  # everything behind it moves up, past the page border
            self.entries.pop(4)
        offset, since, till = 0, "", ""
        if token is not None:
            refused = self._token_refused(verb, arguments, raw)
            if refused is not None:
                return refused
            offset, since, till = self._read_token(arguments, raw)
            if self.has("forgets_window"):
                since = till = ""
        else:
            since, till = arguments.get("from", ""), arguments.get("until", "")
        chosen = [
            one
            for one in self.entries
            if (not since or self._stamp(one)[: len(since)] >= since)
            and (not till or self._stamp(one)[: len(till)] <= till)
            and (token or arguments.get("set", "") in ("", "ganjil" if one.number % 2 else "genap"))
        ]
        if not chosen:
            return self._finish(self.error("noRecordsMatch"), arguments)
        special = self._special_list(verb, offset, chosen, arguments)
        if special is not None:
            return special
        page = chosen[offset : offset + self.page]
        if self.has("duplicates") and offset:
            page = [chosen[offset - 1], *page[:-1]]  # each page repeats the last one of the page before
        body = "".join(self._record(one, verb) for one in page)
        body += self._token(verb, offset, len(page), len(chosen), since, till)
        return self._finish(f"<{verb}>{body}</{verb}>", arguments, page=offset // self.page + 1)

    def _get(self, arguments: dict[str, str]) -> Reply:
        for one in self.entries:
            if one.identifier == arguments.get("identifier"):
                if self.has("poison") and one.number == 15:
                    return Reply(b"PHP Fatal error", 500)
                plain = set(self.faults)
                self.faults -= RECORD_FAULTS
                try:
                    body = self._record(one, "GetRecord")
                finally:
                    self.faults = plain
                return self._finish(f"<GetRecord>{body}</GetRecord>", arguments)
        return self._finish(self.error("idDoesNotExist"), arguments)

    # --- tokens ---

    def _token_text(self, offset: int, since: str, till: str) -> str:
        plain = f"{offset}|{since}|{till}"
        if self.has("nasty_token"):
            return f"a+b/c=d&e f!g%25h#{plain}"
        if self.has("encoded_token"):
            return quote(plain, safe="")
        if self.has("random_token"):
            return f"{plain}|{time.monotonic_ns()}"
        return plain

    def _read_token(self, arguments: dict[str, str], raw: str) -> tuple[int, str, str]:
        text = arguments["resumptionToken"]
        if self.has("nasty_token"):
            text = text.partition("#")[2]
        if self.has("encoded_token"):
            text = unquote(text)
        parts = text.strip().split("|")
        return int(parts[0]), parts[1], parts[2]

    def _token_refused(self, verb: str, arguments: dict[str, str], raw: str) -> Reply | None:
        token = arguments["resumptionToken"]
        bad = self._finish(self.error("badResumptionToken"), arguments)
        if self.has("needs_prefix") and "metadataPrefix" not in arguments:
            return self._finish(self.error("badArgument", "metadataPrefix is required"), arguments)
        if self.has("nasty_token") and not token.startswith("a+b/c=d&e f!g%25h#"):
            return bad
        if self.has("encoded_token") and unquote(token) == token:
            return bad
        if self.has("verbatim_token") and "%7C" in raw:
            return bad
        if self.has("space_matters") and token.strip() == token:
            return bad
        if self.has("space_token") and token.strip() != token:
            return bad
        if self.once("token_dies_once", verb):
            return bad
        if self.has("token_dies") and verb == "ListRecords" and token.startswith("20"):
            return bad
        if self.has("token_dies_everywhere") and token.startswith("20"):
            return bad
        return None

    def _token(self, verb: str, offset: int, had: int, total: int, since: str, till: str) -> str:
        size = "" if self.has("no_size") else f' completeListSize="{total}" cursor="{offset}"'
        if self.has("wild_attributes"):
            size += ' expirationDate="2026-11-23GMT+0000GMT+00000" expiration_date="x"'
        following = offset + had
        only_records = verb == "ListRecords"
        if self.has("stops_early") and only_records and following >= 20:
            return ""
        if self.has("stops_early_everywhere") and following >= 20:
            return ""
        if self.has("empty_token_early") and only_records and following >= 20:
            return f"<resumptionToken{size}/>"
        if (
            self.has("same_token_everywhere") or (self.has("same_token") and only_records)
        ) and following >= 20:
            following = 10
        if (self.has("cycle_everywhere") or (self.has("cycle") and only_records)) and following >= 30:
            following = 0
        if following >= total:
            if self.has("tail_no_records"):
                text = self._token_text(total, since, till)
                return f"<resumptionToken{size}>{text}</resumptionToken>"
            if self.has("no_last_token"):
                return ""
            return f"<resumptionToken{size}/>" if offset else ""
        text = escape(self._token_text(following, since, till))
        if self.has("space_token") or self.has("space_matters"):
            text = f"\n   {text}\n  "
        if self.has("oversize"):
            size = size.replace(f'completeListSize="{total}"', f'completeListSize="{total + 60}"')
        return f"<resumptionToken{size}>{text}</resumptionToken>"

    # --- whole answers of a list ---

    def _special_list(
        self, verb: str, offset: int, chosen: list[Entry], arguments: dict[str, str]
    ) -> Reply | None:
        only_records = verb == "ListRecords"
        if offset >= len(chosen):
            return self._finish(self.error("noRecordsMatch"), arguments)
        if self.has("tail_early_everywhere") and offset >= 10:
            return self._finish(self.error("noRecordsMatch"), arguments)
        if self.has("tail_early") and only_records and offset >= 10:
            return self._finish(self.error("noRecordsMatch"), arguments)
        if self.has("poison") and only_records and offset <= 14 < offset + self.page:
            return Reply(b"<?xml version='1.0'?><OAI-PMH><html>Fatal error", 500)
        if only_records and offset == 10 and self.once("empty_pages", times=3):
            return self._finish(
                f"<{verb}><resumptionToken>{self._token_text(offset, '', '')}</resumptionToken></{verb}>",
                arguments,
            )
        if only_records and offset == 10 and self.has("endless_empty"):
            text = self._token_text(offset, "", "")
            return self._finish(f"<{verb}><resumptionToken>{text}</resumptionToken></{verb}>", arguments)
        if only_records and offset == 10 and self.has("wrong_verb_once") and self.once("wrong_verb_once"):
            return self._finish(self._identify(), arguments)
        return None

    # --- records ---

    def _stamp(self, one: Entry) -> str:
        return one.at.strftime("%Y-%m-%d" if self.has("day_granularity") else "%Y-%m-%dT%H:%M:%SZ")

    def _header(self, one: Entry) -> str:
        status = ' status="deleted"' if one.deleted else ""
        if one.deleted and self.has("shouting_deleted"):
            status = ' status="Deleted"'
        stamp = self._stamp(one)
        if self.has("odd_datestamp"):
            stamp = ["", "2026-01-01 07:00:00", "2026-01-01T00:00:00.123+07:00"][one.number % 3]
        named = one.identifier
        sets = f"<setSpec>{'ganjil' if one.number % 2 else 'genap:dua'}</setSpec>"
        if one.number == 5 and self.has("no_identifier"):
            return f"<header{status}><datestamp>{stamp}</datestamp></header>"
        return f"<header{status}><identifier>\n {named} </identifier><datestamp>{stamp}</datestamp>{sets}</header>"

    def _record(self, one: Entry, verb: str) -> str:
        header = self._header(one)
        if verb == "ListIdentifiers":
            return header
        fifth = one.number == 5
        if fifth and self.has("no_header"):
            header = ""
        if one.deleted:
            return f"<record>{header}</record>"
        if fifth and self.has("no_metadata"):
            return f"<record>{header}</record>"
        if fifth and self.has("empty_metadata"):
            return f"<record>{header}<metadata/></record>"
        title = escape(one.title)
        if fifth and self.has("control_char"):
            title += " a\x03b\x1ac"
        if fifth and self.has("char_reference"):
            title += " &#x1a; &#xfffe;"
        if fifth and self.has("bare_ampersand"):
            title += " Tom & Jerry &nbsp; R&D;"
        if fifth and self.has("huge_text"):
            title += "x" * (11 * 2**20)
        if fifth and self.has("undeclared_prefix"):
            title += "<foo:bar/>"
        if fifth and self.has("broken_tag"):
            title += "<i>unclosed"
        prolog = '<?xml version="1.0" encoding="utf-8"?>' if self.has("inner_prolog") else ""
        comment = "<!-- from the export -->" if self.has("comments") else ""
        inner = ""
        if self.has("payload_like_protocol"):
            inner = (
                f'<x xmlns="{OAI}"><record><header status="deleted"><identifier>no</identifier></header></record>'
                '<error code="badArgument">no</error><resumptionToken>no</resumptionToken></x>'
            )
        mark = "m:" if self.has("outer_namespace") else ""
        declare = "" if self.has("outer_namespace") else ' xmlns="http://www.loc.gov/MARC21/slim"'
        payload = (
            f"<{mark}record{declare}><{mark}leader>00000nam a2200000 a 4500</{mark}leader>"
            f'<{mark}controlfield tag="001">{one.number}</{mark}controlfield>'
            f'<{mark}datafield tag="245" ind1="1" ind2="0"><{mark}subfield code="a">{title}</{mark}subfield>'
            f"</{mark}datafield>{inner}</{mark}record>"
        )
        return f"<record>{header}<metadata>{prolog}{comment}{payload}</metadata></record>"

    # --- around everything ---

    def _finish(self, content: str, arguments: dict[str, str], page: int = 0) -> Reply:
        space = f' xmlns="{OAI}"'
        if self.has("https_namespace"):
            space = ' xmlns="https://www.openarchives.org/OAI/2.0/"'
        if self.has("no_namespace"):
            space = ""
        if self.has("outer_namespace"):
            space += ' xmlns:m="http://www.loc.gov/MARC21/slim"'
        now = datetime.now(UTC)
        said = now + timedelta(hours=7) if self.has("local_time") else now
        shown = escape(quote(str(arguments.get("verb", ""))))
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH{space}>'
            f"<responseDate>{said.strftime('%Y-%m-%dT%H:%M:%SZ')}</responseDate>"
            f'<request verb="{shown}">{escape(self.url)}</request>{content}</OAI-PMH>'
        )
        if self.has("prefixed"):
            text = _prefixed(text)
        reply = Reply(text.encode())
        is_error = "<error " in content and not page
        if is_error and self.has("error_as_422"):
            reply.status = 422
        if page == 1 and self.has("slow_start"):
            reply.pause = (100, 2.2)
        if page == 2:
            self._spoil(reply, arguments.get("verb", ""))
        if page or is_error or self.has("everywhere"):
            self._dress(reply)
        return reply

    def _dress(self, reply: Reply) -> None:
        """Faults of every page."""
        if self.has("bom"):
            reply.body = b"\xef\xbb\xbf\r\n" + reply.body
        if self.has("php_notice"):
            reply.body = (
                b"<br />\n<b>Notice</b>: Undefined index: x in <b>/var/www/oai.php</b><br />\n" + reply.body
            )
        if self.has("notice_after"):
            reply.body += b"\n<br /><b>Warning</b>: something & more"
        if self.has("silent_gzip"):
            reply.body = gzip.compress(reply.body)
        if self.has("double_gzip"):
            reply.body = gzip.compress(gzip.compress(reply.body))
            reply.headers["Content-Encoding"] = "gzip"
        if self.has("announced_gzip_plain"):
            reply.headers["Content-Encoding"] = "gzip"
        if self.has("latin1_bytes"):
            reply.body = reply.body.replace("Judul 5 é".encode(), "Judul 5 é".encode("latin-1"))
        if self.has("utf16_declared"):
            reply.body = reply.body.replace(b'encoding="UTF-8"', b'encoding="UTF-16"')
        if self.has("utf16_sent"):
            reply.body = reply.body.decode().encode("utf-16")
        if self.has("latin1_declared"):
            reply.body = (
                reply.body.decode().replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode("latin-1")
            )
        if self.has("html_type"):
            reply.headers["Content-Type"] = "text/html; charset=iso-8859-1"
        if self.has("doctype"):
            reply.body = reply.body.replace(
                b"<OAI-PMH", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><OAI-PMH'
            )

    def _spoil(self, reply: Reply, verb: str) -> None:
        """Faults of the second page."""
        if self.once("late_503", verb):
            reply.status, reply.headers["Retry-After"], reply.body = 503, "1", b""
        elif self.once("late_503_date", verb):
            soon = datetime.now(UTC) + timedelta(seconds=1)
            reply.status, reply.headers["Retry-After"], reply.body = (
                503,
                format_datetime(soon, usegmt=True),
                b"",
            )
        elif self.once("late_503_bare", verb):
            reply.status, reply.body = 503, b""
        elif self.once("late_503_garbage", verb):
            reply.status, reply.headers["Retry-After"], reply.body = 503, "soon", b""
        elif self.has("come_tomorrow"):
            reply.status, reply.headers["Retry-After"], reply.body = 503, "86400", b""
        elif self.once("late_429", verb):
            reply.status, reply.headers["Retry-After"], reply.body = 429, "1", b""
        elif self.once("late_502", verb):
            reply.status, reply.body = 502, b"<html>bad gateway</html>"
        elif self.once("reset_once", verb):
            raise Reset
        elif self.has("length_too_long"):
            reply.headers["X-Too-Long"] = "100"
        elif self.once("cut_once", verb):
            reply.cut = len(reply.body) // 2
        elif self.once("truncated_once", verb) or (self.has("truncated") and verb == "ListRecords"):
            reply.body = reply.body[: len(reply.body) // 2]
        elif self.once("chunked_cut_once", verb):
            reply.chunked, reply.body = True, reply.body[: len(reply.body) // 2]
        elif self.once("html_once", verb):
            reply.body = b"<!DOCTYPE html><html><body>Maintenance</body></html>"
        elif self.once("empty_once", verb):
            reply.body = b""
        elif self.once("stall_once", verb):
            reply.pause = (100, 2.5)
        elif self.has("html_always") and verb == "ListRecords":
            reply.body = b"<html><body>Maintenance</body></html>"
        elif self.has("reset_always"):
            raise Reset


#: The protocol's own elements.
_OWN = (
    "OAI-PMH responseDate request error Identify ListRecords ListIdentifiers GetRecord ListMetadataFormats",
    "metadataFormat metadataPrefix metadataNamespace schema header identifier datestamp metadata resumptionToken",
    "repositoryName baseURL protocolVersion adminEmail earliestDatestamp deletedRecord granularity",
)


def _prefixed(text: str) -> str:
    """The protocol's own elements as oai:…, payloads as they are."""
    for name in " ".join(_OWN).split():
        for before in ("<", "</"):
            for after in (">", " ", "/"):
                text = text.replace(f"{before}{name}{after}", f"{before}oai:{name}{after}")
    text = text.replace(f'xmlns="{OAI}"', f'xmlns:oai="{OAI}"')
    text = text.replace("<record><oai:header", "<oai:record><oai:header")
    for inside in ("</oai:metadata>", "</oai:header>"):
        text = text.replace(f"{inside}</record>", f"{inside}</oai:record>")
    return text


RECORD_FAULTS = {
    "no_header", "no_metadata", "empty_metadata", "control_char", "char_reference", "bare_ampersand", "huge_text",
    "undeclared_prefix", "broken_tag", "no_identifier",
}  # fmt: skip
KNOWN = RECORD_FAULTS | {
    "base_with_query", "needs_login", "post_only", "redirects", "redirect_loop", "login_page", "forbidden",
    "not_found", "identify_broken", "formats_broken", "day_granularity", "refuses_seconds", "poison", "nasty_token",
    "encoded_token", "random_token", "verbatim_token", "space_matters", "space_token", "token_dies_once", "token_dies",
    "token_dies_everywhere", "needs_prefix", "no_size", "wild_attributes", "stops_early", "stops_early_everywhere",
    "empty_token_early", "same_token", "cycle", "tail_no_records", "tail_early", "no_last_token", "oversize",
    "empty_pages", "endless_empty", "wrong_verb_once", "shouting_deleted", "odd_datestamp", "inner_prolog",
    "comments", "payload_like_protocol", "outer_namespace", "https_namespace", "no_namespace", "local_time",
    "prefixed", "error_as_422", "everywhere", "bom", "php_notice", "notice_after", "silent_gzip", "double_gzip",
    "announced_gzip_plain", "latin1_bytes", "utf16_declared", "utf16_sent", "latin1_declared", "html_type", "doctype",
    "late_503", "late_503_date", "late_503_bare", "late_503_garbage", "come_tomorrow", "late_429", "late_502",
    "tail_early_everywhere", "same_token_everywhere", "cycle_everywhere", "one_moment", "grows",
    "wrong_offer", "identify_500", "duplicates", "slow_start", "no_list_identifiers",
    "forgets_window", "reset_once", "cut_once",
    "truncated_once", "truncated", "chunked_cut_once", "html_once", "empty_once",
    "stall_once", "html_always", "reset_always", "no_length", "length_too_long",
}  # fmt: skip

Fault = Callable[[Reply], None]
