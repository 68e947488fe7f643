"""What kind of thing a UNIMARC record describes: leader, coded fields 105, 106, 115, 116, 135 and 181 to 183."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from index.crosswalk.kinds import format_of_words
from index.crosswalk.marcform import Marc
from index.record import Format

#: Leader/06 where it alone decides. Source: UNIMARC Manual, Bibliographic Format, record label.
_BY_TYPE: Mapping[str, Format] = MappingProxyType(
    {
        "b": Format.MANUSCRIPT,
        "c": Format.SCORE,
        "d": Format.SCORE,
        "e": Format.MAP,
        "f": Format.MAP,
        "i": Format.AUDIO,
        "j": Format.AUDIO,
        "k": Format.IMAGE,
        "l": Format.SOFTWARE,
        "m": Format.MIXED,
        "r": Format.OBJECT,
    }
)
_LEVELS: Mapping[str, str] = MappingProxyType({"a": "part", "c": "collection", "i": "serial", "s": "serial"})

#: 135/00: what an electronic resource holds. Text is a book, whatever it lies on.
_TEXT_FILES = ("d", "e", "i")
#: 181 $c and 200 $b in words.
_ONLINE_WORDS = ("ressource électronique", "electronic resource", "online", "en ligne", "sumber elektronik")


def level(marc: Marc) -> str:
    """monograph, serial, part (of a host) or collection, by Leader/07."""
    return _LEVELS.get(marc.leader[7], "monograph")


def carrier(marc: Marc) -> str:
    """online, micro or print."""
    form = marc.first("106", "a")[:1]
    medium = marc.first("200", "b").casefold()
    if "130" in marc.fields or "micro" in medium:
        return "micro"
    words = " ".join((medium, marc.first("182", "c"), marc.first("183", "a"))).casefold()
    remote = marc.first("183", "a").casefold() in ("cr", "ceb", "online resource")
    if remote or ("856" in marc.fields and (form == "s" or any(w in words for w in _ONLINE_WORDS))):
        return "online"
    if "135" in marc.fields and "856" in marc.fields:
        return "online"
    return "print"


def format_of(marc: Marc, lies_on: str) -> Format:
    """The format, one of Format; `lies_on` is the carrier."""
    kind = marc.leader[6]
    if kind == "g":
        # 115/00: a film, b visual projection, c video; 116 is a picture.
        still = marc.first("115", "a")[:1] == "b" or ("116" in marc.fields and "115" not in marc.fields)
        return Format.IMAGE if still else Format.VIDEO
    if kind == "l" and marc.first("135", "a")[:1] in _TEXT_FILES:
        kind = "a"
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if kind != "a":
        said = format_of_words([w for w in (marc.first("200", "b"), marc.first("181", "c")) if w])
        if said is not None and said is not Format.BOOK:
            return said
    if level(marc) == "serial":
        return Format.JOURNAL
    contents = marc.first("105", "a")[4:8]
    if "328" in marc.fields or "m" in contents or "v" in contents:
        return Format.THESIS
    if level(marc) == "part" and not {"461", "463", "464"}.isdisjoint(marc.fields):
        return Format.ARTICLE
    if "p" in contents:
        return Format.REPORT
    return Format.EBOOK if lies_on == "online" else Format.BOOK
