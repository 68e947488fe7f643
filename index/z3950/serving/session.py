"""One session of a target: bytes in, answers out. It knows no network; whoever has one calls it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from index.z3950 import apdu
from index.z3950.apdu import (
    AccessControlResponse,
    Close,
    CloseReason,
    DeleteRequest,
    DeleteResponse,
    DeleteStatus,
    Diagnostic,
    ExtendedServicesRequest,
    ExtendedServicesResponse,
    InitRequest,
    Pdu,
    PresentRequest,
    ResourceControlResponse,
    ResourceReportRequest,
    ResourceReportResponse,
    ScanRequest,
    SearchRequest,
    SortRequest,
    TriggerResourceControl,
)
from index.z3950.ber import BerError, Frame
from index.z3950.framer import Framer
from index.z3950.limits import Limits
from index.z3950.serving import opening, presenting, refusals, scanning, searching, sorting
from index.z3950.serving.catalogue import Catalogue, Terms
from index.z3950.serving.opening import Agreed
from index.z3950.serving.refusals import Refused
from index.z3950.serving.sets import ResultSets

log = logging.getLogger(__name__)

#: What nested elements and elements of a request may be; requests are small.
_DEPTH, _ELEMENTS = 64, 20_000

#: The first byte of a PresentRequest: [24], constructed.
_PRESENT_TAG = 0xB8

#: ResourceReportStatus: the server does not do that.
_NO_REPORT = 4
#: DeleteSetStatus.
_DELETED, _NOT_THERE, _NOT_ALL = 0, 1, 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to send, whether the session is over then, and facts for the log: never a query, never a name."""

    data: bytes = b""
    ends: bool = False
    facts: dict[str, str | int] = field(default_factory=dict)


