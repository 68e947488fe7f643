"""Sort of result sets (Z39.50-2003, 3.2.7)."""

from __future__ import annotations

from dataclasses import dataclass

from index.rpn.tree import BIB1, Attribute
from index.z3950 import ber
from index.z3950.apdu.common import (
    DATABASE,
    DIAGNOSTICS,
    OTHER_INFO,
    REFERENCE,
    SPECIFICATION,
    Info,
    Specification,
)
from index.z3950.apdu.query import ATTRIBUTES
from index.z3950.ber import CONTEXT, BerError, Element
from index.z3950.diagnostics import Diagnostic
from index.z3950.schema import (
    INTEGER,
    OID,
    TEXT,
    Choice,
    Field,
    Implicit,
    Sequence,
    SequenceOf,
    Type,
    implicit,
)

ASCENDING, DESCENDING, ASCENDING_BY_FREQUENCY, DESCENDING_BY_FREQUENCY = 0, 1, 3, 4
CASE_SENSITIVE, CASE_INSENSITIVE = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SortAttributes:
    """A key named by attributes, as an access point is."""

    attributes: tuple[Attribute, ...] = ()
    attribute_set: str = BIB1


#: A key: the name of a field (str), attributes, or an element specification.
SortKey = str | SortAttributes | Specification


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKeySpec:
    """One key. `key` is for all databases; `by_database` holds pairs of database and key instead.

    `missing` says what becomes of records without a value: 'abort', 'null', bytes to put in its place, or None.
    """

    key: SortKey | None = None
    by_database: tuple[tuple[str, SortKey], ...] = ()
    relation: int = ASCENDING
    case: int = CASE_INSENSITIVE
    missing: str | bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SortRequest:
    """Result sets in, one sorted result set out, by the keys from the first to the last."""

    reference: bytes | None = None
    inputs: tuple[str, ...] = ("default",)
    output: str = "default"
    keys: tuple[SortKeySpec, ...] = ()
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SortResponse:
    """`status`: 0 success, 1 partial, 2 failure; `result_set_status`: 1 empty, 2 interim, 3 unchanged, 4 none."""

    reference: bytes | None = None
    status: int = 0
    result_set_status: int | None = None
    diagnostics: tuple[Diagnostic, ...] | None = None
    hits: int | None = None
    other_info: tuple[Info, ...] | None = None


_SORT_ATTRIBUTES = Sequence(SortAttributes, Field("attribute_set", OID), Field("attributes", ATTRIBUTES))
_KEY = Choice(
    (str, Implicit(0, TEXT)),
    (Specification, Implicit(1, SPECIFICATION)),
    (SortAttributes, Implicit(2, _SORT_ATTRIBUTES)),
)
_MISSING = {"abort": 1, "null": 2}


class _KeySpec(Type):
    """SortKeySpec."""

    constructed = True
    tag = ber.SEQUENCE

    def content(self, value: SortKeySpec) -> bytes:
        if value.key is not None:
            parts = ber.element(CONTEXT | 1, _KEY.encode(value.key), True)
        else:
            pairs = [
                ber.element(ber.SEQUENCE, DATABASE.encode(base) + _KEY.encode(key), True)
                for base, key in value.by_database
            ]
            parts = ber.element(CONTEXT | 2, b"".join(pairs), True)
        # The element is explicit in its CHOICE and that CHOICE untagged, so [1] stands twice in this structure:
        # the order tells the key from the relation.
        parts += ber.element(CONTEXT | 1, ber.integer_octets(value.relation))
        parts += ber.element(CONTEXT | 2, ber.integer_octets(value.case))
        if isinstance(value.missing, bytes):
            parts += ber.element(CONTEXT | 3, ber.element(CONTEXT | 3, value.missing), True)
        elif value.missing is not None:
            parts += ber.element(CONTEXT | 3, ber.element(CONTEXT | _MISSING[value.missing], b""), True)
        return parts

    def read(self, element: Element) -> SortKeySpec:
        children = element.children()
        if not children:
            raise BerError("a sort key without a key")
        key: SortKey | None = None
        pairs: list[tuple[str, SortKey]] = []
        if children[0].tag == CONTEXT | 1:
            key = _KEY.decode(children[0].only())
        else:
            for pair in children[0].children():
                parts = pair.children()
                if len(parts) != 2:
                    raise BerError("a sort key of a database without either")
                pairs.append((parts[0].text(), _KEY.decode(parts[1])))
        rest = {child.tag & 0xFFFFFF: child for child in children[1:]}
        missing: str | bytes | None = None
        if 3 in rest:
            choice = rest[3].only()
            number = choice.tag & 0xFFFFFF
            missing = choice.octets() if number == 3 else "abort" if number == 1 else "null"
        return SortKeySpec(
            key=key,
            by_database=tuple(pairs),
            relation=rest[1].integer() if 1 in rest else ASCENDING,
            case=rest[2].integer() if 2 in rest else CASE_INSENSITIVE,
            missing=missing,
        )


SORT_REQUEST = Sequence(
    SortRequest,
    REFERENCE,
    implicit("inputs", 3, SequenceOf(TEXT)),
    implicit("output", 4, TEXT),
    implicit("keys", 5, SequenceOf(_KeySpec())),
    OTHER_INFO,
)
SORT_RESPONSE = Sequence(
    SortResponse,
    REFERENCE,
    implicit("status", 3, INTEGER),
    implicit("result_set_status", 4, INTEGER, lenient=True),
    implicit("diagnostics", 5, DIAGNOSTICS, lenient=True),
    implicit("hits", 6, INTEGER, lenient=True),
    OTHER_INFO,
)
