"""Delete of result sets (Z39.50-2003, 3.2.4)."""

from __future__ import annotations

from dataclasses import dataclass

from index.z3950.apdu.common import OTHER_INFO, REFERENCE, RESULT_SET, RESULT_SETS, Info
from index.z3950.schema import INTEGER, TEXT, Field, Implicit, Sequence, SequenceOf, implicit

#: DeleteSetStatus in words, by its number.
DELETE_STATUSES = (
    "deleted",
    "there is no such result set",
    "the server had deleted it before",
    "a fault of the server",
    "this is not allowed",
    "stopped by the client's resource control",
    "stopped by the server's resource control",
    "all at once cannot be deleted",
    "not all were deleted",
    "not all that were named were deleted",
    "the result set is in use",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRequest:
    """The result sets that are named, or all of the session."""

    reference: bytes | None = None
    function: int = 0  # 0 those of the list, 1 all
    result_sets: tuple[str, ...] | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteStatus:
    """What became of one result set; the number is an index of DELETE_STATUSES."""

    result_set: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteResponse:
    """`status` of the whole: an index of DELETE_STATUSES."""

    reference: bytes | None = None
    status: int = 0
    statuses: tuple[DeleteStatus, ...] | None = None
    not_deleted: int | None = None
    bulk: tuple[DeleteStatus, ...] | None = None
    message: str | None = None
    other_info: tuple[Info, ...] | None = None


_STATUS = Implicit(33, INTEGER)
_STATUSES = SequenceOf(Sequence(DeleteStatus, Field("result_set", RESULT_SET), Field("status", _STATUS)))

DELETE_REQUEST = Sequence(
    DeleteRequest,
    REFERENCE,
    implicit("function", 32, INTEGER),
    Field("result_sets", RESULT_SETS),
    OTHER_INFO,
)
DELETE_RESPONSE = Sequence(
    DeleteResponse,
    REFERENCE,
    implicit("status", 0, INTEGER),
    implicit("statuses", 1, _STATUSES, lenient=True),
    implicit("not_deleted", 34, INTEGER, lenient=True),
    implicit("bulk", 35, _STATUSES, lenient=True),
    implicit("message", 36, TEXT, lenient=True),
    OTHER_INFO,
)
