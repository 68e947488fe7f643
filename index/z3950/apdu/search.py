"""Search (Z39.50-2003, 3.2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from index.z3950 import ber
from index.z3950.apdu.common import (
    DATABASE,
    DATABASES,
    ELEMENT_SET_NAME,
    INFOS,
    OTHER_INFO,
    REFERENCE,
    Info,
)
from index.z3950.apdu.query import QUERY, Query
from index.z3950.apdu.records import DELIVERED, Delivered
from index.z3950.ber import CONTEXT, BerError, Element
from index.z3950.schema import BOOLEAN, INTEGER, OID, TEXT, Field, Sequence, Type, explicit, implicit

#: Element set names: one for every database, or pairs of database and name.
ElementSets = str | tuple[tuple[str, str], ...]


class _ElementSets(Type):
    """ElementSetNames, the CHOICE."""

    @property
    def tags(self) -> frozenset[int]:
        return frozenset({CONTEXT, CONTEXT | 1})

    def encode(self, value: ElementSets) -> bytes:
        if isinstance(value, str):
            return ber.element(CONTEXT, value.encode())
        pairs = [
            ber.element(ber.SEQUENCE, DATABASE.encode(base) + ELEMENT_SET_NAME.encode(name), True)
            for base, name in value
        ]
        return ber.element(CONTEXT | 1, b"".join(pairs), True)

    def decode(self, element: Element) -> ElementSets:
        if element.tag == CONTEXT:
            return element.text()
        if element.tag != CONTEXT | 1:
            raise BerError("these are no element set names")
        pairs = []
        for pair in element.children():
            parts = pair.children()
            if len(parts) != 2:
                raise BerError("an element set name of a database without either")
            pairs.append((parts[0].text(), parts[1].text()))
        return tuple(pairs)


ELEMENT_SETS: Type = _ElementSets()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """A query over databases. `small_set`, `large_set` and `medium_set` are the bounds of piggyback (3.2.2.1.6):
    at most `small_set` hits all come along, fewer than `large_set` bring `medium_set` records."""

    reference: bytes | None = None
    small_set: int = 0
    large_set: int = 1
    medium_set: int = 0
    replace: bool = True
    result_set: str = "default"
    databases: tuple[str, ...] = ()
    small_elements: ElementSets | None = None
    medium_elements: ElementSets | None = None
    syntax: str | None = None
    query: Query | None = None
    additional: tuple[Info, ...] | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResponse:
    """What was found. `result_set_status`: 1 subset, 2 interim, 3 none, 4 estimate; `present_status` as in Present."""

    reference: bytes | None = None
    hits: int = 0
    returned: int = 0
    next_position: int = 0
    succeeded: bool = False
    result_set_status: int | None = None
    present_status: int | None = None
    records: Delivered | None = None
    additional: tuple[Info, ...] | None = None
    other_info: tuple[Info, ...] | None = None


SEARCH_REQUEST = Sequence(
    SearchRequest,
    REFERENCE,
    implicit("small_set", 13, INTEGER),
    implicit("large_set", 14, INTEGER),
    implicit("medium_set", 15, INTEGER),
    implicit("replace", 16, BOOLEAN),
    implicit("result_set", 17, TEXT),
    implicit("databases", 18, DATABASES),
    explicit("small_elements", 100, ELEMENT_SETS),
    explicit("medium_elements", 101, ELEMENT_SETS),
    implicit("syntax", 104, OID),
    explicit("query", 21, QUERY),
    implicit("additional", 203, INFOS, lenient=True),
    OTHER_INFO,
)
SEARCH_RESPONSE = Sequence(
    SearchResponse,
    REFERENCE,
    implicit("hits", 23, INTEGER),
    implicit("returned", 24, INTEGER),
    implicit("next_position", 25, INTEGER),
    implicit("succeeded", 22, BOOLEAN),
    implicit("result_set_status", 26, INTEGER),
    implicit("present_status", 27, INTEGER),
    Field("records", DELIVERED),
    implicit("additional", 203, INFOS, lenient=True),
    OTHER_INFO,
)
