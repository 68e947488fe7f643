"""Copies out of MARC records: MARC 21 852 with 866-868 and 876-878, Koha's 952, Alma's AVA."""

from __future__ import annotations

from index.crosswalk.marcform import Field, Marc
from index.crosswalk.text import clean, untail
from index.record import Availability, Holding

_MOST = 2000
#: Characters that a place, shelf mark or note of a copy may have.
_COLUMN = 200


def holdings(marc: Marc) -> tuple[Holding, ...]:
    """The copies a record tells of; () when it tells of none. At most 2,000 are read."""
    found: list[Holding] = []
    for field in marc.get("952"):
        if _is_koha(field):
            found.extend(_koha(field))
    for field in marc.get("AVA"):
        found.append(_alma(field))
    if not found:
        found = _marc21(marc)
    return tuple(found[:_MOST])


def _is_koha(field: Field) -> bool:
    """952 is anybody's: Koha's has a branch, and a barcode, item type, classification source or item number."""
    codes = {code for code, _ in field[2]}
    return bool(codes & {"a", "b"}) and bool(codes & {"p", "y", "2", "9", "7"})


def _texts(field: Field) -> dict[str, str]:
    texts: dict[str, str] = {}
    for code, text in field[2]:
        texts.setdefault(code, clean(text, _COLUMN))
    return texts


def _is_set(text: str) -> bool:
    return text not in ("", "0")


def _koha(field: Field) -> list[Holding]:
    """One item of Koha (subfields of its items: 0 withdrawn, 1 lost, 7 not for loan, q on loan until)."""
    has = _texts(field)
    if _is_set(has.get("0", "")):
        return []
    loan = has.get("7", "")
    lendable: bool | None = loan in ("", "0")
    availability = Availability.AVAILABLE
    if _is_set(has.get("1", "")):
        availability, lendable = Availability.LOST, False
    elif loan.startswith("-"):
        availability, lendable = Availability.ON_ORDER, None
    elif has.get("q"):
        availability = Availability.ON_LOAN
    elif lendable is False:
        availability = Availability.ON_SITE
    return [
        Holding(
            branch=has.get("a") or has.get("b", ""),
            location=has.get("c", ""),
            call_number=has.get("o", ""),
            barcode=has.get("p", "")[:80],
            availability=availability,
            lendable=lendable,
            due=has.get("q", "")[:40],
            coverage=has.get("h", "")[:200],
            note=has.get("z", ""),
        )
    ]


def _alma(field: Field) -> Holding:
    has = _texts(field)
    state = has.get("e", "").casefold()
    count = has.get("f", "")
    return Holding(
        branch=has.get("b") or has.get("q", ""),
        location=has.get("c") or has.get("j", ""),
        call_number=has.get("d", ""),
        copies=max(1, int(count)) if count.isdigit() and len(count) < 5 else 1,
        availability={"available": Availability.AVAILABLE, "unavailable": Availability.ON_LOAN}.get(
            state, Availability.UNKNOWN
        ),
    )


def _marc21(marc: Marc) -> list[Holding]:
    places = list(marc.get("852"))
    if not places:
        return []
    coverage = [
        untail(clean(" ".join(text for code, text in subs if code == "a"), 200))
        for _, _, subs in marc.get("866", "867", "868")
    ]
    found: list[Holding] = []
    for number, field in enumerate(places):
        said = coverage[number] if len(places) > 1 and number < len(coverage) else ""
        if len(places) == 1:
            said = "; ".join(c for c in coverage if c)
        found.extend(_place(field, said))
    items = [_item(field, found[0]) for field in marc.get("876") if found]
    if items and len(places) == 1 and not found[0].barcode:
        return items
    return found


def _place(field: Field, coverage: str) -> list[Holding]:
    """One 852: as many copies as it has barcodes, else a run of unknown copies."""
    subfields = field[2]
    has = _texts(field)
    number = " ".join(clean(text, _COLUMN) for code, text in subfields if code in "hijkm" and text.strip())
    barcodes = [clean(text, 80) for code, text in subfields if code == "p" and text.strip()]
    lendable = False if "not for loan" in has.get("z", "").casefold() else None
    return [
        Holding(
            branch=has.get("b") or has.get("a", ""),
            location=has.get("c", ""),
            call_number=number[:200],
            barcode=barcode,
            coverage=coverage or has.get("3", "")[:200],
            lendable=lendable,
            availability=Availability.ON_SITE if lendable is False else Availability.UNKNOWN,
            note=has.get("z", ""),
        )
        for barcode in barcodes or [""]
    ]


def _item(field: Field, place: Holding) -> Holding:
    """One 876: a copy at the place of the only 852."""
    has = _texts(field)
    state = has.get("j", "").casefold()
    use = has.get("h", "").casefold()
    on_site = "not for loan" in use or "library use" in use or "baca di tempat" in use
    if on_site:
        availability = Availability.ON_SITE
    elif state in ("available", "on shelf", "tersedia", "0", "not checked out"):
        availability = Availability.AVAILABLE
    elif state in ("on loan", "checked out", "dipinjam"):
        availability = Availability.ON_LOAN
    elif state in ("in process", "diproses"):
        availability = Availability.IN_PROCESS
    elif state in ("lost", "missing", "hilang"):
        availability = Availability.LOST
    else:
        availability = Availability.UNKNOWN
    return Holding(
        branch=place.branch,
        location=has.get("l") or place.location,
        call_number=place.call_number,
        barcode=has.get("p", "")[:80],
        availability=availability,
        lendable=False if on_site or availability is Availability.LOST else None,
        coverage=place.coverage,
        note=place.note,
    )
