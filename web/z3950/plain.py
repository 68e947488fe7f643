"""A title as readable text (SUTRS): lines of a label and what it says, and below them where copies are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from foundation.libraries import Library
from index.record import Availability, Holding, Name
from web.z3950.reading import Title

#: Columns of a line, and where its text begins.
_WIDTH, _INDENT = 78, 14

#: Readers of SUTRS are programs of librarians all over the world: English, whatever the pages speak.
AVAILABILITY: Mapping[Availability, str] = {
    Availability.AVAILABLE: "available",
    Availability.ON_LOAN: "on loan",
    Availability.ON_SITE: "for use in the library",
    Availability.ON_ORDER: "on order",
    Availability.IN_PROCESS: "being processed",
    Availability.LOST: "missing",
    Availability.ONLINE: "online",
    Availability.UNKNOWN: "ask the library",
}


def full(title: Title, members: Mapping[str, Library], page: str) -> str:
    """All that is said of the title; `page` is the address of its page."""
    said = title.record
    lines = [
        *_brief(title),
        *_line("Edition", said.edition),
        *_line("Extent", said.extent),
        *_line("Series", "; ".join(said.series)),
        *_line("In", said.host),
        *_line("Subjects", "; ".join(said.subjects)),
        *_line("Language", ", ".join(said.languages)),
        *_line("ISBN", ", ".join(said.values("isbn"))),
        *_line("ISSN", ", ".join(said.values("issn"))),
        *_line("Summary", said.summary),
        *_line("Contents", said.contents),
        *(line for note in said.notes for line in _line("Note", note)),
        *(line for link in said.links if link.kind == "fulltext" for line in _line("Online", link.url)),
        *_line("Record", page),
        *_copies(title, members),
    ]
    return "\n".join(lines) + "\n"


def brief(title: Title) -> str:
    """Title, names, and where and when it came out."""
    return "\n".join(_brief(title)) + "\n"


def _brief(title: Title) -> Iterator[str]:
    said = title.record
    names = [*said.authors, *said.contributors]
    whole = " : ".join(text for text in (said.title, said.subtitle) if text)
    parts = " ".join(text for text in (said.part_number, said.part_name) if text)
    yield from _line("Title", f"{whole}. {parts}" if parts else whole)
    yield from _line("By", "; ".join(_name(name) for name in names))
    out = ", ".join(text for text in (said.publisher, said.year_text or str(said.year or "")) if text)
    yield from _line("Published", f"{said.place}: {out}" if said.place and out else said.place or out)


def _name(name: Name) -> str:
    return f"{name.text} ({name.dates})" if name.dates else name.text


def _line(label: str, text: str) -> Iterator[str]:
    """A label with its text, wrapped so that all lines of it begin in one column."""
    plain = " ".join(text.split())
    head = f"{label}:".ljust(_INDENT)
    if plain and " " not in plain:  # an address stays in one piece
        yield head + plain
    elif plain:
        yield from textwrap.wrap(
            head + plain,
            _WIDTH,
            subsequent_indent=" " * _INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _copies(title: Title, members: Mapping[str, Library]) -> Iterator[str]:
    for library_id, copies in title.held:
        library = members.get(library_id)
        yield from _line("Held by", library.name if library else library_id)
        for copy in copies:
            yield from _line("  copy", _copy(copy))


def _copy(copy: Holding) -> str:
    state = AVAILABILITY[copy.availability]
    if copy.availability is Availability.ON_LOAN and copy.due:
        state += f" until {copy.due}"
    lends = "not for loan" if copy.lendable is False else ""
    pieces = (copy.branch, copy.location, copy.call_number, copy.coverage, state, lends, copy.note)
    number = f"{copy.copies} copies: " if copy.copies > 1 else ""
    return number + ", ".join(text for text in pieces if text)