class Session:
    """A client's session. `feed` is cheap; `answer` asks the catalogue and may take its time, one at a time."""

    def __init__(self, catalogue: Catalogue, terms: Terms, *, request_size: int = 256 * 1024) -> None:
        self._catalogue = catalogue
        self._terms = terms
        self._framer = Framer(Limits(pdu=request_size, depth=_DEPTH, elements=_ELEMENTS))
        self._sets = ResultSets(terms.result_sets)
        self._agreed: Agreed | None = None

    @property
    def waiting(self) -> bool:
        """Whether there is the beginning of a request whose end has not come."""
        return self._framer.waiting

    @property
    def open(self) -> bool:
        """Whether Init was accepted."""
        return self._agreed is not None

    def feed(self, data: bytes) -> list[Frame]:
        """The requests that are whole now, for `answer`. Raises BerError: say `broken` and hang up."""
        return self._framer.feed(data)

    def broken(self, fault: BerError) -> Reply:
        """The last word to a client whose bytes are none of the protocol."""
        return _closing(CloseReason.PROTOCOL_ERROR, str(fault), operation="broken")

    def goodbye(self, reason: CloseReason, message: str = "") -> Reply:
        """Our own end of the session."""
        return _closing(reason, message, operation="goodbye")

    def at_once(self, frame: Frame) -> Reply | None:
        """The answer to a Present whose records are at hand; None for everything else: ask `answer`, elsewhere."""
        if frame.data[0] != _PRESENT_TAG or self._agreed is None:
            return None
        try:
            asked = apdu.decode(frame)
            return (
                self._present(asked, self._agreed, quick=True) if isinstance(asked, PresentRequest) else None
            )
        except BerError:
            return None

    def answer(self, frame: Frame) -> Reply:
        """The answer to a request."""
        try:
            asked = apdu.decode(frame)
        except (BerError, RecursionError) as fault:
            return _closing(CloseReason.PROTOCOL_ERROR, str(fault), operation="broken")
        try:
            return self._answered(asked)
        except BerError as fault:  # something that cannot be written
            log.warning("an answer could not be written", extra={"fault": str(fault)})
            return _closing(CloseReason.SYSTEM_PROBLEM, "", operation="failed")
        except Exception:
            # Whatever goes wrong with one request ends one session, and is told.
            log.exception("a request failed")
            return _closing(CloseReason.SYSTEM_PROBLEM, "", operation="failed")

    def _answered(self, asked: Pdu) -> Reply:
        if isinstance(asked, InitRequest):
            return self._init(asked)
        if isinstance(asked, Close):
            reply = Close(reference=asked.reference, reason=CloseReason.FINISHED)
            return Reply(data=apdu.encode(reply), ends=True, facts={"operation": "close"})
        if self._agreed is None:
            return _closing(CloseReason.PROTOCOL_ERROR, "Init comes first", operation="early")
        match asked:
            case SearchRequest():
                return self._search(asked, self._agreed)
            case PresentRequest():
                return self._present(asked, self._agreed) or Reply()
            case ScanRequest():
                return self._scan(asked)
            case SortRequest():
                return self._sort(asked, self._agreed)
            case DeleteRequest():
                return self._delete(asked)
        return _other(asked)

    def _init(self, asked: InitRequest) -> Reply:
        if self._agreed is not None:
            return _closing(CloseReason.PROTOCOL_ERROR, "a second Init", operation="init")
        response, self._agreed = opening.open_session(asked, self._terms)
        facts: dict[str, str | int] = {"operation": "init", "accepted": int(response.accepted)}
        return Reply(data=apdu.encode(response), ends=not response.accepted, facts=facts)

    def _search(self, asked: SearchRequest, agreed: Agreed) -> Reply:
        try:
            data, hits, records = searching.search(asked, self._sets, self._catalogue, self._terms, agreed)
        except Refused as refused:
            told = searching.failed(asked, refused.diagnostic)
            return _refused("search", apdu.encode(told), refused.diagnostic)
        facts: dict[str, str | int] = {"operation": "search", "hits": hits, "records": records}
        return Reply(data=data, facts=facts)

    def _present(self, asked: PresentRequest, agreed: Agreed, *, quick: bool = False) -> Reply | None:
        try:
            name = asked.result_set if agreed.named_sets else "default"
            found = self._sets.get(name)
            made = presenting.present(asked, found, self._catalogue, self._terms, agreed, quick=quick)
        except Refused as refused:
            told = presenting.failed(asked, refused.diagnostic)
            return _refused("present", apdu.encode(told), refused.diagnostic)
        if made is None:
            return None
        return Reply(data=made[0], facts={"operation": "present", "records": made[1]})

    def _scan(self, asked: ScanRequest) -> Reply:
        try:
            response = scanning.scan(asked, self._catalogue, self._terms)
        except Refused as refused:
            told = scanning.failed(asked, refused.diagnostic)
            return _refused("scan", apdu.encode(told), refused.diagnostic)
        return Reply(data=apdu.encode(response), facts={"operation": "scan", "terms": response.returned})

    def _sort(self, asked: SortRequest, agreed: Agreed) -> Reply:
        try:
            if seconds := self._terms.wait(1, 0):
                raise Refused(refusals.EXHAUSTED, f"try again in {seconds} seconds")
            response = sorting.sort(asked, self._sets, self._catalogue, agreed)
        except Refused as refused:
            known = refused.diagnostic.condition != refusals.NO_SUCH_SET
            told = sorting.failed(asked, refused.diagnostic, known=known)
            return _refused("sort", apdu.encode(told), refused.diagnostic)
        return Reply(data=apdu.encode(response), facts={"operation": "sort"})

    def _delete(self, asked: DeleteRequest) -> Reply:
        if asked.function == 1:
            self._sets.clear()
            response = DeleteResponse(reference=asked.reference, status=_DELETED)
        else:
            statuses = tuple(
                DeleteStatus(result_set=name, status=_DELETED if self._sets.delete(name) else _NOT_THERE)
                for name in asked.result_sets or ()
            )
            all_gone = all(one.status == _DELETED for one in statuses)
            response = DeleteResponse(
                reference=asked.reference,
                status=_DELETED if all_gone else _NOT_ALL,
                statuses=statuses or None,
            )
        return Reply(data=apdu.encode(response), facts={"operation": "delete"})


def _closing(reason: CloseReason, message: str, *, operation: str) -> Reply:
    told = Close(reason=reason, message=message or None)
    return Reply(
        data=apdu.encode(told), ends=True, facts={"operation": operation, "close": reason.name.lower()}
    )


def _refused(operation: str, data: bytes, diagnostic: Diagnostic) -> Reply:
    return Reply(data=data, facts={"operation": operation, "diagnostic": diagnostic.condition})


def _other(asked: Pdu) -> Reply:
    """What we do not do: told where the protocol has an answer for it, passed over where it wants none."""
    match asked:
        case ExtendedServicesRequest():
            told = Diagnostic(condition=refusals.EXTENDED_SERVICE, addinfo=asked.package_type or "")
            data = apdu.encode(
                ExtendedServicesResponse(reference=asked.reference, status=3, diagnostics=(told,))
            )
        case ResourceReportRequest():
            data = apdu.encode(ResourceReportResponse(reference=asked.reference, status=_NO_REPORT))
        case TriggerResourceControl() | AccessControlResponse() | ResourceControlResponse():
            data = b""
        case _:
            return _closing(CloseReason.PROTOCOL_ERROR, "this is not for a target", operation="odd")
    return Reply(data=data, facts={"operation": "declined"})
