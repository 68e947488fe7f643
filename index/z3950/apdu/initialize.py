"""Init: versions, options, sizes, who asks (Z39.50-2003, 3.2.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from index.z3950.apdu.common import EXTERNAL, OTHER_INFO, REFERENCE, External, Info
from index.z3950.schema import (
    BITS,
    BOOLEAN,
    INTEGER,
    PRESENT,
    TEXT,
    VISIBLE,
    Choice,
    Sequence,
    explicit,
    implicit,
)


class Option(IntEnum):
    """The bits of `options`."""

    SEARCH = 0
    PRESENT = 1
    DELETE_SET = 2
    RESOURCE_REPORT = 3
    TRIGGER_RESOURCE_CONTROL = 4
    RESOURCE_CONTROL = 5
    ACCESS_CONTROL = 6
    SCAN = 7
    SORT = 8
    EXTENDED_SERVICES = 10
    LEVEL_1_SEGMENTATION = 11
    LEVEL_2_SEGMENTATION = 12
    CONCURRENT_OPERATIONS = 13
    NAMED_RESULT_SETS = 14
    ENCAPSULATION = 15
    RESULT_COUNT = 16
    NEGOTIATION_MODEL = 17
    DUPLICATE_DETECTION = 18
    QUERY_TYPE_104 = 19
    ES_CORRECTION = 20
    STRING_SCHEMA = 21


#: Bits of `versions`: 0 always, 1 version 2, 2 version 3.
VERSION_2 = frozenset({0, 1})
VERSION_3 = frozenset({0, 1, 2})


@dataclass(frozen=True, slots=True, kw_only=True)
class IdPass:
    """Group, user and password in fields of their own."""

    group: str | None = None
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        """Without the password, for logs."""
        return f"IdPass(group={self.group!r}, user={self.user!r})"


#: idAuthentication: a str is the open form ("user/password"), True is anonymous.
Authentication = str | IdPass | bool | External

ID_PASS = Sequence(
    IdPass, implicit("group", 0, TEXT), implicit("user", 1, TEXT), implicit("password", 2, TEXT)
)
AUTHENTICATION = Choice((str, VISIBLE), (IdPass, ID_PASS), (bool, PRESENT), (External, EXTERNAL))


@dataclass(frozen=True, slots=True, kw_only=True)
class InitRequest:
    """What the client speaks, offers and who it is. Sizes in bytes."""

    reference: bytes | None = None
    versions: frozenset[int] = VERSION_3
    options: frozenset[int] = frozenset()
    preferred_size: int = 0
    exceptional_size: int = 0
    authentication: Authentication | None = field(default=None, repr=False)  # kept out of logs
    implementation_id: str | None = None
    implementation_name: str | None = None
    implementation_version: str | None = None
    user_information: External | None = None
    other_info: tuple[Info, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResponse:
    """What holds from now on; `accepted` false: the session is refused."""

    reference: bytes | None = None
    versions: frozenset[int] = VERSION_2
    options: frozenset[int] = frozenset()
    preferred_size: int = 0
    exceptional_size: int = 0
    accepted: bool = False
    implementation_id: str | None = None
    implementation_name: str | None = None
    implementation_version: str | None = None
    user_information: External | None = None
    other_info: tuple[Info, ...] | None = None


_HEAD = (
    REFERENCE,
    implicit("versions", 3, BITS),
    implicit("options", 4, BITS),
    implicit("preferred_size", 5, INTEGER),
    implicit("exceptional_size", 6, INTEGER),
)
_TAIL = (
    implicit("implementation_id", 110, TEXT, lenient=True),
    implicit("implementation_name", 111, TEXT, lenient=True),
    implicit("implementation_version", 112, TEXT, lenient=True),
    explicit("user_information", 11, EXTERNAL, lenient=True),
    OTHER_INFO,
)

INIT_REQUEST = Sequence(InitRequest, *_HEAD, explicit("authentication", 7, AUTHENTICATION), *_TAIL)
INIT_RESPONSE = Sequence(InitResponse, *_HEAD, implicit("accepted", 12, BOOLEAN), *_TAIL)
