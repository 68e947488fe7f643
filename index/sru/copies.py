"""Copies told of in SRU: ISO 20775 holdings, the OPAC records of YAZ's servers as XML, and fields of MARC."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from index.crosswalk import copies as marc_copies
from index.crosswalk import marcform
from index.crosswalk.copies.fields import CODE, COLUMN
from index.crosswalk.copies.states import state, stays
from index.crosswalk.marcform import local_name
from index.crosswalk.text import clean
from index.crosswalk.xmlparts import child_text, children, text_of
from index.record import Availability, Holding

#: Copies of one record that are read.
MOST = 500

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")

#: ISO 20775 availabilityStatus: 0 unknown, 1 available, 2 not, 3 possibly.
_STATUS: Mapping[str, Availability] = {"1": Availability.AVAILABLE, "2": Availability.ON_LOAN}
#: ISO 20775 availableFor: 1 loan, 2 copy on paper, 3 digital copy, 4 online access, 5 look-up by staff, 6 other.
_LENT, _ONLINE = "1", "4"


def read(element: Any) -> tuple[Holding, ...]:
    """The copies that an element, or its `holdings`, tells of; () when there are none. At most 500."""
    name = local_name(element.tag)
    lists = [element] if name == "holdings" else [one for one in element if local_name(one.tag) == "holdings"]
    if not lists and name == "extraRecordData":
        lists = [one for one in element.iter() if local_name(one.tag) == "holdings"][:1]
    found: list[Holding] = []
    for one in lists:
        for holding in children(one, "holding"):
            if len(found) >= MOST:
                break
            parts = {local_name(part.tag) for part in holding}
            iso = parts & {"holdingSimple", "holdingStructured", "physicalLocation", "institutionIdentifier"}
            found += _iso20775(holding) if iso else _opac(holding)
    return tuple(found[:MOST])


def of_marc(element: Any, names: Sequence[str] = ()) -> tuple[Holding, ...]:
    """The copies in a MARCXML record: 852, 952, AVA and their like, by the named ways or by evidence.

    Raises BadRecord for what is no MARCXML, KeyError for a name that is not in index.crosswalk.copies.NAMES.
    """
    return marc_copies.of_marc(marcform.from_xml(element), names)


# --- ISO 20775 -----------------------------------------------------------------------------------


def _iso20775(holding: Any) -> list[Holding]:
    branch = child_text(holding, "physicalLocation")
    if not branch:
        branch = next((child_text(one, "value") for one in children(holding, "institutionIdentifier")), "")
    branch = branch[:COLUMN]
    found: list[Holding] = []
    for kind in children(holding, "holdingSimple", "holdingStructured"):
        pieces = [
            one for one in kind.iter() if local_name(one.tag) in ("copyInformation", "component", "set")
        ]
        copies = [_copy(one, branch) for one in pieces if _tells(one)]
        found += copies or [run for one in children(kind, "copiesSummary") for run in _runs(one, branch)]
    return found or [Holding(branch=branch)]


def _tells(piece: Any) -> bool:
    """Does this part tell of copies itself, not only through parts of its own?"""
    own = {local_name(one.tag) for one in piece}
    return bool(
        own
        & {"availabilityInformation", "shelfLocator", "sublocation", "pieceIdentifier", "electronicLocator"}
    )


def _copy(piece: Any, branch: str) -> Holding:
    availability, lendable, due = _availability(piece)
    if availability is Availability.UNKNOWN and children(piece, "electronicLocator"):
        availability = Availability.ONLINE
    identifier = next(
        (child_text(one, "value") or text_of(one) for one in children(piece, "pieceIdentifier")), ""
    )
    return Holding(
        branch=branch,
        location=child_text(piece, "sublocation")[:COLUMN],
        call_number=child_text(piece, "shelfLocator")[:COLUMN],
        barcode=identifier[:CODE],
        availability=availability,
        lendable=lendable,
        due=due,
        coverage=child_text(piece, "enumerationAndChronology")[:COLUMN],
        note=child_text(piece, "note")[:COLUMN],
    )


def _availability(piece: Any) -> tuple[Availability, bool | None, str]:
    """What the statuses say: the one about loans wins, since others may be available at the same time."""
    statuses = [
        one for info in children(piece, "availabilityInformation") for one in children(info, "status")
    ]
    statuses.sort(key=lambda one: child_text(one, "availableFor") not in (_LENT, ""))
    for status in statuses:
        purpose = child_text(status, "availableFor")
        here = _STATUS.get(child_text(status, "availabilityStatus"), Availability.UNKNOWN)
        due = _date(child_text(status, "dateTimeAvailable"))
        if purpose in (_LENT, ""):
            return here, True if purpose == _LENT and here is not Availability.UNKNOWN else None, due
        if here is Availability.AVAILABLE:
            return (
                (Availability.ONLINE, None, "") if purpose == _ONLINE else (Availability.ON_SITE, False, "")
            )
    return Availability.UNKNOWN, None, ""


def _runs(summary: Any, branch: str) -> list[Holding]:
    """Copies that are only counted: those that are there and those that are not."""
    whole = _count(child_text(summary, "copiesCount")) or 1
    counted = [_count(child_text(one, "availableCount")) for one in children(summary, "status")]
    there = next((one for one in counted if one is not None), None)
    if there is None:
        return [Holding(branch=branch, copies=whole)]
    there = min(there, whole)
    runs = ((there, Availability.AVAILABLE), (whole - there, Availability.ON_LOAN))
    return [Holding(branch=branch, copies=count, availability=state) for count, state in runs if count]


# --- OPAC records as XML -------------------------------------------------------------------------


def _opac(holding: Any) -> list[Holding]:
    """HoldingsAndCircData of Z39.50's OPAC syntax, one copy a circulation; a run of one where there is none."""
    note = child_text(holding, "publicNote")[:COLUMN]
    local = child_text(holding, "localLocation") or child_text(holding, "nucCode")
    coverage = child_text(holding, "enumAndChron")
    volumes = [text for group in children(holding, "volumes") for one in group if (text := text_of(one))]
    circulations = [
        one for group in children(holding, "circulations") for one in children(group, "circulation")
    ]
    found = []
    for one in circulations or [None]:
        availability, lendable, due = _circulation(one, note) if one is not None else _noted(note)
        place = child_text(one, "temporaryLocation") if one is not None else ""
        run = child_text(one, "enumAndChron") if one is not None else ""
        found.append(
            Holding(
                branch=local[:COLUMN],
                location=(place or child_text(holding, "shelvingLocation"))[:COLUMN],
                call_number=child_text(holding, "callNumber")[:COLUMN],
                barcode=child_text(one, "itemId")[:CODE] if one is not None else "",
                availability=availability,
                lendable=lendable,
                due=due,
                coverage=(run or coverage or "; ".join(volumes))[:COLUMN],
                note=note,
            )
        )
    return found


def _circulation(one: Any, note: str) -> tuple[Availability, bool | None, str]:
    said = next((part.get("value", "") or text_of(part) for part in children(one, "availableNow")), "")
    due = next(
        (text_of(part) for part in one if local_name(part.tag) in ("availabilityDate", "availablityDate")), ""
    )
    if stays(child_text(one, "restrictions")) or stays(note):
        return Availability.ON_SITE, False, ""
    if said.lower() in ("1", "true"):
        return Availability.AVAILABLE, None, ""
    return (Availability.ON_LOAN if said else Availability.UNKNOWN), None, _date(due)


def _noted(note: str) -> tuple[Availability, bool | None, str]:
    return (Availability.ON_SITE, False, "") if stays(note) else (*state(note), "")


def _date(text: str) -> str:
    """The day of a date and time, as YYYY-MM-DD; what is none as it is."""
    found = _DATE.match(text)
    return "-".join(found.groups()) if found else clean(text, 40)


def _count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) else None
