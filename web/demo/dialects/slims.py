"""A SLiMS: oai.php, oai2.php and its pages for other SLiMS, faults and all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from web.demo import oai_dc
from web.demo.catalogue import Entry
from web.demo.dialects import phpxml, slims_dc, slims_mods
from web.demo.dialects.reply import HTML, Places, Question, Reply, broken_page
from web.demo.provider import stamp
from web.demo.shelf import Shelf

PER_SEARCH = 10
#: What PHP prints above the page when the server shows warnings.
NOTICE = (
    b"<br />\n<b>Deprecated</b>:  Function utf8_encode() is deprecated in <b>/lib/oai-pmh.inc.php</b><br />\n"
)
_FRAGMENT = re.compile(
    r"(?: AND input_date >= '(?P<since>[\d :-]{19})')?(?: AND input_date <= '(?P<until>[\d :-]{19})')?"
)
_FORMAT = (
    "<metadataFormat><metadataPrefix>oai_dc</metadataPrefix>"
    f"<schema>{oai_dc.SCHEMA}</schema><metadataNamespace>{oai_dc.OAI_DC}</metadataNamespace></metadataFormat>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slims:
    """A SLiMS over a shelf. `site` is the address of its folder; `notices`: PHP's warnings are shown; `pages`: its
    pages for other SLiMS are switched on."""

    shelf: Shelf
    site: str
    now: Callable[[], datetime]
    page_size: int = 100
    notices: bool = False
    pages: bool = True

    def places(self) -> Places:
        """Where it answers."""
        return {"/oai2.php": self.oai2, "/oai.php": self.oai, "/index.php": self.index}

    # --- what all three have in common ---

    def rows(self) -> list[Entry]:
        """The table of titles by number. A title that was removed is not there any more; nothing remembers it."""
        return [entry for entry in self.shelf.entries() if not entry.deleted]

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.shelf.library.zone))

    def _labelled(self, moment: datetime) -> str:
        """The clock on the wall, with a Z behind it."""
        return f"{self._local(moment):%Y-%m-%dT%H:%M:%SZ}"

    def _entered(self, entry: Entry) -> str:
        return f"{self._local(entry.created):%Y-%m-%d %H:%M:%S}"

    # --- oai2.php ---

    def oai2(self, question: Question) -> Reply:
        """Dates are those of entry; hidden titles are tombstones; the token carries a piece of SQL."""
        values = question.values
        verb = values.get("verb", "")
        if verb == "Identify":
            inner = (
                f"<Identify>{phpxml.element('repositoryName', self.shelf.library.name)}"
                f"{phpxml.element('baseURL', self.site + '/oai2.php')}<protocolVersion>2.0</protocolVersion>"
                f"<earliestDatestamp>{self._labelled(self.rows()[0].created)}</earliestDatestamp>"
                "<deletedRecord>transient</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
                f"{phpxml.element('adminEmail', self.shelf.library.email)}</Identify>"
            )
        elif verb == "ListMetadataFormats":
            inner = f"<ListMetadataFormats>{_FORMAT}</ListMetadataFormats>"
        elif verb == "ListSets":
            # What is advertised is not what stands in the headers.
            inner = (
                "<ListSets><set><setSpec>class:activity</setSpec><setName>activity</setName></set></ListSets>"
            )
        elif verb == "GetRecord":
            inner = self._get2(values)
        elif verb in ("ListRecords", "ListIdentifiers"):
            if "resumptionToken" in values:
                taken = self._taken(values["resumptionToken"])
                if taken is None:
                    return broken_page("Uncaught ValueError", 2000)
                offset, fragment, prefix = taken
            else:
                offset, prefix = 0, values.get("metadataPrefix", "")
                fragment = self._fragment(values.get("from", ""), values.get("until", ""))
            inner = self._list2(verb, prefix, fragment, values.get("set", ""), offset)
        else:
            inner = phpxml.error("badVerb", "Illegal OAI verb")
        date = stamp(self.now())
        return Reply(body=phpxml.document(date=date, verb=verb, url=f"{self.site}/oai2.php", inner=inner))

    def _taken(self, token: str) -> tuple[int, str, str] | None:
        """(offset, SQL, prefix) of a token as it came out of the address; None makes PHP fall over."""
        parts = token.split("__")
        if len(parts) != 3 or not parts[0].isdecimal():
            return None
        return int(parts[0]), parts[1], parts[2]

    def _fragment(self, since: str, until: str) -> str:
        """The piece of SQL for a window: the dates are taken for local ones, whatever stands behind them."""
        found = ""
        for text, sign, rest in ((since, ">=", "00:00:00"), (until, "<=", "23:59:59")):
            if text:
                day, _, clock = text.removesuffix("Z").partition("T")
                found += f" AND input_date {sign} '{day} {clock or rest}'"
        return found

    def _list2(self, verb: str, prefix: str, fragment: str, year: str, offset: int) -> str:
        if prefix != "oai_dc":
            return phpxml.error("cannotDisseminateFormat", "Unknown metadataPrefix")
        asked = _FRAGMENT.fullmatch(fragment)
        # SQL that came back encoded is no SQL: the query fails, and a failed query has no rows.
        since, until = (asked["since"] or "", asked["until"] or "9") if asked else ("9", "")
        found = [e for e in self.rows() if since <= self._entered(e) <= until and year in e.year]
        page = found[offset : offset + self.page_size]
        if not page:
            return phpxml.error("noRecordsMatch", "No records")
        token = ""
        if offset + len(page) < len(found):
            following = f"{offset + len(page)}__{quote_plus(fragment)}__oai_dc"
            token = (
                f'<resumptionToken expirationDate="{self.now():%Y-%m-%d}GMT+0000GMT+00000" '
                f'completeListSize="{len(found)}" cursor="{offset + len(page)}">{following}</resumptionToken>'
            )
        return phpxml.listed(verb, (self._record2(e, whole=verb == "ListRecords") for e in page), token)

    def _record2(self, entry: Entry, *, whole: bool) -> str:
        status = ' status="deleted"' if entry.hidden else ""
        header = (
            f"<header{status}><identifier>oai:{self.shelf.library.domain}:slims-{entry.number}</identifier>"
            f"<datestamp>{self._entered(entry).replace(' ', 'T')}Z</datestamp>"
            f"{phpxml.element('setSpec', entry.year)}</header>"
        )
        if not whole:
            return header
        inner = "" if entry.hidden else f"<metadata>{slims_dc.two(entry, self.site)}</metadata>"
        return f"<record>{header}{inner}</record>"

    def _get2(self, values: dict[str, str]) -> str:
        entry = self._entry(values.get("identifier", "").rpartition("slims-")[2])
        if entry is None:
            return phpxml.error("idDoesNotExist", "No such record")
        return f"<GetRecord>{self._record2(entry, whole=True)}</GetRecord>"

    def _entry(self, number: str) -> Entry | None:
        return next((e for e in self.rows() if str(e.number) == number), None)

    # --- oai.php ---

    def oai(self, question: Question) -> Reply:
        """No datestamps in records, one prefix for all libraries, and a window that only the first page knows."""
        values = question.values
        verb = values.get("verb", "")
        if verb == "Identify":
            name = phpxml.element("repositoryName", self.shelf.library.name)
            inner = (
                f"<Identify>{name}{name}{phpxml.element('baseURL', self.site + '/oai.php')}"
                f"<protocolVersion>2.0</protocolVersion>{phpxml.element('adminEmail', self.shelf.library.email)}"
                "<earliestDatestamp></earliestDatestamp><deletedRecord>transient</deletedRecord>"
                "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
            )
        elif verb == "ListMetadataFormats":
            inner = f"<ListMetadataFormats>{_FORMAT}</ListMetadataFormats>"
        elif verb == "ListSets":
            topics = sorted({subject for entry in self.rows() for subject in entry.subjects})
            inner = "".join(
                f"<set>{phpxml.element('setSpec', t)}{phpxml.element('setName', t)}</set>" for t in topics
            )
            inner = f"<ListSets>{inner}</ListSets>"
        elif verb == "GetRecord":
            entry = self._entry(values.get("identifier", "").rpartition("/")[2])
            if entry is None or entry.hidden:
                return broken_page("Call to a member function on null", 2000)
            inner = f"<GetRecord>{self._record1(entry)}</GetRecord>"
        elif verb in ("ListRecords", "ListIdentifiers"):
            listed = self._list1(verb, values)
            if isinstance(listed, Reply):
                return listed
            inner = listed
        else:
            inner = phpxml.error("badVerb", "Illegal OAI verb")
        date = self._labelled(self.now())
        body = phpxml.document(date=date, verb=verb, url=f"{self.site}/oai.php", inner=inner)
        return Reply(body=(NOTICE if self.notices else b"") + body)

    def _list1(self, verb: str, values: dict[str, str]) -> str | Reply:
        rows: Sequence[Entry] = self.rows()[::-1]
        offset, prefix = 0, values.get("metadataPrefix", "")
        if "resumptionToken" in values:
            prefix, _, number = values["resumptionToken"].partition("/")
            if not number.isdecimal():
                return broken_page("Unsupported operand types: string + int", 160_000)
            offset = int(number)
        elif values.get("from") and values.get("until"):
            since, until = (values[name].removesuffix("Z").replace("T", " ") for name in ("from", "until"))
            until += " 23:59:59" if len(until) == 10 else ""
            rows = [entry for entry in rows if since <= self._entered(entry) <= until]
        if prefix != "oai_dc":
            return broken_page("Unknown metadataPrefix", 2000)
        page = rows[offset : offset + self.page_size]
        if verb == "ListRecords" and any(entry.hidden for entry in page):
            # The title is in the list and not among those that can be shown: the script falls over half-way.
            broken = broken_page("Call to a member function on null", 2000)
            head = phpxml.document(date=self._labelled(self.now()), verb=verb, url=self.site, inner="")
            return Reply(body=head[:200] + broken.body, status=500, kind=HTML)
        token = ""
        if offset + len(page) < len(rows):
            token = f"<resumptionToken>oai_dc/{offset + len(page)}</resumptionToken>"
        write = self._record1 if verb == "ListRecords" else self._header1
        return phpxml.listed(verb, map(write, page), token)

    def _header1(self, entry: Entry) -> str:
        return (
            f"<header><identifier>oai:slims/{entry.number}</identifier>"
            f"<datestamp>{self._entered(entry)}</datestamp></header>"
        )

    def _record1(self, entry: Entry) -> str:
        return (
            f"<record><header><identifier>oai:slims/{entry.number}</identifier></header>"
            f"<metadata>{slims_dc.one(entry, self.site)}</metadata></record>"
        )

    # --- pages for other SLiMS ---

    def index(self, question: Question) -> Reply:
        """The catalogue for people; in MODS where another SLiMS asks, and pages are switched on."""
        values = question.values
        if self.pages and values.get("p") == "show_detail" and values.get("inXML"):
            entry = self._entry(values.get("id", ""))
            if entry is not None and not entry.hidden:
                return Reply(body=slims_mods.page(entry, self.site))
        elif self.pages and values.get("resultXML"):
            shown = [entry for entry in self.rows()[::-1] if not entry.hidden]
            number = max(1, int(values.get("page", "1"))) if values.get("page", "1").isdecimal() else 1
            page = shown[(number - 1) * PER_SEARCH : number * PER_SEARCH]
            return Reply(body=slims_mods.collection(page, total=len(shown), page=number))
        words = f"<!DOCTYPE html><html><body><h1>{self.shelf.library.name}</h1></body></html>"
        return Reply(body=words.encode(), kind=HTML)
