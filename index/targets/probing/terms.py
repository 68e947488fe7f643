"""Terms that must find something: common words to begin with, and then those of the target's own records. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.live.lean.record import Lean
from index.rpn.spelling import plain

#: Words of titles in the languages that catalogues are met in; one of them finds something nearly everywhere.
COMMON = ("history", "the", "sejarah", "dan", "indonesia", "und", "histoire", "la", "de", "a", "1", "2020")

_WORD = re.compile(r"[^\W\d_]{4,}")
#: Too frequent to prove anything.
_EMPTY = frozenset(
    (
        "with",
        "from",
        "that",
        "this",
        "they",
        "dari",
        "yang",
        "untuk",
        "dalam",
        "eine",
        "einer",
        "oder",
        "pour",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By access point a term that must find a record, since it stands in one; those that no record had are missing.

    `phrase` are two neighbouring words of a title, `accented` a word of a title or an author with letters beyond ASCII.
    """

    by: dict[str, str] = field(default_factory=dict)
    phrase: str = ""
    accented: tuple[str, str] | None = None  # access point, word


def of(records: Sequence[Lean]) -> Terms:
    """The terms of some records; each is the first that fits."""
    by: dict[str, str] = {}
    phrase, accented = "", None
    for one in records:
        words = [word for word in _WORD.findall(one.title) if word.lower() not in _EMPTY]
        ascii_words = [word for word in words if word.isascii()]
        if ascii_words:
            by.setdefault("title", max(ascii_words, key=len))
            by.setdefault("any", by["title"])
        if not phrase and (found := re.search(r"[A-Za-z]{3,} [A-Za-z]{3,}", one.title)):
            phrase = found[0]
        names = [name.text.partition(",")[0].strip() for name in (*one.authors, *one.contributors)]
        for name in names:
            if name and name.isascii() and _WORD.fullmatch(name):
                by.setdefault("author", name)
        for subject in one.subjects:
            if found := _WORD.search(subject):
                by.setdefault("subject", found[0]) if found[0].isascii() else None
        for identifier in one.identifiers:
            if identifier.kind in ("isbn", "issn"):
                by.setdefault(identifier.kind, identifier.value)
        if one.publisher and (found := _WORD.search(one.publisher)) and found[0].isascii():
            by.setdefault("publisher", found[0])
        if one.year:
            by.setdefault("year", str(one.year))
        if one.languages:
            by.setdefault("language", one.languages[0])
        if one.call_numbers:
            by.setdefault("call_number", one.call_numbers[0])
        if one.series and (found := _WORD.search(one.series[0])) and found[0].isascii():
            by.setdefault("series", found[0])
        if accented is None:
            for point, texts in (("title", words), ("author", names)):
                odd = next((word for word in texts if not word.isascii() and plain(word).isascii()), None)
                if odd is not None:
                    accented = (point, odd)
                    break
    return Terms(by=by, phrase=phrase, accented=accented)
