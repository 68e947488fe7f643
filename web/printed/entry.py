"""One entry of the printed catalogue: what of a cluster is printed, where it stands, and under what it is found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from index.folding import fold
from index.provider.publish import classes_of
from index.record import Record
from index.views import Cluster, HeldCopy

ORDERS = ("class", "author", "title")

#: Sorts behind everything.
_LAST = "\uffff"

#: A Dewey number at the beginning of a class or of a call number.
_DEWEY = re.compile(r"[0-9]{3}(?:\.[0-9]+)?(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`heading` is the first author ('' where there is none), `text` the description, `dewey` its class ('' without).

    `places` name libraries by code with their call numbers; `names` and `titles` are for the indexes.
    """

    heading: str
    title: str
    text: str
    dewey: str
    places: str
    names: tuple[str, ...]
    titles: tuple[str, ...]


def dewey(cluster: Cluster) -> str:
    """Its Dewey number, the most exact that a library gives; '' where none does."""
    found = [number[0] for text in classes_of(cluster) if (number := _DEWEY.match(text.strip()))]
    return max(found, key=lambda text: (found.count(text), len(text)), default="")


def key(cluster: Cluster, order: str) -> str:
    """What the entries are sorted by."""
    record = cluster.record
    title = fold(record.title[record.non_filing :])
    author = fold(record.authors[0].text) if record.authors else ""
    parts = {
        "class": (dewey(cluster) or _LAST, author or title, title),
        "author": (author or title, title),
        "title": (title, author),
    }[order]
    return "\x00".join((*parts, str(record.year or 0)))


def entry(cluster: Cluster, codes: Mapping[str, str], copies_word: str) -> Entry:
    """The entry of a cluster; `codes` are of libraries by id, `copies_word` stands after a number ('eks.')."""
    record = cluster.record
    names = (*record.authors, *record.contributors)
    return Entry(
        heading=record.authors[0].text if record.authors else "",
        title=_title(record),
        text=_description(record),
        dewey=dewey(cluster),
        places="; ".join(
            _place(codes[library], copies, copies_word)
            for library, copies in sorted(
                cluster.by_library().items(), key=lambda pair: codes.get(pair[0], "")
            )
            if library in codes
        ),
        names=tuple(dict.fromkeys(name.text for name in names if name.text)),
        titles=tuple(dict.fromkeys(text for text in (record.title, *record.alternates[:3]) if text)),
    )


def _title(record: Record) -> str:
    title = ". ".join(text for text in (record.title, record.part_number, record.part_name) if text)
    title += f" : {record.subtitle}" if record.subtitle else ""
    return title + (f" / {record.responsibility}" if record.responsibility else "")


def _description(record: Record) -> str:
    """What follows the title, in the areas of ISBD."""
    made = " : ".join(text for text in (record.place, record.publisher) if text)
    year = record.year_text or (str(record.year) if record.year else "")
    areas = [
        record.edition,
        ", ".join(text for text in (made, year) if text),
        record.extent,
        *(f"({text})" for text in record.series[:2]),
        *(f"ISBN {value}" for value in record.values("isbn")[:2]),
        *(f"ISSN {value}" for value in record.values("issn")[:1]),
    ]
    return " \u2014 ".join(area.rstrip(" .") for area in areas if area)


def _place(code: str, copies: Iterable[HeldCopy], word: str) -> str:
    """'MLT (746.662 TIR b, 3 eks.)'; the code alone where a library only says that it has it."""
    numbers: dict[str, int] = {}
    for held in copies:
        number = held.copy.call_number or held.copy.location
        numbers[number] = numbers.get(number, 0) + held.copy.copies
    told = [
        ", ".join(text for text in (number, f"{count} {word}" if count > 1 else "") if text)
        for number, count in numbers.items()
    ]
    inside = "; ".join(text for text in told if text)
    return f"{code} ({inside})" if inside else code
