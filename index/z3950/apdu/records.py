"""Records as they travel: each with its database and syntax, its payload left as bytes, or a diagnostic instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from index.z3950 import ber
from index.z3950.apdu.common import (
    DATABASE,
    DEFAULT_DIAGNOSTIC,
    DIAGNOSTIC,
    DIAGNOSTICS,
    EXTERNAL,
    External,
)
from index.z3950.ber import CONTEXT, BerError, Element
from index.z3950.diagnostics import Diagnostic
from index.z3950.schema import Implicit, Type
from index.z3950.walk import Shape


class RawRecord(NamedTuple):
    """One record of a response. A tuple, since a frozen dataclass takes three times as long to make, for each record.

    `syntax` is the dotted OID; `form` is 'asn1' when `payload` is a whole element (OPAC, GRS-1, SUTRS), else 'octets'
    or 'arbitrary'. A record that the server could not give, or that could not be read, has a `diagnostic` and no
    payload. `fragment` is 'starting', 'intermediate' or 'final' for a part of a record (level-2 segmentation).
    """

    syntax: str | None = None
    database: str | None = None
    payload: bytes = b""
    diagnostic: Diagnostic | None = None
    form: str = "octets"
    fragment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The records of a response, or the diagnostics that stand in their place (nonsurrogate, one or several)."""

    records: tuple[RawRecord, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


#: Stands for a record that came broken: the others of its response are still good. The number is our own, outside
#: what servers may send, in no registered set.
UNREADABLE = Diagnostic(set="", condition=-1, addinfo="this record could not be read")

_FRAGMENTS = {CONTEXT | 3: "starting", CONTEXT | 4: "intermediate", CONTEXT | 5: "final"}
_FRAGMENT_TAGS = {name: tag for tag, name in _FRAGMENTS.items()}


def encode_record(record: RawRecord) -> bytes:
    """NamePlusRecord."""
    name = b"" if record.database is None else ber.element(CONTEXT, record.database.encode())
    if record.diagnostic is not None:
        inner, tag = DIAGNOSTIC.encode(record.diagnostic), CONTEXT | 2
    else:
        inner = EXTERNAL.encode(External(oid=record.syntax, payload=record.payload, form=record.form))
        tag = CONTEXT | 1
        if record.fragment is not None:
            tag = _FRAGMENT_TAGS[record.fragment]
            if record.syntax is None:
                inner = ber.element(ber.OCTET_STRING, record.payload)
    body = name + ber.element(CONTEXT | 1, ber.element(tag, inner, True), True)
    return ber.element(ber.SEQUENCE, body, True)


def read_record(element: Element) -> RawRecord:
    """A NamePlusRecord; one that is broken becomes a record with the diagnostic UNREADABLE."""
    database: str | None = None
    try:
        for child in element.children():
            if child.tag in (CONTEXT, DATABASE.tag):
                database = child.text()
            elif child.tag == CONTEXT | 1:
                return _read_alternative(child.only(), database)
        raise BerError("a record without content")
    except BerError:
        element.frame.spend()
        return RawRecord(database=database, diagnostic=UNREADABLE)


def _read_alternative(element: Element, database: str | None) -> RawRecord:
    inner = element.only()
    if element.tag == CONTEXT | 2:
        return RawRecord(database=database, diagnostic=DIAGNOSTIC.decode(inner))
    fragment = _FRAGMENTS.get(element.tag)
    if fragment is not None and inner.tag == ber.OCTET_STRING:
        return RawRecord(database=database, payload=inner.octets(), fragment=fragment)
    if inner.tag != ber.EXTERNAL:
        raise BerError("a record that is no EXTERNAL")
    external: External = EXTERNAL.read(inner)
    return RawRecord(
        database=database,
        syntax=external.oid,
        payload=external.payload,
        form=external.form,
        fragment=fragment,
    )


class _Records(Type):
    """SEQUENCE OF NamePlusRecord, each read by itself."""

    constructed = True
    tag = ber.SEQUENCE

    def content(self, value: tuple[RawRecord, ...]) -> bytes:
        return b"".join([encode_record(record) for record in value])

    def read(self, element: Element) -> tuple[RawRecord, ...]:
        frame = element.frame
        runs = frame.runs
        if not runs or not element.constructed:
            return tuple([read_record(child) for child in element.children() if child.tag == ber.SEQUENCE])
        data, records = frame.data, []
        shape: Shape | None = None
        model: RawRecord | None = None
        position, end = element.start, element.end
        while position < end:
            run = runs.get(position)
            if run is not None and model is not None and run[0] is shape:
                _, spans, position = run
                syntax, database = model.syntax, model.database
                records += [RawRecord(syntax, database, data[begin:after]) for begin, after in spans]
                continue
            child, position = frame.element(position, end, element.depth + 1)
            if child.tag != ber.SEQUENCE:
                continue
            record = read_record(child)
            records.append(record)
            following = runs.get(position)
            if following is not None and following[0] is not shape:
                # The record that taught this shape stands before the first that has it.
                shape = following[0]
                model = record if _is_model(record, data, shape) else None
        frame.spend(len(records))
        return tuple(records)


def _is_model(record: RawRecord, data: bytes, shape: Shape) -> bool:
    """Is the one long element of the shape just the payload of this record, so that others may be read by it?"""
    return (
        record.diagnostic is None
        and record.fragment is None
        and record.form == "octets"
        and record.payload == data[shape.begin : shape.end]
    )


RECORDS: Type = _Records()
_ONE = Implicit(130, DEFAULT_DIAGNOSTIC)
_MANY = Implicit(205, DIAGNOSTICS)
_FOUND = Implicit(28, RECORDS)


class _Delivered(Type):
    """Records, the CHOICE."""

    @property
    def tags(self) -> frozenset[int]:
        return frozenset({_FOUND.tag, _ONE.tag, _MANY.tag})

    def encode(self, value: Delivered) -> bytes:
        if not value.diagnostics:
            return _FOUND.encode(value.records)
        if len(value.diagnostics) == 1:
            return _ONE.encode(value.diagnostics[0])
        return _MANY.encode(value.diagnostics)

    def decode(self, element: Element) -> Delivered:
        if element.tag == _FOUND.tag:
            return Delivered(records=RECORDS.read(element))
        if element.tag == _ONE.tag:
            return Delivered(diagnostics=(_ONE.read(element),))
        return Delivered(diagnostics=_MANY.read(element))


DELIVERED: Type = _Delivered()
