"""Extended services, their parameters and task packages left as they came (Z39.50-2003, 3.2.9)."""

from __future__ import annotations

from dataclasses import dataclass

from index.z3950.apdu.common import (
    DIAGNOSTICS,
    ELEMENT_SET_NAME,
    EXTERNAL,
    MEASURE,
    OTHER_INFO,
    REFERENCE,
    External,
    Info,
    Measure,
)
from index.z3950.diagnostics import Diagnostic
from index.z3950.schema import INTEGER, OID, TEXT, Field, Sequence, SequenceOf, implicit


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What a user may do with a package: 1 delete, 2 modify content, 3 modify permissions, 4 present, 5 invoke."""

    user: str | None = None
    functions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedServicesRequest:
    """`function`: 1 create, 2 delete, 3 modify. `wait`: 1 wait, 2 if possible, 3 do not, 4 return no package."""

    reference: bytes | None = None
    function: int = 1
    package_type: str | None = None
    package_name: str | None = None
    user: str | None = None
    retention: Measure | None = None
    permissions: tuple[Permission, ...] | None = None
    description: str | None = None
    parameters: External | None = None
    wait: int = 1
    elements: str | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedServicesResponse:
    """`status`: 1 done, 2 accepted, 3 failure."""

    reference: bytes | None = None
    status: int = 3
    diagnostics: tuple[Diagnostic, ...] | None = None
    package: External | None = None
    other_info: tuple[Info, ...] | None = None


_PERMISSION = Sequence(Permission, implicit("user", 1, TEXT), implicit("functions", 2, SequenceOf(INTEGER)))
EXTENDED_SERVICES_REQUEST = Sequence(
    ExtendedServicesRequest,
    REFERENCE,
    implicit("function", 3, INTEGER),
    implicit("package_type", 4, OID),
    implicit("package_name", 5, TEXT),
    implicit("user", 6, TEXT),
    implicit("retention", 7, MEASURE, lenient=True),
    implicit("permissions", 8, SequenceOf(_PERMISSION), lenient=True),
    implicit("description", 9, TEXT),
    implicit("parameters", 10, EXTERNAL),
    implicit("wait", 11, INTEGER),
    Field("elements", ELEMENT_SET_NAME),
    OTHER_INFO,
)
EXTENDED_SERVICES_RESPONSE = Sequence(
    ExtendedServicesResponse,
    REFERENCE,
    implicit("status", 3, INTEGER),
    implicit("diagnostics", 4, DIAGNOSTICS),
    implicit("package", 5, EXTERNAL, lenient=True),
    OTHER_INFO,
)
