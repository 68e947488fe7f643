"""The copies of a SLiMS export: read whole, then given to their titles by code, or by the very title as SLiMS does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harvester.uploads.columns import fold
from harvester.uploads.table import MOST_ROWS, BadCells, BadTable, Table

#: SLiMS's column → field of a copy.
_FIELDS = {
    "item_code": "item_code",
    "call_number": "call_number",
    "location": "location",
    "site": "branch",
    "status": "availability",
    "coll_type": "loan_rule",
}


class Copies:
    """Copies by their codes and by the titles that they were exported under."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._by_code: dict[str, dict[str, str]] = {}
        self._by_title: dict[str, list[str]] = {}
        self._given: set[str] = set()
        for table in tables:
            self._read(table)

    def _read(self, table: Table) -> None:
        names = [fold(name) for name in table.header]
        for number, (_, cells) in enumerate(table.lines()):
            if number >= MOST_ROWS:
                raise BadTable("too_many")
            if isinstance(cells, BadCells):
                continue
            row = dict(zip(names, cells, strict=False))
            code = row.get("item_code", "")[:80]
            if not code:
                continue
            self._by_code[code] = {
                field: row[name] for name, field in _FIELDS.items() if row.get(name, "") not in ("", "NULL")
            }
            self._by_title.setdefault(row.get("title", ""), []).append(code)

    def of(self, codes: Sequence[str], title: str) -> list[Mapping[str, str]]:
        """The copies of a title: of its codes where it has some, else those exported under exactly this title."""
        chosen = list(codes) or [code for code in self._by_title.get(title, ()) if code not in self._given]
        self._given.update(chosen)
        return [self._by_code.get(code, {"item_code": code}) for code in chosen]

    @property
    def left(self) -> list[str]:
        """Codes of copies that no title has taken."""
        return [code for code in self._by_code if code not in self._given]
