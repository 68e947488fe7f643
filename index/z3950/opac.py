"""OPAC records: a bibliographic record with its holdings and the circulation of each copy (record syntax 102)."""

from __future__ import annotations

from dataclasses import dataclass

from index.z3950 import ber
from index.z3950.apdu.common import EXTERNAL, External
from index.z3950.schema import BOOLEAN, TEXT, Choice, Field, Implicit, Sequence, SequenceOf, Type, implicit


@dataclass(frozen=True, slots=True, kw_only=True)
class Circulation:
    """One copy that circulates. Dates and restrictions are the server's own words."""

    available_now: bool = False
    availability_date: str | None = None
    available_through: str | None = None
    restrictions: str | None = None
    item: str | None = None
    renewable: bool = False
    on_hold: bool = False
    enumeration: str | None = None
    midspine: str | None = None
    temporary_location: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """One volume held."""

    enumeration: str | None = None
    chronology: str | None = None
    enumeration_and_chronology: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """HoldingsAndCircData. The first seven fields are codes of MARC holdings, `nuc` to `public_note` those of 852."""

    type_of_record: str | None = None
    encoding_level: str | None = None
    format: str | None = None
    receipt_status: str | None = None
    retention: str | None = None
    completeness: str | None = None
    date_of_report: str | None = None
    nuc: str | None = None
    local_location: str | None = None
    shelving_location: str | None = None
    call_number: str | None = None
    shelving_data: str | None = None
    copy_number: str | None = None
    public_note: str | None = None
    reproduction_note: str | None = None
    terms_of_use: str | None = None
    enumeration_and_chronology: str | None = None
    volumes: tuple[Volume, ...] | None = None
    circulation: tuple[Circulation, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpacRecord:
    """The bibliographic record as it came (None when it is missing), and its holdings: ours, or MARC holdings."""

    bibliographic: External | None = None
    holdings: tuple[Holdings | External, ...] | None = None


def _texts(kind: type, names: tuple[str, ...]) -> Sequence:
    """A SEQUENCE of optional texts whose tags count from 1. A broken one loses only itself."""
    return Sequence(kind, *_fields(names))


def _fields(names: tuple[str, ...]) -> tuple[Field, ...]:
    return tuple(implicit(name, number, TEXT, lenient=True) for number, name in enumerate(names, 1))


_VOLUME = _texts(Volume, ("enumeration", "chronology", "enumeration_and_chronology"))
_CIRCULATION = Sequence(
    Circulation,
    *(
        implicit(
            name, number, BOOLEAN if name in ("available_now", "renewable", "on_hold") else TEXT, lenient=True
        )
        for number, name in enumerate(Circulation.__dataclass_fields__, 1)
    ),
)
_HOLDINGS = Sequence(
    Holdings,
    *_fields(tuple(Holdings.__dataclass_fields__)[:17]),
    implicit("volumes", 18, SequenceOf(_VOLUME), lenient=True),
    implicit("circulation", 19, SequenceOf(_CIRCULATION), lenient=True),
)
_EITHER: Type = Choice((External, Implicit(1, EXTERNAL)), (Holdings, Implicit(2, _HOLDINGS)))
OPAC_RECORD = Sequence(
    OpacRecord,
    implicit("bibliographic", 1, EXTERNAL),
    implicit("holdings", 2, SequenceOf(_EITHER), lenient=True),
)


def encode(record: OpacRecord) -> bytes:
    """The payload of a RawRecord of form 'asn1'."""
    return OPAC_RECORD.encode(record)


def decode(payload: bytes) -> OpacRecord:
    """The OPAC record in the payload of a RawRecord. Raises BerError."""
    record: OpacRecord = OPAC_RECORD.decode(ber.parse(payload))
    return record
