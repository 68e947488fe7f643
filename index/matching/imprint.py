"""Years, towns and publishers as they are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from index.folding import fold
from index.matching.words import HOUSE_NOISE, NO_HOUSE, NO_TOWN, TOWNS

_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_RANGE = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)\]?\s*[-–/]\s*\[?(1[4-9]\d\d|20\d\d|\d\d(?!\d))?")
#: Guesses at a year that span more say nothing.
_WIDEST = 20
_COPYRIGHT = re.compile(r"(?:\b(?:c|cop|copyright|p)\.?\s*|[©℗]\s*)(?=1[4-9]\d\d|20\d\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dates:
    """`years` are all that stand for the edition, `until` is the last of several volumes; `loose` marks a year that
    is only a copyright or was supplied by the cataloguer."""

    years: tuple[int, ...] = ()
    until: int | None = None
    loose: bool = False


def dates_of(year: int | None, printed: str, coded: str) -> Dates:
    """Dates out of the year, the printed statement and MARC 008/06-14 ('p20052001').

    The original year of a reprint ('r') is left out: it belongs to another edition.
    """
    years = {year} if year is not None else set()
    until = None
    kind, second = coded[:1], coded[5:9]
    if len(second) == 4 and second.isdigit() and 1400 < int(second) < 2100:
        if kind in ("t", "p"):
            years.add(int(second))
        elif kind == "q" and year is not None and year <= int(second) <= year + _WIDEST:
            years.update(range(year, int(second) + 1))  # some year between these
        elif kind in ("m", "i", "d", "c"):
            until = int(second)
    if printed:
        if (found := _RANGE.search(printed)) is not None and kind != "q":
            first, last = found.group(1), found.group(2) or ""
            years.add(int(first))
            if len(last) == 2:
                last = first[:2] + last
            until = max(until or 0, int(last)) if last else 9999
        elif kind != "r":
            years.update(int(y) for y in _YEAR.findall(printed)[:3])
    loose = bool(
        printed
        and (
            _COPYRIGHT.match(printed.lstrip("[ "))
            or "?" in printed
            or "[" in printed
            or "ca" in printed.lower()
        )
    )
    if until is not None and year is not None and until <= year:
        until = None
    return Dates(tuple(sorted(years)), until, loose)


@lru_cache(maxsize=8192)
def town(text: str) -> str:
    """The first town named, without state or country, under one name; '' where none is."""
    folded = fold(str(re.split(r"[,;:(/=]", text, maxsplit=1)[0]))
    if not folded or folded in NO_TOWN:
        return ""
    words = [TOWNS.get(word, word) for word in folded.split(" ") if len(word) > 2 or word == "s"]
    for word in words:
        if word in _PRINCIPAL:
            return word
    return " ".join(words) or folded


_PRINCIPAL = frozenset(TOWNS.values())


@lru_cache(maxsize=8192)
def house(text: str) -> str:
    """The telling words of a publisher's name; '' for 's.n.' and for what the record does not say."""
    folded = fold(text)
    if not folded or folded in NO_HOUSE:
        return ""
    words = folded.split(" ")
    # 'P.U.F.' and 'O. U. P.' are acronyms when nothing else is there.
    if len(words) > 1 and all(len(w) == 1 for w in words):
        return "".join(words)
    kept = [w for w in words if w not in HOUSE_NOISE and len(w) > 1]
    return " ".join(kept) or folded


@lru_cache(maxsize=65536)
def house_likeness(mine: str, yours: str) -> float:
    """How alike two publishers' names are, 0 to 100: abbreviations ('dt taschenbuch'), acronyms ('puf'), first names."""
    if mine == yours:
        return 100.0
    one, other = mine.split(" "), yours.split(" ")
    if len(one) > len(other):
        one, other = other, one
    if len(one) == 1 and 2 <= len(one[0]) <= 6 and len(other) > 1 and _initials(one[0], other):
        return 95.0
    matched = sum(1 for w in one if any(_stands_for(w, v) for v in other))
    part = 100.0 * matched / len(one)
    return max(
        part, float(fuzz.token_set_ratio(mine, yours)) if part >= 50 else float(fuzz.ratio(mine, yours))
    )


def _stands_for(word: str, other: str) -> bool:
    """Whether one is the other, its abbreviation, or a spelling of it."""
    if word == other:
        return True
    short, long = (word, other) if len(word) <= len(other) else (other, word)
    if len(short) >= 2 and long.startswith(short) and (len(short) >= 4 or len(long) >= 6):
        return True
    if len(short) == 2 and len(long) > 5 and short[0] == long[0] and short[1] in long:
        return True  # 'dt' for 'deutscher'
    return len(short) >= 5 and fuzz.ratio(short, long) >= 85


def _initials(acronym: str, words: list[str]) -> bool:
    initials = "".join(w[0] for w in words)
    return acronym in (initials, initials[: len(acronym)]) or _compound(acronym, words)


def _compound(acronym: str, words: list[str]) -> bool:
    """'dtv' for 'deutscher taschenbuch', where 'verlag' was taken for noise."""
    initials = "".join(w[0] for w in words)
    return len(acronym) == len(initials) + 1 and acronym.startswith(initials) and acronym[-1] in "vpe"
