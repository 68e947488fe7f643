"""Records for a Search or a Present: as many as fit into the answer, each by itself too large told as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.z3950.apdu import Delivered, Diagnostic, PresentRequest, PresentResponse, RawRecord
from index.z3950.apdu.present import FAILURE, PARTIAL_2, SUCCESS
from index.z3950.serving import forms, refusals
from index.z3950.serving.catalogue import Catalogue, Form, Terms
from index.z3950.serving.opening import Agreed
from index.z3950.serving.refusals import Refused
from index.z3950.serving.sets import ResultSet

#: Bytes that a record takes beside its payload, and an answer beside its records, at most.
_WRAPPED, _AROUND = 100, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Records for an answer. `whole`: all that were asked for."""

    records: tuple[RawRecord, ...]
    whole: bool


def present(
    asked: PresentRequest, found: ResultSet, catalogue: Catalogue, terms: Terms, agreed: Agreed
) -> PresentResponse:
    """The answer to a Present that asks for records of `found`. Raises Refused."""
    if asked.ranges:
        raise Refused(refusals.MORE_RANGES)
    form = forms.of_request(asked.syntax, asked.elements, asked.composition, terms.databases, agreed.charset)
    taken = take(found, asked.start, asked.count, form, catalogue, terms, agreed)
    after = asked.start + len(taken.records)
    return PresentResponse(
        reference=asked.reference,
        returned=len(taken.records),
        next_position=after if after <= found.total else 0,
        status=SUCCESS if taken.whole else PARTIAL_2,
        records=Delivered(records=taken.records) if taken.records else None,
    )


def failed(asked: PresentRequest, diagnostic: Diagnostic) -> PresentResponse:
    """The answer to a Present that is not carried out."""
    return PresentResponse(
        reference=asked.reference,
        returned=0,
        next_position=asked.start if 0 < asked.start < 2**31 else 0,
        status=FAILURE,
        records=Delivered(diagnostics=(diagnostic,)),
    )


def take(
    found: ResultSet,
    start: int,
    count: int,
    form: Form,
    catalogue: Catalogue,
    terms: Terms,
    agreed: Agreed,
) -> Taken:
    """Records of a result. Raises Refused: out of range, not in this form, too many within this minute."""
    ids = found.ids(start, count)
    many = ids[: terms.records_at_once]
    if many and (seconds := terms.wait(0, len(many))):
        raise Refused(refusals.TOO_MANY_RECORDS, f"try again in {seconds} seconds")
    taken = _fitting(catalogue.records(many, form), terms, agreed)
    return Taken(records=tuple(taken), whole=len(taken) == count)


def _fitting(records: Sequence[RawRecord | None], terms: Terms, agreed: Agreed) -> list[RawRecord]:
    fitting: list[RawRecord] = []
    room = agreed.preferred_size - _AROUND
    for record in records:
        if record is None:
            one = RawRecord(
                database=terms.databases[0],
                diagnostic=Diagnostic(condition=refusals.NOT_IN_SYNTAX, addinfo="the title is gone"),
            )
        else:
            one = record
        size = len(one.payload) + _WRAPPED
        if size > room:
            if fitting:
                break
            # A record that is too large comes alone, where the client lets it in (Z39.50-2003, 3.3.2).
            if size > agreed.exceptional_size - _AROUND:
                fitting.append(_too_large(one, agreed))
                room -= _WRAPPED
                continue
            return [one]
        room -= size
        fitting.append(one)
    return fitting


def _too_large(record: RawRecord, agreed: Agreed) -> RawRecord:
    over_maximum = agreed.exceptional_size > agreed.preferred_size
    number = refusals.RECORD_OVER_MAXIMUM if over_maximum else refusals.RECORD_OVER_MESSAGE
    diagnostic = Diagnostic(condition=number, addinfo=f"{len(record.payload)} bytes")
    return RawRecord(database=record.database, diagnostic=diagnostic)
