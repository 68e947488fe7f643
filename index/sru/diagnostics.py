"""Diagnostics of SRU: their numbers in words, and how they are read from an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from index.crosswalk.marcform import local_name
from index.live.link import Diagnostic

#: Namespaces of diagnostics that mean the numbers below. Source: SRU diagnostics list, info:srw/diagnostic/1.
_OF_SRU = re.compile(r"(?:info:sr[uw]/diagnostics?/1(?:\.\d)?/|diagnostic/1/)?0*(\d{1,3})", re.IGNORECASE)

TEXTS: Mapping[int, str] = {
    1: "General system error",
    2: "System temporarily unavailable",
    3: "Authentication error",
    4: "Unsupported operation",
    5: "Unsupported version",
    6: "Unsupported parameter value",
    7: "Mandatory parameter not supplied",
    8: "Unsupported parameter",
    9: "Unsupported combination of parameters",
    10: "Query syntax error",
    11: "Unsupported query type",
    12: "Too many characters in query",
    13: "Invalid or unsupported use of parentheses",
    14: "Invalid or unsupported use of quotes",
    15: "Unsupported context set",
    16: "Unsupported index",
    18: "Unsupported combination of indexes",
    19: "Unsupported relation",
    20: "Unsupported relation modifier",
    21: "Unsupported combination of relation modifiers",
    22: "Unsupported combination of relation and index",
    23: "Too many characters in term",
    24: "Unsupported combination of relation and term",
    26: "Non special character escaped in term",
    27: "Empty term unsupported",
    28: "Masking character not supported",
    29: "Masked words too short",
    30: "Too many masking characters in term",
    31: "Anchoring character not supported",
    32: "Anchoring character in unsupported position",
    33: "Combination of proximity/adjacency and masking characters not supported",
    34: "Combination of proximity/adjacency and anchoring characters not supported",
    35: "Term contains only stopwords",
    36: "Term in invalid format for index or relation",
    37: "Unsupported boolean operator",
    38: "Too many boolean operators in query",
    39: "Proximity not supported",
    40: "Unsupported proximity relation",
    41: "Unsupported proximity distance",
    42: "Unsupported proximity unit",
    43: "Unsupported proximity ordering",
    44: "Unsupported combination of proximity modifiers",
    46: "Unsupported boolean modifier",
    47: "Cannot process query; reason unknown",
    48: "Query feature unsupported",
    49: "Masking character in unsupported position",
    50: "Result sets not supported",
    51: "Result set does not exist",
    52: "Result set temporarily unavailable",
    53: "Result sets only supported for retrieval",
    55: "Combination of result sets with search terms not supported",
    58: "Result set created with unpredictable partial results available",
    59: "Result set created with valid partial results available",
    60: "Result set not created: too many matching records",
    61: "First record position out of range",
    64: "Record temporarily unavailable",
    65: "Record does not exist",
    66: "Unknown schema for retrieval",
    67: "Record not available in this schema",
    68: "Not authorised to send record",
    69: "Not authorised to send record in this schema",
    70: "Record too large to send",
    71: "Unsupported record packing",
    72: "XPath retrieval unsupported",
    73: "XPath expression contains unsupported feature",
    74: "Unable to evaluate XPath expression",
    80: "Sort not supported",
    82: "Unsupported sort sequence",
    83: "Too many records to sort",
    84: "Too many sort keys to sort",
    86: "Cannot sort: incompatible record formats",
    87: "Unsupported schema for sort",
    88: "Unsupported path for sort",
    89: "Path unsupported for schema",
    90: "Unsupported direction",
    91: "Unsupported case",
    92: "Unsupported missing value action",
    93: "Sort ended due to missing value",
    110: "Stylesheets not supported",
    111: "Unsupported stylesheet",
    120: "Response position out of range",
    121: "Too many terms requested",
}

#: What a server says by the way, without having refused anything.
REMARKS = frozenset(("8", "58", "59", "110", "111"))

#: A server's words are shown to people: not pages of them.
LONGEST = 500


def read(element: Any) -> Diagnostic:
    """A diagnostic element, whatever its namespace and the order of its parts. Old ones have `code` instead of `uri`."""
    said: dict[str, str] = {}
    for child in element:
        name = local_name(child.tag).lower()
        text = " ".join("".join(child.itertext()).split())[:LONGEST]
        if name and text:
            said.setdefault(name, text)
    uri = said.get("uri") or said.get("code") or ""
    detail = said.get("details") or said.get("detail") or said.get("addinfo") or ""
    message = said.get("message") or said.get("diagnosticmessage") or ""
    if found := _OF_SRU.fullmatch(uri):
        number = int(found[1])
        return Diagnostic(set="srw", code=str(number), text=message or TEXTS.get(number, ""), detail=detail)
    kind, _, code = uri.rpartition("/")
    if not (uri or message or detail):  # an element that only holds text
        message = " ".join("".join(element.itertext()).split())[:LONGEST]
    return Diagnostic(set=kind or "srw", code=code or "1", text=message or TEXTS[1], detail=detail)


def of_http(status: int, words: str, retry_after: str = "") -> Diagnostic:
    """A refusal by HTTP itself; `words` are what the page said."""
    wait = f"Retry-After: {retry_after}" if retry_after else ""
    detail = "; ".join(filter(None, (words, wait)))[:LONGEST]
    return Diagnostic(set="http", code=str(status), text=f"HTTP {status}", detail=detail)
