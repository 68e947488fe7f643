"""Words for kinds of things in Dublin Core and MODS → Format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from index.record import Format

#: Whole values, folded.
_EXACT: Mapping[str, Format] = MappingProxyType(
    {
        "text": Format.BOOK,
        "book": Format.BOOK,
        "buku": Format.BOOK,
        "buku teks": Format.BOOK,
        "monograph": Format.BOOK,
        "language material": Format.BOOK,
        "periodical": Format.JOURNAL,
        "newspaper": Format.JOURNAL,
        "serial": Format.JOURNAL,
        "collection": Format.MIXED,
        "moving image": Format.VIDEO,
        "movingimage": Format.VIDEO,
        "dvd": Format.VIDEO,
        "vcd": Format.VIDEO,
        "sound": Format.AUDIO,
        "cd audio": Format.AUDIO,
        "kaset": Format.AUDIO,
        "still image": Format.IMAGE,
        "stillimage": Format.IMAGE,
        "image": Format.IMAGE,
        "foto": Format.IMAGE,
        "dataset": Format.OTHER,
        "software": Format.SOFTWARE,
        "cd-rom": Format.SOFTWARE,
        "physicalobject": Format.OBJECT,
        "physical object": Format.OBJECT,
        "three dimensional object": Format.OBJECT,
        "cartographic": Format.MAP,
        "notated music": Format.SCORE,
    }
)

#: Parts of values, the more telling first: 'info:eu-repo/semantics/masterThesis', 'Skripsi S1', 'Rekaman Video'.
_PARTS: tuple[tuple[str, Format], ...] = (
    ("thesis", Format.THESIS),
    ("dissertation", Format.THESIS),
    ("disertasi", Format.THESIS),
    ("skripsi", Format.THESIS),
    ("tesis", Format.THESIS),
    ("tugas akhir", Format.THESIS),
    ("article", Format.ARTICLE),
    ("artikel", Format.ARTICLE),
    ("preprint", Format.ARTICLE),
    ("conferenceobject", Format.ARTICLE),
    ("conference paper", Format.ARTICLE),
    ("bookpart", Format.ARTICLE),
    ("chapter", Format.ARTICLE),
    ("ebook", Format.EBOOK),
    ("e-book", Format.EBOOK),
    ("buku elektronik", Format.EBOOK),
    ("report", Format.REPORT),
    ("laporan", Format.REPORT),
    ("journal", Format.JOURNAL),
    ("jurnal", Format.JOURNAL),
    ("majalah", Format.JOURNAL),
    ("surat kabar", Format.JOURNAL),
    ("terbitan berkala", Format.JOURNAL),
    ("rekaman suara", Format.AUDIO),
    ("sound recording", Format.AUDIO),
    ("audio", Format.AUDIO),
    ("rekaman video", Format.VIDEO),
    ("videorecording", Format.VIDEO),
    ("video", Format.VIDEO),
    ("film", Format.VIDEO),
    ("peta", Format.MAP),
    ("map", Format.MAP),
    ("musical score", Format.SCORE),
    ("partitur", Format.SCORE),
    ("manuscript", Format.MANUSCRIPT),
    ("naskah", Format.MANUSCRIPT),
    ("photograph", Format.IMAGE),
    ("book", Format.BOOK),
    ("buku", Format.BOOK),
)

#: What is said of many kinds of things, the vaguer the higher.
_VAGUE: Mapping[Format, int] = MappingProxyType(
    {Format.IMAGE: 1, Format.MIXED: 2, Format.OTHER: 3, Format.BOOK: 4}
)

_ONLINE = (
    "application/",
    "text/html",
    "electronic resource",
    "online",
    "sumber elektronik",
    "video/mp4",
    "audio/mp",
)


@lru_cache(maxsize=4096)
def format_of_word(text: str) -> Format | None:
    """The format a word names; None when it names none ('PeerReviewed')."""
    word = text.rpartition("/")[2].strip(" []:.").casefold() if text.startswith("info:") else text.casefold()
    word = word.strip(" []:.")
    if word in _EXACT:
        return _EXACT[word]
    return next((kind for part, kind in _PARTS if part in word), None)


def format_of_words(texts: list[str]) -> Format | None:
    """The most telling of several values: 'map' before 'still image', anything before 'text'."""
    found = [kind for text in texts if (kind := format_of_word(text)) is not None]
    return min(found, key=lambda kind: _VAGUE.get(kind, 0)) if found else None  # the first among equals


def format_of_extent(extent: str) -> Format | None:
    """The format that an extent begins with: '1 partitur (33 hlm.)', '1 peta'; None for pages and what is unknown."""
    found = _COUNTED.match(extent.casefold())
    return _COUNTABLE[found.group(1)] if found else None


_COUNTABLE: Mapping[str, Format] = MappingProxyType(
    {
        "partitur": Format.SCORE,
        "score": Format.SCORE,
        "vocal score": Format.SCORE,
        "peta": Format.MAP,
        "map": Format.MAP,
        "maps": Format.MAP,
        "atlas": Format.MAP,
        "videodisc": Format.VIDEO,
        "videodiscs": Format.VIDEO,
        "dvd": Format.VIDEO,
        "vcd": Format.VIDEO,
        "audio disc": Format.AUDIO,
        "sound disc": Format.AUDIO,
        "kaset": Format.AUDIO,
    }
)
_COUNTED = re.compile(rf"\d+\s+({'|'.join(sorted(_COUNTABLE, key=len, reverse=True))})\b")


def says_online(texts: list[str]) -> bool:
    """Whether a value names something that is read over the network."""
    return any(mark in text.casefold() for text in texts for mark in _ONLINE)
