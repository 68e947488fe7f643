"""The faults of rows that were read, and codes for them: the same checks as for what people type."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import normalize

from index.targets import checking, flat
from index.targets.errors import BadTarget
from index.targets.imports.found import Found, Remark

_CHARSETS = {
    "utf8": "utf-8",
    "unicode": "utf-8",
    "marc8": "marc-8",
    "marc8s": "marc-8",
    "marc8c": "marc-8",
    "latin1": "iso-8859-1",
    "iso88591": "iso-8859-1",
    "iso88592": "iso-8859-2",
    "latin2": "iso-8859-2",
    "iso88595": "iso-8859-5",
    "iso88597": "iso-8859-7",
    "iso885915": "iso-8859-15",
    "windows1250": "windows-1250",
    "cp1250": "windows-1250",
    "windows1251": "windows-1251",
    "cp1251": "windows-1251",
    "windows1252": "windows-1252",
    "cp1252": "windows-1252",
    "iso5426": "iso-5426",
    "iso6937": "iso-6937",
    "gb18030": "gb18030",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5",
    "euckr": "euc-kr",
    "eucjp": "euc-jp",
}
_SYNTAXES = {"marc21": "usmarc", "usmarc": "usmarc", "grs-1": "grs1", "marcxml": "xml"}


def charset(text: str) -> str | None:
    """A character set under our name; None for one that we do not know."""
    return _CHARSETS.get(re.sub(r"[^a-z0-9]", "", text.lower()))


def syntax(text: str) -> str:
    """A record syntax under our name; what we do not know stays as it is, and is found fault with."""
    low = text.strip().lower()
    return _SYNTAXES.get(low, low)


def code_of(name: str, host: str) -> str:
    """A code made of the name: 'Perpustakaan Nasional' is perpustakaan-nasional."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-")
    return words or re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:32] or "target"


def judged(place: str, said: dict[str, Any], password: str, remarks: list[Remark], taken: set[str]) -> Found:
    """The row with its faults. Codes already in `taken` get a number; what is taken now is added to it."""
    wanted, number = str(said.get("code") or "target"), 1
    while (code := wanted if number == 1 else f"{wanted[:36]}-{number}") in taken:
        number += 1
    taken.add(code)
    said = said | {"code": code}
    found: list[BadTarget] = []
    profile = flat.read(said, faults=found)
    named = {one.field for one in found}
    found += [one for one in checking.faults(profile) if one.field not in named]
    return Found(
        place=place,
        flat=said,
        password=password,
        remarks=tuple(remarks),
        faults=tuple((one.field, one.reason) for one in found),
    )
