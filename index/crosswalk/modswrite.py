"""Record → MODS 3.7, with its copies: what library systems that speak MODS read whole, SLiMS among them.

SLiMS takes the first identifier for the ISBN, the role 'Primary Author' for the main author and the shelf mark from
location/shelfLocator, and wants elements without prefixes; and a date of creation would become its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from index.crosswalk.mods import NAMESPACE
from index.record import Availability, Format, Holding, Link, Name, Record

#: Format → typeOfResource of the MODS vocabulary.
_TYPES: Mapping[Format, str] = {
    Format.MAP: "cartographic",
    Format.SCORE: "notated music",
    Format.AUDIO: "sound recording",
    Format.VIDEO: "moving image",
    Format.IMAGE: "still image",
    Format.SOFTWARE: "software, multimedia",
    Format.OBJECT: "three dimensional object",
    Format.MIXED: "mixed material",
}
#: And the genre, where the type of resource does not say it.
_GENRES: Mapping[Format, str] = {
    Format.THESIS: "thesis",
    Format.JOURNAL: "periodical",
    Format.ARTICLE: "article",
    Format.REPORT: "report",
    Format.MANUSCRIPT: "manuscript",
    Format.SOFTWARE: "software",
    Format.MIXED: "collection",
}
_STATES: Mapping[Availability, str] = {
    Availability.AVAILABLE: "available",
    Availability.ON_LOAN: "on loan",
    Availability.ON_SITE: "library use only",
    Availability.ON_ORDER: "on order",
    Availability.IN_PROCESS: "in process",
    Availability.LOST: "lost",
    Availability.ONLINE: "online",
}
#: What each of these says of lending by itself.
_LENT = {
    Availability.AVAILABLE: True,
    Availability.ON_LOAN: True,
    Availability.ON_SITE: False,
    Availability.LOST: False,
}
_WORDS = {True: "yes", False: "no", None: "unknown"}
_ACCESS = {"cover": "preview", "fulltext": "raw object", "record": "object in context"}
_KINDS = {"publisher_number": "music publisher", "urn": "urn", "nbn": "nbn"}
#: First characters of a script → its code in ISO 15924, the most telling first.
_SCRIPTS = (
    ("\u3040", "\u30ff", "Jpan"),
    ("\uac00", "\ud7af", "Kore"),
    ("\u4e00", "\u9fff", "Hani"),
    ("\ua980", "\ua9df", "Java"),
    ("\u1b00", "\u1b7f", "Bali"),
    ("\u1b80", "\u1bbf", "Sund"),
    ("\u1a00", "\u1a1f", "Bugi"),
    ("\u0600", "\u06ff", "Arab"),
    ("\u0590", "\u05ff", "Hebr"),
    ("\u0400", "\u052f", "Cyrl"),
    ("\u0370", "\u03ff", "Grek"),
    ("\u0900", "\u097f", "Deva"),
    ("\u0e00", "\u0e7f", "Thai"),
)


def write(record: Record, number: str = "", agency: str = "") -> bytes:
    """The record as one MODS element in UTF-8; `number` and `agency` become its record identifier and its source.

    What reading it gives is the record again as far as MODS has a place for it.
    """
    root = etree.Element(f"{{{NAMESPACE}}}mods", nsmap={None: NAMESPACE})
    root.set("version", "3.7")
    _titles(root, record)
    for place, name in enumerate((*record.authors, *record.contributors)):
        _name(root, name, first=place == 0 and bool(record.authors), author=place < len(record.authors))
    _kind(root, record)
    _origin(root, record)
    for code in record.languages:
        _add(_add(root, "language"), "languageTerm", code, type="code", authority="iso639-2b")
    if record.extent or record.online:
        physical = _add(root, "physicalDescription")
        _text(physical, "form", "online resource" if record.online else "", authority="rdacarrier")
        _text(physical, "extent", record.extent)
    _text(root, "abstract", record.summary)
    _text(root, "tableOfContents", record.contents)
    _text(root, "note", record.responsibility, type="statement of responsibility")
    for note in record.notes:
        _text(root, "note", note)
    for heading in record.subjects:
        subject = _add(root, "subject")
        for part in heading.split(" -- "):
            _text(subject, "topic", part)
    for number_ in record.classes:
        ddc = {"authority": "ddc"} if number_[:3].isdigit() else {}
        _text(root, "classification", number_, **ddc)
    _related(root, record)
    for identifier in sorted(record.identifiers, key=lambda one: one.kind != "isbn" or not one.valid):
        wrong = {} if identifier.valid else {"invalid": "yes"}
        _text(
            root, "identifier", identifier.value, type=_KINDS.get(identifier.kind, identifier.kind), **wrong
        )
    _locations(root, record)
    if record.not_for_sale:
        _text(root, "accessCondition", "Tidak diperjualbelikan")
    if number or agency:
        info = _add(root, "recordInfo")
        _text(info, "recordContentSource", agency)
        _text(info, "recordIdentifier", number, **({"source": agency} if agency else {}))
    written: bytes = etree.tostring(root, encoding="utf-8")
    return written


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    return element


def _text(parent: Any, name: str, text: str, **attributes: str) -> None:
    """Add an element that says something; MODS has no empty ones."""
    if text:
        _add(parent, name, text, **attributes)


def _titles(root: Any, record: Record) -> None:
    info = _add(root, "titleInfo", usage="primary")
    skip = record.non_filing if 0 < record.non_filing < len(record.title) else 0
    article = record.title[:skip].rstrip()
    # An article that is no word of its own cannot be put together again by a blank.
    apart = bool(article) and (article + " " == record.title[:skip] or article.endswith(("'", "’", "-")))
    if apart:
        _text(info, "nonSort", article)
    _text(info, "title", record.title[skip:] if apart else record.title)
    _text(info, "subTitle", record.subtitle)
    _text(info, "partNumber", record.part_number)
    _text(info, "partName", record.part_name)
    for text in record.scripts:
        _text(_add(root, "titleInfo", script=_script(text)), "title", text)
    for text in record.alternates:
        _text(_add(root, "titleInfo", type="alternative"), "title", text)


def _script(text: str) -> str:
    return next((code for low, high, code in _SCRIPTS if any(low <= c <= high for c in text)), "Zyyy")


def _name(root: Any, name: Name, *, first: bool, author: bool) -> None:
    element = _add(root, "name", type="corporate" if name.corporate else "personal")
    if first:
        element.set("usage", "primary")
    _text(element, "namePart", name.text)
    _text(element, "namePart", name.dates, type="date")
    role = _add(element, "role")
    code = name.role or ("aut" if author else "ctb")
    _text(role, "roleTerm", code, type="code", authority="marcrelator")
    if author and code in ("aut", "cre"):
        _text(role, "roleTerm", "Primary Author" if first else "Author", type="text")


def _kind(root: Any, record: Record) -> None:
    kind = _add(root, "typeOfResource", _TYPES.get(record.format, "text"))
    if record.level == "collection":
        kind.set("collection", "yes")
    if record.format is Format.MANUSCRIPT:
        kind.set("manuscript", "yes")
    _text(root, "genre", _GENRES.get(record.format, ""))


def _origin(root: Any, record: Record) -> None:
    origin = _add(root, "originInfo")
    if record.place:
        _text(_add(origin, "place"), "placeTerm", record.place, type="text")
    _text(origin, "publisher", record.publisher)
    if record.year is not None:
        _text(origin, "dateIssued", f"{record.year:04d}", encoding="w3cdtf", keyDate="yes")
    if record.year_text and record.year_text != str(record.year):
        _text(origin, "dateIssued", record.year_text)
    _text(origin, "edition", record.edition)
    issuance = {"serial": "serial", "part": ""}.get(record.level, "monographic")
    _text(origin, "issuance", issuance)
    if len(origin) == 0:
        root.remove(origin)


def _related(root: Any, record: Record) -> None:
    for kind, texts in (("series", record.series), ("host", (record.host,) if record.host else ())):
        for text in texts:
            _text(_add(_add(root, "relatedItem", type=kind), "titleInfo"), "title", text)


def _locations(root: Any, record: Record) -> None:
    """Shelf marks and addresses of the description, then each place with its copies."""
    here = {copy.call_number for copy in record.holdings}
    marks = [mark for mark in record.call_numbers if mark not in here]
    if marks or record.links:
        general = _add(root, "location")
        for mark in marks:
            _text(general, "shelfLocator", mark)
        for link in record.links:
            _link(general, link)
    places: dict[tuple[str, str], list[Holding]] = {}
    for copy in record.holdings:
        places.setdefault((copy.branch, copy.call_number), []).append(copy)
    for (branch, mark), copies in places.items():
        place = _add(root, "location")
        _text(place, "physicalLocation", branch)
        _text(place, "shelfLocator", mark)
        simple = _add(place, "holdingSimple")
        for copy in copies:
            _copy(simple, copy)


def _link(parent: Any, link: Link) -> None:
    told = {"access": _ACCESS[link.kind]} if link.kind in _ACCESS else {}
    if link.label:
        told["displayLabel"] = link.label
    _text(parent, "url", link.url, **told)


def _copy(simple: Any, copy: Holding) -> None:
    """The parts of copyInformation stand in this order and no other."""
    info = _add(simple, "copyInformation")
    _text(info, "subLocation", copy.location)
    _text(info, "shelfLocator", copy.call_number)
    _text(info, "note", _STATES.get(copy.availability, ""), type="availability")
    if copy.lendable is not _LENT.get(copy.availability):
        _text(info, "note", _WORDS[copy.lendable], type="lending")
    _text(info, "note", copy.due, type="due date")
    if copy.copies > 1:
        _text(info, "note", str(copy.copies), type="copies")
    _text(info, "note", copy.note)
    _text(info, "enumerationAndChronology", copy.coverage, unitType="1")
    _text(info, "itemIdentifier", copy.barcode, type="barcode")
