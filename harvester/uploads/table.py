"""A table as every reader gives it: rows of trimmed text, each with its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

#: What a table may have at most; a list beyond that is no catalogue, or an attack.
MOST_ROWS = 500_000
MOST_COLUMNS = 200
LONGEST_CELL = 100_000


class BadTable(Exception):
    """A file that cannot be read as a table; `code` is stored: empty, no_text, too_large, too_wide, too_many,
    not_xlsx, bomb, no_title, no_libraries, copies_alone, unknown_kind, damaged."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class BadCells(tuple[str, ...]):
    """The cells of a row that cannot be read: none, and the reason."""

    __slots__ = ()

    def __new__(cls, reason: str) -> BadCells:
        """No cells; `reason` is the one thing that is inside."""
        return super().__new__(cls, (reason,))


#: The number of the row in the file (the header counts) and its cells.
Line: TypeAlias = tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file as a table. `kind` is sheet, slims_biblio, slims_items, inlislite_text or inlislite_sheet.

    `lines()` gives the rows after the header, each time from the beginning. `container` is csv or xlsx.
    """

    kind: str
    container: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    lines: Callable[[], Iterator[Line]]
