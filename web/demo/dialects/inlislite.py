"""An INLISLite 3.3: OAI-PMH in oai_dc and marc21, faults and all."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from web.demo import marcxml, oai_dc
from web.demo.catalogue import Entry
from web.demo.dialects import phpxml
from web.demo.dialects.reply import Places, Question, Reply, broken_page
from web.demo.provider import stamp
from web.demo.shelf import Shelf

#: One record in so many has no MARC of its own, and one in so many holds text that was never escaped.
BARE = 50
UNESCAPED = 90
_RAW_NOTE = (
    '<marc:datafield tag="500" ind1=" " ind2=" ">'
    '<marc:subfield code="a">Tanya & jawab</marc:subfield></marc:datafield></marc:record>'
)
_FORMATS = "".join(
    f"<metadataFormat><metadataPrefix>{prefix}</metadataPrefix><schema>{schema}</schema>"
    f"<metadataNamespace>{namespace}</metadataNamespace></metadataFormat>"
    for prefix, schema, namespace in (
        ("oai_dc", oai_dc.SCHEMA, oai_dc.OAI_DC),
        ("marc21", marcxml.SCHEMA, marcxml.MARC),
    )
)


def is_bare(entry: Entry) -> bool:
    """Whether this record has no MARC of its own, so that the server makes up a small one."""
    return not entry.work.holders and entry.number % BARE == 7


def is_unescaped(entry: Entry) -> bool:
    """Whether its MARC holds a bare ampersand."""
    return entry.number % UNESCAPED == 11 and not is_bare(entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlislite:
    """An INLISLite over a shelf; `site` is the address of its folder."""

    shelf: Shelf
    site: str
    now: Callable[[], datetime]
    page_size: int = 100

    def places(self) -> Places:
        """Where it answers: three names for one script."""
        return {"/oai-pmh": self.oai, "/oai": self.oai, "/oaipmh": self.oai}

    def rows(self) -> list[Entry]:
        """The newest change first, what was never edited last; a removed title is not there any more."""
        rows = [entry for entry in self.shelf.entries() if not entry.deleted and not entry.hidden]
        edited = [entry for entry in rows if entry.datestamp != entry.created]
        edited.sort(key=lambda entry: entry.datestamp, reverse=True)
        return edited + [entry for entry in rows if entry.datestamp == entry.created]

    def oai(self, question: Question) -> Reply:
        """All verbs at one address."""
        values = question.values
        verb, prefix = values.get("verb", ""), values.get("metadataPrefix", "")
        match verb:
            case "Identify":
                inner = (
                    f"<Identify>{phpxml.element('repositoryName', self.shelf.library.name)}"
                    f"{phpxml.element('baseURL', self.site + '/oai-pmh')}<protocolVersion>2.0</protocolVersion>"
                    f"{phpxml.element('adminEmail', self.shelf.library.email)}"
                    f"<earliestDatestamp>{stamp(min(e.created for e in self.rows()))}</earliestDatestamp>"
                    "<deletedRecord>no</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
                )
            case "ListMetadataFormats":
                inner = f"<ListMetadataFormats>{_FORMATS}</ListMetadataFormats>"
            case "ListSets":
                sets = "".join(
                    f"<set><setSpec>dewey:{n}00</setSpec><setName>Kelas {n}00</setName></set>"
                    for n in range(10)
                )
                inner = f"<ListSets>{sets}</ListSets>"
            case "GetRecord" | "ListRecords" | "ListIdentifiers" if not prefix:
                # Even beside a resumptionToken, where the protocol forbids it.
                inner = phpxml.error("badArgument", "metadataPrefix is required")
            case "GetRecord" | "ListRecords" | "ListIdentifiers" if prefix not in ("oai_dc", "marc21"):
                inner = phpxml.error("cannotDisseminateFormat", prefix)
            case "GetRecord":
                wanted = values.get("identifier", "")
                entry = next((e for e in self.rows() if self._name(e) == wanted), None)
                inner = (
                    phpxml.error("idDoesNotExist", wanted)
                    if entry is None
                    else f"<GetRecord>{self._record(entry, prefix)}</GetRecord>"
                )
            case "ListRecords" | "ListIdentifiers":
                listed = self._list(verb, prefix, values)
                if listed is None:
                    return broken_page("Invalid argument", 2000)
                inner = listed
            case _:
                inner = phpxml.error("badVerb", verb)
        document = phpxml.document(
            date=stamp(self.now()), verb=verb, url=f"{self.site}/oai-pmh", inner=inner, prefix=prefix
        )
        return Reply(body=document)

    def _name(self, entry: Entry) -> str:
        return f"oai:{self.shelf.library.domain}:{entry.number}"

    def _list(self, verb: str, prefix: str, values: dict[str, str]) -> str | None:
        """The list; None where the token is none."""
        wanted = {name: values.get(name, "") for name in ("from", "until", "set")}
        offset = 0
        if "resumptionToken" in values:
            try:
                kept = json.loads(base64.b64decode(values["resumptionToken"], validate=True))
                offset, wanted = int(kept.pop("offset")), kept
            except (ValueError, KeyError, AttributeError):
                return None
        rows = [entry for entry in self.rows() if self._fits(entry, wanted)]
        page = rows[offset : offset + self.page_size]
        if not page:
            return phpxml.error("noRecordsMatch", "No records")
        token = ""
        if offset + len(page) < len(rows):
            text = json.dumps({"offset": offset + len(page), **wanted})
            token = (
                f'<resumptionToken completeListSize="{len(rows)}" cursor="{offset}">'
                f"{base64.b64encode(text.encode()).decode()}</resumptionToken>"
            )
        whole = verb == "ListRecords"
        return phpxml.listed(
            verb, (self._record(e, prefix) if whole else self._header(e) for e in page), token
        )

    def _fits(self, entry: Entry, wanted: dict[str, str]) -> bool:
        """A window looks at the day of the last edit, which most titles do not have."""
        edited = "" if entry.datestamp == entry.created else stamp(entry.datestamp)
        since, until, of_set = wanted.get("from", ""), wanted.get("until", ""), wanted.get("set", "")
        if (since or until) and not edited:
            return False
        if since and edited < since:
            return False
        if until and edited[: len(until)] > until:
            return False
        # Every title of 3xx is labelled dewey:300, and those that begin with 300 are found.
        return not of_set or entry.work.ddc.startswith(of_set.partition(":")[2])

    def _header(self, entry: Entry) -> str:
        return (
            f"<header><identifier>{self._name(entry)}</identifier>"
            f"<datestamp>{stamp(entry.datestamp)}</datestamp>"
            f"<setSpec>dewey:{entry.work.ddc[0]}00</setSpec></header>"
        )

    def _record(self, entry: Entry, prefix: str) -> str:
        payload = _dc(entry) if prefix == "oai_dc" else _marc(entry)
        return f"<record>{self._header(entry)}<metadata>{payload}</metadata></record>"


def _dc(entry: Entry) -> str:
    """Dublin Core: names and subjects in one value each, everything Text in application/pdf."""
    work = entry.work
    title = f"{entry.title} : {entry.subtitle}" if entry.subtitle else entry.title
    found = [
        ("title", title),
        ("creator", "; ".join(entry.names) or work.body),
        ("subject", "; ".join(entry.subjects)),
        ("description", work.summary),
        ("publisher", work.publisher),
        ("date", entry.year),
        ("type", "Text"),
        ("format", "application/pdf"),
        ("identifier", f"ISBN:{entry.isbn}" if entry.isbn else ""),
        ("identifier", f"Call Number: {entry.call_number}" if entry.call_number else ""),
        ("language", work.language),
    ]
    lines = "".join(phpxml.element(f"dc:{name}", text) for name, text in found if text)
    return f'<oai_dc:dc xmlns:oai_dc="{oai_dc.OAI_DC}" xmlns:dc="{oai_dc.DC}">{lines}</oai_dc:dc>'


def _marc(entry: Entry) -> str:
    """The stored MARC as it lies there, or a small one that is made up."""
    if is_bare(entry):
        return _bare(entry)
    record = marcxml.write(entry)
    number = record.find(f"{{{marcxml.MARC}}}controlfield[@tag='001']")
    assert number is not None
    number.text = f"INLIS{entry.number:015d}"
    text = str(etree.tostring(record, encoding="unicode"))
    return text.replace("</marc:record>", _RAW_NOTE) if is_unescaped(entry) else text


def _bare(entry: Entry) -> str:
    """All names in one 100, the call number in 050, fields in no order."""

    def data(tag: str, text: str) -> str:
        if not text:
            return ""
        inner = phpxml.element("subfield", text).replace("<subfield>", '<subfield code="a">')
        return f'<datafield tag="{tag}" ind1=" " ind2=" ">{inner}</datafield>'

    work = entry.work
    title = f"{entry.title} : {entry.subtitle}" if entry.subtitle else entry.title
    return (
        f'<record xmlns="{marcxml.MARC}"><leader>00000nam a2200000 a 4500</leader>'
        f'<controlfield tag="001">INLIS{entry.number:015d}</controlfield>'
        + data("245", title)
        + data("100", "; ".join(entry.names) or work.body)
        + data("020", entry.isbn)
        + data("050", entry.call_number)
        + data("300", entry.extent)
        + data("082", work.ddc)
        + "</record>"
    )
