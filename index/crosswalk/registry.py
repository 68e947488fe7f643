"""Which crosswalk reads what: schemas by name, and schema names by namespace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from index.crosswalk import dc, dcwrite, marc21, marcwrite, mods, modswrite
from index.crosswalk.errors import BadRecord
from index.crosswalk.rows import sheet, ucs
from index.record import Record

#: A crosswalk's version counts up whenever it gives another Record for the same bytes: records that were read by
#: an older one are then read again from the raw bytes. A schema that is not named here is at 1.
VERSIONS: Mapping[str, int] = MappingProxyType({"marc21": 3, "oai_dc": 2, "mods": 2})

#: Of all of them together: another number, another outcome.
VERSION = sum(VERSIONS.values())

#: Schema name (stored with each record) → its crosswalk.
READERS: Mapping[str, Callable[..., Record]] = MappingProxyType(
    {
        "marc21": marc21.read,
        "unimarc": marc21.read_unimarc,
        "oai_dc": dc.read,
        "mods": mods.read,
        "sheet": sheet.read,
        "slims_ucs": ucs.read,
    }
)

#: Schema name → how a Record is written in it.
WRITERS: Mapping[str, Callable[[Record], bytes]] = MappingProxyType(
    {"marc21": marcwrite.write, "oai_dc": dcwrite.write, "mods": modswrite.write}
)

#: In this order a harvest chooses among the formats a provider offers: the fullest first.
PREFERENCE = ("marc21", "mods", "oai_dc")

_NAMESPACES: Mapping[str, str] = MappingProxyType(
    {
        "http://www.loc.gov/MARC21/slim": "marc21",
        "https://www.loc.gov/MARC21/slim": "marc21",
        "http://www.loc.gov/MARC/slim": "marc21",
        "info:lc/xmlns/marcxchange-v1": "marc21",
        "info:lc/xmlns/marcxchange-v2": "marc21",
        "http://www.openarchives.org/OAI/2.0/oai_dc/": "oai_dc",
        "http://www.openarchives.org/OAI/2.0/oai_dc": "oai_dc",
        "http://purl.org/dc/elements/1.1/": "oai_dc",
        "http://purl.org/dc/terms/": "oai_dc",
        "http://www.loc.gov/mods/v3": "mods",
        "http://www.loc.gov/mods/": "mods",
    }
)
_ROOTS: Mapping[str, str] = MappingProxyType(
    {"modsCollection": "mods", "mods": "mods", "dc": "oai_dc", "collection": "marc21", "record": "marc21"}
)


def schema_of(namespace: str, root: str = "") -> str | None:
    """The schema of a namespace, whatever prefix a provider gives it; None when no crosswalk reads it.

    `root` is the local name of the payload's root and decides only where the namespace is missing.
    """
    namespace = namespace.strip()
    if namespace in _NAMESPACES:
        return _NAMESPACES[namespace]
    if namespace.startswith("http://www.loc.gov/mods/v3"):
        return "mods"
    return _ROOTS.get(root) if not namespace else None


def read(schema: str, element: Any, profile: str = "generic", copies: Sequence[str] = ()) -> Record:
    """The Record of a payload element (lxml; of `sheet` and `slims_ucs` the raw JSON bytes). Raises BadRecord."""
    reader = READERS.get(schema)
    if reader is None:
        raise BadRecord("unknown_schema", schema)
    return reader(element, profile, copies) if copies else reader(element, profile)


def write(schema: str, record: Record) -> bytes:
    """The record as one payload element in UTF-8; raises KeyError for a schema that is not written."""
    return WRITERS[schema](record)


def version_of(schema: str) -> int:
    """The version of the crosswalk that reads this schema today."""
    return VERSIONS.get(schema, 1)


def content_hash(schema: str, raw: bytes) -> bytes:
    """16 bytes that change when the raw bytes do: same hash, same crosswalk, nothing to do."""
    return blake2b(raw, digest_size=16, person=schema[:16].encode()).digest()
