"""949 as several large systems use it for their items. It is a local field: read only where a profile names it."""

from __future__ import annotations

from collections.abc import Mapping

from index.crosswalk.copies.fields import CODE, COLUMN, DATE, texts
from index.crosswalk.copies.states import state
from index.crosswalk.marcform import Marc
from index.record import Availability, Holding

#: One-letter states of items.
_LETTERS: Mapping[str, tuple[Availability, bool | None]] = {
    "-": (Availability.AVAILABLE, None),
    "o": (Availability.ON_SITE, False),
    "m": (Availability.LOST, False),
    "n": (Availability.LOST, False),
    "p": (Availability.IN_PROCESS, None),
    "t": (Availability.ON_LOAN, None),
    "!": (Availability.ON_LOAN, None),
    "r": (Availability.IN_PROCESS, None),
}


def read(marc: Marc) -> list[Holding]:
    """One copy a field: $a call number, $i or $b barcode, $m library, $l location, $s state, $d due, $z note.

    A field without a barcode or a location is a command of the system that wrote it, no copy.
    """
    found = []
    for field in marc.get("949"):
        has = texts(field)
        code = has.get("i") or (has.get("b", "") if _is_code(has.get("b", "")) else "")
        if not code and not has.get("l") and not has.get("m"):
            continue
        said = has.get("s", "")
        availability, lendable = _LETTERS.get(said) or state(said)
        if has.get("d") and availability in (Availability.AVAILABLE, Availability.UNKNOWN):
            availability = Availability.ON_LOAN
        found.append(
            Holding(
                branch=has.get("m") or has.get("l", ""),
                location=has.get("l", "") if has.get("m") else "",
                call_number=" ".join(
                    part
                    for part in (has.get("a", ""), has.get("b", "") if code != has.get("b") else "")
                    if part
                )[:COLUMN],
                barcode=code[:CODE],
                availability=availability,
                lendable=lendable,
                due=has.get("d", "")[:DATE],
                coverage=has.get("v", ""),
                note=has.get("z") or has.get("n", ""),
            )
        )
    return found


def read_049(marc: Marc) -> list[Holding]:
    """049 $a: no more than the symbol of a library that has it."""
    symbols = [texts(field).get("a", "") for field in marc.get("049")]
    return [Holding(branch=symbol) for symbol in dict.fromkeys(symbols) if symbol]


def _is_code(text: str) -> bool:
    """Whether a text is a barcode and no part of a call number."""
    return (
        len(text) >= 6
        and text.isascii()
        and text.replace("-", "").isalnum()
        and sum(map(str.isdigit, text)) >= 5
    )
