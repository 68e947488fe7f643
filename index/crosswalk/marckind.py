"""What kind of thing a MARC record describes, from leader, 006, 007, 008, 33X and the medium in 245 $h."""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import Protocol

from index.record import Format


class Seen(Protocol):
    """What kinds are told by: `index.crosswalk.marcform.Marc`, or a record of which less was taken apart."""

    @property
    def leader(self) -> str:
        """24 characters."""
        ...

    @property
    def control(self) -> Mapping[str, str]:
        """Control fields by tag."""
        ...

    @property
    def fields(self) -> Container[str]:
        """The tags of data fields that are there."""
        ...

    def first(self, tag: str, code: str) -> str:
        """The first subfield of this code in a field of the tag; '' when there is none."""
        ...


#: Leader/06 (type of record) where it alone decides. Source: MARC 21 Format for Bibliographic Data, Leader.
_BY_TYPE: Mapping[str, Format] = MappingProxyType(
    {
        "c": Format.SCORE,
        "d": Format.SCORE,
        "e": Format.MAP,
        "f": Format.MAP,
        "i": Format.AUDIO,
        "j": Format.AUDIO,
        "k": Format.IMAGE,
        "m": Format.SOFTWARE,
        "o": Format.MIXED,
        "p": Format.MIXED,
        "r": Format.OBJECT,
    }
)

#: Words of 336 $a/$b and 245 $h → format, looked at only when the leader does not decide.
_BY_WORD: Mapping[str, Format] = MappingProxyType(
    {
        "spoken word": Format.AUDIO,
        "spw": Format.AUDIO,
        "performed music": Format.AUDIO,
        "prm": Format.AUDIO,
        "sounds": Format.AUDIO,
        "snd": Format.AUDIO,
        "sound recording": Format.AUDIO,
        "rekaman suara": Format.AUDIO,
        "notated music": Format.SCORE,
        "ntm": Format.SCORE,
        "music": Format.SCORE,
        "cartographic image": Format.MAP,
        "cri": Format.MAP,
        "map": Format.MAP,
        "peta": Format.MAP,
        "two-dimensional moving image": Format.VIDEO,
        "tdi": Format.VIDEO,
        "videorecording": Format.VIDEO,
        "motion picture": Format.VIDEO,
        "rekaman video": Format.VIDEO,
        "still image": Format.IMAGE,
        "sti": Format.IMAGE,
        "three-dimensional form": Format.OBJECT,
        "tdf": Format.OBJECT,
        "realia": Format.OBJECT,
        "computer program": Format.SOFTWARE,
        "cop": Format.SOFTWARE,
        "text": Format.BOOK,
        "txt": Format.BOOK,
    }
)

_LEVELS: Mapping[str, str] = MappingProxyType(
    {"a": "part", "b": "part", "c": "collection", "d": "part", "i": "serial", "s": "serial"}
)

#: 008/28 and 008/24-27 are read for books only.
_TEXT_TYPES = ("a", "t")


_MICRO = ("microfi", "microfo", "mikrofi", "mikrofo")

#: Extents and media of files, in the languages of the catalogues.
_ONLINE_EXTENTS = (
    "online-ressource",
    "ressource en ligne",
    "risorsa online",
    "risorsa elettronica online",
    "recurso en línea",
)
_ELECTRONIC = (
    "electronic resource", "sumber elektronik", "elektronische ressource", "ressource électronique", "risorsa elettronica",
    "recurso electrónico",
)  # fmt: skip


def level(marc: Seen) -> str:
    """monograph, serial, part (of a host) or collection, by Leader/07."""
    return _LEVELS.get(marc.leader[7], "monograph")


def carrier(marc: Seen) -> str:
    """online, micro or print: what the description lies on."""
    fixed = marc.control.get("008", "")
    form = fixed[29:30] if marc.leader[6] in "efgko" else fixed[23:24]
    physical = marc.control.get("007", "")
    extent = marc.first("300", "a").casefold()
    medium = marc.first("245", "h").casefold()
    if (
        physical[:1] == "h"
        or form in ("a", "b", "c")
        or (
            ("rof" in medium or "rof" in extent)
            and any(word in text for word in _MICRO for text in (medium, extent))
        )
    ):
        return "micro"
    lies = marc.first("338", "a") if "338" in marc.fields else None
    if lies == "volume" and "nline" not in extent:
        return "print"  # what the record of the online version left in its codes when it was copied
    if (
        form == "o"
        or physical[:2] == "cr"
        or "online resource" in extent
        or "sumber daring" in extent
        or (lies is not None and (lies == "online resource" or marc.first("338", "b") == "cr"))
    ):
        return "online"
    extra = marc.control.get("006", "")
    if extra[:1] == "m" and extra[6:7] == "o":
        return "online"
    if ("nline" in extent or "en l" in extent) and any(words in extent for words in _ONLINE_EXTENTS):
        return "online"
    if medium and any(words in medium for words in _ELECTRONIC) and "856" in marc.fields:
        return "online"
    return "print"


def format_of(marc: Seen, lies_on: str) -> Format:
    """The format, one of Format; `lies_on` is the carrier."""
    kind = marc.leader[6]
    fixed = marc.control.get("008", "")
    if kind == "g":
        technique = fixed[33:34]
        return Format.IMAGE if technique in tuple("acdfilnopst") and technique else Format.VIDEO
    if kind == "m" and fixed[26:27] == "d":
        kind = "a"  # a document that happens to be a file
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if kind not in _TEXT_TYPES:
        for word in (marc.first("336", "a"), marc.first("336", "b"), marc.first("245", "h")):
            found = _BY_WORD.get(word.strip(" []/:.").casefold())
            if found is not None and found is not Format.BOOK:
                return found
    return _text_format(marc, kind, fixed, lies_on)


def _text_format(marc: Seen, kind: str, fixed: str, lies_on: str) -> Format:
    how = level(marc)
    if how == "serial":
        return Format.JOURNAL
    contents = fixed[24:28]
    if "502" in marc.fields or "m" in contents:
        return Format.THESIS
    if how == "part" and "773" in marc.fields:
        return Format.ARTICLE
    if kind == "t":
        return Format.MANUSCRIPT
    if "t" in contents:
        return Format.REPORT
    return Format.EBOOK if lies_on == "online" else Format.BOOK
