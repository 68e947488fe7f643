"""Reads ZeeRex, in which a server explains itself: indexes, schemas, limits (explain.z3950.org, version 2.0)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foundation.strictxml import BadXml
from index.crosswalk.marcform import local_name
from index.crosswalk.xmlparts import child_text, children
from index.live.link import LinkFailed
from index.sru import answers
from index.sru.values import Explanation, Index, Schema

#: Indexes, names of one index, schemas, and settings that are looked at; texts are cut after so many characters.
MOST_INDEXES, MOST_NAMES, MOST_SCHEMAS, MOST_SETTINGS, LONGEST = 2000, 20, 100, 500, 500

_YES = {"true": True, "1": True, "false": False, "0": False}


def explanation(root: Any) -> Explanation:
    """What the answer to explain says; nearly empty when it says nothing. Raises LinkFailed when it is none at all."""
    name = local_name(root.tag)
    if name not in ("explainResponse", "explain", "diagnostics", "diagnostic", "searchRetrieveResponse"):
        raise LinkFailed("protocol", f"{name[:60]} came instead of explainResponse")
    version = answers.version_of(root)
    said = answers.told(root)
    record = root if name == "explain" else _explain(root)
    if record is None:
        return Explanation(version=version, diagnostics=said)
    server = _part(record, "serverInfo")
    database = _part(record, "databaseInfo")
    configuration = _part(record, "configInfo")
    port = child_text(server, "port") if server is not None else ""
    return Explanation(
        version=version,
        offered=_attribute(server, "version"),
        protocol=_attribute(server, "protocol"),
        methods=tuple(_attribute(server, "method").upper().split()[:5]),
        host=child_text(server, "host")[:LONGEST] if server is not None else "",
        port=int(port) if port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65536 else None,
        database=child_text(server, "database")[:LONGEST] if server is not None else "",
        title=_named(database, "title"),
        description=_named(database, "description"),
        sets=dict(_sets(record)),
        indexes=tuple(_indexes(record))[:MOST_INDEXES],
        schemas=tuple(_schemas(record))[:MOST_SCHEMAS],
        settings=dict(_typed(configuration, "setting")),
        defaults=dict(_typed(configuration, "default")),
        supports=tuple(_typed(configuration, "supports"))[:MOST_SETTINGS],
        diagnostics=said,
    )


def _explain(root: Any) -> Any:
    """The ZeeRex record, wherever it is, unpacked where it came as text; None when there is none."""
    found = next((one for one in root.iter() if local_name(one.tag) == "explain"), None)
    if found is not None:
        return found
    for data in (one for one in root.iter() if local_name(one.tag) == "recordData"):
        text = "".join(data.itertext()).strip()
        if text.startswith("<"):
            try:
                inner = answers.unpacked(text)
            except BadXml as bad:
                raise LinkFailed("protocol", f"the explanation is not well-formed: {bad}") from None
            return next((one for one in inner.iter() if local_name(one.tag) == "explain"), None)
    return None


def _part(record: Any, name: str) -> Any:
    return next((one for one in record if local_name(one.tag) == name), None)


def _attribute(element: Any, name: str) -> str:
    return (element.get(name) or "").strip()[:LONGEST] if element is not None else ""


def _named(element: Any, name: str) -> str:
    """The text of a child of this name: the primary or English one where there are several."""
    if element is None:
        return ""
    texts = children(element, name)
    texts.sort(key=lambda one: (one.get("primary") != "true", (one.get("lang") or "en")[:2] != "en"))
    return " ".join("".join(texts[0].itertext()).split())[:LONGEST] if texts else ""


def _yes(element: Any, name: str) -> bool | None:
    return _YES.get((element.get(name) or "").strip().lower())


def _sets(record: Any) -> Iterator[tuple[str, str]]:
    for info in children(record, "indexInfo"):
        for one in children(info, "set")[:MOST_SCHEMAS]:
            if name := _attribute(one, "name"):
                yield name, _attribute(one, "identifier")


def _indexes(record: Any) -> Iterator[Index]:
    for info in children(record, "indexInfo"):
        for one in children(info, "index"):
            names, attributes = [], []
            for each in children(one, "map")[:MOST_NAMES]:
                names += [
                    ((name.get("set") or name.get("indexSet") or "").strip()[:LONGEST], text[:LONGEST])
                    for name in children(each, "name")
                    if (text := "".join(name.itertext()).strip())
                ]
                attributes += [
                    (_attribute(attr, "set"), _attribute(attr, "type"), text[:LONGEST])
                    for attr in children(each, "attr")
                    if (text := "".join(attr.itertext()).strip())
                ]
            if names or attributes:
                yield Index(
                    title=_named(one, "title"),
                    names=tuple(names),
                    search=_yes(one, "search"),
                    scan=_yes(one, "scan"),
                    sort=_yes(one, "sort"),
                    attributes=tuple(attributes),
                )


def _schemas(record: Any) -> Iterator[Schema]:
    for info in children(record, "schemaInfo"):
        for one in children(info, "schema"):
            name, identifier = _attribute(one, "name"), _attribute(one, "identifier")
            if name or identifier:
                yield Schema(
                    name=name or identifier,
                    identifier=identifier,
                    title=_named(one, "title"),
                    retrieve=_yes(one, "retrieve"),
                    sort=_yes(one, "sort"),
                )


def _typed(configuration: Any, name: str) -> Iterator[tuple[str, str]]:
    if configuration is None:
        return
    for one in children(configuration, name)[:MOST_SETTINGS]:
        if kind := _attribute(one, "type"):
            yield kind, "".join(one.itertext()).strip()[:LONGEST]
