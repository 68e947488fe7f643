"""Standard numbers: found in free text, checked, in one spelling."""

from __future__ import annotations

import re
from functools import lru_cache

from index.record import Identifier

_ISBN = re.compile(r"(?<![\dXx])(97[89](?:[-–\s]?\d){10}|\d(?:[-–\s]?\d){8}[-–\s]?[\dXx])(?![\dXx])")
_ISSN = re.compile(r"(?<![\dXx\-])(\d{4})\s?[-–]?\s?(\d{3}[\dXx])(?![\dXx])")
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>]+)")
_OCLC = re.compile(r"^(?:ocm|ocn|on)?0*(\d{3,14})\b", re.IGNORECASE)
_HYPHENS = str.maketrans("", "", "-–— ")


@lru_cache(maxsize=20_000)
def isbn13(digits: str) -> str:
    """The ISBN-13 of an ISBN without hyphens; '' when its length or check digit is wrong."""
    digits = digits.upper()
    if len(digits) == 10 and digits[:9].isdigit() and (digits[9].isdigit() or digits[9] == "X"):
        total = sum((10 - i) * int(d) for i, d in enumerate(digits[:9]))
        total += 10 if digits[9] == "X" else int(digits[9])
        if total % 11:
            return ""
        core = "978" + digits[:9]
        return core + str(-_weigh(core) % 10)
    if len(digits) == 13 and digits.isdigit() and digits[:3] in ("978", "979"):
        return digits if (_weigh(digits[:12]) + int(digits[12])) % 10 == 0 else ""
    return ""


def _weigh(digits: str) -> int:
    return sum(int(d) * (1 + 2 * (i % 2)) for i, d in enumerate(digits))


@lru_cache(maxsize=20_000)
def isbns(text: str, valid: bool = True) -> tuple[Identifier, ...]:
    """The ISBNs of a text with qualifiers ('979-602-03-1234-5 (pbk.)'), as ISBN-13 where the check digit holds."""
    if not any(c.isdigit() for c in text):
        return ()
    found = []
    for match in _ISBN.finditer(text):
        digits = match.group(1).translate(_HYPHENS)
        full = isbn13(digits)
        # A wrong check digit that is printed in the book is still what people type.
        found.append(Identifier(kind="isbn", value=full or digits.upper(), valid=valid and bool(full)))
    return tuple(found)


@lru_cache(maxsize=20_000)
def issns(text: str, valid: bool = True) -> tuple[Identifier, ...]:
    """The ISSNs of a text, with the hyphen; those with a wrong check digit are not valid."""
    found = []
    for match in _ISSN.finditer(text):
        value = f"{match.group(1)}-{match.group(2).upper()}"
        found.append(Identifier(kind="issn", value=value, valid=valid and issn_holds(value)))
    return tuple(found)


def issn_holds(issn: str) -> bool:
    """Whether the check digit of 'NNNN-NNNC' holds."""
    digits = issn.replace("-", "")
    total = sum((8 - i) * int(d) for i, d in enumerate(digits[:7]))
    return (total + (10 if digits[7] == "X" else int(digits[7]))) % 11 == 0


def doi(text: str) -> str:
    """The DOI inside of a text or address, lower case (DOIs ignore case); '' when it has none."""
    found = _DOI.search(text) if "10." in text else None
    return found.group(1).rstrip(".,;)").lower() if found else ""


def oclc(text: str) -> str:
    """The digits of an OCLC number, whatever prefix and zeros stand before them; '' when it is none."""
    found = _OCLC.match(text.strip())
    return found.group(1) if found else ""


def lccn(text: str) -> str:
    """An LCCN in the normal form of info:lccn: no blanks, nothing after a slash, the serial filled to six digits."""
    value = text.partition("/")[0].replace(" ", "").replace("^", "")  # some write a blank so
    if "-" in value:
        head, _, serial = value.partition("-")
        value = head + serial.rjust(6, "0")
    return value if 8 <= len(value) <= 12 and value[-6:].isdigit() and value.isalnum() else ""
