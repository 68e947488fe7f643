"""Attributes as people write them, and what most targets understand for each of our access points."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from index.rpn.tree import Attribute

Combination = tuple[Attribute, ...]


def bib1(text: str) -> Combination:
    """Attributes as people write them: '1=4 4=1', '1=title', '@attr 1=4', with a set '1.2.840…!1=4'.

    Raises ValueError for what is none.
    """
    found = []
    for part in text.replace("@attr", " ").replace(",", " ").split():
        attribute_set, mark, rest = part.rpartition("!")
        number, equals, value = rest.partition("=")
        if (
            not equals
            or not value
            or not (number.isascii() and number.isdecimal())
            or not 0 < int(number) < 100
        ):
            raise ValueError(part)
        numeric = value.isascii() and value.isdecimal()
        found.append(
            Attribute(
                type=int(number), value=int(value) if numeric else value, set=attribute_set if mark else None
            )
        )
    return tuple(found)


def said(combination: Combination) -> str:
    """The text that bib1() reads."""
    return " ".join(f"{a.set}!{a.type}={a.value}" if a.set else f"{a.type}={a.value}" for a in combination)


#: What most targets understand, each with fall-backs in order: they are tried when one is refused (114 to 124).
USUAL: Mapping[str, tuple[Combination, ...]] = MappingProxyType(
    {
        "any": (bib1("1=1016"), bib1("1=1035"), bib1("1=1010"), bib1("1=4")),
        "title": (bib1("1=4"),),
        "author": (bib1("1=1003"), bib1("1=1"), bib1("1=1004")),
        "subject": (bib1("1=21"), bib1("1=1016")),
        "isbn": (bib1("1=7"),),
        "issn": (bib1("1=8"), bib1("1=7")),
        "identifier": (bib1("1=1007"), bib1("1=12")),
        "publisher": (bib1("1=1018"),),
        "year": (bib1("1=31"), bib1("1=30")),
        "language": (bib1("1=54"),),
        "call_number": (bib1("1=20"), bib1("1=16"), bib1("1=13")),
        "series": (bib1("1=5"),),
        "format": (bib1("1=1034"), bib1("1=1031")),
        "id": (bib1("1=12"), bib1("1=1032")),
    }
)

#: CQL indexes likewise.
USUAL_CQL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "any": ("cql.serverChoice", "cql.anywhere"),
        "title": ("dc.title", "title"),
        "author": ("dc.creator", "dc.author", "author"),
        "subject": ("dc.subject", "subject"),
        "isbn": ("bath.isbn", "isbn"),
        "issn": ("bath.issn", "issn"),
        "identifier": ("dc.identifier", "bath.standardIdentifier"),
        "publisher": ("dc.publisher",),
        "year": ("dc.date",),
        "language": ("dc.language",),
        "series": ("dc.series",),
        "id": ("rec.id", "rec.identifier"),
    }
)

#: Added by what kind of term it is (Bib-1 structure, truncation, relation).
WORD, PHRASE, PREFIX, YEAR = bib1("4=2"), bib1("4=1"), bib1("5=1"), bib1("4=4")
BELOW, ABOVE = bib1("2=2"), bib1("2=4")
