"""UNIMARC's copies: 995 (the French recommendation, and Koha's frame of it), 930 with 955 of a union catalogue."""

from __future__ import annotations

from index.crosswalk.copies.fields import CODE, DATE, codes, is_set, texts
from index.crosswalk.marcform import Field, Marc
from index.crosswalk.text import clean
from index.record import Availability, Holding

#: $o, category of circulation: on site, excluded from loans, and Koha's numbers for the same.
_STAYS = frozenset(("c", "e", "r", "x", "1", "2", "3", "4", "5"))
_LENT = frozenset(("d", "p", "0"))


def read(marc: Marc) -> list[Holding]:
    """Every 995 as a copy; where there is none, the runs of 930."""
    found = [copy for field in marc.get("995") for copy in _copy(field)]
    return found or read_930(marc)


def read_evident(marc: Marc) -> list[Holding]:
    """Those 995 that are copies by what they hold: a place, and a code or a shelf mark."""
    evident = [f for f in marc.get("995") if codes(f) & {"a", "b", "c"} and codes(f) & {"f", "k"}]
    return [copy for field in evident for copy in _copy(field)] or read_930(marc)


def _copy(field: Field) -> list[Holding]:
    has = texts(field)
    if is_set(has.get("0", "")):
        return []  # withdrawn
    category = has.get("o", "").casefold()
    lendable = False if category in _STAYS else True if category in _LENT else None
    due = has.get("n", "")
    if is_set(has.get("2", "")):
        availability, lendable = Availability.LOST, False
    elif category.startswith("-"):
        availability, lendable = Availability.ON_ORDER, None
    elif due:
        availability = Availability.ON_LOAN
    elif lendable is False:
        availability = Availability.ON_SITE
    else:
        availability = Availability.AVAILABLE if lendable else Availability.UNKNOWN
    return [
        Holding(
            branch=has.get("c") or has.get("b") or has.get("a", ""),
            location=has.get("e") or has.get("d", ""),
            call_number=has.get("k", ""),
            barcode=has.get("f", "")[:CODE],
            availability=availability,
            lendable=lendable,
            due=due[:DATE],
            coverage=has.get("v") or has.get("l", ""),
            note=has.get("u", ""),
        )
    ]


def read_930(marc: Marc) -> list[Holding]:
    """930: library, shelf mark and whether it lends, with the run of 955 that has the same $5."""
    runs: dict[str, str] = {}
    for field in marc.get("955"):
        has = texts(field)
        if has.get("5") and (run := clean(has.get("r") or has.get("a", ""), 200)):
            runs.setdefault(has["5"], run)
    found = []
    for field in marc.get("930"):
        has = texts(field)
        place = has.get("b") or has.get("5", "").partition(":")[0]
        if not place and not has.get("a"):
            continue
        # $j says what may be done: u is lent to others, f and g are not.
        use = has.get("j", "")[:1]
        lendable = True if use == "u" else False if use in ("f", "g") else None
        found.append(
            Holding(
                branch=place,
                location=has.get("c", ""),
                call_number=has.get("a", ""),
                lendable=lendable,
                availability=Availability.ON_SITE if lendable is False else Availability.UNKNOWN,
                coverage=runs.get(has.get("5", ""), ""),
                note=has.get("z", ""),
            )
        )
    return found
