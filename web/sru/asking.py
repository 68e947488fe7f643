"""What is asked of SRU, read from parameters: the version, the operation, and each value within its limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from web.sru.diagnostics import Diagnostic, Refused
from web.sru.dialect import VERSIONS, Dialect, nearest

#: Records in an answer when nothing is said, and at most; the last position that is answered.
DEFAULT_RECORDS, MOST_RECORDS, LAST_POSITION = 10, 100, 10_000

#: Terms of a list when nothing is said, and at most.
DEFAULT_TERMS, MOST_TERMS = 20, 100

OPERATIONS = ("explain", "searchRetrieve", "scan")

_SHARED = ("version", "operation", "stylesheet", "renderedBy", "httpAccept", "responseType")
#: `lang` is a parameter of every address here.
_IGNORED = frozenset(("lang",))
_KNOWN: Mapping[str, frozenset[str]] = {
    "explain": frozenset((*_SHARED, "recordPacking", "recordXMLEscaping")),
    "scan": frozenset((*_SHARED, "scanClause", "responsePosition", "maximumTerms")),
    "searchRetrieve": frozenset(
        (
            *_SHARED,
            *("query", "queryType", "startRecord", "maximumRecords", "recordPacking", "recordXMLEscaping"),
            *("recordSchema", "recordXPath", "resultSetTTL", "sortKeys", "xmlformat"),
            *("facetLimit", "facetStart", "facetSort"),
        )
    ),
}
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: its dialect, its operation ('' for one there is not), its values, and what is odd about it."""

    dialect: Dialect
    operation: str
    values: Mapping[str, str]
    odd: tuple[Diagnostic, ...] = ()

    def number(self, name: str, default: int, least: int) -> int:
        """A whole number from `least` on; raises Refused 6."""
        text = self.values.get(name, "")
        if not text:
            return default
        if not _NUMBER.fullmatch(text) or int(text) < least:
            raise Refused(6, name)
        return int(text)

    def must(self, name: str) -> str:
        """The value of a parameter that has to be there; raises Refused 7."""
        if name not in self.values:
            raise Refused(7, name)
        return self.values[name]

    @property
    def as_string(self) -> bool:
        """Whether records come as text with their tags escaped; raises Refused 71."""
        packing = self.values.get(self.dialect.packing, "xml").lower()
        if packing not in ("xml", "string"):
            raise Refused(71, self.values[self.dialect.packing])
        return packing == "string"


def read(pairs: Iterable[tuple[str, str]]) -> Asked:
    """The request of (name, value) pairs; the first of a name counts, empty values say nothing."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if value:
            values.setdefault(name, value)
    odd: list[Diagnostic] = []
    dialect = _version(values, odd)
    operation = values.get("operation", "") or _implied(values)
    if operation not in OPERATIONS:
        odd.append(Diagnostic(number=4, details=operation))
        return Asked(dialect=dialect, operation="", values=values, odd=tuple(odd))
    # Extensions begin with x-; other names are told of, so that nobody believes a misspelt one was heeded.
    for name in values:
        if name not in _KNOWN[operation] and name not in _IGNORED and not name.startswith("x-"):
            odd.append(Diagnostic(number=8, details=name))
    if "stylesheet" in values:
        odd.append(Diagnostic(number=110))
    return Asked(dialect=dialect, operation=operation, values=values, odd=tuple(odd))


def _version(values: Mapping[str, str], odd: list[Diagnostic]) -> Dialect:
    """1.1 and 1.2 name themselves and an operation; what names neither is 2.0."""
    version = values.get("version", "")
    if not version:
        return VERSIONS["1.2" if "operation" in values else "2.0"]
    if version not in VERSIONS:
        odd.append(Diagnostic(number=5, details="2.0"))
    return VERSIONS.get(version) or nearest(version)


def _implied(values: Mapping[str, str]) -> str:
    if "query" in values:
        return "searchRetrieve"
    return "scan" if "scanClause" in values else "explain"
