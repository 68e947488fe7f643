"""What the schema of OAI-PMH 2.0 demands of an answer, written down as rules: order, number, and form of everything."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lxml import etree

OAI = "http://www.openarchives.org/OAI/2.0/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
STAMP = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?")
SPEC = re.compile(r"([A-Za-z0-9\-_.!~*'()])+(:[A-Za-z0-9\-_.!~*'()]+)*")
PREFIX = re.compile(r"[A-Za-z0-9\-_.!~*'()]+")
EMAIL = re.compile(r"\S+@(\S+\.)+\S+")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
NUMBER = re.compile(r"\d+")
CODES = (
    "cannotDisseminateFormat|idDoesNotExist|badArgument|badVerb|noMetadataFormats|noRecordsMatch"
    "|badResumptionToken|noSetHierarchy"
)
VERBS = ("Identify", "ListMetadataFormats", "ListSets", "GetRecord", "ListIdentifiers", "ListRecords")
ATTRIBUTES = frozenset({"verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken"})

#: Children in their order: (name, least, most); None is without end.
CHILDREN: Mapping[str, tuple[tuple[str, int, int | None], ...]] = {
    "Identify": (
        ("repositoryName", 1, 1),
        ("baseURL", 1, 1),
        ("protocolVersion", 1, 1),
        ("adminEmail", 1, None),
        ("earliestDatestamp", 1, 1),
        ("deletedRecord", 1, 1),
        ("granularity", 1, 1),
        ("compression", 0, None),
        ("description", 0, None),
    ),
    "ListMetadataFormats": (("metadataFormat", 1, None),),
    "metadataFormat": (("metadataPrefix", 1, 1), ("schema", 1, 1), ("metadataNamespace", 1, 1)),
    "ListSets": (("set", 1, None), ("resumptionToken", 0, 1)),
    "set": (("setSpec", 1, 1), ("setName", 1, 1), ("setDescription", 0, None)),
    "GetRecord": (("record", 1, 1),),
    "ListRecords": (("record", 1, None), ("resumptionToken", 0, 1)),
    "ListIdentifiers": (("header", 1, None), ("resumptionToken", 0, 1)),
    "record": (("header", 1, 1), ("metadata", 0, 1), ("about", 0, None)),
    "header": (("identifier", 1, 1), ("datestamp", 1, 1), ("setSpec", 0, None)),
}

#: The form of the text of an element.
FORMS: Mapping[str, re.Pattern[str]] = {
    "responseDate": SECOND,
    "protocolVersion": re.compile(r"2\.0"),
    "adminEmail": EMAIL,
    "earliestDatestamp": STAMP,
    "deletedRecord": re.compile("no|persistent|transient"),
    "granularity": re.compile("YYYY-MM-DD(Thh:mm:ssZ)?"),
    "baseURL": URI,
    "request": URI,
    "schema": URI,
    "metadataNamespace": URI,
    "metadataPrefix": PREFIX,
    "identifier": URI,
    "datestamp": STAMP,
    "setSpec": SPEC,
}

#: The form of the value of an attribute.
VALUES: Mapping[str, re.Pattern[str]] = {
    "from": STAMP,
    "until": STAMP,
    "expirationDate": SECOND,
    "completeListSize": NUMBER,
    "cursor": NUMBER,
    "metadataPrefix": PREFIX,
    "set": SPEC,
    "status": re.compile("deleted"),
    "code": re.compile(CODES),
    "verb": re.compile("|".join(VERBS)),
}

#: Attributes that an element may have.
MAY_HAVE: Mapping[str, frozenset[str]] = {
    "request": ATTRIBUTES,
    "error": frozenset({"code"}),
    "header": frozenset({"status"}),
    "resumptionToken": frozenset({"expirationDate", "completeListSize", "cursor"}),
}


def check(document: bytes) -> etree._Element:
    """The root of an answer that keeps all rules; fails with the first one that it breaks."""
    root = etree.fromstring(document)
    assert root.tag == f"{{{OAI}}}OAI-PMH"
    pairs = root.get(f"{{{XSI}}}schemaLocation", "").split()
    assert pairs == [OAI, f"{OAI}OAI-PMH.xsd"]
    names = [local(child) for child in root]
    assert names[:2] == ["responseDate", "request"], names
    body = names[2:]
    assert (len(body) == 1 and body[0] in VERBS) or (body and set(body) == {"error"}), names
    for child in root:
        _element(child)
    return root


def local(element: etree._Element) -> str:
    """The name of an element of the protocol's namespace."""
    name = etree.QName(element)
    assert name.namespace == OAI, element.tag
    return name.localname


