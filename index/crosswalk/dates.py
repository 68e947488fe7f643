"""Years out of what catalogues print."""

from __future__ import annotations

import re

#: Years outside of this are misprints (9999 is MARC's 'still running').
EARLIEST, LATEST = 1000, 2099

_YEAR = re.compile(r"(?<![\d])(1\d{3}|20\d{2})(?!\d)(\s?(?:H|AH|M)\b)?")
_BETWEEN = re.compile(r"(1\d{3}|20\d{2})\s?\??\s(?:and|dan|et|und|or)\s(1\d{3}|20\d{2})")
#: 'between 1900 and 1999' is no year.
_WIDEST_GUESS = 20
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT")


def year_of(text: str) -> int | None:
    """The year of publication in a printed statement: 'c2005', '[2002?]', '1423 H/2002'; None when it has none.

    Hijri years are passed over when another stands beside them, and so are years before 1500 next to a modern one.
    """
    if is_wide_guess(text):
        return None
    found = [(int(m.group(1)), (m.group(2) or "").strip()) for m in _YEAR.finditer(text)]
    if not found:
        return None
    common = [year for year, calendar in found if calendar not in ("H", "AH")]
    if not common:
        return None
    if common[0] < 1500 and len(common) > 1:
        return next((year for year in common if year >= 1500), common[0])
    return common[0]


def is_wide_guess(text: str) -> bool:
    """Whether a printed date only says between which years, more than twenty apart."""
    guess = _BETWEEN.search(text)
    return guess is not None and int(guess.group(2)) - int(guess.group(1)) > _WIDEST_GUESS


def coded_year(text: str) -> int | None:
    """A year of MARC's 008: four digits; None for '19uu', '||||', blanks and 9999."""
    return int(text) if text.isdigit() and len(text) == 4 and EARLIEST <= int(text) <= LATEST else None


def is_stamp(text: str) -> bool:
    """Whether a date is a machine's time stamp, as repositories give for the day of upload."""
    return _STAMP.match(text) is not None
