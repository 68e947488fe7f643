"""What several PDUs share: EXTERNAL, other information, diagnostics, units (Z39.50-2003, "global auxiliary")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from index.z3950 import ber, oids
from index.z3950.ber import CONTEXT, BerError, Element
from index.z3950.diagnostics import Diagnostic
from index.z3950.schema import (
    INTEGER,
    OCTETS,
    OID,
    TEXT,
    Choice,
    Field,
    Implicit,
    Sequence,
    SequenceOf,
    Type,
    explicit,
    implicit,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """Data of a type named by its object identifier, still as bytes.

    `form` says how it was wrapped: 'asn1' (then `payload` is a whole element), 'octets', or 'arbitrary' (bits).
    """

    oid: str | None
    payload: bytes
    form: str = "octets"


_FORMS = {CONTEXT | 0: "asn1", CONTEXT | 1: "octets", CONTEXT | 2: "arbitrary"}


class _External(Type):
    """EXTERNAL in its three encodings (ITU-T X.690 8.18 with the tags of Z39.50)."""

    tag = ber.EXTERNAL
    constructed = True

    def content(self, value: External) -> bytes:
        parts = b"" if value.oid is None else ber.element(ber.OID, ber.oid_octets(value.oid))
        if value.form == "asn1":
            return parts + ber.element(CONTEXT, value.payload, True)
        if value.form == "arbitrary":
            return parts + ber.element(CONTEXT | 2, b"\0" + value.payload)
        return parts + ber.element(CONTEXT | 1, value.payload)

    def read(self, element: Element) -> External:
        oid, payload, form = None, None, "octets"
        for child in element.children():
            if child.tag == ber.OID:
                oid = child.oid()
            elif (kind := _FORMS.get(child.tag)) is not None:
                form = kind
                if kind == "asn1":
                    payload = child.only().whole
                else:
                    payload = child.octets()[kind == "arbitrary" :]
        if payload is None:
            raise BerError("an EXTERNAL without data")
        return External(oid=oid, payload=payload, form=form)


EXTERNAL: Type = _External()


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """What kind of information follows; the numbers belong to `type`, else to the standard."""

    type: str | None = None
    value: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """One piece of other information: exactly one of the four ways is given."""

    category: Category | None = None
    text: str | None = None
    octets: bytes | None = None
    external: External | None = None
    oid: str | None = None


CATEGORY = Sequence(Category, implicit("type", 1, OID), implicit("value", 2, INTEGER))
INFO = Sequence(
    Info,
    implicit("category", 1, CATEGORY, lenient=True),
    implicit("text", 2, TEXT),
    implicit("octets", 3, OCTETS),
    implicit("external", 4, EXTERNAL),
    implicit("oid", 5, OID),
)
INFOS = SequenceOf(INFO)
REFERENCE = implicit("reference", 2, OCTETS)
OTHER_INFO = implicit("other_info", 201, INFOS, lenient=True)


class _Addinfo(Type):
    """VisibleString from version 2, InternationalString from version 3."""

    tag = ber.VISIBLE_STRING

    @property
    def tags(self) -> frozenset[int]:
        return ber.STRINGS

    def encode(self, value: str) -> bytes:
        tag = ber.VISIBLE_STRING if value.isascii() else ber.GENERAL_STRING
        return ber.element(tag, value.encode())

    def read(self, element: Element) -> str:
        return element.text()


DEFAULT_DIAGNOSTIC = Sequence(
    Diagnostic, Field("set", OID), Field("condition", INTEGER), Field("addinfo", _Addinfo(), lenient=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explained:
    default: Diagnostic | None = None
    explicit: Element | None = None


class _Any(Type):
    """An element that is left unread."""

    def __init__(self, number: int) -> None:
        self.tag = CONTEXT | number

    def read(self, element: Element) -> Element:
        return element


@dataclass(frozen=True, slots=True, kw_only=True)
class _Diag1:
    diagnostic: _Explained | None = None
    message: str | None = None


_DIAG1 = SequenceOf(
    Sequence(
        _Diag1,
        explicit(
            "diagnostic",
            1,
            Choice((Diagnostic, Implicit(1, DEFAULT_DIAGNOSTIC)), (Element, _Any(2))),
            lenient=True,
        ),
        implicit("message", 2, TEXT, lenient=True),
    )
)


class _DiagRec(Type):
    """DiagRec: the default format, or another one in an EXTERNAL, of which diag-1 is read."""

    @property
    def tags(self) -> frozenset[int]:
        return frozenset({ber.SEQUENCE, ber.EXTERNAL})

    def encode(self, value: Diagnostic) -> bytes:
        return DEFAULT_DIAGNOSTIC.encode(value)

    def decode(self, element: Element) -> Diagnostic:
        if element.tag == ber.SEQUENCE:
            diagnostic: Diagnostic = DEFAULT_DIAGNOSTIC.read(element)
            return diagnostic
        external: External = EXTERNAL.read(element)
        found = external_diagnostics(external)
        return found[0] if found else Diagnostic(set=external.oid or "", condition=0)


DIAGNOSTIC: Type = _DiagRec()
DIAGNOSTICS = SequenceOf(DIAGNOSTIC)


def external_diagnostics(external: External) -> tuple[Diagnostic, ...]:
    """The diagnostics of the format diag-1, or of a bare default one; none where they cannot be read."""
    try:
        root = ber.parse(external.payload)
        if external.oid != oids.DIAG1:
            children = root.children()
            bare = bool(children) and children[0].tag == ber.OID
            return (DEFAULT_DIAGNOSTIC.read(root),) if bare else ()
        return tuple(_diag1(entry) for entry in _DIAG1.read(root))
    except BerError:
        return ()


def _diag1(entry: Any) -> Diagnostic:
    if isinstance(entry.diagnostic, Diagnostic):
        return entry.diagnostic
    condition = 0
    if isinstance(entry.diagnostic, Element):
        within = entry.diagnostic.children() if entry.diagnostic.constructed else []
        condition = within[0].tag & 0xFFFFFF if within else 0
    return Diagnostic(set=oids.DIAG1, condition=condition, addinfo=entry.message or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of measure: its system, its kind, itself, and the power of ten."""

    system: str | None = None
    type: str | int | None = None
    unit: str | int | None = None
    scale: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number with its unit (IntUnit)."""

    value: int = 0
    unit: Unit | None = None


STRING_OR_NUMERIC = Choice((str, Implicit(1, TEXT)), (int, Implicit(2, INTEGER)))
UNIT = Sequence(
    Unit,
    explicit("system", 1, TEXT),
    explicit("type", 2, STRING_OR_NUMERIC),
    explicit("unit", 3, STRING_OR_NUMERIC),
    implicit("scale", 4, INTEGER),
)
MEASURE = Sequence(Measure, implicit("value", 1, INTEGER), implicit("unit", 2, UNIT))

ELEMENT_SET_NAME = Implicit(103, TEXT)
DATABASE = Implicit(105, TEXT)
DATABASES = SequenceOf(DATABASE)
RESULT_SET = Implicit(31, TEXT)
RESULT_SETS = SequenceOf(RESULT_SET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """Schema and element set of a composition (CompSpec); `schema` is an OID or a URI."""

    schema: str | None = None
    schema_uri: str | None = None
    elements: str | External | None = None


SPECIFICATION = Sequence(
    Specification,
    Field("schema", Implicit(1, OID)),
    Field("schema_uri", Implicit(300, TEXT)),
    explicit("elements", 2, Choice((str, Implicit(1, TEXT)), (External, Implicit(2, EXTERNAL)))),
)
