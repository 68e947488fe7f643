"""Close, in both directions (Z39.50-2003, 3.2.11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from index.z3950.apdu.common import EXTERNAL, OTHER_INFO, REFERENCE, External, Info
from index.z3950.schema import INTEGER, OID, TEXT, Sequence, explicit, implicit


class CloseReason(IntEnum):
    """Why a session ends."""

    FINISHED = 0
    SHUTDOWN = 1
    SYSTEM_PROBLEM = 2
    COST_LIMIT = 3
    RESOURCES = 4
    SECURITY_VIOLATION = 5
    PROTOCOL_ERROR = 6
    LACK_OF_ACTIVITY = 7
    PEER_ABORT = 8
    UNSPECIFIED = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The end of a session, or the answer to it. `reason` is a CloseReason, or a number outside it."""

    reference: bytes | None = None
    reason: int = CloseReason.FINISHED
    message: str | None = None
    report_format: str | None = None
    report: External | None = None
    other_info: tuple[Info, ...] | None = None


CLOSE = Sequence(
    Close,
    REFERENCE,
    implicit("reason", 211, INTEGER),
    implicit("message", 3, TEXT, lenient=True),
    implicit("report_format", 4, OID, lenient=True),
    explicit("report", 5, EXTERNAL, lenient=True),
    OTHER_INFO,
)
