"""One connection to a server, without the connection: bytes in, answers out, and what must be sent in between."""

from __future__ import annotations

from dataclasses import replace

from index.z3950.apdu import (
    AccessControlRequest,
    AccessControlResponse,
    Close,
    CloseReason,
    DeleteRequest,
    DeleteResponse,
    Delivered,
    Diagnostic,
    ExtendedServicesRequest,
    ExtendedServicesResponse,
    InitRequest,
    InitResponse,
    Pdu,
    PresentRequest,
    PresentResponse,
    RawRecord,
    ResourceControlRequest,
    ResourceControlResponse,
    ResourceReportRequest,
    ResourceReportResponse,
    ScanRequest,
    ScanResponse,
    SearchRequest,
    SearchResponse,
    Segment,
    SortRequest,
    SortResponse,
    decode,
    encode,
)
from index.z3950.asking.segments import join
from index.z3950.errors import Garbled, Lost, TooBig, Unsupported
from index.z3950.framer import Framer
from index.z3950.limits import DEFAULT, Limits
from index.z3950.walk import BerError, LimitError

_ANSWERS: dict[type, type] = {
    InitRequest: InitResponse,
    SearchRequest: SearchResponse,
    PresentRequest: PresentResponse,
    DeleteRequest: DeleteResponse,
    ScanRequest: ScanResponse,
    SortRequest: SortResponse,
    ResourceReportRequest: ResourceReportResponse,
    ExtendedServicesRequest: ExtendedServicesResponse,
    Close: Close,
}

#: CloseReason in words, by its number.
CLOSE_REASONS = (
    "the session is over",
    "the server is shut down",
    "the server has a fault",
    "the limit of costs is reached",
    "the server is out of resources",
    "the server sees its security at stake",
    "the server could not follow the protocol",
    "nothing was asked for too long",
    "the server has broken off",
    "for no reason that is told",
)


class Conversation:
    """What was said on one connection. One request at a time: `ask`, then `receive` until it returns the answer.

    `take` gives what must be sent in between (the answers to a server that asks). After any error the connection
    is of no more use and must be closed.
    """

    def __init__(self, limits: Limits = DEFAULT, *, version: int = 3, go_on: bool = False) -> None:
        self.version = version
        self._framer = Framer(limits)
        self._go_on = go_on
        self._expected: type | None = None
        self._segments: list[RawRecord] = []
        self._waiting_to_go: list[bytes] = []

    @property
    def asked(self) -> bool:
        """Is an answer outstanding?"""
        return self._expected is not None

    @property
    def partway(self) -> bool:
        """Has a PDU begun to come that is not complete?"""
        return self._framer.waiting

    def ask(self, request: Pdu) -> bytes:
        """The bytes of a request. Raises Unsupported for values that cannot be written."""
        try:
            data = encode(request)
        except (BerError, UnicodeEncodeError, OverflowError) as error:
            raise Unsupported(f"this cannot be said in Z39.50: {error}") from None
        self._expected = _ANSWERS[type(request)]
        self._segments = []
        return data

    def receive(self, data: bytes) -> Pdu | None:
        """The answer to what was asked, once it is there. Raises Lost (the server closes), Garbled, TooBig."""
        answer: Pdu | None = None
        try:
            for frame in self._framer.feed(data):
                pdu = self._take_in(decode(frame))
                if pdu is not None:
                    answer = pdu
        except LimitError as error:
            raise TooBig(f"the server sent {error}") from None
        except BerError as error:
            raise Garbled(f"what the server sent cannot be read: {error}") from None
        return answer

    def ended(self) -> Lost:
        """The error for a connection that the server ended."""
        return Lost(
            "the server ended the connection" + (" in the middle of a message" if self.partway else "")
        )

    def take(self) -> bytes:
        """What must be sent now, if anything: it is handed out once."""
        if not self._waiting_to_go:
            return b""
        data = b"".join(self._waiting_to_go)
        self._waiting_to_go.clear()
        return data

    def _take_in(self, pdu: Pdu) -> Pdu | None:
        if type(pdu) is self._expected:
            self._expected = None
            return self._whole(pdu) if isinstance(pdu, PresentResponse) else pdu
        if isinstance(pdu, Segment) and self._expected is PresentResponse:
            self._segments += pdu.records
            return None
        if isinstance(pdu, Close):
            self._waiting_to_go.append(encode(Close(reason=CloseReason.FINISHED)))
            raise closed(pdu)
        if isinstance(pdu, AccessControlRequest):
            self._waiting_to_go.append(encode(self._refuse(pdu)))
            return None
        if isinstance(pdu, ResourceControlRequest):
            if pdu.response_required:
                answer = ResourceControlResponse(
                    reference=pdu.reference,
                    go_on=self._go_on,
                    result_set_wanted=None if self._go_on else True,
                )
                self._waiting_to_go.append(encode(answer))
            return None
        raise Garbled(f"the server sent a {type(pdu).__name__} that nobody had asked for")

    def _whole(self, answer: PresentResponse) -> PresentResponse:
        records = answer.records
        last = records.records if records is not None else ()
        if not self._segments and not (last and (last[0].fragment or last[-1].fragment)):
            return answer
        joined = join([*self._segments, *last])
        self._segments = []
        diagnostics = records.diagnostics if records is not None else ()
        if diagnostics and not joined:
            return answer
        return replace(
            answer, returned=len(joined), records=Delivered(records=joined, diagnostics=diagnostics)
        )

    def _refuse(self, asked: AccessControlRequest) -> AccessControlResponse:
        """Nobody sits here who could be asked. Version 2 has no other way to say so than an empty answer."""
        if self.version < 3:
            return AccessControlResponse(reference=asked.reference, simple=b"")
        return AccessControlResponse(reference=asked.reference, diagnostic=Diagnostic(condition=102))


def closed(pdu: Close) -> Lost:
    """The error for a Close of the server."""
    number = pdu.reason
    why = CLOSE_REASONS[number] if 0 <= number < len(CLOSE_REASONS) else f"reason {number}"
    return Lost(f"the server closed: {why}" + (f" ({pdu.message})" if pdu.message else ""), reason=number)
