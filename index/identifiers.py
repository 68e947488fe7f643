"""Identifiers and call numbers as they are searched: one key for every way of writing the same."""

from __future__ import annotations

import re
from functools import lru_cache

from stdnum import isbn as isbn_rules
from stdnum import issn as issn_rules

from index.analysis import fold

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S{1,200})", re.IGNORECASE)
_ISBN = re.compile(
    r"(?:isbn(?:-1[03])?:?\s*)?((?:97[89][\s\u2010-\u2015-]?)?(?:\d[\s\u2010-\u2015-]?){9}[\dXx])(?:\s*\(.*\))?",
    re.IGNORECASE,
)
_ISSN = re.compile(r"(?:e?issn:?\s*)?(\d{4})[\u2010-\u2015-]?(\d{3}[\dXx])", re.IGNORECASE)
_DASHES = re.compile(r"[\s\u2010-\u2015-]")
_NOT_KEY = re.compile(r"[^\w]+")
_NOT_SHELF = re.compile(r"[^\w./]+")
_NUMBER = re.compile(r"\d+")


def isbn_key(text: str) -> str | None:
    """The ISBN-13 without hyphens that this text is, whatever its form; None when it is no valid ISBN."""
    found = _ISBN.fullmatch(text.strip())
    if found is None:
        return None
    digits = _DASHES.sub("", found.group(1)).upper()
    if not isbn_rules.is_valid(digits):
        return None
    return digits if len(digits) == 13 else str(isbn_rules.to_isbn13(digits))


def issn_key(text: str) -> str | None:
    """The ISSN in eight characters without hyphen; None when it is no valid ISSN."""
    found = _ISSN.fullmatch(text.strip())
    if found is None:
        return None
    digits = (found.group(1) + found.group(2)).upper()
    return digits if issn_rules.is_valid(digits) else None


def doi_key(text: str) -> str | None:
    """The DOI in small letters, without the address it was pasted with; None when it is none."""
    found = _DOI.fullmatch(text.strip())
    return found.group(1).rstrip(".,;").lower() if found else None


def plain_key(text: str) -> str:
    """Letters and digits only, folded: for identifiers without rules of their own and for wrong ones."""
    return _NOT_KEY.sub("", fold(text)).replace("_", "")


@lru_cache(maxsize=50_000)
def identifier_key(kind: str, value: str) -> str:
    """The key of an identifier of this kind ('' when nothing is left of it)."""
    if kind == "isbn":
        return isbn_key(value) or plain_key(value)
    if kind == "issn":
        return issn_key(value) or plain_key(value)
    if kind == "doi":
        return doi_key(value) or fold(value.strip())
    if kind in ("oclc", "lccn"):
        return plain_key(re.sub(r"\((?:ocolc|dlc)\)|oc[mn]|on(?=\d)", "", fold(value))).lstrip("0")
    return plain_key(value)


def call_number_key(text: str) -> str:
    """A call number for searching: folded, one blank between its parts, so that a beginning of it can be searched."""
    return " ".join(_NOT_SHELF.sub(" ", fold(text)).split())


def call_number_tokens(text: str) -> tuple[str, ...]:
    """The whole key and its class alone (the first part), by which a call number is found."""
    key = call_number_key(text)
    return tuple(dict.fromkeys((key, key.split(" ", 1)[0]))) if key else ()


def shelf_key(text: str) -> str:
    """What call numbers are ordered by: whole numbers padded to six digits, decimals as they are (813.54 after 813.5)."""
    parts = []
    for part in call_number_key(text).split():
        whole, dot, decimals = part.partition(".")
        parts.append(_NUMBER.sub(lambda m: m.group().zfill(6), whole) + dot + decimals)
    return " ".join(parts)
