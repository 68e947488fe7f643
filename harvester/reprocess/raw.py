"""The raw bytes of stored records, cut out of their page and parsed many at a time.

A page is decompressed once. What its records lie in is cut away by the offsets that were noted when it came: the
records of a lot are put side by side under the namespaces of the page and parsed in one go, which costs a third of
parsing each alone. Where that fails, or finds another record than was noted, each is read as it was the first time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.strictxml import BadXml, XmlLimits, parse
from harvester import payload, profiles
from harvester.errors import HarvestFailed
from harvester.oai import ListReader
from harvester.payload import Rejected
from harvester.spool import Spool
from index import crosswalk
from index.crosswalk.marcform import local_name
from index.record import Record

#: Records parsed together, and the most bytes of them.
_LOT, _LOT_BYTES = 100, 2 * 2**20
_LIMITS = XmlLimits(bytes=20 * 2**20, depth=100, attributes=256, nodes=500_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stored record and where its bytes lie."""

    id: int
    identifier: str
    schema: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is made of a stored record today: a Record with its schema, or why not; None where the bytes are gone."""

    place: Place
    raw: bytes
    schema: str
    outcome: Record | Rejected | None


def read_page(spool: Spool, path: str, places: Sequence[Place], profile: str) -> Iterator[Reading]:
    """The records at these places of a page, read as the profile of their source writes; in any order."""
    try:
        page = b"".join(spool.chunks(path))
    except OSError:
        yield from (Reading(place=place, raw=b"", schema=place.schema, outcome=None) for place in places)
        return
    if Path(path).name.endswith(".raw.zst"):  # from a file: the records and nothing around them
        yield from (_alone(page, place, profile) for place in places)
        return
    left = list(places)
    if not Path(path).name.endswith(".unwell.xml.zst"):
        around = _around(page, min(place.offset for place in places))
        left = []
        for lot in _lots(places):
            found = _together(page, around, lot, profile)
            if found is None:
                left.extend(lot)
            else:
                yield from found
    if left:
        yield from _as_before(spool, path, left, profile)


def _lots(places: Sequence[Place]) -> Iterator[list[Place]]:
    lot: list[Place] = []
    size = 0
    for place in places:
        if lot and (len(lot) >= _LOT or size + place.length > _LOT_BYTES):
            yield lot
            lot, size = [], 0
        lot.append(place)
        size += place.length
    if lot:
        yield lot


def _around(page: bytes, first: int) -> bytes:
    """The namespaces that hold around the records of a page."""
    reader = ListReader()
    try:
        reader.feed(page[:first])
    except HarvestFailed:
        return b""
    return reader.declarations


def _together(page: bytes, around: bytes, lot: list[Place], profile: str) -> list[Reading] | None:
    """The records of a lot from one tree; None where they are not what was noted."""
    raws = [page[place.offset : place.offset + place.length] for place in lot]
    if any(not raw.startswith(b"<") for raw in raws):
        return None
    try:
        root = parse(b"<page" + around + b">" + b"".join(raws) + b"</page>", limits=_LIMITS)
    except BadXml:
        return None
    elements = [child for child in root if isinstance(child.tag, str)]
    if len(elements) != len(lot):
        return None
    found = []
    for place, raw, element in zip(lot, raws, elements, strict=True):
        header, metadata = _parts(element)
        if payload.key_of(header) != place.identifier:
            return None
        found.append(_read(place, raw, metadata, profile))
        element.clear()
    return found


def _parts(element: Any) -> tuple[str, Any]:
    """(the identifier in the header, the element of the metadata or None)."""
    identifier, metadata = "", None
    for child in element:
        name = local_name(child.tag)
        if name == "header":
            for one in child:
                if local_name(one.tag) == "identifier":
                    identifier = (one.text or "").strip()
                    break
        elif name == "metadata" and metadata is None:
            metadata = child
    return identifier, metadata


def _read(place: Place, raw: bytes, metadata: Any, profile: str) -> Reading:
    schema, outcome = place.schema, None  # type: str, Record | Rejected | None
    try:
        if metadata is None:
            raise Rejected(reason="no_metadata")
        element, _ = payload.chosen(metadata)
        if element is None:
            raise Rejected(reason="empty_metadata")
        schema, outcome = payload.describe(element, profile, place.identifier)
    except Rejected as rejected:
        outcome = rejected
    return Reading(place=place, raw=raw, schema=schema, outcome=outcome)


def _as_before(spool: Spool, path: str, places: Sequence[Place], profile: str) -> Iterator[Reading]:
    """Read the page as it was read the first time, and take from it what is wanted."""
    wanted = {place.offset: place for place in places}
    try:
        for item in spool.items(path):
            place = wanted.get(item.offset)
            if place is None or payload.key_of(item.header.identifier) != place.identifier:
                continue
            del wanted[item.offset]
            schema, outcome = place.schema, None  # type: str, Record | Rejected | None
            try:
                schema, outcome, _ = payload.read(item, profile)
            except Rejected as rejected:
                outcome = rejected
            yield Reading(place=place, raw=item.raw, schema=schema, outcome=outcome)
    except (HarvestFailed, OSError):
        pass  # what was not found is told as gone
    for place in wanted.values():
        yield Reading(place=place, raw=b"", schema=place.schema, outcome=None)


def _alone(page: bytes, place: Place, profile: str) -> Reading:
    """One record of a file: ISO 2709, XML, or a row in JSON."""
    raw = page[place.offset : place.offset + place.length]
    schema, outcome = place.schema, None  # type: str, Record | Rejected | None
    known = profiles.of(profile)
    try:
        if not raw or len(raw) != place.length:
            return Reading(place=place, raw=raw, schema=schema, outcome=None)
        if raw.lstrip()[:1] == b"<":
            outcome = crosswalk.read(schema, parse(raw, limits=_LIMITS), known.dialect, known.holdings)
        elif schema in ("marc21", "unimarc"):
            outcome = crosswalk.read_iso2709(raw, known.dialect, known.holdings)
        else:
            outcome = crosswalk.read(schema, raw, known.dialect)
    except crosswalk.BadRecord as bad:
        outcome = Rejected(reason=bad.reason, detail=bad.detail)
    except (BadXml, json.JSONDecodeError) as bad:
        outcome = Rejected(reason="malformed", detail=str(bad))
    except Exception as error:  # a fault of ours costs one record
        payload.log.exception("crosswalk failed", extra={"schema": schema, "identifier": place.identifier})
        outcome = Rejected(reason="crosswalk_failed", detail=repr(error)[:500])
    return Reading(place=place, raw=raw, schema=schema, outcome=outcome)
