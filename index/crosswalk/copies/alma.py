"""Alma's published availability: AVA for print, AVE for what is online."""

from __future__ import annotations

from dataclasses import replace

from index.crosswalk.copies.fields import count, texts
from index.crosswalk.marcform import Field, Marc
from index.record import Availability, Holding

_STATES = {"available": Availability.AVAILABLE, "unavailable": Availability.ON_LOAN}


def read(marc: Marc) -> list[Holding]:
    """Runs of copies: those on the shelf apart from those that are not."""
    found = [copy for field in marc.get("AVA") for copy in _print(field)]
    return found + [copy for field in marc.get("AVE") for copy in _online(field)]


def _print(field: Field) -> list[Holding]:
    """AVA: $b library, $c and $j location, $d call number, $e state, $f copies, $g of these not available."""
    has = texts(field)
    run = Holding(
        branch=has.get("b") or has.get("q") or has.get("a", ""),
        location=has.get("c") or has.get("j", ""),
        call_number=has.get("d", ""),
        copies=max(1, count(has.get("f", "")) or 1),
        availability=_STATES.get(has.get("e", "").casefold(), Availability.UNKNOWN),
        coverage=has.get("v") or has.get("t", ""),
    )
    away = count(has.get("g", "")) or 0
    if run.availability is Availability.AVAILABLE and 0 < away < run.copies:
        return [
            replace(run, copies=run.copies - away),
            replace(run, copies=away, availability=Availability.ON_LOAN),
        ]
    return [run]


def _online(field: Field) -> list[Holding]:
    """AVE: $l library, $m collection, $s what of it, $n note; only what is switched on."""
    has = texts(field)
    if has.get("e", "Available").casefold() not in ("available", ""):
        return []
    return [
        Holding(
            branch=has.get("l") or has.get("i") or has.get("a", ""),
            location=has.get("m") or has.get("t", ""),
            availability=Availability.ONLINE,
            coverage=has.get("s", ""),
            note=has.get("n", ""),
        )
    ]
