"""Reads the answers of SRU servers as they really are: by local names, whatever the namespace, version and packing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any

from lxml import etree

from foundation.strictxml import BadXml, XmlLimits, parse
from index.crosswalk.marcform import local_name
from index.live.link import Diagnostic, Entry, LinkFailed, Scanned
from index.sru import copies, diagnostics
from index.sru.values import Answer, Item

#: An answer may cost so much. The depth is nearly what libxml2 bears at all: servers echo long queries as XCQL.
LIMITS = XmlLimits(bytes=8 * 2**20, depth=250, attributes=64, nodes=400_000)
#: Records of one answer that are looked at, terms of one list, facets and their values, diagnostics.
MOST_RECORDS, MOST_TERMS, MOST_FACETS, MOST_VALUES, MOST_DIAGNOSTICS = 1000, 1000, 50, 200, 20

#: Roots that are records and nothing else, as some dialects answer a search.
_BARE = frozenset(("collection", "modsCollection", "dcCollection"))
_NUMBER = re.compile(r"[0-9]{1,15}")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>\s*")
_TITLE = re.compile(rb"<(title|h1)[^>]*>(.{1,300}?)</", re.IGNORECASE | re.DOTALL)


def root_of(body: bytes) -> Any:
    """The root element of an answer, out of its SOAP envelope. Raises LinkFailed 'protocol' or 'too_big'."""
    try:
        root = parse(body, limits=LIMITS)
    except BadXml as bad:
        raise _not_xml(body, bad) from None
    if local_name(root.tag) == "Envelope":
        inside = next((child for child in root if local_name(child.tag) == "Body"), None)
        root = next(iter(_children(inside)), root) if inside is not None else root
    if local_name(root.tag).lower() == "html":
        raise LinkFailed("protocol", f"a web page came instead of an answer: {_heading(body)}")
    return root


def _not_xml(body: bytes, bad: BadXml) -> LinkFailed:
    if bad.kind == "too_large":
        return LinkFailed("too_big", str(bad))
    start = body[:1000].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return LinkFailed("protocol", f"a web page came instead of an answer: {_heading(body)}")
    return LinkFailed("lost" if bad.kind == "cut_short" else "protocol", f"not XML: {bad}")


def _heading(body: bytes) -> str:
    """What a web page calls itself."""
    found = _TITLE.search(body[:20_000])
    return (
        " ".join(re.sub("<[^>]*>", " ", unescape(found[2].decode("utf-8", "replace"))).split())
        if found
        else ""
    )


def version_of(root: Any) -> str:
    """The version an answer is written in: its `version` element, else by its namespace; '' when it shows neither."""
    said = _text(root, "version")
    if re.fullmatch(r"[12]\.\d", said):
        return said
    space = etree.QName(root).namespace or ""
    if "search-ws" in space or "sruResponse" in space:
        return "2.0"
    return "1.1" if "zing/srw" in space else ""


def search(root: Any, start: int = 1) -> Answer:
    """The answer to a search whose first record is `start`. Raises LinkFailed when it is no such thing."""
    name = local_name(root.tag)
    if name in _BARE:
        bare = [_item(one, start + n) for n, one in enumerate(_children(root)[:MOST_RECORDS])]
        return Answer(version="", hits=None, items=tuple(bare))
    if name in ("diagnostics", "diagnostic"):
        return Answer(version=version_of(root), hits=None, diagnostics=told(root))
    if name not in ("searchRetrieveResponse", "searchRetrieve"):
        raise LinkFailed("protocol", f"{name[:60]} came instead of searchRetrieveResponse")
    elements = [one for one in _within(root, "records") if local_name(one.tag) == "record"]
    items = tuple(_record(one, start + n) for n, one in enumerate(elements[:MOST_RECORDS]))
    hits, odd = _count(root)
    precision = _text(root, "resultCountPrecision").rpartition("/")[2].lower()
    said = _said(told(root), bool(items or hits))
    return Answer(
        version=version_of(root),
        hits=hits,
        items=items,
        diagnostics=(*said, *odd),
        exact=precision in ("", "exact", "current"),
        next=_integer(_text(root, "nextRecordPosition")),
        facets=_facets(root),
    )


def told(root: Any) -> tuple[Diagnostic, ...]:
    """The diagnostics of an answer of whatever operation, none of them a remark."""
    alone = local_name(root.tag) in ("diagnostics", "diagnostic")
    return _diagnostics([root] if alone else _children(root))


def scan(root: Any) -> Scanned:
    """The answer to a scan. Raises LinkFailed when it is none."""
    name = local_name(root.tag)
    if name not in ("scanResponse", "diagnostics", "diagnostic"):
        raise LinkFailed("protocol", f"{name[:60]} came instead of scanResponse")
    found = []
    for term in [one for one in _within(root, "terms") if local_name(one.tag) == "term"][:MOST_TERMS]:
        value, shown = _text(term, "value"), _text(term, "displayTerm")
        if value or shown:
            count = _integer(_text(term, "numberOfRecords"))
            found.append(Entry(term=value or shown, count=count, shown=shown))
    return Scanned(entries=tuple(found), diagnostics=_said(told(root), bool(found)))


# --- records -------------------------------------------------------------------------------------


def _record(element: Any, position: int) -> Item:
    """One record, out of its packing. What is wrong with it concerns it alone."""
    data = _child(element, "recordData")
    if data is None:
        return _bad(position, "there is no recordData")
    inside = _children(data)
    text = "".join(data.itertext()).strip() if not inside else ""
    if not inside and text.startswith(("<", "&lt;")):  # packed as text, whatever recordPacking says
        try:
            inside = [unpacked(text)]
        except BadXml as bad:
            return _bad(position, f"packed as text, and not well-formed: {bad}")
    schema = _text(element, "recordSchema")
    identifier = _text(element, "recordIdentifier")
    if not inside:
        if not text:
            return _bad(position, "recordData is empty")
        return Item(position=position, schema=schema, payload=text.encode(), identifier=identifier)
    beside = _child(element, "extraRecordData")
    held = copies.read(beside) if beside is not None else ()
    return _item(inside[0], position, schema, identifier, held)


def _item(
    element: Any, position: int, schema: str = "", identifier: str = "", held: tuple[Any, ...] = ()
) -> Item:
    name = local_name(element.tag)
    if name in ("diagnostic", "diagnostics"):
        said = _diagnostics([element])
        return Item(
            position=position, schema=schema, diagnostic=said[0] if said else diagnostics.read(element)
        )
    if name == "opacRecord":
        held = held or copies.read(element)
        inner = [
            one
            for part in element
            if local_name(part.tag) == "bibliographicRecord"
            for one in _children(part)
        ]
        if not inner:
            return _bad(position, "an OPAC record without its bibliographic part")
        element, name = inner[0], local_name(inner[0].tag)
    payload = etree.tostring(element, encoding="UTF-8", xml_declaration=False, with_tail=False)
    return Item(
        position=position,
        schema=schema or etree.QName(element).namespace or name,
        payload=payload,
        identifier=identifier,
        # Copies in fields of MARC are read where the rest of it is.
        holdings=held if held or name == "record" else copies.read(element),
    )


def unpacked(text: str) -> Any:
    """The root of XML that was packed as text. The encoding it declares is no longer the one it is in."""
    if text.startswith("&lt;"):
        text = unescape(text)
    return parse(_DECLARATION.sub("", text, count=1).encode(), limits=LIMITS)


def _bad(position: int, detail: str) -> Item:
    return Item(position=position, diagnostic=Diagnostic(code="bad_record", detail=detail[:300]))


# --- the rest of an answer -----------------------------------------------------------------------


def _count(root: Any) -> tuple[int | None, tuple[Diagnostic, ...]]:
    text = _text(root, "numberOfRecords")
    if not text or _NUMBER.fullmatch(text):
        return _integer(text), ()
    return None, (Diagnostic(code="odd_count", detail=text[:60], fatal=False),)


def _diagnostics(elements: Sequence[Any]) -> tuple[Diagnostic, ...]:
    """Those among the elements and in their `diagnostics`."""
    found = []
    for element in elements:
        name = local_name(element.tag)
        if name == "diagnostic":
            found.append(diagnostics.read(element))
        elif name == "diagnostics":
            inner = [one for one in _children(element) if local_name(one.tag) == "diagnostic"]
            if inner:
                found += [diagnostics.read(one) for one in inner]
            elif len(element):
                found.append(diagnostics.read(element))  # the parts without the element around them
    return tuple(found[:MOST_DIAGNOSTICS])


def _said(diagnosed: tuple[Diagnostic, ...], something: bool) -> tuple[Diagnostic, ...]:
    """Beside hits a diagnostic is a remark, as some always are; without any it is the reason why there are none."""
    return tuple(
        Diagnostic(
            set=one.set,
            code=one.code,
            text=one.text,
            detail=one.detail,
            fatal=not (something or (one.set == "srw" and one.code in diagnostics.REMARKS)),
        )
        for one in diagnosed
    )


def _facets(root: Any) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    """Facets of 2.0 (OASIS searchRetrieve part 3, facetedResults), in the answer or in its extraResponseData."""
    # Not below the records: there are many elements, and none that matters here.
    places = [one for one in root if local_name(one.tag) in ("facetedResults", "extraResponseData")]
    found_in = (each for one in places for each in one.iter() if local_name(each.tag) == "facetedResults")
    results = next(found_in, None)
    if results is None:
        return ()
    found = []
    for facet in [one for one in results.iter() if local_name(one.tag) == "facet"][:MOST_FACETS]:
        name = _text(facet, "index") or _text(facet, "facetDisplayLabel")
        values = []
        for term in [one for one in facet.iter() if local_name(one.tag) == "term"][:MOST_VALUES]:
            count = _integer(_text(term, "count"))
            if (text := _text(term, "actualTerm")) and count is not None:
                values.append((text, count))
        if name and values:
            found.append((name, tuple(values)))
    return tuple(found)


# --- elements by their local names ---------------------------------------------------------------


def _children(element: Any) -> list[Any]:
    """The child elements, without comments and the like."""
    return [one for one in element if isinstance(one.tag, str)]


def _child(element: Any, name: str) -> Any:
    return next((one for one in element if local_name(one.tag) == name), None)


def _within(root: Any, name: str) -> Iterator[Any]:
    for one in root:
        if local_name(one.tag) == name:
            yield from _children(one)


def _text(element: Any, name: str) -> str:
    found = _child(element, name)
    return "".join(found.itertext()).strip() if found is not None else ""


def _integer(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None
