"""Entries as MODS 3.7, with copies in location/holdingSimple as Balai Riset Teratai keeps them."""

from __future__ import annotations

from lxml import etree

from web.demo.catalogue import Entry
from web.demo.habits import TOPICAL

MODS = "http://www.loc.gov/mods/v3"
SCHEMA = "http://www.loc.gov/standards/mods/v3/mods-3-7.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
RESOURCES = {
    "map": "cartographic",
    "audio": "sound recording",
    "score": "notated music",
    "video": "moving image",
}
GENRES = {"thesis": "thesis", "report": "technical report", "journal": "periodical", "book": "book"}
STATES = {"available": "Tersedia", "on_loan": "Dipinjam", "in_process": "Diproses", "lost": "Hilang"}


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """A new last child of `parent`."""
    element = etree.SubElement(parent, f"{{{MODS}}}{name}")
    element.text = text or None
    for key, value in attributes.items():
        element.set(key, value)
    return element


def write(entry: Entry) -> etree._Element:
    """The entry as a `mods` element."""
    work = entry.work
    root = etree.Element(f"{{{MODS}}}mods", nsmap={None: MODS, "xsi": XSI})
    root.set("version", "3.7")
    root.set(f"{{{XSI}}}schemaLocation", f"{MODS} {SCHEMA}")
    _titles(root, entry)
    _names(root, entry)
    _add(root, "typeOfResource", RESOURCES.get(work.kind, "text"))
    if work.kind in GENRES:
        _add(root, "genre", GENRES[work.kind], authority="marcgt")
    _origin(root, entry)
    _add(_add(root, "language"), "languageTerm", work.language, type="code", authority="iso639-2b")
    if entry.extent:
        _add(_add(root, "physicalDescription"), "extent", entry.extent)
    if work.summary:
        _add(root, "abstract", work.summary)
    if work.contents:
        _add(root, "tableOfContents", work.contents)
    if work.responsibility:
        _add(root, "note", work.responsibility, type="statement of responsibility")
    if work.degree:
        _add(root, "note", f"{work.degree}, {work.publisher}, {work.year}", type="thesis")
    for subject in entry.subjects:
        main, _, place = subject.partition(" -- ")
        element = _add(root, "subject")
        _add(element, "topic", main)
        if place:
            _add(element, "topic" if place in TOPICAL else "geographic", place)
    _add(root, "classification", work.ddc, authority="ddc", edition="23")
    if work.series:
        related = _add(root, "relatedItem", type="series")
        title = _add(related, "titleInfo")
        _add(title, "title", work.series)
        _add(title, "partNumber", str(work.series_number))
    if entry.isbn:
        _add(root, "identifier", entry.isbn, type="isbn")
    if work.issn:
        _add(root, "identifier", work.issn, type="issn")
    _locations(root, entry)
    info = _add(root, "recordInfo")
    _add(info, "recordContentSource", entry.library)
    _add(info, "recordChangeDate", f"{entry.datestamp:%Y-%m-%dT%H:%M:%SZ}", encoding="w3cdtf")
    _add(info, "recordIdentifier", f"trt{entry.number:06d}", source="TRT")
    return root


def _titles(root: etree._Element, entry: Entry) -> None:
    skip = entry.work.non_filing
    title = _add(root, "titleInfo")
    if skip:
        _add(title, "nonSort", entry.title[:skip].strip())
    _add(title, "title", entry.title[skip:])
    if entry.subtitle:
        _add(title, "subTitle", entry.subtitle)
    if entry.work.script:
        title.set("altRepGroup", "01")
        other = _add(root, "titleInfo", altRepGroup="01", lang=entry.work.script_language)
        _add(other, "title", entry.work.script)


def _names(root: etree._Element, entry: Entry) -> None:
    for place, person in enumerate(entry.work.authors):
        name = _add(root, "name", type="personal")
        if place == 0:
            name.set("usage", "primary")
        if person.family:
            _add(name, "namePart", person.family, type="family")
            _add(name, "namePart", person.given, type="given")
        else:
            _add(name, "namePart", person.given)
        _role(name, "aut")
    if entry.work.body:
        name = _add(root, "name", type="corporate")
        _add(name, "namePart", entry.work.body)
        _role(name, "aut")


def _role(name: etree._Element, code: str) -> None:
    _add(_add(name, "role"), "roleTerm", code, type="code", authority="marcrelator")


def _origin(root: etree._Element, entry: Entry) -> None:
    work = entry.work
    origin = _add(root, "originInfo", eventType="publication")
    _add(_add(origin, "place"), "placeTerm", work.place, type="text")
    _add(origin, "publisher", work.publisher)
    _add(origin, "dateIssued", entry.year)
    _add(origin, "dateIssued", str(work.year), encoding="w3cdtf", keyDate="yes")
    if entry.edition:
        _add(origin, "edition", entry.edition)
    _add(origin, "issuance", "continuing" if work.kind == "journal" else "monographic")


def _locations(root: etree._Element, entry: Entry) -> None:
    """Copies by shelf, the words of the house for their state; the full text as a location of its own."""
    if entry.items:
        location = _add(root, "location")
        _add(location, "physicalLocation", "Perpustakaan Balai Riset Teratai")
        _add(location, "shelfLocator", entry.call_number)
        holding = _add(location, "holdingSimple")
        for item in entry.items:
            copy = _add(holding, "copyInformation")
            _add(copy, "subLocation", item.branch_name)
            _add(copy, "shelfLocator", item.call_number)
            _add(
                copy, "note", STATES[item.status] if item.lendable else "Baca di tempat", type="availability"
            )
            if item.due:
                _add(copy, "note", item.due, type="due date")
            _add(copy, "itemIdentifier", item.barcode, type="barcode")
    if entry.work.url:
        _add(_add(root, "location"), "url", entry.work.url, access="raw object", usage="primary")
