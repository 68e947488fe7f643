"""Copies in MODS: location/holdingSimple/copyInformation, with SLiMS's habits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.crosswalk.copies.fields import CODE, COLUMN, DATE, count
from index.crosswalk.copies.states import WORDS, state
from index.crosswalk.xmlparts import child_text, children, text_of
from index.record import Holding


def read(locations: Sequence[Any], *, bare: bool = True) -> list[Holding]:
    """The copies of `location` elements; where `bare` places count, one without copies is a run of unknown ones."""
    found: list[Holding] = []
    for location in locations:
        branch = child_text(location, "physicalLocation")[:COLUMN]
        mark = child_text(location, "shelfLocator")[:COLUMN]
        got = [
            _copy(info, branch, mark)
            for simple in children(location, "holdingSimple")
            for info in children(simple, "copyInformation")
        ]
        if not got and branch and bare:
            got = [Holding(branch=branch, call_number=mark)]
        found.extend(got)
    return found


def _copy(info: Any, branch: str, mark: str) -> Holding:
    """One copyInformation; SLiMS writes the copy's code into its enumeration."""
    place = child_text(info, "subLocation") or child_text(info, "sublocation")
    code = child_text(info, "itemIdentifier")
    run = child_text(info, "enumerationAndChronology") or child_text(info, "numerationAndChronology")
    if not code and run and " " not in run and len(run) <= CODE:
        code, run = run, ""
    notes = [((note.get("type") or "").casefold(), text_of(note, COLUMN)) for note in children(info, "note")]
    copies = next((n for kind, text in notes if kind == "copies" and (n := count(text))), 1)
    said = next((text for _, text in notes if text.casefold() in WORDS), "")
    availability, lendable = state(said)
    lent = next((text for kind, text in notes if kind == "lending"), "")
    if lent in ("yes", "no", "unknown"):
        lendable = {"yes": True, "no": False}.get(lent)
    due = next((text[:DATE] for kind, text in notes if kind in ("due date", "due")), "")
    taken = ("availability", "due date", "due", "copies", "lending")
    return Holding(
        branch=branch,
        location=place[:COLUMN],
        call_number=child_text(info, "shelfLocator")[:COLUMN] or mark,
        copies=copies,
        barcode=code[:CODE],
        availability=availability,
        lendable=lendable,
        due=due,
        coverage=run[:COLUMN],
        note=next((text for kind, text in notes if kind not in taken and text and text != said), ""),
    )
