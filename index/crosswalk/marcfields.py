"""What the readers of MARC 21 and UNIMARC share: joining subfields, headings, titles that say something."""

from __future__ import annotations

from index.crosswalk.languages import article_length
from index.crosswalk.marcform import Marc
from index.crosswalk.text import LONG, SHORT, TEXT, clean, untail

#: Subfields of a field as (code, text).
Subfields = list[tuple[str, str]]

#: The marks by which German and UNIMARC records show which words do not sort (ISO 6630, both of its halves).
_NON_SORT = (("\x98", "\x9c"), ("\x88", "\x89"))
_LONGEST_ARTICLE = 8


def says_something(title: str) -> bool:
    """Whether there is a letter or digit in it."""
    return any(c.isalnum() for c in title)


def join(subfields: Subfields, codes: str, cap: int = LONG) -> str:
    """The texts of these subfields in the order of the record, joined by blanks, without the tail."""
    return untail(clean(" ".join([text for code, text in subfields if code in codes]), cap))


def texts(marc: Marc, tag: str, codes: str, cap: int = SHORT) -> list[str]:
    """Each of these subfields of each field of the tag, cleaned; empty ones are left out."""
    return [
        cleaned
        for _, _, subfields in marc.fields.get(tag, ())
        for code, text in subfields
        if code in codes and (cleaned := clean(text, cap))
    ]


def joined(marc: Marc, tag: str, codes: str, not_first: str = "") -> str:
    """The fields of a tag as one text; those with this first indicator are left out."""
    fields = marc.fields.get(tag)
    if not fields:
        return ""
    found = [
        " ".join([t for c, t in f[2] if c in codes]) for f in fields if not not_first or f[0] != not_first
    ]
    return clean(" ".join(found), TEXT)


def heading(subfields: Subfields, main: frozenset[str], divisions: frozenset[str]) -> str:
    """'Heading -- subdivision -- subdivision'."""
    words = []
    parts = []
    for code, text in subfields:
        if code in main:
            words.append(text)
        elif code in divisions:
            parts.append(untail(clean(text, SHORT)))
    first = untail(clean(" ".join(words), SHORT))
    return " -- ".join([first, *parts]) if first and parts else first or " -- ".join(parts)


def marked_length(raw: str) -> int:
    """How many characters of the cleaned title stand between the marks of words that do not sort; 0 without marks."""
    for begin, end in _NON_SORT:
        if raw.startswith(begin) and end in raw:
            words, _, rest = raw.partition(end)
            # The blank may stand on either side of the mark, and an elided article has none.
            blank = words.endswith(" ") or rest.startswith(" ")
            return len(clean(words)) + (1 if blank else 0)
    return 0


def non_filing(title: str, said: str, language: str) -> int:
    """What sorting skips: the indicator where a word begins there, else the definite article of the language.

    Indicators are often wrong: they count bytes, or were never filled in. Marks before the first word are skipped
    whatever the indicator says ('«', '"', '['), since no catalogue sorts by them.
    """
    opening = len(title) - len(title.lstrip("«\"'“„‘‚(¿¡[… "))
    count = int(said) if said.isascii() and said.isdigit() else 0
    if 0 < count < min(len(title), _LONGEST_ARTICLE) and (
        title[count - 1] in " '’-\"“«([" or not title[count - 1].isalnum()
    ):
        return count
    if opening >= len(title):
        return 0
    return opening + article_length(title[opening:], language)
