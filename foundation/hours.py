"""Opening hours as people write them in a file: 'mon-fri 08:00-16:00'."""

from __future__ import annotations

import re

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TEXT = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? +([0-2]\d:[0-5]\d)-([0-2]\d:[0-5]\d)")


class BadHours(ValueError):
    """The text does not say which days and which hours."""


def hours_of(text: str) -> tuple[tuple[int, str, str], ...]:
    """(weekday, opens, closes) for each day; 0 is Monday. Raises BadHours."""
    found = _TEXT.fullmatch(text.strip().lower())
    if not found or found[1] not in DAYS or (found[2] or "mon") not in DAYS:
        raise BadHours(f"{text!r} is not like 'mon-fri 08:00-16:00'")
    first, opens, closes = DAYS.index(found[1]), found[3], found[4]
    last = DAYS.index(found[2]) if found[2] else first
    if opens >= closes or closes > "24:00" or last < first:
        raise BadHours(f"{text!r} ends before it begins")
    return tuple((weekday, opens, closes) for weekday in range(first, last + 1))
