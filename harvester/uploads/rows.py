"""The rows of a table as records: rows about one title are one record with its copies, bad ones are told by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias

from harvester.files import FileRecord
from harvester.uploads.copies import Copies
from harvester.uploads.table import LONGEST_CELL, MOST_ROWS, BadCells, BadTable, Line, Table
from index.crosswalk import BadRecord
from index.crosswalk.rows import sheet
from index.crosswalk.text import letters
from index.record import Record

#: Rows of one title that are joined; more are a column that is no title.
_MOST_JOINED = 2_000
_SAME = ("title", "author", "isbn", "issn", "year", "edition", "publisher")
_COPY_ONLY = ("item_code", "location", "branch", "availability", "loan_rule", "copies", "call_number")

_Key: TypeAlias = bytes

#: A sign of life; it may raise what ends the reading.
Beat: TypeAlias = Callable[[], None]
#: Rows between two of them.
_BEAT = 5_000


@dataclass(slots=True)
class _Group:
    lines: list[Line] = field(default_factory=list)


def records(
    table: Table,
    mapping: Sequence[str],
    *,
    copies: Copies | None = None,
    most: int = MOST_ROWS,
    beat: Beat | None = None,
) -> Iterator[FileRecord]:
    """The records of a table in the order in which they are whole. Raises BadTable beyond MOST_ROWS.

    Rows with the same `id` and title (or, without an id, the same title, author, ISBN, year, edition and
    publisher) are one record: lists often have a row a copy. `most` ends earlier, for a preview.
    `beat` is called now and then while rows are read and no record comes of them.
    """
    waiting = _tally(table, mapping, most, beat)
    groups: dict[_Key, _Group] = {}
    named: dict[str, _Key] = {}
    for number, (line, cells) in enumerate(table.lines()):
        if beat is not None and number % _BEAT == 0:
            beat()
        if number >= most:
            return
        bad = _bad_row(cells, mapping)
        if bad is not None:
            yield _rejected(line, cells, table, mapping, bad)
            continue
        key = _key(cells, mapping)
        group = groups.setdefault(key, _Group())
        group.lines.append((line, cells))
        waiting[key] -= 1
        if waiting[key] == 0:
            del groups[key], waiting[key]
            yield _record(group.lines, key, table, mapping, copies, named)


def _tally(table: Table, mapping: Sequence[str], most: int, beat: Beat | None) -> Counter[_Key]:
    """How many rows each title has, so that its record can be made as soon as the last of them was read."""
    found: Counter[_Key] = Counter()
    for number, (_, cells) in enumerate(table.lines()):
        if beat is not None and number % _BEAT == 0:
            beat()
        if number >= most:
            if most < MOST_ROWS:
                break
            raise BadTable("too_many")
        if _bad_row(cells, mapping) is None:
            found[_key(cells, mapping)] += 1
    return found


def _bad_row(cells: Sequence[str], mapping: Sequence[str]) -> BadRecord | None:
    if isinstance(cells, BadCells):
        return BadRecord("bad_row", cells[0])
    if any(len(cell) > LONGEST_CELL for cell in cells):
        return BadRecord("too_large", "a cell of more than 100,000 characters")
    if any(cells[len(mapping) :]):
        return BadRecord("too_many_cells", f"{len(cells)} cells under {len(mapping)} columns")
    return None


def _key(cells: Sequence[str], mapping: Sequence[str]) -> _Key:
    told = dict[str, list[str]]()
    for name, cell in zip(mapping, cells, strict=False):
        if cell and (name in _SAME or name == "id"):
            told.setdefault(name, []).append(letters(cell))
    ident = told.pop("id", None)
    parts = [("id", ident), ("title", told.get("title"))] if ident else [(n, told.get(n)) for n in _SAME]
    return blake2b(repr(parts).encode("utf-8", "replace"), digest_size=16).digest()


def _record(
    lines: list[Line],
    key: _Key,
    table: Table,
    mapping: Sequence[str],
    copies: Copies | None,
    named: dict[str, _Key],
) -> FileRecord:
    number, cells = lines[0]
    told = _by_field(cells, mapping)
    identifier = (told.get("id") or [""])[0][:512] or f"row:{key.hex()}"
    found = _copies_of(lines, mapping, copies, told)
    raw = sheet.pack(_cells(cells, table.header, mapping), found[: _MOST_JOINED + 1])
    outcome: Record | BadRecord
    try:
        if named.setdefault(identifier, key) != key:
            raise BadRecord("id_twice", f"{identifier[:80]} was another title before")
        if max(len(lines), len(found)) > _MOST_JOINED:
            raise BadRecord("too_many_copies", f"{max(len(lines), len(found))} rows of one title")
        outcome = sheet.read(raw)
    except BadRecord as bad:
        outcome = bad
    holders = [
        name
        for _, row in lines
        for text in _by_field(row, mapping).get("libraries", ())
        for name in _names(text)
    ]
    return FileRecord(
        number=number,
        identifier=identifier,
        schema="sheet",
        raw=raw,
        outcome=outcome,
        unit="row",
        holders=tuple(dict.fromkeys(holders)),
    )


def _rejected(
    line: int, cells: Sequence[str], table: Table, mapping: Sequence[str], bad: BadRecord
) -> FileRecord:
    shown = () if isinstance(cells, BadCells) else tuple(cell[:1000] for cell in cells)
    wide = (*table.header, *[""] * (len(shown) - len(table.header)))
    raw = sheet.pack(_cells(shown, wide, (*mapping, *[""] * (len(shown) - len(mapping)))))
    return FileRecord(number=line, identifier=None, schema="sheet", raw=raw, outcome=bad, unit="row")


def _cells(
    cells: Sequence[str], header: Sequence[str], mapping: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    for name, told, cell in zip(header, mapping, cells, strict=False):
        if cell:
            yield name[:80], told, cell


def _by_field(cells: Sequence[str], mapping: Sequence[str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, cell in zip(mapping, cells, strict=False):
        if name and cell:
            out.setdefault(name, []).append(cell)
    return out


def _copies_of(
    lines: list[Line], mapping: Sequence[str], copies: Copies | None, told: Mapping[str, list[str]]
) -> list[Mapping[str, str]]:
    """Copies beyond what one row says: from the export of copies, or from the rows that were joined."""
    codes = [code for text in told.get("item_code", ()) for code in sheet.split(text, ";|,") if code]
    if copies is not None:
        found = copies.of(codes, told.get("title", [""])[0])
        if found:
            return found
    if len(lines) < 2:
        return []
    out: dict[str, Mapping[str, str]] = {}
    for number, cells in lines:
        row = {name: texts[0] for name, texts in _by_field(cells, mapping).items() if name in _COPY_ONLY}
        for code in sheet.split(row.get("item_code", ""), ";|,"):
            if row:
                out.setdefault(code or str(number), {**row, "item_code": code})
    return list(out.values()) if any(name in mapping for name in _COPY_ONLY) else []


def _names(text: str) -> list[str]:
    """The libraries of one cell: divided by ; , | or a line, 'UI (2), ITB' is two."""
    return [name for part in sheet.split(text, ";,|") if (name := part.partition("(")[0].strip(" .:"))]
