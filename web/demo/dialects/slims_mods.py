"""MODS 3.3 as SLiMS shows it to other SLiMS: short in lists, in full with the copies on a title's own page."""

from __future__ import annotations

from urllib.parse import quote

from lxml import etree

from web.demo.catalogue import Entry
from web.demo.libraries import BY_CODE
from web.demo.oai_dc import KINDS, LANGUAGES

MODS = "http://www.loc.gov/mods/v3"
SLIMS = "http://slims.web.id"
_CODES = {"ind": "id", "eng": "en", "jav": "jv"}


def collection(entries: list[Entry], *, total: int, page: int) -> bytes:
    """A page of a search: `total` titles in all, short records, no copies."""
    root = _collection()
    info = etree.SubElement(root, f"{{{SLIMS}}}resultInfo")
    for name, text in (
        ("modsResultNum", total),
        ("modsResultPage", page),
        ("modsResultShowed", len(entries)),
    ):
        etree.SubElement(info, f"{{{SLIMS}}}{name}").text = str(text)
    for entry in entries:
        _title(root, entry, whole=False)
    return _bytes(root)


def page(entry: Entry, site: str) -> bytes:
    """The page of one title."""
    root = _collection()
    _title(root, entry, whole=True, site=site)
    return _bytes(root)


def _collection() -> etree._Element:
    return etree.Element(f"{{{MODS}}}modsCollection", nsmap={None: MODS, "slims": SLIMS})


def _bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{MODS}}}{name}")
    element.text = text or None
    for key, value in attributes.items():
        element.set(key, value)
    return element


def _title(root: etree._Element, entry: Entry, *, whole: bool, site: str = "") -> None:
    work = entry.work
    mods = _add(root, "mods", version="3.3", ID=str(entry.number))
    info = _add(mods, "titleInfo")
    _add(info, "title", f"{entry.title} :" if entry.subtitle else entry.title)
    if entry.subtitle:
        _add(info, "subTitle", entry.subtitle)
    for name in entry.names:
        _name(mods, name, "Personal Name")
    if work.body:
        _name(mods, work.body, "Organizational Body")
    _add(mods, "typeOfResource", "mixed material", collection="yes")
    _add(mods, "genre", "bibliography", authority="marcgt")
    origin = _add(mods, "originInfo")
    place = _add(origin, "place")
    _add(place, "placeTerm", work.place, type="text")
    _add(place, "publisher", work.publisher)
    _add(place, "dateIssued", entry.year)
    _add(origin, "issuance", "continuing" if work.kind == "journal" else "monographic")
    _add(origin, "edition", entry.edition)
    _add(mods, "identifier", (entry.isbn or work.issn).replace("-", ""), type="isbn")
    if whole:
        _rest(mods, entry, site)


def _rest(mods: etree._Element, entry: Entry, site: str) -> None:
    work = entry.work
    language = _add(mods, "language")
    _add(language, "languageTerm", _CODES[work.language], type="code")
    _add(language, "languageTerm", LANGUAGES[work.language], type="text")
    physical = _add(mods, "physicalDescription")
    _add(physical, "form", KINDS[work.kind], authority="gmd")
    _add(physical, "extent", entry.extent)
    if work.series:
        related = _add(mods, "relatedItem", type="series")
        _add(related, "titleInfo")
        _add(related, "title", work.series)
    _add(mods, "note", work.summary)
    _add(mods, "note", work.responsibility, type="statement of responsibility")
    for subject in entry.subjects:
        _add(_add(mods, "subject", authority=""), "topic", subject)
    _add(mods, "classification", work.ddc)
    location = _add(mods, "location")
    _add(location, "physicalLocation", BY_CODE[entry.library].name)
    _add(location, "shelfLocator", entry.call_number)
    if entry.items:
        simple = _add(location, "holdingSimple")
        for item in entry.items:
            copy = _add(simple, "copyInformation")
            _add(copy, "numerationAndChronology", item.barcode, type="1")
            _add(copy, "sublocation", item.branch_name)
            _add(copy, "shelfLocator", item.call_number)
    if work.url:
        _add(_add(mods, "location"), "url", work.url, access="raw object")
    # The address of the cover is encoded twice.
    etree.SubElement(mods, f"{{{SLIMS}}}image").text = quote(quote(f"{site}/images/docs/{entry.number}.jpg"))
    record = _add(mods, "recordInfo")
    _add(record, "recordIdentifier", str(entry.number))
    _add(record, "recordCreationDate", f"{entry.created:%Y-%m-%d %H:%M:%S}", encoding="w3cdtf")
    _add(record, "recordChangeDate", f"{entry.datestamp:%Y-%m-%d %H:%M:%S}", encoding="w3cdtf")


def _name(mods: etree._Element, text: str, kind: str) -> None:
    name = _add(mods, "name", type=kind, authority="")
    _add(name, "namePart", text)
    role = _add(name, "role")
    _add(role, "roleTerm", "Primary Author", type="text")
