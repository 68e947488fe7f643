"""Records that are text for people: SUTRS and GRS-1, shown as they are, with what their labels say."""

from __future__ import annotations

import re

from index.crosswalk.dates import year_of
from index.crosswalk.errors import BadRecord
from index.crosswalk.numbers import isbns, issns
from index.crosswalk.text import SHORT, clean, distinct, untail
from index.live.lean.charsets import decoded
from index.live.lean.record import Lean, lean_of
from index.record import Format, Name, Record

#: Labels before a colon, folded → the field they name. English, Indonesian, German, French, Danish.
_LABELS = {
    "title": "title",
    "titles": "title",
    "judul": "title",
    "titel": "title",
    "titre": "title",
    "ti": "title",
    "author": "author",
    "authors": "author",
    "name": "author",
    "pengarang": "author",
    "penulis": "author",
    "verfasser": "author",
    "auteur": "author",
    "forfatter": "author",
    "au": "author",
    "publisher": "publisher",
    "publication": "publisher",
    "penerbit": "publisher",
    "verlag": "publisher",
    "date": "year",
    "year": "year",
    "published": "year",
    "tahun": "year",
    "jahr": "year",
    "isbn": "isbn",
    "issn": "isbn",
    "subject": "subject",
    "subjects": "subject",
    "subjek": "subject",
}
_LABELLED = re.compile(r"\s*([A-Za-z][A-Za-z .-]{1,30}?)\s*[:=]\s+(\S.*)")
_MOST_LINES = 400
_MOST_NOTES = 20


def record_of_text(payload: bytes, charset: str = "") -> Record:
    """The Record of readable text: what labelled lines say, else the first line as its title. Raises BadRecord."""
    text = decoded(payload[:200_000], charset or "iso-8859-1")
    lines = [line for line in map(clean, text.splitlines()[:_MOST_LINES]) if line]
    said: dict[str, list[str]] = {}
    for line in lines:
        found = _LABELLED.match(line)
        if found and (name := _LABELS.get(found.group(1).casefold())):
            said.setdefault(name, []).append(found.group(2))
    title = next((t for t in (*said.get("title", ()), *lines) if any(c.isalnum() for c in t)), "")
    if not title:
        raise BadRecord("no_title", "text without a line")
    main, _, subtitle = title.partition(" : ")
    numbers = [n for t in said.get("isbn", ()) for n in (*isbns(t[:SHORT]), *issns(t[:SHORT]))]
    when = next(iter(said.get("year", said.get("publisher", []))), "")
    return Record(
        title=untail(main, more=bool(subtitle)) or main,
        subtitle=untail(subtitle),
        authors=tuple(Name(text=untail(t)[:SHORT]) for t in dict.fromkeys(said.get("author", ()))),
        publisher=untail(next(iter(said.get("publisher", ())), ""))[:SHORT],
        year=year_of(when),
        year_text=when[:80],
        subjects=distinct([untail(t)[:SHORT] for t in said.get("subject", ())], 100),
        identifiers=tuple(dict.fromkeys(numbers)),
        format=Format.OTHER,
        notes=tuple(lines[:_MOST_NOTES]),
    )


def lean_text(payload: bytes, charset: str = "") -> Lean:
    """The same as a lean record."""
    return lean_of(record_of_text(payload, charset))
