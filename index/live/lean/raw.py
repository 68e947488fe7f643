"""MARC as lean reading takes it: the text of each wanted field, not yet taken apart."""

from __future__ import annotations

from typing import NamedTuple

from index.crosswalk.marcform import Field, Marc
from index.live.lean.fields import WANTED


class Raw(NamedTuple):
    """Leader, control fields, and wanted data fields by tag.

    A data field is its two indicators and its subfields, each behind U+001F and none of them empty.
    """

    leader: str
    control: dict[str, str]
    fields: dict[str, list[str]]

    def first(self, tag: str, code: str) -> str:
        """The first subfield of this code in a field of the tag; '' when there is none."""
        mark = "\x1f" + code
        for content in self.fields.get(tag, ()):
            at = content.find(mark)
            if at >= 0:
                return content[at + 2 :].partition("\x1f")[0]
        return ""


def raw_of(marc: Marc) -> Raw:
    """The raw form of MARC that another reader has taken apart."""
    return Raw(
        marc.leader,
        marc.control,
        {tag: [_content(field) for field in fields] for tag, fields in marc.fields.items() if tag in WANTED},
    )


def _content(field: Field) -> str:
    first, second, subfields = field
    # XML may have an indicator of any length; one that is not a single character says nothing.
    first, second = first if len(first) == 1 else "?", second if len(second) == 1 else "?"
    # A field without subfields is there all the same: a blank is the code of nothing.
    return f"{first}{second}\x1f" + ("\x1f".join([code + text for code, text in subfields]) or " ")


def pairs(content: str) -> list[tuple[str, str]]:
    """The subfields of a field as (code, text)."""
    return [(piece[0], piece[1:]) for piece in content[3:].split("\x1f")]


def some_marc(raw: Raw, tags: frozenset[str]) -> Marc:
    """These fields as MARC in memory, for readers of the ordinary crosswalk."""
    marc = Marc(raw.leader)
    marc.control = raw.control
    for tag, contents in raw.fields.items():
        if tag in tags:
            marc.fields[tag] = [(c[0], c[1], pairs(c)) for c in contents]
    return marc
