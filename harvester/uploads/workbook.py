"""Workbooks (XLSX) as tables: bounded before they are opened, read row by row, formulas never worked out."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from harvester.uploads.table import LONGEST_CELL, MOST_COLUMNS, BadTable, Line
from index.crosswalk.text import clean

#: A workbook is a zip archive: parts, and bytes of them when they are unpacked.
_PARTS = 2_000
_UNPACKED = 256 << 20
_STRINGS = 96 << 20
#: A part of more than a megabyte that shrank further than this is a bomb.
_RATIO = 400
#: A sheet has 1,048,576 rows; numbers beyond that are made up.
_LAST_ROW = 1_048_576


def check(path: Path) -> None:
    """Look at the archive before anything of it is unpacked. Raises BadTable.

    Sizes in the archive's directory may lie, but no more than they say is ever unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
                raise BadTable("bomb")
            for part in parts:
                if part.file_size > 1 << 20 and part.file_size > _RATIO * max(1, part.compress_size):
                    raise BadTable("bomb", part.filename[:80])
                if part.filename.endswith("sharedStrings.xml") and part.file_size > _STRINGS:
                    raise BadTable("bomb", part.filename[:80])
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as file:
                        head = file.read(4096).replace(b"\0", b"")
                    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                        raise BadTable("not_xlsx", "a DOCTYPE")
            if not any(part.filename.startswith("xl/") for part in parts):
                raise BadTable("not_xlsx")
    except BadTable:
        raise
    except Exception as error:  # zipfile and zlib raise a dozen kinds for damaged archives
        raise BadTable("not_xlsx", str(error)[:200]) from None


def lines(path: Path) -> Iterator[Line]:
    """The rows of the first sheet that has any: (number, cells as text). Raises BadTable."""
    check(path)
    with path.open("rb") as file:  # by its content: openpyxl goes by the name of a path
        try:
            book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        except Exception as error:  # whatever openpyxl meets in a damaged workbook
            raise BadTable("not_xlsx", f"{type(error).__name__}: {error}"[:200]) from None
        try:
            for sheet in book.worksheets:
                found = False
                for line in _rows(sheet):
                    found = True
                    yield line
                if found:
                    return
        finally:
            book.close()


def _rows(sheet: Any) -> Iterator[Line]:
    try:
        sheet.reset_dimensions()  # what it says of its size is not always so
        rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True)
    except Exception as error:
        raise BadTable("not_xlsx", f"{type(error).__name__}: {error}"[:200]) from None
    number = 0
    while True:
        try:
            values = next(rows)
        except StopIteration:
            return
        except Exception as error:
            raise BadTable("not_xlsx", f"{type(error).__name__}: {error}"[:200]) from None
        number += 1
        if number > _LAST_ROW:
            raise BadTable("too_many")
        if len(values) > MOST_COLUMNS and values[MOST_COLUMNS] is not None:
            raise BadTable("too_wide")
        cells = tuple(_text(value) for value in values)
        if any(cells):
            last = max(at for at, cell in enumerate(cells) if cell) + 1
            yield number, cells[:last]


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a point, dates as 2026-11-24, formulas as they are written."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        value = int(value)
    if isinstance(value, datetime):
        value = value.date() if not (value.hour or value.minute or value.second) else value
    if isinstance(value, date):
        return value.isoformat()[:19].replace("T", " ")
    return clean(str(value), LONGEST_CELL)
