"""The copies of a title as OPAC holdings: whose, where, under which mark, and whether each can be had now."""

from __future__ import annotations

from collections.abc import Mapping

from foundation.libraries import Library
from index.record import Availability, Holding
from index.z3950.opac import Circulation, Holdings
from web.z3950 import marc
from web.z3950.reading import Title

#: Copies of a run that are told one by one, at most.
_RUN = 30

_NOW = (Availability.AVAILABLE, Availability.ON_SITE, Availability.ONLINE)
_RESTRICTIONS = {
    Availability.ON_SITE: "For use in the library",
    Availability.ON_ORDER: "On order",
    Availability.IN_PROCESS: "Being processed",
    Availability.LOST: "Missing",
}


def of_title(title: Title, members: Mapping[str, Library]) -> tuple[Holdings, ...]:
    """One entry a run of copies; a library that only says that it has the title gets one without a place."""
    found = []
    for library_id, copies in title.held:
        library = members.get(library_id)
        found += [_entry(library, copy) for copy in copies] or [_entry(library, Holding())]
    return tuple(found)


def _entry(library: Library | None, copy: Holding) -> Holdings:
    name = library.name if library else ""
    return Holdings(
        nuc=(marc.symbol(library) if library else "") or None,
        local_location=", ".join(text for text in (name, copy.branch) if text) or None,
        shelving_location=copy.location or None,
        call_number=copy.call_number or None,
        public_note=copy.note or None,
        enumeration_and_chronology=copy.coverage or None,
        circulation=_circulation(copy) or None,
    )


def _circulation(copy: Holding) -> tuple[Circulation, ...]:
    """Nothing where it is not known whether the copy is there: "not available" would be believed."""
    if copy.availability is Availability.UNKNOWN and copy.lendable is not False:
        return ()
    words = [_RESTRICTIONS.get(copy.availability, ""), "Not for loan" if copy.lendable is False else ""]
    one = Circulation(
        available_now=copy.availability in _NOW,
        availability_date=(copy.due or None) if copy.availability is Availability.ON_LOAN else None,
        restrictions="; ".join(filter(None, words)) or None,
        item=copy.barcode or None,
    )
    return (one,) * min(max(copy.copies, 1), _RUN)
