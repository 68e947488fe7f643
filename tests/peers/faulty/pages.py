"""Whole answers of the provider of faults: the envelope, its text and encoding, and what happens on the way."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

import zstandard

from tests.peers.faulty.base import Base
from tests.peers.faulty.values import MARC, OAI, Reply, Reset

_NOTICE = b"<br />\n<b>Notice</b>: Undefined index: x in <b>/var/www/oai.php</b><br />\n"
_LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
_DOCTYPES = {
    "doctype": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    "laughs": _LAUGHS,
    "external_dtd": b'<!DOCTYPE OAI-PMH SYSTEM "http://127.0.0.1:9/oai.dtd">',
}


class Pages(Base):
    """Makes replies."""

    def finish(self, content: str, arguments: dict[str, str], page: int = 0) -> Reply:
        space = f' xmlns="{OAI}"'
        if self.has("https_namespace"):
            space = ' xmlns="https://www.openarchives.org/OAI/2.0/"'
        if self.has("no_namespace"):
            space = ""
        if self.has("outer_namespace"):
            space += f' xmlns:m="{MARC}"'
        said = datetime.now(UTC)
        if self.has("local_time"):
            said += timedelta(hours=7)
        if self.has("slow_clock"):
            said -= timedelta(hours=2)
        shown = escape(quote(str(arguments.get("verb", ""))))
        prefix = ""
        if arguments.get("metadataPrefix"):
            prefix = f' metadataPrefix="{escape(arguments["metadataPrefix"])}"'
            if self.once("wrong_prefix_once", times=1 if page else 0):
                prefix = ' metadataPrefix="mods"'
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH{space}>'
            f"<responseDate>{said.strftime('%Y-%m-%dT%H:%M:%SZ')}</responseDate>"
            f'<request verb="{shown}"{prefix}>{escape(self.url)}</request>{content}</OAI-PMH>'
        )
        if self.has("prefixed"):
            text = _prefixed(text)
        reply = Reply(text.encode())
        is_error = "<error " in content and not page
        if is_error and self.has("error_as_422"):
            reply.status = 422
        if is_error and self.has("error_as_404"):
            reply.status = 404
        if page == 1 and self.has("slow_start"):
            reply.pause = (100, 2.2)
        if page == self.spoilt:
            self._spoil(reply, arguments)
        if page or is_error or self.has("everywhere"):
            self._dress(reply)
        return reply

    # --- faults of every page ---

    def _dress(self, reply: Reply) -> None:
        if self.has("bom"):
            reply.body = b"\xef\xbb\xbf\r\n" + reply.body
        if self.has("php_notice"):
            reply.body = _NOTICE + reply.body
        if self.has("notice_after"):
            reply.body += b"\n<br /><b>Warning</b>: something & more"
        if self.has("latin1_bytes"):
            reply.body = reply.body.replace("Judul 5 é".encode(), "Judul 5 é".encode("latin-1"))
        if self.has("utf16_declared"):
            reply.body = reply.body.replace(b'encoding="UTF-8"', b'encoding="UTF-16"')
        if self.has("utf16_sent"):
            reply.body = reply.body.decode().encode("utf-16")
        if self.has("latin1_declared"):
            text = reply.body.decode().replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
            reply.body = text.encode("latin-1")
        for fault, doctype in _DOCTYPES.items():
            if self.has(fault):
                reply.body = reply.body.replace(b"<OAI-PMH", doctype + b"<OAI-PMH", 1)
        if self.has("html_type"):
            reply.headers["Content-Type"] = "text/html; charset=iso-8859-1"
        if self.has("no_type"):
            reply.headers.pop("Content-Type", None)
        self._pack(reply)

    def _pack(self, reply: Reply) -> None:
        if self.has("silent_gzip"):
            reply.body = gzip.compress(reply.body)
        if self.has("silent_zstd"):
            reply.body = zstandard.ZstdCompressor().compress(reply.body)
        if self.has("double_gzip"):
            reply.body = gzip.compress(gzip.compress(reply.body))
            reply.headers["Content-Encoding"] = "gzip"
        if self.has("announced_gzip_plain"):
            reply.headers["Content-Encoding"] = "gzip"

    # --- faults of the second page ---

    def _spoil(self, reply: Reply, arguments: dict[str, str]) -> None:
        verb = arguments.get("verb", "")
        for fault, status, told in (
            ("late_503", 503, "1"),
            ("late_503_bare", 503, ""),
            ("late_503_garbage", 503, "soon"),
            ("late_503_negative", 503, "-5"),
            ("late_429", 429, "1"),
            ("late_500", 500, ""),
            ("late_502", 502, ""),
            ("late_504", 504, ""),
        ):
            if self.once(fault, verb):
                reply.status, reply.body = status, b"<html>later</html>"
                if told:
                    reply.headers["Retry-After"] = told
                return
        if self.once("late_503_date", verb):
            soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
            reply.status, reply.headers["Retry-After"], reply.body = 503, soon, b""
        elif self.has("come_tomorrow"):
            reply.status, reply.headers["Retry-After"], reply.body = 503, "86400", b""
        elif self.once("many_errors_once", verb):
            whole = self.error("badVerb") + self.error("") + self.error("quotaExceeded", "unknown code")
            reply.body = self.finish(whole, arguments).body
        elif self.has("empty_code") and verb == "ListRecords":
            reply.body = self.finish(self.error(""), arguments).body
        else:
            self._break(reply, verb)

    def _break(self, reply: Reply, verb: str) -> None:
        half = len(reply.body) // 2
        if self.once("reset_once", verb) or self.has("reset_always"):
            raise Reset
        if self.has("length_too_long"):
            reply.headers["X-Too-Long"] = "100"
        elif self.once("cut_once", verb):
            reply.cut = half
        elif self.once("truncated_once", verb) or (self.has("truncated") and verb == "ListRecords"):
            reply.body = reply.body[:half]
        elif self.once("chunked_cut_once", verb):
            reply.chunked, reply.body = True, reply.body[:half]
        elif self.once("html_once", verb):
            reply.body = b"<!DOCTYPE html><html><body>Maintenance</body></html>"
        elif self.has("html_always") and verb == "ListRecords":
            reply.body = b"<html><body>Maintenance</body></html>"
        elif self.once("empty_once", verb):
            reply.body = b""
        elif self.once("stall_once", verb):
            reply.pause = (100, 2.5)
        elif self.once("drip_once", verb) or (self.has("drip") and verb == "ListRecords"):
            reply.drip = 0.3
        elif self.has("gzip_bomb") and verb == "ListRecords":
            reply.headers["Content-Encoding"] = "gzip"
            reply.body = _bomb()


def _bomb() -> bytes:
    """Three hundred kilobytes that become as many megabytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    out = [packer.compress(b'<?xml version="1.0"?><OAI-PMH>')]
    out += [packer.compress(b" " * 2**20) for _ in range(300)]
    return b"".join([*out, packer.flush()])


#: The protocol's own elements.
_OWN = (
    "OAI-PMH responseDate request error Identify ListRecords ListIdentifiers GetRecord ListMetadataFormats ListSets",
    "metadataFormat metadataPrefix metadataNamespace schema header identifier datestamp metadata resumptionToken",
    "repositoryName baseURL protocolVersion adminEmail earliestDatestamp deletedRecord granularity set setSpec setName",
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
