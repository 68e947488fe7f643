"""Access control and resource control: what either side may ask in between (Z39.50-2003, 3.2.5 and 3.2.6)."""

from __future__ import annotations

from dataclasses import dataclass

from index.z3950.apdu.common import DIAGNOSTIC, EXTERNAL, OTHER_INFO, REFERENCE, External, Info
from index.z3950.diagnostics import Diagnostic
from index.z3950.schema import BOOLEAN, INTEGER, OCTETS, OID, Sequence, explicit, implicit


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessControlRequest:
    """A challenge: `simple` octets, or `external` as prompt-1."""

    reference: bytes | None = None
    simple: bytes | None = None
    external: External | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessControlResponse:
    """The answer, or a diagnostic when there is none (version 3)."""

    reference: bytes | None = None
    simple: bytes | None = None
    external: External | None = None
    diagnostic: Diagnostic | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceControlRequest:
    """The server tells of its effort, and may wait for word whether to go on. `partial_results`: 1 subset,
    2 interim, 3 none."""

    reference: bytes | None = None
    suspended: bool | None = None
    report: External | None = None
    partial_results: int | None = None
    response_required: bool = False
    triggered: bool | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceControlResponse:
    """Go on? And if not, is what was found so far wanted?"""

    reference: bytes | None = None
    go_on: bool = True
    result_set_wanted: bool | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerResourceControl:
    """`action`: 1 send a report, 2 ask whether to go on, 3 cancel the operation."""

    reference: bytes | None = None
    action: int = 1
    report_format: str | None = None
    result_set_wanted: bool | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceReportRequest:
    """A report on an operation, by its reference, or on the session."""

    reference: bytes | None = None
    operation: bytes | None = None
    report_format: str | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceReportResponse:
    """`status`: 0 success, 1 partial, 2 and above failures."""

    reference: bytes | None = None
    status: int = 0
    report: External | None = None
    other_info: tuple[Info, ...] | None = None


ACCESS_CONTROL_REQUEST = Sequence(
    AccessControlRequest,
    REFERENCE,
    implicit("simple", 37, OCTETS),
    explicit("external", 0, EXTERNAL),
    OTHER_INFO,
)
ACCESS_CONTROL_RESPONSE = Sequence(
    AccessControlResponse,
    REFERENCE,
    implicit("simple", 38, OCTETS),
    explicit("external", 0, EXTERNAL),
    explicit("diagnostic", 223, DIAGNOSTIC),
    OTHER_INFO,
)
RESOURCE_CONTROL_REQUEST = Sequence(
    ResourceControlRequest,
    REFERENCE,
    implicit("suspended", 39, BOOLEAN),
    explicit("report", 40, EXTERNAL, lenient=True),
    implicit("partial_results", 41, INTEGER, lenient=True),
    implicit("response_required", 42, BOOLEAN),
    implicit("triggered", 43, BOOLEAN, lenient=True),
    OTHER_INFO,
)
RESOURCE_CONTROL_RESPONSE = Sequence(
    ResourceControlResponse,
    REFERENCE,
    implicit("go_on", 44, BOOLEAN),
    implicit("result_set_wanted", 45, BOOLEAN),
    OTHER_INFO,
)
TRIGGER_RESOURCE_CONTROL = Sequence(
    TriggerResourceControl,
    REFERENCE,
    implicit("action", 46, INTEGER),
    implicit("report_format", 47, OID),
    implicit("result_set_wanted", 48, BOOLEAN),
    OTHER_INFO,
)
RESOURCE_REPORT_REQUEST = Sequence(
    ResourceReportRequest,
    REFERENCE,
    implicit("operation", 210, OCTETS),
    implicit("report_format", 49, OID),
    OTHER_INFO,
)
RESOURCE_REPORT_RESPONSE = Sequence(
    ResourceReportResponse,
    REFERENCE,
    implicit("status", 50, INTEGER),
    explicit("report", 51, EXTERNAL, lenient=True),
    OTHER_INFO,
)
