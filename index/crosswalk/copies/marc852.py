"""MARC 21's own way: a place in 852, its runs in 866 to 868, its items in 876 to 878, joined by $8 or by being alone."""

from __future__ import annotations

from dataclasses import replace

from index.crosswalk.copies.fields import CODE, COLUMN, DATE, count, texts
from index.crosswalk.copies.states import state, stays
from index.crosswalk.marcform import Field, Marc
from index.crosswalk.text import clean, untail
from index.record import Availability, Holding


def read(marc: Marc) -> list[Holding]:
    """The copies of 852 with what belongs to it. Source: MARC 21 Format for Holdings Data."""
    places = list(marc.get("852"))
    runs = [(_link(field), _run(field)) for field in marc.get("866", "867", "868")]
    items = [(_link(field), field) for field in marc.get("876", "877", "878")]
    found: list[Holding] = []
    for number, field in enumerate(places):
        link, alone = _link(field), len(places) == 1
        said = [run for to, run in runs if run and (alone or (to and to == link))]
        if not said and not alone and not any(to for to, _ in runs):
            said = [run for _, run in runs[number : number + 1] if run]  # in the order of the places
        here = [item for to, item in items if alone or (to and to == link)]
        copies = _place(field, "; ".join(said)[:COLUMN])
        found.extend([_item(item, copies[0]) for item in here] if here and not copies[0].barcode else copies)
    return found


def _link(field: Field) -> str:
    """The number before the point of $8: fields with the same one belong together."""
    return next((text.strip().split("\\")[0].split(".")[0] for code, text in field[2] if code == "8"), "")


def _run(field: Field) -> str:
    return untail(clean(" ".join(text for code, text in field[2] if code == "a"), COLUMN))


def _place(field: Field, coverage: str) -> list[Holding]:
    """One 852: as many copies as it has codes, else a run of unknown copies."""
    has = texts(field)
    prefix = [text for code, text in field[2] if code == "k"]
    mark = [text for code, text in field[2] if code in "hijm"]
    number = " ".join(clean(text, COLUMN) for text in (*prefix, *mark) if text.strip())
    barcodes = [clean(text, CODE) for code, text in field[2] if code == "p" and text.strip()]
    availability, lendable = state(has.get("z", ""))
    if stays(has.get("z", "")):
        availability, lendable = Availability.ON_SITE, False
    return [
        Holding(
            branch=has.get("b") or has.get("a", ""),
            location=has.get("c", ""),
            call_number=number[:COLUMN],
            barcode=barcode,
            coverage=coverage or has.get("3", ""),
            lendable=lendable,
            availability=availability,
            note=has.get("z", ""),
        )
        for barcode in barcodes or [""]
    ]


def _item(field: Field, place: Holding) -> Holding:
    """One 876 to 878: a copy at the place of its 852."""
    has = texts(field)
    status = has.get("j", "")
    availability, lendable = state(status)
    if status.strip() == "0":
        availability = Availability.AVAILABLE
    if availability in (Availability.AVAILABLE, Availability.ON_LOAN):
        lendable = None  # being on the shelf does not say that it is lent
    restricted = stays(has.get("h", ""))
    if restricted:
        lendable = False
        if availability is not Availability.LOST:
            availability = Availability.ON_SITE
    return replace(
        place,
        location=has.get("l") or place.location,
        copies=count(has.get("t", "")) or 1 if not has.get("p") else 1,
        barcode=has.get("p", "")[:CODE],
        availability=availability,
        lendable=lendable,
        due=has.get("d", "")[:DATE] if availability is Availability.ON_LOAN else "",
        coverage=has.get("3", "") or place.coverage,
        note=has.get("z", "") or place.note,
    )
