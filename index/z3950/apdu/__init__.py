"""The PDUs of Z39.50 as values: `encode` writes any of them, `decode` reads what either side sends."""

from __future__ import annotations

from index.z3950 import ber
from index.z3950.apdu.closing import CLOSE, Close, CloseReason
from index.z3950.apdu.common import Category, External, Info, Measure, Specification, Unit
from index.z3950.apdu.control import (
    ACCESS_CONTROL_REQUEST,
    ACCESS_CONTROL_RESPONSE,
    RESOURCE_CONTROL_REQUEST,
    RESOURCE_CONTROL_RESPONSE,
    RESOURCE_REPORT_REQUEST,
    RESOURCE_REPORT_RESPONSE,
    TRIGGER_RESOURCE_CONTROL,
    AccessControlRequest,
    AccessControlResponse,
    ResourceControlRequest,
    ResourceControlResponse,
    ResourceReportRequest,
    ResourceReportResponse,
    TriggerResourceControl,
)
from index.z3950.apdu.delete import (
    DELETE_REQUEST,
    DELETE_RESPONSE,
    DeleteRequest,
    DeleteResponse,
    DeleteStatus,
)
from index.z3950.apdu.initialize import (
    INIT_REQUEST,
    INIT_RESPONSE,
    VERSION_2,
    VERSION_3,
    IdPass,
    InitRequest,
    InitResponse,
    Option,
)
from index.z3950.apdu.present import (
    PRESENT_REQUEST,
    PRESENT_RESPONSE,
    SEGMENT,
    Composition,
    PresentRequest,
    PresentResponse,
    Range,
    Segment,
)
from index.z3950.apdu.query import CqlQuery, OtherQuery, Query, Rpn101
from index.z3950.apdu.records import Delivered, RawRecord
from index.z3950.apdu.scan import SCAN_REQUEST, SCAN_RESPONSE, Entries, ScanRequest, ScanResponse, ScanTerm
from index.z3950.apdu.search import SEARCH_REQUEST, SEARCH_RESPONSE, SearchRequest, SearchResponse
from index.z3950.apdu.services import (
    EXTENDED_SERVICES_REQUEST,
    EXTENDED_SERVICES_RESPONSE,
    ExtendedServicesRequest,
    ExtendedServicesResponse,
)
from index.z3950.apdu.sort import (
    SORT_REQUEST,
    SORT_RESPONSE,
    SortAttributes,
    SortKeySpec,
    SortRequest,
    SortResponse,
)
from index.z3950.ber import CONTEXT, BerError, Frame
from index.z3950.diagnostics import Diagnostic
from index.z3950.schema import Implicit, Type

Pdu = (
    InitRequest
    | InitResponse
    | SearchRequest
    | SearchResponse
    | PresentRequest
    | PresentResponse
    | DeleteRequest
    | DeleteResponse
    | AccessControlRequest
    | AccessControlResponse
    | ResourceControlRequest
    | ResourceControlResponse
    | TriggerResourceControl
    | ResourceReportRequest
    | ResourceReportResponse
    | ScanRequest
    | ScanResponse
    | SortRequest
    | SortResponse
    | Segment
    | ExtendedServicesRequest
    | ExtendedServicesResponse
    | Close
)

#: Every PDU: its number, its class, its fields.
PDUS: tuple[tuple[int, type, Type], ...] = (
    (20, InitRequest, INIT_REQUEST),
    (21, InitResponse, INIT_RESPONSE),
    (22, SearchRequest, SEARCH_REQUEST),
    (23, SearchResponse, SEARCH_RESPONSE),
    (24, PresentRequest, PRESENT_REQUEST),
    (25, PresentResponse, PRESENT_RESPONSE),
    (26, DeleteRequest, DELETE_REQUEST),
    (27, DeleteResponse, DELETE_RESPONSE),
    (28, AccessControlRequest, ACCESS_CONTROL_REQUEST),
    (29, AccessControlResponse, ACCESS_CONTROL_RESPONSE),
    (30, ResourceControlRequest, RESOURCE_CONTROL_REQUEST),
    (31, ResourceControlResponse, RESOURCE_CONTROL_RESPONSE),
    (32, TriggerResourceControl, TRIGGER_RESOURCE_CONTROL),
    (33, ResourceReportRequest, RESOURCE_REPORT_REQUEST),
    (34, ResourceReportResponse, RESOURCE_REPORT_RESPONSE),
    (35, ScanRequest, SCAN_REQUEST),
    (36, ScanResponse, SCAN_RESPONSE),
    (43, SortRequest, SORT_REQUEST),
    (44, SortResponse, SORT_RESPONSE),
    (45, Segment, SEGMENT),
    (46, ExtendedServicesRequest, EXTENDED_SERVICES_REQUEST),
    (47, ExtendedServicesResponse, EXTENDED_SERVICES_RESPONSE),
    (48, Close, CLOSE),
)

_BY_TAG = {CONTEXT | number: Implicit(number, fields) for number, _, fields in PDUS}
_BY_CLASS = {kind: _BY_TAG[CONTEXT | number] for number, kind, _ in PDUS}


def encode(pdu: Pdu) -> bytes:
    """The bytes of a PDU, in definite lengths. Raises BerError for a value that cannot be written."""
    return _BY_CLASS[type(pdu)].encode(pdu)


def decode(frame: Frame | bytes) -> Pdu:
    """The PDU in a frame. Raises BerError; a record within that is broken only becomes a diagnostic."""
    root = (Frame(frame) if isinstance(frame, bytes) else frame).root()
    kind = _BY_TAG.get(root.tag)
    if kind is None:
        raise BerError(f"there is no PDU {ber.name(root.tag)}")
    pdu: Pdu = kind.read(root)
    return pdu


__all__ = [
    "PDUS",
    "VERSION_2",
    "VERSION_3",
    "AccessControlRequest",
    "AccessControlResponse",
    "Category",
    "Close",
    "CloseReason",
    "Composition",
    "CqlQuery",
    "DeleteRequest",
    "DeleteResponse",
    "DeleteStatus",
    "Delivered",
    "Diagnostic",
    "Entries",
    "ExtendedServicesRequest",
    "ExtendedServicesResponse",
    "External",
    "IdPass",
    "Info",
    "InitRequest",
    "InitResponse",
    "Measure",
    "Option",
    "OtherQuery",
    "Pdu",
    "PresentRequest",
    "PresentResponse",
    "Query",
    "Range",
    "RawRecord",
    "ResourceControlRequest",
    "ResourceControlResponse",
    "ResourceReportRequest",
    "ResourceReportResponse",
    "Rpn101",
    "ScanRequest",
    "ScanResponse",
    "ScanTerm",
    "SearchRequest",
    "SearchResponse",
    "Segment",
    "SortAttributes",
    "SortKeySpec",
    "SortRequest",
    "SortResponse",
    "Specification",
    "TriggerResourceControl",
    "Unit",
    "decode",
    "encode",
]
