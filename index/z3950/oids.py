"""The object identifiers of Z39.50 that are met, and their short names."""

from __future__ import annotations

BASE = "1.2.840.10003"

# Attribute sets (Z39.50 ATR)
BIB1 = f"{BASE}.3.1"
EXP1 = f"{BASE}.3.2"
GILS = f"{BASE}.3.5"
XD1 = f"{BASE}.3.12"
UTIL = f"{BASE}.3.11"
BIB2 = f"{BASE}.3.18"

# Diagnostic sets
BIB1_DIAGNOSTICS = f"{BASE}.4.1"
DIAG1 = f"{BASE}.4.2"

# Record syntaxes (Z39.50 REC)
UNIMARC = f"{BASE}.5.1"
INTERMARC = f"{BASE}.5.2"
USMARC = f"{BASE}.5.10"
EXPLAIN = f"{BASE}.5.100"
SUTRS = f"{BASE}.5.101"
OPAC = f"{BASE}.5.102"
SUMMARY = f"{BASE}.5.103"
GRS0 = f"{BASE}.5.104"
GRS1 = f"{BASE}.5.105"
TASK_PACKAGE = f"{BASE}.5.106"
FRAGMENT = f"{BASE}.5.107"
HTML = f"{BASE}.5.109.3"
XML = f"{BASE}.5.109.10"
MAB = f"{BASE}.5.1000.17.1"
JSON = f"{BASE}.5.1000.81.3"

# Access control, element specifications, user information, negotiation, extended services
PROMPT1 = f"{BASE}.8.1"
ITEM_ORDER = f"{BASE}.9.4"
UPDATE = f"{BASE}.9.5"
SEARCH_RESULT1 = f"{BASE}.10.1"
USER_INFO1 = f"{BASE}.10.3"
FACET1 = f"{BASE}.10.1000.81.5"
ESPEC1 = f"{BASE}.11.1"
CHARSET3 = f"{BASE}.15.3"
CQL = f"{BASE}.16.2"

#: ISO 10646 as UTF-8 (charset negotiation 3).
UTF8_FORM = "1.0.10646.1.0.8"
UCS4_FORM = "1.0.10646.1.0.4"
UTF16_FORM = "1.0.10646.1.0.5"
UCS2_FORM = "1.0.10646.1.0.2"

#: Record syntaxes by the names that profiles and people use.
SYNTAXES: dict[str, str] = {
    "unimarc": UNIMARC,
    "intermarc": INTERMARC,
    "ccf": f"{BASE}.5.3",
    "usmarc": USMARC,
    "marc21": USMARC,
    "ukmarc": f"{BASE}.5.11",
    "normarc": f"{BASE}.5.12",
    "librismarc": f"{BASE}.5.13",
    "danmarc": f"{BASE}.5.14",
    "finmarc": f"{BASE}.5.15",
    "mab": MAB,
    "canmarc": f"{BASE}.5.17",
    "sbn": f"{BASE}.5.18",
    "picamarc": f"{BASE}.5.19",
    "ausmarc": f"{BASE}.5.20",
    "ibermarc": f"{BASE}.5.21",
    "catmarc": f"{BASE}.5.22",
    "malmarc": f"{BASE}.5.23",
    "jpmarc": f"{BASE}.5.24",
    "swemarc": f"{BASE}.5.25",
    "siglemarc": f"{BASE}.5.26",
    "isdsmarc": f"{BASE}.5.27",
    "rusmarc": f"{BASE}.5.28",
    "hunmarc": f"{BASE}.5.29",
    "nacsis-catp": f"{BASE}.5.30",
    "finmarc2000": f"{BASE}.5.31",
    "marc21-fin": f"{BASE}.5.32",
    "explain": EXPLAIN,
    "sutrs": SUTRS,
    "opac": OPAC,
    "summary": SUMMARY,
    "grs-0": GRS0,
    "grs-1": GRS1,
    "task-package": TASK_PACKAGE,
    "html": HTML,
    "xml": XML,
    "json": JSON,
}

_NAMES = {oid: name for name, oid in reversed(SYNTAXES.items())} | {USMARC: "usmarc"}

#: Syntaxes whose records are ISO 2709, in whichever MARC.
MARC = frozenset({MAB, *(f"{BASE}.5.{arc}" for arc in (*range(1, 3), *range(10, 33)))})


def syntax_name(oid: str | None) -> str:
    """The short name of a record syntax; its numbers where it has none."""
    return "" if oid is None else _NAMES.get(oid, oid)
