"""Titles as MARC 21 (ISO 2709, MARCXML) and MODS: as harvesters get them, with the copies of all libraries."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from index.crosswalk import iso2709write
from index.crosswalk.marcform import NAMESPACE
from index.crosswalk.marcwrite import Written
from web.oai import formats
from web.oai.house import House
from web.taking.titles import Title

_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_COLLECTIONS = {
    "marcxml": (b'<collection xmlns="http://www.loc.gov/MARC21/slim">', b"</collection>"),
    "mods": (b'<modsCollection xmlns="http://www.loc.gov/mods/v3">', b"</modsCollection>"),
}


def marcxml(found: Sequence[Title], house: House) -> bytes:
    """A collection of MARCXML records."""
    return _collection("marcxml", found, house)


def mods(found: Sequence[Title], house: House) -> bytes:
    """A collection of MODS descriptions."""
    return _collection("mods", found, house)


def iso2709(found: Sequence[Title], house: House) -> bytes:
    """The same MARC records in the exchange format, one after the other."""
    return b"".join(iso2709write.packed(_written(one)) for one in _payloads("marcxml", found, house))


def _collection(prefix: str, found: Sequence[Title], house: House) -> bytes:
    start, end = _COLLECTIONS[prefix]
    return b"\n".join([_HEAD + start, *_payloads(prefix, found, house), end, b""])


def _payloads(prefix: str, found: Sequence[Title], house: House) -> list[bytes]:
    format = formats.offered()[prefix]
    made = []
    for title in found:
        members = {library.id: library for library, _ in title.holders}
        made.append(formats.payload(format, title.cluster, members, house))
    return made


def _written(payload: bytes) -> Written:
    """The fields of a MARCXML record of our own making."""
    root = etree.fromstring(payload)
    name = f"{{{NAMESPACE}}}"
    fields = [
        (
            field.get("tag"),
            field.get("ind1") + field.get("ind2"),
            [(one.get("code"), one.text or "") for one in field.iterfind(f"{name}subfield")],
        )
        for field in root.iterfind(f"{name}datafield")
    ]
    return Written(
        leader=root.findtext(f"{name}leader"),
        controls=[(one.get("tag"), one.text or "") for one in root.iterfind(f"{name}controlfield")],
        fields=sorted(fields, key=lambda field: field[0]),
    )
