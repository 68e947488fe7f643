"""What a client is opened with, and what its operations give back."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.z3950.apdu import Option, RawRecord, ScanTerm
from index.z3950.apdu.initialize import Authentication
from index.z3950.diagnostics import Diagnostic
from index.z3950.userinfo import Facet, PartOfQuery

#: What we can do and ask for; the server answers with those that it can do too.
OFFERED = frozenset(
    {
        Option.SEARCH,
        Option.PRESENT,
        Option.DELETE_SET,
        Option.RESOURCE_CONTROL,
        Option.ACCESS_CONTROL,
        Option.SCAN,
        Option.SORT,
        Option.LEVEL_1_SEGMENTATION,
        Option.LEVEL_2_SEGMENTATION,
        Option.NAMED_RESULT_SETS,
        Option.RESULT_COUNT,
        Option.QUERY_TYPE_104,
        Option.STRING_SCHEMA,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What an Init says.

    `authentication`: None, the open form as a str ("user/password"), IdPass, True for anonymous, or an External.
    `charset` is that of the terms in queries. `negotiate` offers UTF-8 for names and messages: off, since some servers
    close the connection when they see it. `go_on` answers a server that asks whether it may spend more on a search.
    Sizes in bytes.
    """

    authentication: Authentication | None = field(default=None, repr=False)  # kept out of logs
    options: frozenset[int] = OFFERED
    version: int = 3
    preferred_size: int = 2**20
    exceptional_size: int = 2**20
    charset: str = "utf-8"
    negotiate: bool = False
    records_too: bool = False
    language: str | None = None
    go_on: bool = False
    implementation_id: str | None = None
    implementation_name: str = "Silang"
    implementation_version: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What holds in a session, as the server answered. `charset` is what was negotiated for names, or None."""

    version: int = 2
    options: frozenset[int] = frozenset()
    preferred_size: int = 0
    exceptional_size: int = 0
    implementation: str = ""
    charset: str | None = None

    def can(self, option: Option) -> bool:
        """Does the server offer this?"""
        return option in self.options


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to a search.

    `succeeded` False: the search failed and `diagnostics` say why. `status` is None or one of 'subset', 'interim',
    'none', 'estimate'. `records` came along (piggyback), from position 1 on. `named` is the result set's name at the
    server, which is "default" where it cannot name any. `parts` are the hits of parts of the query where it tells them.
    """

    hits: int
    succeeded: bool = True
    records: tuple[RawRecord, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    status: str | None = None
    named: str = "default"
    facets: tuple[Facet, ...] = ()
    parts: tuple[PartOfQuery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """Records in the order of the result, from the position that was asked for on, without a gap.

    They may be fewer than asked for: `status` is 0 when nothing is missing, else as in Present (1 to 5), and
    `diagnostics` say why. `syntax` is what the server was asked for in the end.
    """

    records: tuple[RawRecord, ...] = ()
    status: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    syntax: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """Terms of a list. `position`, counted from 1, is that of the term asked for or of where it would be.

    `status`: 0 success, 1 to 5 partial, 6 failure.
    """

    terms: tuple[ScanTerm, ...] = ()
    position: int | None = None
    status: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """`succeeded` False: the order is as it was. `partly`: it holds, but not for all records."""

    succeeded: bool = True
    partly: bool = False
    hits: int | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """`succeeded` False: `message` says what became of them."""

    succeeded: bool = True
    message: str = ""
