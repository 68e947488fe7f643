"""Headers and records of the provider of faults, as they should be and as they should not."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.peers.faulty.base import Base
from tests.peers.faulty.values import MARC, OAI, OAI_DC, Entry


class Records(Base):
    """Writes records."""

    def stamp(self, one: Entry) -> str:
        return one.at.strftime("%Y-%m-%d" if self.has("day_granularity") else "%Y-%m-%dT%H:%M:%SZ")

    def header(self, one: Entry) -> str:
        status = ' status="deleted"' if one.deleted else ""
        if one.deleted and self.has("shouting_deleted"):
            status = ' status="Deleted"'
        stamp = f"<datestamp>{self._shown_stamp(one)}</datestamp>"
        if self.has("no_datestamp"):
            stamp = ""
        sets = f"<setSpec>{one.set_spec}</setSpec>"
        if self.has("in_two_sets"):
            sets += "<setSpec>semua</setSpec>"
        if self.has("headers_without_sets"):
            sets = ""
        if one.number == 5 and self.has("no_identifier"):
            return f"<header{status}>{stamp}</header>"
        return f"<header{status}><identifier>\n {escape(one.identifier)} </identifier>{stamp}{sets}</header>"

    def _shown_stamp(self, one: Entry) -> str:
        if self.has("odd_datestamp"):
            return ["", "2026-01-01 07:00:00", "2026-01-01T00:00:00.123+07:00"][one.number % 3]
        return self.stamp(one)

    def record(self, one: Entry, verb: str, prefix: str) -> str:
        header = self.header(one)
        if verb == "ListIdentifiers":
            return header
        fifth = one.number == 5
        if fifth and self.has("no_header"):
            header = ""
        if one.deleted or (fifth and self.has("no_metadata")):
            return f"<record>{header}</record>"
        if fifth and self.has("empty_metadata"):
            return f"<record>{header}<metadata/></record>"
        prolog = '<?xml version="1.0" encoding="utf-8"?>' if self.has("inner_prolog") else ""
        comment = "<!-- from the export -->" if self.has("comments") else ""
        payload = self._payload(one, self._title(one), prefix)
        if fifth and self.has("two_payloads"):
            payload += '<other xmlns="urn:x-other">twice</other>'
        return f"<record>{header}<metadata>{prolog}{comment}{payload}</metadata></record>"

    def _title(self, one: Entry) -> str:
        title = escape(one.title)
        if one.number != 5:
            return title
        for fault, text in (
            ("control_char", " a\x03b\x1ac"),
            ("char_reference", " &#x1a; &#xfffe;"),
            ("bare_ampersand", " Tom & Jerry &nbsp; R&D;"),
            ("undeclared_prefix", "<foo:bar/>"),
            ("broken_tag", "<i>unclosed"),
        ):
            if self.has(fault):
                title += text
        if self.has("huge_text"):
            title += "x" * (11 * 2**20)
        return title

    def _payload(self, one: Entry, title: str, prefix: str) -> str:
        if prefix == "oai_dc":
            return (
                f'<oai_dc:dc xmlns:oai_dc="{OAI_DC}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
                f"<dc:title>{title}</dc:title><dc:identifier>{one.number}</dc:identifier></oai_dc:dc>"
            )
        inner = ""
        if self.has("payload_like_protocol"):
            inner = (
                f'<x xmlns="{OAI}"><record><header status="deleted"><identifier>no</identifier></header></record>'
                '<error code="badArgument">no</error><resumptionToken>no</resumptionToken></x>'
            )
        if self.has("payload_in_oai"):
            inner = f'<image xmlns="{OAI}">cover.jpg</image><error xmlns="{OAI}" code="x">no</error>'
        mark = "m:" if self.has("outer_namespace") else ""
        declare = "" if self.has("outer_namespace") else f' xmlns="{MARC}"'
        return (
            f"<{mark}record{declare}><{mark}leader>00000nam a2200000 a 4500</{mark}leader>"
            f'<{mark}controlfield tag="001">{one.number}</{mark}controlfield>'
            f'<{mark}datafield tag="245" ind1="1" ind2="0"><{mark}subfield code="a">{title}</{mark}subfield>'
            f"</{mark}datafield>{inner}</{mark}record>"
        )