def _element(element: etree._Element) -> None:
    name = local(element)
    may = MAY_HAVE.get(name, frozenset())
    for key, value in element.attrib.items():
        assert key in may, (name, key)
        if key in VALUES:
            assert VALUES[key].fullmatch(value), (name, key, value)
    if name == "error":
        assert "code" in element.attrib
    if name in FORMS:
        assert FORMS[name].fullmatch(element.text or ""), (name, element.text)
    if name in ("metadata", "about", "description", "setDescription"):
        _container(element)
        return
    _children(element, CHILDREN.get(name, ()))
    if name == "record":
        deleted = element[0].get("status") == "deleted"
        assert [local(child) for child in element].count("metadata") == (0 if deleted else 1)


def _children(element: etree._Element, rules: tuple[tuple[str, int, int | None], ...]) -> None:
    names = [local(child) for child in element]
    wanted = [name for name, _, _ in rules]
    assert set(names) <= set(wanted), (element.tag, names)
    assert names == sorted(names, key=wanted.index), names
    for name, least, most in rules:
        assert names.count(name) >= least, (element.tag, name)
        assert most is None or names.count(name) <= most, (element.tag, name)
    for child in element:
        _element(child)


def _container(element: etree._Element) -> None:
    """One element of another namespace, which names its schema."""
    assert len(element) == 1, (element.tag, len(element))
    namespace = etree.QName(element[0]).namespace
    assert namespace
    assert namespace != OAI
    pairs = element[0].get(f"{{{XSI}}}schemaLocation", "").split()
    assert len(pairs) == 2, pairs
    assert pairs[0] == namespace
    assert pairs[1].endswith(".xsd")
    CONTAINED.get(namespace, lambda _: None)(element[0])


def _identifier_scheme(element: etree._Element) -> None:
    texts = {etree.QName(child).localname: child.text or "" for child in element}
    assert list(texts) == ["scheme", "repositoryIdentifier", "delimiter", "sampleIdentifier"]
    assert (texts["scheme"], texts["delimiter"]) == ("oai", ":")
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+", texts["repositoryIdentifier"])
    assert texts["sampleIdentifier"].startswith(f"oai:{texts['repositoryIdentifier']}:")


def _provenance(element: etree._Element) -> None:
    assert [etree.QName(child).localname for child in element] == ["originDescription"]
    origin = element[0]
    assert SECOND.fullmatch(origin.get("harvestDate", ""))
    assert origin.get("altered") in ("true", "false")
    texts = {etree.QName(child).localname: child.text or "" for child in origin}
    assert list(texts)[:4] == ["baseURL", "identifier", "datestamp", "metadataNamespace"]
    assert URI.fullmatch(texts["baseURL"])
    assert STAMP.fullmatch(texts["datestamp"])


def _dublin_core(element: etree._Element) -> None:
    allowed = re.compile(
        "title|creator|subject|description|publisher|contributor|date|type|format|identifier|source|language"
        "|relation|coverage|rights"
    )
    for child in element:
        name = etree.QName(child)
        assert name.namespace == "http://purl.org/dc/elements/1.1/"
        assert allowed.fullmatch(name.localname)
        assert not len(child)


def _marc(element: etree._Element) -> None:
    """MARC21slim: a leader, control fields, data fields; tags, indicators and codes of the right form."""
    names = [etree.QName(child).localname for child in element]
    order = ["leader", "controlfield", "datafield"]
    assert names == sorted(names, key=order.index)
    assert names.count("leader") == 1
    assert re.fullmatch(
        r"[\d ]{5}[\dA-Za-z ]{1}[\dA-Za-z]{1}[\dA-Za-z ]{3}(2| )(2| )[\d ]{5}[\dA-Za-z ]{3}(4500|    )",
        element[0].text or "",
    )
    for child in element[1:]:
        if etree.QName(child).localname == "controlfield":
            assert re.fullmatch(r"00[1-9A-Za-z]", child.get("tag", ""))
            assert child.text
            continue
        assert re.fullmatch(
            r"(0([1-9A-Z][0-9A-Z])|0([1-9a-z][0-9a-z]))|(([1-9A-Z][0-9A-Z]{2}))", child.get("tag", "")
        )
        assert re.fullmatch(r"[\da-z ]", child.get("ind1", ""))
        assert re.fullmatch(r"[\da-z ]", child.get("ind2", ""))
        assert len(child) >= 1
        for part in child:
            assert re.fullmatch(r"[!-?\[-{}-~]", part.get("code", "")) or part.get("code", "").isalnum()


CONTAINED: Mapping[str, Callable[[etree._Element], None]] = {
    f"{OAI}oai-identifier": _identifier_scheme,
    f"{OAI}provenance": _provenance,
    f"{OAI}oai_dc/": _dublin_core,
    "http://www.loc.gov/MARC21/slim": _marc,
}
