"""The provider of faults: which verb, and what it says about itself."""

from __future__ import annotations

import base64
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from tests.peers.faulty.lists import Lists
from tests.peers.faulty.pages import Pages
from tests.peers.faulty.values import MARC, OAI_DC, Reply

_LOGIN = b"<!DOCTYPE html><html><body>Log in</body></html>"
_SETS = (("ganjil", "Odd"), ("genap", "Even"), ("genap:dua", "Even, second level"))


class Provider(Lists, Pages):
    """Answers requests, truthfully apart from its faults."""

    def answer(self, arguments: dict[str, str], raw: str, handler: BaseHTTPRequestHandler) -> Reply:
        turned_away = self._turned_away(arguments, raw, handler)
        if turned_away is not None:
            return turned_away
        verb = arguments.get("verb", "")
        if verb == "ListIdentifiers" and self.has("no_list_identifiers"):
            return Reply(b"no", 403)
        if verb == "Identify":
            return self.identify(arguments)
        if verb == "ListMetadataFormats":
            return self._formats(arguments)
        if verb == "ListSets":
            return self._sets(arguments)
        if verb in ("ListRecords", "ListIdentifiers"):
            return self.list_verb(verb, arguments, raw)
        if verb == "GetRecord":
            return self.get_record(arguments)
        return self.refuse("badVerb", arguments)

    def _turned_away(
        self, arguments: dict[str, str], raw: str, handler: BaseHTTPRequestHandler
    ) -> Reply | None:
        posted = handler.command == "POST"
        if self.has("base_with_query") and arguments.get("mode") != "oaipmh":
            return Reply(b"<html>no mode</html>", 404)
        if self.has("needs_login"):
            pair = base64.b64encode(b"ani:rahasia").decode()
            if handler.headers.get("Authorization") != f"Basic {pair}":
                return Reply(b"who are you", 401)
        if (self.has("post_only") and not posted) or (self.has("get_only") and posted):
            return Reply(b"", 405)
        if self.has("post_badverb") and not posted:
            return self.refuse("badVerb", {}, "no verb")
        if self.has("redirects") and not handler.path.startswith("/moved"):
            return Reply(b"", 302, {"Location": f"/moved?{raw}"})
        if self.has("redirect_elsewhere") and not handler.path.startswith("/moved"):
            port = urlsplit(self.url).port
            return Reply(b"", 301, {"Location": f"http://localhost:{port}/moved?{raw}"})
        if self.has("redirect_loop"):
            return Reply(b"", 302, {"Location": handler.path})
        if self.has("login_page"):
            return Reply(_LOGIN, 200, {"Content-Type": "text/html"})
        for fault, status in (("forbidden", 403), ("not_found", 404), ("gone", 410)):
            if self.has(fault):
                return Reply(b"no", status)
        return None

    def identify(self, arguments: dict[str, str]) -> Reply:
        if self.has("identify_500"):
            return Reply(b"oops", 500)
        if self.has("identify_broken"):
            return Reply(b"<html><p>oops</html>")
        granularity = "YYYY-MM-DD" if self.has("day_granularity") else "YYYY-MM-DDThh:mm:ssZ"
        earliest = "2026-01-01T00:00:00Z"[: len(granularity)]
        if self.has("odd_earliest"):
            earliest = "2031-01-01T00:00:00Z"
        if self.has("no_earliest"):
            earliest = ""
        base = "https://elsewhere.example/oai" if self.has("other_base_url") else self.url
        policy = "no" if self.has("no_deletes_said") else "persistent"
        return self.finish(
            "<Identify><repositoryName>Faults</repositoryName>"
            f"<baseURL>{escape(base)}</baseURL><protocolVersion>2.0</protocolVersion>"
            f"<adminEmail>a@example.org</adminEmail><earliestDatestamp>{earliest}</earliestDatestamp>"
            f"<deletedRecord>{policy}</deletedRecord><granularity>{granularity}</granularity></Identify>",
            arguments,
        )

    def _formats(self, arguments: dict[str, str]) -> Reply:
        if self.has("formats_broken"):
            return Reply(b"broken", 500)
        known = {one.identifier for one in self.entries}
        if "identifier" in arguments and arguments["identifier"] not in known:
            return self.refuse("idDoesNotExist", arguments)
        formats = "".join(
            f"<metadataFormat><metadataPrefix>{prefix}</metadataPrefix><schema>x</schema>"
            f"<metadataNamespace>{space}</metadataNamespace></metadataFormat>"
            for prefix, space in (("oai_dc", OAI_DC), (self.prefix, MARC))
        )
        return self.finish(f"<ListMetadataFormats>{formats}</ListMetadataFormats>", arguments)

    def _sets(self, arguments: dict[str, str]) -> Reply:
        if self.has("sets_500"):
            return Reply(b"broken", 500)
        if self.has("no_sets"):
            return self.refuse("noSetHierarchy", arguments)
        sets = list(_SETS)
        if self.has("in_two_sets"):
            sets.append(("semua", "Everything"))
        token = ""
        if self.has("sets_paged"):
            at = int(arguments.get("resumptionToken", "0"))
            token = (
                f"<resumptionToken>{at + 1}</resumptionToken>" if at + 1 < len(sets) else "<resumptionToken/>"
            )
            sets = sets[at : at + 1]
        body = "".join(
            f"<set><setSpec>{spec}</setSpec><setName>{name}</setName></set>" for spec, name in sets
        )
        return self.finish(f"<ListSets>{body}{token}</ListSets>", arguments)
