"""Titles as entries of a .bib file (BibTeX), in UTF-8."""

from __future__ import annotations

import re
from collections.abc import Sequence

from anyascii import anyascii

from index.record import Format, Name
from web.taking.titles import Title, full_title, makers, periodical, person, year

_TYPES = {
    Format.BOOK: "book",
    Format.EBOOK: "book",
    Format.JOURNAL: "book",
    Format.THESIS: "mastersthesis",
    Format.ARTICLE: "article",
    Format.REPORT: "techreport",
    Format.MANUSCRIPT: "unpublished",
}
#: Who brings it out is called differently in each kind of entry.
_PUBLISHER = {"mastersthesis": "school", "techreport": "institution"}

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # braces are counted even behind a backslash
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}


def write(found: Sequence[Title]) -> bytes:
    """The titles, one entry each, under keys that are all different."""
    keys: set[str] = set()
    return "\n".join(_entry(title, keys) for title in found).encode()


def _entry(title: Title, keys: set[str]) -> str:
    said = title.said
    kind = _TYPES.get(said.format, "misc")
    authors, editors, _ = makers(said)
    fields = {
        "title": f"{{{_plain(full_title(said))}}}",
        "author": _people(authors),
        "editor": _people(editors),
        "year": year(said),
        _PUBLISHER.get(kind, "publisher"): _plain(said.publisher),
        "address": _plain(said.place),
        "edition": _plain(said.edition),
        "journal" if kind == "article" else "booktitle": _plain(said.host),
        "series": _plain(said.series[0]) if said.series else "",
        "isbn": _plain(", ".join(said.values("isbn"))),
        "issn": _plain(", ".join(said.values("issn"))),
        "doi": _plain(next(iter(said.values("doi")), "")),
        "keywords": _plain(", ".join(said.subjects)),
        "url": "".join(c for c in title.address if c not in "{}\\"),
    }
    if kind == "mastersthesis":
        fields["type"] = "Thesis"
    if periodical(said):
        fields["note"] = "Periodical"
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value.strip("{}")]
    return "\n".join([f"@{kind}{{{_key(title, keys)},", *lines, "}", ""])


def _people(names: Sequence[Name]) -> str:
    told = []
    for one in names:
        family, given = person(one)
        # Braces keep a name of one piece, or of a body, from being cut at its spaces.
        told.append(f"{_plain(family)}, {_plain(given)}" if given else f"{{{_plain(family)}}}")
    return " and ".join(told)


def _plain(text: str) -> str:
    return "".join(_ESCAPED.get(sign, sign) for sign in " ".join(text.split()))


def _key(title: Title, keys: set[str]) -> str:
    """Name and year, with a letter where that is taken: 'tirtaningrum2019b'."""
    authors, editors, _ = makers(title.said)
    who = [*authors, *editors]
    word = person(who[0])[0] if who else title.said.title
    first = re.sub(r"[^a-z0-9]+", "", anyascii(word).lower())[:24] or "silang"
    wanted = first + year(title.said)
    key, number = wanted, 1
    while key in keys:
        number += 1
        key = f"{wanted}-{number}"
    keys.add(key)
    return key
