"""The formats on offer: each cluster as its displayed description, with the copies of all libraries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from foundation.libraries import Library
from index.crosswalk import marcwrite, registry
from index.packing import from_value, to_value
from index.record import Record
from index.views import Cluster, HeldCopy
from web.oai import xml
from web.oai.house import House

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ROOT = re.compile(rb"^(?:<\?xml[^>]*\?>\s*)?<[^\s/>]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A metadata format. `schema` names the crosswalk that writes it, `write` adds what only the union knows."""

    prefix: str
    schema: str
    location: str
    namespace: str
    write: Callable[[Cluster, Mapping[str, Library], House], bytes]


def offered() -> dict[str, Format]:
    """The formats that we can write, by prefix."""
    return {one.prefix: one for one in _FORMATS if one.schema in registry.WRITERS}


def payload(format: Format, cluster: Cluster, members: Mapping[str, Library], house: House) -> bytes:
    """The metadata of a cluster: one element that says which schema it follows."""
    try:
        written = format.write(cluster, members, house)
    except ValueError:  # lxml refuses characters that XML has not; files of other kinds may bring them
        written = format.write(_mended(cluster), members, house)
    root = _ROOT.match(written)
    assert root is not None
    hint = f' xmlns:xsi="{XSI}" xsi:schemaLocation="{format.namespace} {format.location}"'
    start = root.group().rpartition(b"<")[2]
    return b"<" + start + hint.encode() + written[root.end() :]


def _mended(cluster: Cluster) -> Cluster:
    shown = cluster.descriptions[cluster.shown]
    record = from_value(_without(to_value(shown.record)))
    mended = replace(shown, record=record)
    descriptions = (
        *cluster.descriptions[: cluster.shown],
        mended,
        *cluster.descriptions[cluster.shown + 1 :],
    )
    return replace(cluster, descriptions=descriptions)


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return xml.clean(value)
    if isinstance(value, list):
        return [_without(one) for one in value]
    if isinstance(value, dict):
        return {key: _without(one) for key, one in value.items()}
    return value


def _described(cluster: Cluster) -> Record:
    """The displayed record without copies: those of all libraries are written by us."""
    return replace(cluster.record, holdings=())


def _before_the_end(written: bytes, more: str) -> bytes:
    """Put elements at the end of the payload's root."""
    at = written.rindex(b"</")
    return written[:at] + more.encode() + written[at:]


def _dc(cluster: Cluster, members: Mapping[str, Library], house: House) -> bytes:
    written = registry.write("oai_dc", _described(cluster))
    return _before_the_end(written, xml.element("dc:identifier", f"{house.root}/record/{cluster.id}"))


# --- MARCXML -------------------------------------------------------------------------------------


def _marc(cluster: Cluster, members: Mapping[str, Library], house: House) -> bytes:
    written = marcwrite.write(_described(cluster), number=cluster.id, agency=house.domain)
    fields = [_field("856", "42", ("3", house.name), ("u", f"{house.root}/record/{cluster.id}"))]
    for library_id, copies in cluster.by_library().items():
        symbol = _symbol(members, library_id)
        fields += [_place(symbol, copy) for copy in copies] or [_field("852", "  ", ("a", symbol))]
    return _before_the_end(written, "".join(sorted(fields)))


def _place(symbol: str, held: HeldCopy) -> str:
    copy = held.copy
    notes = [copy.note, "Not for loan" if copy.lendable is False and not copy.note else ""]
    if copy.copies > 1:
        notes.append(f"{copy.copies} copies")
    return _field(
        "852",
        "  ",
        ("a", symbol),
        ("b", copy.branch),
        ("c", copy.location),
        ("h", copy.call_number),
        ("p", copy.barcode),
        *(("z", note) for note in notes),
        ("3", copy.coverage),
    )


def _field(tag: str, indicators: str, *subfields: tuple[str, str]) -> str:
    inside = "".join(xml.element("subfield", text, code=code) for code, text in subfields if text)
    return f'<datafield tag="{tag}" ind1="{indicators[0]}" ind2="{indicators[1]}">{inside}</datafield>'


def _symbol(members: Mapping[str, Library], library_id: str) -> str:
    """The library's symbol without its kind: an ISIL or NPP says by itself what it is."""
    return members[library_id].symbol.partition(":")[2] if library_id in members else ""


# --- MODS ----------------------------------------------------------------------------------------


def _mods(cluster: Cluster, members: Mapping[str, Library], house: House) -> bytes:
    written = registry.write("mods", _described(cluster))
    root = _ROOT.match(written)
    name = root.group().rpartition(b"<")[2].decode() if root else ""
    prefix = f"{name.partition(':')[0]}:" if ":" in name else ""
    address = xml.element(f"{prefix}url", f"{house.root}/record/{cluster.id}", usage="primary display")
    more = [f"<{prefix}location>{address}</{prefix}location>"]
    for library_id, copies in cluster.by_library().items():
        more.append(_location(prefix, members.get(library_id), copies))
    return _before_the_end(written, "".join(more))


def _location(prefix: str, library: Library | None, copies: tuple[HeldCopy, ...]) -> str:
    kind, _, symbol = library.symbol.partition(":") if library else ("", "", "")
    inside = xml.element(f"{prefix}physicalLocation", library.name) if library else ""
    inside += xml.element(f"{prefix}physicalLocation", symbol, authority=kind.lower()) if symbol else ""
    if copies:
        told = "".join(_copy(prefix, held) for held in copies)
        inside += f"<{prefix}holdingSimple>{told}</{prefix}holdingSimple>"
    return f"<{prefix}location>{inside}</{prefix}location>"


def _copy(prefix: str, held: HeldCopy) -> str:
    copy = held.copy
    place = " / ".join(text for text in (copy.branch, copy.location) if text)
    parts: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("subLocation", place, {}),
        ("shelfLocator", copy.call_number, {}),
        ("note", copy.note or ("Not for loan" if copy.lendable is False else ""), {}),
        ("note", f"{copy.copies} copies" if copy.copies > 1 else "", {}),
        ("enumerationAndChronology", copy.coverage, {"unitType": "1"}),
        ("itemIdentifier", copy.barcode, {"type": "barcode"}),
    )
    inside = "".join(xml.element(prefix + name, text, **more) for name, text, more in parts if text)
    return f"<{prefix}copyInformation>{inside}</{prefix}copyInformation>"


_FORMATS = (
    Format(
        prefix="oai_dc",
        schema="oai_dc",
        location="http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
        namespace="http://www.openarchives.org/OAI/2.0/oai_dc/",
        write=_dc,
    ),
    Format(
        prefix="marcxml",
        schema="marc21",
        location="http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd",
        namespace="http://www.loc.gov/MARC21/slim",
        write=_marc,
    ),
    Format(
        prefix="mods",
        schema="mods",
        location="http://www.loc.gov/standards/mods/v3/mods-3-7.xsd",
        namespace="http://www.loc.gov/mods/v3",
        write=_mods,
    ),
)
