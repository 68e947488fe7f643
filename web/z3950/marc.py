"""A title as MARC 21 in ISO 2709: its description, the address of its page, and the copies of all libraries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from foundation.libraries import Library
from index.crosswalk import iso2709write, marcwrite
from index.crosswalk.marcwrite import Subfields, Written
from index.record import Availability, Holding
from web.oai.house import House
from web.z3950.reading import Title

Field = tuple[str, str, Subfields]

#: Where copies stand: the location field of MARC 21, the item field of Koha, or nowhere.
Copies = Literal["852", "952", "none"]

#: What a brief record keeps (element set B): enough to tell editions apart in a list.
_BRIEF = frozenset(("020", "022", "100", "110", "111", "245", "246", "250", "260", "264", "300", "490"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """How this installation writes MARC. `members` are all libraries by id."""

    house: House
    members: Mapping[str, Library]
    copies: Copies = "852"
    charset: Literal["utf-8", "marc-8"] = "utf-8"

    def full(self, title: Title) -> bytes:
        """The whole record, labelled with its character set."""
        made = self._made(title)
        page = ("856", "42", [("3", self.house.name), ("u", f"{self.house.root}/record/{title.id}")])
        more = [page, *self._held(title)]
        return self._packed(replace(made, fields=_in_order([*made.fields, *more])))

    def brief(self, title: Title) -> bytes:
        """What tells editions apart, without copies."""
        made = self._made(title)
        return self._packed(replace(made, fields=[one for one in made.fields if one[0] in _BRIEF]))

    def bare(self, title: Title) -> bytes:
        """The record without copies: they come beside it (OPAC)."""
        return self._packed(self._made(title))

    def _packed(self, made: Written) -> bytes:
        return iso2709write.packed(made, self.charset)

    def _made(self, title: Title) -> Written:
        return marcwrite.marc(title.record, title.id, self.house.domain)

    def _held(self, title: Title) -> Iterator[Field]:
        if self.copies == "none":
            return
        field = _location if self.copies == "852" else _item
        for library_id, copies in title.held:
            library = self.members.get(library_id)
            for copy in copies:
                yield field(library, copy)
            if not copies and library is not None:
                yield ("852", "  ", [("a", symbol(library))])


def symbol(library: Library) -> str:
    """The library's symbol without its kind: an ISIL or NPP says by itself what it is."""
    return library.symbol.partition(":")[2] or library.code


def _in_order(fields: list[Field]) -> list[Field]:
    return sorted(fields, key=lambda field: field[0])  # stable: the order within a tag stays


def _said(subfields: Subfields) -> Subfields:
    return [(code, text) for code, text in subfields if text]


def _location(library: Library | None, copy: Holding) -> Field:
    said = [
        ("a", symbol(library) if library else ""),
        ("b", copy.branch),
        ("c", copy.location),
        ("h", copy.call_number),
        ("p", copy.barcode),
        ("z", copy.note),
        ("z", "Not for loan" if copy.lendable is False else ""),
        ("z", f"{copy.copies} copies" if copy.copies > 1 else ""),
        ("3", copy.coverage),
    ]
    return ("852", "  ", _said(said))


#: Koha's codes of items that are not on the shelf: on order, lost; what it shows as not for loan.
_NOT_FOR_LOAN = {Availability.ON_ORDER: "-1", Availability.IN_PROCESS: "-1", Availability.ON_SITE: "1"}


def _item(library: Library | None, copy: Holding) -> Field:
    place = symbol(library) if library else ""
    kept = "1" if copy.lendable is False else _NOT_FOR_LOAN.get(copy.availability, "")
    said = [
        ("1", "1" if copy.availability is Availability.LOST else ""),
        ("7", kept),
        ("a", place),
        ("b", place),
        ("c", " / ".join(text for text in (copy.branch, copy.location) if text)),
        ("h", copy.coverage),
        ("o", copy.call_number),
        ("p", copy.barcode),
        ("q", copy.due if copy.availability is Availability.ON_LOAN else ""),
        ("z", copy.note),
    ]
    return ("952", "  ", _said(said))
