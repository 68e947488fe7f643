"""The rules of the MODS 3.7 schema that our records can break: which element stands where, with which attributes."""

from __future__ import annotations

from typing import Any

from lxml import etree

from index.crosswalk.mods import NAMESPACE

#: Element → the children it may have. Source: the published schema of MODS 3.7.
CHILDREN: dict[str, set[str]] = {
    "mods": {
        "abstract", "accessCondition", "classification", "extension", "genre", "identifier", "language", "location",
        "name", "note", "originInfo", "part", "physicalDescription", "recordInfo", "relatedItem", "subject",
        "tableOfContents", "targetAudience", "titleInfo", "typeOfResource",
    },
    "titleInfo": {"title", "subTitle", "partNumber", "partName", "nonSort"},
    "name": {"namePart", "displayForm", "affiliation", "role", "description", "nameIdentifier", "alternativeName"},
    "role": {"roleTerm"},
    "originInfo": {
        "place", "publisher", "dateIssued", "dateCreated", "dateCaptured", "dateValid", "dateModified",
        "copyrightDate", "dateOther", "edition", "issuance", "frequency", "displayDate", "agent",
    },
    "place": {"placeTerm", "cartographics", "placeIdentifier"},
    "language": {"languageTerm", "scriptTerm"},
    "physicalDescription": {"form", "reformattingQuality", "internetMediaType", "extent", "digitalOrigin", "note"},
    "subject": {
        "topic", "geographic", "temporal", "titleInfo", "name", "genre", "hierarchicalGeographic", "cartographics",
        "geographicCode", "occupation",
    },
    "location": {"physicalLocation", "shelfLocator", "url", "holdingSimple", "holdingExternal"},
    "holdingSimple": {"copyInformation"},
    "copyInformation": {
        "form", "subLocation", "shelfLocator", "electronicLocator", "note", "enumerationAndChronology",
        "itemIdentifier",
    },
    "recordInfo": {
        "recordContentSource", "recordCreationDate", "recordChangeDate", "recordIdentifier", "recordOrigin",
        "languageOfCataloging", "descriptionStandard", "recordInfoNote",
    },
}  # fmt: skip
CHILDREN["relatedItem"] = CHILDREN["mods"]
#: Elements whose children stand in this order.
ORDERED = {
    "location": ("physicalLocation", "shelfLocator", "url", "holdingSimple", "holdingExternal"),
    "copyInformation": (
        "form", "subLocation", "shelfLocator", "electronicLocator", "note", "enumerationAndChronology", "itemIdentifier",
    ),
}  # fmt: skip
TYPES = {
    "text", "cartographic", "notated music", "sound recording-musical", "sound recording-nonmusical",
    "sound recording", "still image", "moving image", "three dimensional object", "software, multimedia",
    "mixed material", "",
}  # fmt: skip
ISSUANCE = {
    "continuing", "monographic", "single unit", "multipart monograph", "serial", "integrating resource",
}  # fmt: skip
VALUES: dict[tuple[str, str], set[str]] = {
    ("titleInfo", "type"): {"abbreviated", "translated", "alternative", "uniform"},
    ("titleInfo", "usage"): {"primary"},
    ("name", "type"): {"personal", "corporate", "conference", "family"},
    ("name", "usage"): {"primary"},
    ("namePart", "type"): {"date", "family", "given", "termsOfAddress"},
    ("roleTerm", "type"): {"code", "text"},
    ("placeTerm", "type"): {"code", "text"},
    ("languageTerm", "type"): {"code", "text"},
    ("dateIssued", "encoding"): {"w3cdtf", "iso8601", "marc", "edtf", "temper"},
    ("dateIssued", "keyDate"): {"yes"},
    ("identifier", "invalid"): {"yes"},
    ("url", "access"): {"preview", "raw object", "object in context"},
    ("typeOfResource", "collection"): {"yes"},
    ("typeOfResource", "manuscript"): {"yes"},
    ("enumerationAndChronology", "unitType"): {"1", "2", "3"},
    ("relatedItem", "type"): {
        "preceding", "succeeding", "original", "host", "constituent", "series", "otherVersion", "otherFormat",
        "isReferencedBy", "references", "reviewOf",
    },
}  # fmt: skip
FREE = {
    "mods": {"version", "ID"},
    "titleInfo": {"script", "lang"},
    "roleTerm": {"authority"},
    "languageTerm": {"authority"},
    "form": {"authority", "type"},
    "note": {"type", "displayLabel"},
    "classification": {"authority", "edition"},
    "identifier": {"type", "displayLabel"},
    "url": {"displayLabel", "usage"},
    "itemIdentifier": {"type"},
    "recordIdentifier": {"source"},
}


def faults(written: bytes) -> list[str]:
    """What the schema would say against a record."""
    found: list[str] = []
    root = etree.fromstring(written)
    if root.tag != f"{{{NAMESPACE}}}mods" or root.get("version") != "3.7":
        found.append("the root is no mods of version 3.7")
    _walk(root, found)
    return found


def _walk(element: Any, found: list[str]) -> None:
    name = etree.QName(element).localname
    if etree.QName(element).namespace != NAMESPACE:
        found.append(f"{name} is of another namespace")
    children = [etree.QName(child).localname for child in element]
    allowed = CHILDREN.get(name, set())
    found.extend(f"{child} in {name}" for child in children if child not in allowed)
    if not children and not (element.text or "").strip():
        found.append(f"{name} is empty")
    if order := ORDERED.get(name):
        places = [order.index(child) for child in children if child in order]
        if places != sorted(places):
            found.append(f"order in {name}: {children}")
    for key, value in element.attrib.items():
        if key in FREE.get(name, set()):
            continue
        if value not in VALUES.get((name, key), set()):
            found.append(f"{name}/@{key}={value}")
    if name == "typeOfResource" and (element.text or "") not in TYPES:
        found.append(f"typeOfResource {element.text}")
    if name == "issuance" and element.text not in ISSUANCE:
        found.append(f"issuance {element.text}")
    for child in element:
        _walk(child, found)
