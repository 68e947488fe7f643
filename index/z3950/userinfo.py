"""What travels as other information: facets (facet-1 of YAZ) and the hits of each part of a query (SearchResult-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from index.rpn.tree import Attribute
from index.z3950 import ber, oids
from index.z3950.apdu.common import External, Info
from index.z3950.apdu.query import ATTRIBUTES, QUERY, TERM, Query
from index.z3950.ber import BerError
from index.z3950.schema import (
    BOOLEAN,
    INTEGER,
    TEXT,
    Choice,
    Explicit,
    Field,
    Implicit,
    Sequence,
    SequenceOf,
    explicit,
    implicit,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetTerm:
    """One value of a facet, and its number of records."""

    term: str | bytes | int = ""
    count: int = 0

    @property
    def text(self) -> str:
        """The value for people."""
        return ber.decode_text(self.term) if isinstance(self.term, bytes) else str(self.term)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A facet asked for, or answered with its terms. Of its attributes 1 is the field, 2 the order, 3 how many."""

    attributes: tuple[Attribute, ...] = ()
    terms: tuple[FacetTerm, ...] | None = None

    @property
    def name(self) -> str:
        """The field, as its attribute says."""
        return next((str(attribute.value) for attribute in self.attributes if attribute.type == 1), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTerm:
    """A term of a query, as the server tells of it."""

    term: str | bytes | int = ""
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfQuery:
    """How many records a part of the query found. `whole`: this is all of the query."""

    id: str | None = None
    whole: bool = False
    expression: QueryTerm | Query | None = None
    interpretation: QueryTerm | Query | None = None
    recommendation: QueryTerm | Query | None = None
    count: int | None = None


_TERM = Sequence(FacetTerm, Field("term", TERM), Field("count", INTEGER))
_FACETS = SequenceOf(
    Sequence(Facet, implicit("attributes", 1, ATTRIBUTES), implicit("terms", 2, SequenceOf(_TERM)))
)
_QUERY_TERM = Sequence(QueryTerm, explicit("term", 1, TERM), implicit("comment", 2, TEXT, lenient=True))
_EXPRESSION = Choice((QueryTerm, Implicit(1, _QUERY_TERM)), (object, Explicit(2, QUERY)))
_REPORT = SequenceOf(
    Sequence(
        PartOfQuery,
        implicit("id", 1, TEXT, lenient=True),
        implicit("whole", 2, BOOLEAN, lenient=True),
        explicit("expression", 3, _EXPRESSION, lenient=True),
        explicit("interpretation", 4, _EXPRESSION, lenient=True),
        explicit("recommendation", 5, _EXPRESSION, lenient=True),
        implicit("count", 6, INTEGER, lenient=True),
    )
)


def facet(field: str | int, *, limit: int = 10, alphabetic: bool = False) -> Facet:
    """A facet to ask for: the most frequent values first, or in the order of the alphabet."""
    attributes = (Attribute(type=1, value=field), Attribute(type=3, value=limit))
    return Facet(attributes=(*attributes, Attribute(type=2, value=1)) if alphabetic else attributes)


def facets_info(facets: Iterable[Facet]) -> Info:
    """Facets as other information: of a SearchRequest when asked for, of a SearchResponse when answered."""
    return Info(external=External(oid=oids.FACET1, payload=_FACETS.encode(tuple(facets)), form="asn1"))


def read_facets(infos: Iterable[Info] | None) -> tuple[Facet, ...]:
    """The facets among the other information of a response; none where there are none or they are broken."""
    return tuple(_found(infos, oids.FACET1, _FACETS))


def report_info(parts: Iterable[PartOfQuery]) -> Info:
    """The hits of the parts of a query, as additional information of a SearchResponse."""
    return Info(external=External(oid=oids.SEARCH_RESULT1, payload=_REPORT.encode(tuple(parts)), form="asn1"))


def read_report(infos: Iterable[Info] | None) -> tuple[PartOfQuery, ...]:
    """The hits of the parts of a query, where the server tells them."""
    return tuple(_found(infos, oids.SEARCH_RESULT1, _REPORT))


def _found(infos: Iterable[Info] | None, oid: str, kind: SequenceOf) -> list[Any]:
    found: list[Any] = []
    for info in infos or ():
        if info.external is not None and info.external.oid == oid:
            try:
                found += kind.decode(ber.parse(info.external.payload))
            except BerError:
                continue  # an extra: the answer itself is good
    return found
