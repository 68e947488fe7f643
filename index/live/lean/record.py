"""The lean record: the fields of `index.record.Record` that hits, clusters and ranking are made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, cast

from index.record import Format, Holding, Link, Name, Record

#: Fields of Record that a lean one does not have: long texts that only the opened record shows, and remarks on the
#: reading. `not_for_sale` is weighed from notes and terms of sale of the whole record.
LEFT_OUT = ("contents", "summary", "not_for_sale", "oddities", "repairs")

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Number(NamedTuple):
    """An `index.record.Identifier` as a tuple: most records have three, and most of them are only compared."""

    kind: str
    value: str
    valid: bool = True


class Lean(NamedTuple):
    """A description as a search brought it; every field means what the field of that name means in Record.

    A tuple, since a Record of 34 fields takes longer to fill than its text to read.
    """

    title: str
    subtitle: str = ""
    part_number: str = ""
    part_name: str = ""
    non_filing: int = 0
    alternates: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    responsibility: str = ""
    authors: tuple[Name, ...] = ()
    contributors: tuple[Name, ...] = ()
    subjects: tuple[str, ...] = ()
    identifiers: tuple[Number, ...] = ()
    publisher: str = ""
    place: str = ""
    year: int | None = None
    year_text: str = ""
    languages: tuple[str, ...] = ()
    format: Format = Format.OTHER
    online: bool = False
    level: str = "monograph"
    edition: str = ""
    extent: str = ""
    series: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    call_numbers: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    host: str = ""
    holdings: tuple[Holding, ...] = ()
    extra: Mapping[str, str] = _NOTHING

    @property
    def contents(self) -> str:
        """Left out."""
        return ""

    @property
    def summary(self) -> str:
        """Left out."""
        return ""


def as_record(lean: Lean) -> Record:
    """The lean record for functions that read a Record's attributes: it has all that matching reads."""
    return cast(Record, lean)


def lean_of(record: Record) -> Lean:
    """The lean form of a Record that the crosswalk has read."""
    lean = Lean._make([getattr(record, name) for name in Lean._fields])
    return lean._replace(identifiers=tuple([Number(i.kind, i.value, i.valid) for i in record.identifiers]))
