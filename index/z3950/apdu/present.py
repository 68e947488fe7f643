"""Present and Segment (Z39.50-2003, 3.2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from index.z3950.apdu.common import (
    DATABASE,
    OTHER_INFO,
    REFERENCE,
    RESULT_SET,
    SPECIFICATION,
    Info,
    Specification,
)
from index.z3950.apdu.records import DELIVERED, RECORDS, Delivered, RawRecord
from index.z3950.apdu.search import ELEMENT_SETS, ElementSets
from index.z3950.schema import BOOLEAN, INTEGER, OID, Field, Sequence, SequenceOf, explicit, implicit

SUCCESS, PARTIAL_1, PARTIAL_2, PARTIAL_3, PARTIAL_4, FAILURE = range(6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Records of a result set: the first, counted from 1, and how many."""

    start: int = 1
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ForDatabase:
    """The composition for one database."""

    database: str = ""
    specification: Specification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """CompSpec: schema, element set and syntaxes in the order of preference; `alternative`: others will do too."""

    alternative: bool = False
    generic: Specification | None = None
    specific: tuple[ForDatabase, ...] | None = None
    syntaxes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentRequest:
    """Records of a result set, from `start`, counted from 1. Give `elements` or `composition`, not both."""

    reference: bytes | None = None
    result_set: str = "default"
    start: int = 1
    count: int = 1
    ranges: tuple[Range, ...] | None = None
    elements: ElementSets | None = None
    composition: Composition | None = None
    syntax: str | None = None
    max_segments: int | None = None
    max_record_size: int | None = None
    max_segment_size: int | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentResponse:
    """`status`: 0 success, 1 to 4 partial (3.2.3.1.8), 5 failure."""

    reference: bytes | None = None
    returned: int = 0
    next_position: int = 0
    status: int = SUCCESS
    records: Delivered | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a response that comes in several; the PresentResponse is the last."""

    reference: bytes | None = None
    returned: int = 0
    records: tuple[RawRecord, ...] = ()
    other_info: tuple[Info, ...] | None = None


_RANGE = Sequence(Range, implicit("start", 1, INTEGER), implicit("count", 2, INTEGER))
_FOR_DATABASE = Sequence(
    ForDatabase, explicit("database", 1, DATABASE), implicit("specification", 2, SPECIFICATION)
)
COMPOSITION = Sequence(
    Composition,
    implicit("alternative", 1, BOOLEAN),
    implicit("generic", 2, SPECIFICATION),
    implicit("specific", 3, SequenceOf(_FOR_DATABASE)),
    implicit("syntaxes", 4, SequenceOf(OID)),
)
PRESENT_REQUEST = Sequence(
    PresentRequest,
    REFERENCE,
    Field("result_set", RESULT_SET),
    implicit("start", 30, INTEGER),
    implicit("count", 29, INTEGER),
    implicit("ranges", 212, SequenceOf(_RANGE)),
    explicit("elements", 19, ELEMENT_SETS),
    implicit("composition", 209, COMPOSITION),
    implicit("syntax", 104, OID),
    implicit("max_segments", 204, INTEGER),
    implicit("max_record_size", 206, INTEGER),
    implicit("max_segment_size", 207, INTEGER),
    OTHER_INFO,
)
PRESENT_RESPONSE = Sequence(
    PresentResponse,
    REFERENCE,
    implicit("returned", 24, INTEGER),
    implicit("next_position", 25, INTEGER),
    implicit("status", 27, INTEGER),
    Field("records", DELIVERED),
    OTHER_INFO,
)
SEGMENT = Sequence(
    Segment, REFERENCE, implicit("returned", 24, INTEGER), implicit("records", 0, RECORDS), OTHER_INFO
)
