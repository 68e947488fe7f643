"""Records for a Search or a Present: as many as fit into the answer, each by itself too large told as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.z3950 import ber
from index.z3950.apdu import Delivered, Diagnostic, PresentRequest, PresentResponse, RawRecord
from index.z3950.apdu.present import FAILURE, PARTIAL_2, PRESENT_RESPONSE, SUCCESS
from index.z3950.apdu.records import encode_record
from index.z3950.apdu.search import SEARCH_RESPONSE, SearchResponse
from index.z3950.ber import CONTEXT
from index.z3950.serving import forms, refusals
from index.z3950.serving.catalogue import Catalogue, Form, Terms
from index.z3950.serving.opening import Agreed
from index.z3950.serving.refusals import Refused
from index.z3950.serving.sets import ResultSet

#: Bytes that an answer takes beside its records, at most.
_AROUND = 400

#: Records that are written at once, at least, where the result has so many.
_AHEAD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Records for an answer, as they are written into it. `whole`: all that were asked for."""

    records: list[bytes]
    whole: bool


def present(
    asked: PresentRequest,
    found: ResultSet,
    catalogue: Catalogue,
    terms: Terms,
    agreed: Agreed,
    *,
    quick: bool = False,
) -> tuple[bytes, int] | None:
    """(the answer to a Present for records of `found`, how many are in it). Raises Refused.

    With `quick`, None where the records are not at hand.
    """
    if asked.ranges:
        raise Refused(refusals.MORE_RANGES)
    form = forms.of_request(asked.syntax, asked.elements, asked.composition, terms.databases, agreed.charset)
    taken = take(found, asked.start, asked.count, form, catalogue, terms, agreed, quick=quick)
    if taken is None:
        return None
    after = asked.start + len(taken.records)
    response = PresentResponse(
        reference=asked.reference,
        returned=len(taken.records),
        next_position=after if after <= found.total else 0,
        status=SUCCESS if taken.whole else PARTIAL_2,
    )
    return with_records(response, taken.records), len(taken.records)


def with_records(response: PresentResponse | SearchResponse, records: list[bytes]) -> bytes:
    """A response without other information, with records behind its other fields, where the protocol has them."""
    number, kind = (25, PRESENT_RESPONSE) if isinstance(response, PresentResponse) else (23, SEARCH_RESPONSE)
    content = kind.content(response)
    if records:
        content += ber.element(CONTEXT | 28, b"".join(records), True)
    return ber.element(CONTEXT | number, content, True)


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
    *,
    quick: bool = False,
) -> Taken | None:
    """Records of a result. Raises Refused: out of range, not in this form, too many within this minute.

    With `quick`, None where they are not at hand; nothing is counted then.
    """
    at_hand: Sequence[bytes | None] | None = None
    if quick:
        known = found.known(start, min(count, terms.records_at_once))
        at_hand = None if known is None else catalogue.at_hand(known, form)
        if at_hand is None:
            return None
    ids = found.ids(start, count)[: terms.records_at_once]
    if ids and (seconds := terms.wait(0, len(ids))):
        raise Refused(refusals.TOO_MANY_RECORDS, f"try again in {seconds} seconds")
    if at_hand is None:
        # Clients that ask for one record after the other are answered from what is written together now.
        ahead = found.ahead(start + len(ids), _AHEAD - len(ids)) if ids else []
        at_hand = catalogue.records([*ids, *ahead], form)[: len(ids)]
    taken = _fitting(at_hand, terms, agreed)
    return Taken(records=taken, whole=len(taken) == count)


def _fitting(records: Sequence[bytes | None], terms: Terms, agreed: Agreed) -> list[bytes]:
    fitting: list[bytes] = []
    room = agreed.preferred_size - _AROUND
    for record in records:
        one = record or _instead(terms, refusals.NOT_IN_SYNTAX, "the title is gone")
        if len(one) > room:
            if fitting:
                break
            # A record that is too large comes alone, where the client lets it in (Z39.50-2003, 3.3.2).
            if len(one) <= agreed.exceptional_size - _AROUND:
                return [one]
            over_maximum = agreed.exceptional_size > agreed.preferred_size
            number = refusals.RECORD_OVER_MAXIMUM if over_maximum else refusals.RECORD_OVER_MESSAGE
            one = _instead(terms, number, f"{len(one)} bytes")
        room -= len(one)
        fitting.append(one)
    return fitting


def _instead(terms: Terms, number: int, addinfo: str) -> bytes:
    """A surrogate diagnostic."""
    diagnostic = Diagnostic(condition=number, addinfo=addinfo)
    return encode_record(RawRecord(database=terms.databases[0], diagnostic=diagnostic))
