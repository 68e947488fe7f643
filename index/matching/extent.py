"""What an extent says: pages, volumes, minutes, the medium and the form of a score."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from index.matching.words import FORMS, MEDIA

_UNIT = (
    r"(?:pages?|paginas?|pagine|pag|pp|p|hlm|hal|halaman|seiten|s|leaves|lembar|lb|bll|bl|blatt|feuillets|ff|f|columns|"
    r"spalten|sp|col|str|stron|stran|sid|sider|sivua|blz|bladzijden)\b"
)
#: '245 S.', '245, [3] S.', '320, 45 p.': the whole run of figures before the unit.
_PAGES = re.compile(rf"((?:\[?[\divxlcdm]+\]?[,\s]+)*\[?\d{{1,5}}\]?)\s*{_UNIT}", re.IGNORECASE)
_RANGE = re.compile(
    r"\b(?:p|pp|s|seiten?|hlm|hal|pages?)\b\.?\s*\[?(\d{1,5})\]?\s*[-–]\s*(\d{1,5})", re.IGNORECASE
)
_PAGES_AFTER = re.compile(r"\b(?:pp?|s|hlm|hal)\b\.?\s*(\d{1,5})\b", re.IGNORECASE)
_FIGURE = re.compile(r"(\[?)(\d{1,5})\]?")
_VOLUMES = re.compile(
    r"(?<!\w)(\d*)\s*(?:v|vols?|volumes?|volumi|tomes?|t|jil|jilid|bde|bd|bände|baende|banden?|dln|delen|teile)\b\.?(?!\s*\d)",
    re.IGNORECASE,
)
_MINUTES = re.compile(
    r"(?:(\d{1,2})\s*(?:h|std|hours?|hrs?|jam|heures?)\b\.?\s*)?(\d{1,4})\s*(?:min|minuten|minutes|menit|mn|['′])",
    re.IGNORECASE,
)
_IN_ONE = re.compile(r"\b(?:in|en)\s+(?:1|one|einem|uno?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Extent:
    """`pages` is the main count, `total` the sum of all counts; `volumes` is 0 for several of unknown number."""

    pages: int | None = None
    total: int | None = None
    volumes: int | None = None
    minutes: int | None = None


@lru_cache(maxsize=4096)
def extent_of(text: str) -> Extent:
    """The counts of an extent such as 'xii, 245, [3] p.' (pages 245), '3 Bde.' or '1 DVD (153 Min.)'."""
    if not text:
        return Extent()
    minutes = None
    if (found := _MINUTES.search(text)) is not None:
        minutes = 60 * int(found.group(1) or 0) + int(found.group(2))
    pages, total = _pages(text)
    volumes = None
    for found in _VOLUMES.finditer(text):
        count = int(found.group(1)) if found.group(1) else 0
        if count != 1:
            volumes = count
            break
    if volumes is not None and _IN_ONE.search(text):
        volumes = None
    if volumes is not None:
        pages = total = None  # of which volume?
    return Extent(pages, total, volumes, minutes)


def _pages(text: str) -> tuple[int | None, int | None]:
    if (found := _RANGE.search(text)) is not None:
        first, last = int(found.group(1)), int(found.group(2))
        if last >= first:
            return last - first + 1, last - first + 1
    best: int | None = None
    total = 0
    for found in _PAGES.finditer(text):
        for bracket, figure in _FIGURE.findall(found.group(1)):
            number = int(figure)
            total += number
            if (best is None or number > best) and (not bracket or best is None):
                best = number
    if best is None and (found := _PAGES_AFTER.search(text)) is not None:
        best = total = int(found.group(1))
    return best, total if best is not None else None


def media_of(kind: str, text: str) -> tuple[str, ...]:
    """The media or forms that a folded text names: ('dvd',), ('full', 'parts'). `kind` is video, audio or score."""
    padded = f" {text} "
    if kind == "score":
        rest = padded
        found = []
        for form, words in FORMS:
            for word in words:
                if f" {word} " in rest:
                    found.append(form)
                    rest = rest.replace(f" {word} ", "  ")
                    break
        return tuple(sorted(set(found)))
    wanted = ("bluray", "dvd", "vhs", "reel") if kind == "video" else ("lp", "cd", "mc")
    for medium, words in MEDIA:
        if medium in wanted and any(
            f" {word} " in padded or f" {word}s " in padded or f" {word}n " in padded for word in words
        ):
            return (medium,)
    if kind == "video" and "dvd" in padded:
        return ("dvd",)
    return ()


def medium_of_007(kind: str, physical: str) -> str:
    """The medium by the bytes of MARC 007: 'vd' with 'v' or 's' at 04, 'vf', 'sd' with the speed at 03."""
    if kind == "video" and physical[:1] == "v":
        if physical[1:2] == "d":
            return {"s": "bluray", "v": "dvd"}.get(physical[4:5], "")
        return "vhs" if physical[1:2] == "f" else ""
    if kind == "audio" and physical[:1] == "s":
        if physical[1:2] == "d":
            return {"f": "cd", "b": "lp", "a": "lp"}.get(physical[3:4], "")
        return "mc" if physical[1:2] == "s" else ""
    return ""


def scale_of(text: str) -> int | None:
    """The denominator of a scale: '1:25 000' is 25000; None where no single one is told."""
    found = re.search(r"1\s*:\s*([\d][\d\s.,'’]*\d)", text)
    digits = re.sub(r"\D", "", found.group(1)) if found else ""
    return int(digits) if 2 < len(digits) < 10 else None
