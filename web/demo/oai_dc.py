"""Entries as oai_dc: plain for everybody, and as SLiMS writes it for the members that run it."""

from __future__ import annotations

from lxml import etree

from web.demo.catalogue import Entry
from web.demo.libraries import BY_CODE

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
SLIMS = frozenset({"MLT", "CMP"})
LANGUAGES = {"ind": "Indonesia", "eng": "English", "jav": "Jawa"}
KINDS = {
    "book": "Text",
    "thesis": "Thesis",
    "report": "Report",
    "journal": "Serial",
    "map": "Peta",
    "audio": "Rekaman suara",
    "score": "Musik",
    "video": "Rekaman video",
}


def write(entry: Entry) -> etree._Element:
    """The entry as an `oai_dc:dc` element."""
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC, "xsi": XSI})
    root.set(f"{{{XSI}}}schemaLocation", f"{OAI_DC} {SCHEMA}")
    for name, text in _statements(entry):
        if text:
            etree.SubElement(root, f"{{{DC}}}{name}").text = text
    return root


def _statements(entry: Entry) -> list[tuple[str, str]]:
    work = entry.work
    slims = entry.library in SLIMS
    found = [("title", f"{entry.title} : {entry.subtitle}" if entry.subtitle else entry.title)]
    found += [("title", work.script)]
    found += [("creator", name) for name in entry.names or (work.body,)]
    found += [("subject", subject) for subject in entry.subjects]
    if slims:
        # SLiMS puts the class number last among the subjects.
        found.append(("subject", work.ddc))
    found += [("description", work.summary), ("description", work.contents), ("publisher", work.publisher)]
    found += [("date", entry.year), ("type", KINDS[work.kind]), ("format", entry.extent)]
    found.append(("language", LANGUAGES[work.language] if slims else work.language))
    found += [("identifier", identifier) for identifier in _identifiers(entry)]
    if work.series:
        found.append(("isPartOf" if slims else "relation", f"{work.series} ; {work.series_number}"))
    if slims:
        found.append(("hasVersion", entry.edition))
        found += [("hasPart", item.barcode) for item in entry.items]
    return found


def _identifiers(entry: Entry) -> list[str]:
    """Address of the record, call number, ISBN or ISSN, and the full text where there is one."""
    domain = BY_CODE[entry.library].domain
    return [
        f"https://{domain}/index.php?p=show_detail&id={entry.number}",
        entry.call_number,
        entry.isbn or entry.work.issn,
        entry.work.url,
    ]
