"""Scan: a list of terms around a starting point (Z39.50-2003, 3.2.8.1)."""

from __future__ import annotations

from dataclasses import dataclass

from index.rpn.tree import Attribute, Operand
from index.z3950 import ber
from index.z3950.apdu.common import (
    DATABASES,
    DIAGNOSTIC,
    DIAGNOSTICS,
    OTHER_INFO,
    REFERENCE,
    Info,
)
from index.z3950.apdu.query import ACCESS_POINT, ATTRIBUTES, TERM
from index.z3950.ber import CONTEXT, Element
from index.z3950.diagnostics import Diagnostic
from index.z3950.schema import INTEGER, OID, TEXT, Field, Implicit, Sequence, SequenceOf, Type, implicit

#: scanStatus: 0 success, 1 to 5 partial, 6 failure.
SCAN_FAILED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """`count` terms so that the starting point, or where it would be, stands at `position`, counted from 1."""

    reference: bytes | None = None
    databases: tuple[str, ...] = ()
    attribute_set: str | None = None
    start: Operand | None = None
    step: int | None = None
    count: int = 10
    position: int | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanTerm:
    """One term. `display` is shown in its place when it is given; `hits` in all databases.

    `diagnostic` stands for a term that could not be given; the other fields are empty then.
    """

    term: str | bytes | int = ""
    display: str | None = None
    attributes: tuple[Attribute, ...] | None = None
    alternatives: tuple[Operand, ...] | None = None
    hits: int | None = None
    diagnostic: Diagnostic | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The terms, and the diagnostics that concern all of them."""

    terms: tuple[ScanTerm, ...] | None = None
    diagnostics: tuple[Diagnostic, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResponse:
    """`position` of the starting point among the entries, counted from 1."""

    reference: bytes | None = None
    step: int | None = None
    status: int = 0
    returned: int = 0
    position: int | None = None
    entries: Entries | None = None
    attribute_set: str | None = None
    other_info: tuple[Info, ...] | None = None


_TERM_INFO = Sequence(
    ScanTerm,
    Field("term", TERM),
    implicit("display", 0, TEXT, lenient=True),
    Field("attributes", ATTRIBUTES, lenient=True),
    implicit("alternatives", 4, SequenceOf(ACCESS_POINT), lenient=True),
    implicit("hits", 2, INTEGER, lenient=True),
    OTHER_INFO,
)


class _Entry(Type):
    """Entry: a term, or a surrogate diagnostic."""

    @property
    def tags(self) -> frozenset[int]:
        return frozenset({CONTEXT | 1, CONTEXT | 2})

    def encode(self, value: ScanTerm) -> bytes:
        if value.diagnostic is not None:
            return ber.element(CONTEXT | 2, DIAGNOSTIC.encode(value.diagnostic), True)
        return ber.element(CONTEXT | 1, _TERM_INFO.content(value), True)

    def decode(self, element: Element) -> ScanTerm:
        if element.tag == CONTEXT | 2:
            return ScanTerm(diagnostic=DIAGNOSTIC.decode(element.only()))
        term: ScanTerm = _TERM_INFO.read(element)
        return term


_ENTRIES = Sequence(
    Entries,
    implicit("terms", 1, SequenceOf(_Entry())),
    implicit("diagnostics", 2, DIAGNOSTICS),
)
SCAN_REQUEST = Sequence(
    ScanRequest,
    REFERENCE,
    implicit("databases", 3, DATABASES),
    Field("attribute_set", OID),
    Field("start", ACCESS_POINT),
    implicit("step", 5, INTEGER),
    implicit("count", 6, INTEGER),
    implicit("position", 7, INTEGER),
    OTHER_INFO,
)
SCAN_RESPONSE = Sequence(
    ScanResponse,
    REFERENCE,
    implicit("step", 3, INTEGER),
    implicit("status", 4, INTEGER),
    implicit("returned", 5, INTEGER),
    implicit("position", 6, INTEGER),
    implicit("entries", 7, _ENTRIES),
    Field("attribute_set", Implicit(8, OID), lenient=True),
    OTHER_INFO,
)
