"""What the readers of copies in MARC share: subfields by code, counts, caps."""

from __future__ import annotations

from index.crosswalk.marcform import Field
from index.crosswalk.text import clean

#: Characters that a place, shelf mark, run or note of a copy may have; and its code, and a date.
COLUMN, CODE, DATE = 200, 80, 40


def texts(field: Field) -> dict[str, str]:
    """The first text of each subfield of a field, cleaned."""
    found: dict[str, str] = {}
    for code, text in field[2]:
        if code not in found:
            found[code] = clean(text, COLUMN)
    return found


def codes(field: Field) -> set[str]:
    """The codes of the subfields that say something."""
    return {code for code, text in field[2] if text.strip()}


def is_set(text: str) -> bool:
    """Whether a flag is up."""
    return text not in ("", "0")


def count(text: str) -> int | None:
    """A number of copies; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
