"""OAI-PMH documents written around MODS that came from pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

OAI = "http://www.openarchives.org/OAI/2.0/"
MODS = "http://www.loc.gov/mods/v3"
#: Titles on a search page of SLiMS.
PER_PAGE = 10


def written(title: etree._Element) -> bytes:
    """A MODS element that stands by itself. The same content always gives the same bytes."""
    title.tail = None
    return bytes(etree.tostring(title, encoding="UTF-8", xml_declaration=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Answers one request; `asked` are its arguments."""

    url: str
    host: str
    asked: Mapping[str, str]

    def identify(self) -> bytes:
        """Who it is. No date is known: the day before all others stands for 'any'."""
        element = etree.Element(f"{{{OAI}}}Identify")
        for name, text in (
            ("repositoryName", self.host),
            ("baseURL", self.url),
            ("protocolVersion", "2.0"),
            ("earliestDatestamp", "1970-01-01"),
            ("deletedRecord", "no"),
            ("granularity", "YYYY-MM-DD"),
        ):
            _add(element, name, text)
        return self._document(element)

    def formats(self) -> bytes:
        """MODS and nothing else."""
        element = etree.Element(f"{{{OAI}}}ListMetadataFormats")
        offered = _add(element, "metadataFormat")
        _add(offered, "metadataPrefix", "mods")
        _add(offered, "schema", "http://www.loc.gov/standards/mods/v3/mods-3-3.xsd")
        _add(offered, "metadataNamespace", MODS)
        return self._document(element)

    def record(self, title: etree._Element) -> bytes:
        """The answer to GetRecord."""
        element = etree.Element(f"{{{OAI}}}GetRecord")
        element.append(self._described(title))
        return self._document(element)

    def listed(self, titles: Sequence[etree._Element], *, total: int, following: str) -> bytes:
        """A page of a list; `following` is the next token, '' at the end."""
        verb = self.asked["verb"]
        element = etree.Element(f"{{{OAI}}}{verb}")
        for title in titles:
            element.append(self._header(title) if verb == "ListIdentifiers" else self._described(title))
        _add(element, "resumptionToken", following).set("completeListSize", str(total))
        return self._document(element)

    def error(self, code: str, text: str) -> bytes:
        """An error of the protocol."""
        element = etree.Element(f"{{{OAI}}}error", code=code)
        element.text = text
        return self._document(element)

    def _document(self, element: etree._Element) -> bytes:
        root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap={None: OAI})
        request = _add(root, "request", self.url)
        for name, text in self.asked.items():
            if name in ("verb", "metadataPrefix", "identifier", "resumptionToken"):
                request.set(name, text)
        root.append(element)
        return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))

    def _header(self, title: etree._Element) -> etree._Element:
        header = etree.Element(f"{{{OAI}}}header")
        _add(header, "identifier", f"oai:{self.host}:slims-{title.get('ID', '')}")
        changed = (title.findtext(f"{{{MODS}}}recordInfo/{{{MODS}}}recordChangeDate") or "").strip()
        if changed:
            _add(header, "datestamp", changed)
        return header

    def _described(self, title: etree._Element) -> etree._Element:
        title.tail = None
        record = etree.Element(f"{{{OAI}}}record")
        record.append(self._header(title))
        _add(record, "metadata").append(title)
        return record


def _add(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    element = etree.SubElement(parent, f"{{{OAI}}}{name}")
    element.text = text or None
    return element
