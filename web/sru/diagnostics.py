"""Diagnostics of SRU: what each number says, and how it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from web.oai import xml
from web.sru.dialect import Dialect

PREFIX = "info:srw/diagnostic/1/"
SCHEMA = "info:srw/schema/1/diagnostics-v1.1"

#: The texts of the list of the standard, for the numbers that we give.
TEXTS: Mapping[int, str] = {
    2: "System temporarily unavailable",
    4: "Unsupported operation",
    5: "Unsupported version",
    6: "Unsupported parameter value",
    7: "Mandatory parameter not supplied",
    8: "Unsupported parameter",
    10: "Query syntax error",
    12: "Too many characters in query",
    13: "Invalid or unsupported use of parentheses",
    14: "Invalid or unsupported use of quotes",
    15: "Unsupported context set",
    16: "Unsupported index",
    19: "Unsupported relation",
    20: "Unsupported relation modifier",
    22: "Unsupported combination of relation and index",
    27: "Empty term unsupported",
    28: "Masking character not supported",
    29: "Masked words too short",
    30: "Too many masking characters in term",
    31: "Anchoring character not supported",
    33: "Combination of proximity/adjacency and masking characters not supported",
    36: "Term in invalid format for index or relation",
    38: "Too many boolean operators in query",
    39: "Proximity not supported",
    46: "Unsupported boolean modifier",
    50: "Result sets not supported",
    61: "First record position out of range",
    64: "Record temporarily unavailable",
    66: "Unknown schema for retrieval",
    71: "Unsupported record packing",
    72: "XPath retrieval unsupported",
    82: "Unsupported sort sequence",
    84: "Too many sort keys to sort",
    90: "Unsupported direction",
    91: "Unsupported case",
    92: "Unsupported missing value action",
    110: "Stylesheets not supported",
    120: "Response position out of range",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A number of the list, and what it is about."""

    number: int
    details: str = ""


class Refused(Exception):
    """The request is not carried out."""

    def __init__(self, number: int, details: str = "") -> None:
        super().__init__(f"{number}: {details}")
        self.diagnostic = Diagnostic(number=number, details=details)


def one(diagnostic: Diagnostic, dialect: Dialect) -> str:
    """A diagnostic element with its namespace; its parts stand in the order of the schema."""
    inside = xml.element("diag:uri", f"{PREFIX}{diagnostic.number}")
    if diagnostic.details:
        inside += xml.element("diag:details", diagnostic.details[:500])
    inside += xml.element("diag:message", TEXTS[diagnostic.number])
    return f'<diag:diagnostic xmlns:diag="{dialect.diagnostic_namespace}">{inside}</diag:diagnostic>'


def several(diagnostics: Iterable[Diagnostic], dialect: Dialect) -> str:
    """The element of an answer that holds its diagnostics; '' without any."""
    inside = "".join(one(each, dialect) for each in diagnostics)
    return f"<zs:diagnostics>{inside}</zs:diagnostics>" if inside else ""
