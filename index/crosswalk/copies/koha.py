"""Koha's items: 952 in MARC 21, 995 in UNIMARC. The numbers are columns of its items, so both say the same."""

from __future__ import annotations

from collections.abc import Mapping

from index.crosswalk.copies.fields import CODE, DATE, is_set, texts
from index.crosswalk.marcform import Field, Marc
from index.record import Availability, Holding

_PLACE, _MARK = frozenset("ab"), frozenset("py297")


def read(marc: Marc) -> list[Holding]:
    """Every 952 as an item of Koha."""
    return [copy for field in marc.get("952") for copy in _item(field)]


def read_evident(marc: Marc) -> list[Holding]:
    """Those 952 that show by themselves that they are Koha's: anybody may use the tag for anything."""
    return [copy for field in marc.get("952") if is_koha(field) for copy in _item(field)]


def is_koha(field: Field) -> bool:
    """Koha's has a branch, and a barcode, item type, classification source or item number."""
    place = mark = False
    for code, text in field[2]:
        if code in _PLACE:
            place = place or bool(text.strip())
        elif code in _MARK:
            mark = mark or bool(text.strip())
    return place and mark


def _item(field: Field) -> list[Holding]:
    has = texts(field)
    return item(
        has, branch=has.get("a") or has.get("b", ""), shelf="c", mark="o", code="p", loan="7", due="q"
    )


def item(
    has: Mapping[str, str], *, branch: str, shelf: str, mark: str, code: str, loan: str, due: str
) -> list[Holding]:
    """One item by its flags: 0 withdrawn, 1 lost, `loan` not for loan, `due` on loan until; [] when withdrawn."""
    if is_set(has.get("0", "")):
        return []
    kept = has.get(loan, "")
    lendable: bool | None = not is_set(kept)
    availability = Availability.AVAILABLE
    if is_set(has.get("1", "")):
        availability, lendable = Availability.LOST, False
    elif kept.startswith("-"):
        availability, lendable = Availability.ON_ORDER, None
    elif has.get(due):
        availability = Availability.ON_LOAN
    elif lendable is False:
        availability = Availability.ON_SITE
    return [
        Holding(
            branch=branch,
            location=has.get(shelf, ""),
            call_number=has.get(mark, ""),
            barcode=has.get(code, "")[:CODE],
            availability=availability,
            lendable=lendable,
            due=has.get(due, "")[:DATE],
            coverage=has.get("h", ""),
            note=has.get("z", ""),
        )
    ]
