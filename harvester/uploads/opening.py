"""What kind of file this is, told by its content and never by its name, and the file as a table where it is one."""

from __future__ import annotations

import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from harvester.files import opened
from harvester.uploads import text, workbook
from harvester.uploads.columns import SLIMS_COPIES, SLIMS_TITLES, fold, is_header
from harvester.uploads.table import BadTable, Line, Table

#: What can be asked for by name (`--as`); `records` are ISO 2709, MARCXML, MODS and Dublin Core.
KINDS = ("records", "sheet", "slims_biblio", "slims_items", "inlislite_text", "inlislite_sheet")

_HEAD = 100_000
_HEADER_WITHIN = 12
_TAGGED = re.compile(rb"\s*(?:=LDR|=\d{3}\s|(?:LDR|\d{3})\s+[\d#\\_ ]{0,2}\s*\$)")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$")
_INLISLITE = ("id_katalog", "tag", "ind1", "ind2", "nilai")


def kind_of(path: Path) -> str:
    """One of KINDS by content alone. Raises BadTable (also for what is nothing that we read), OSError."""
    with path.open("rb") as file:
        magic = file.read(8)
    if magic[:4] == b"PK\x03\x04":
        return _of_table(_workbook(path, ""))
    if magic[:4] == b"\xd0\xcf\x11\xe0":
        raise BadTable("not_xlsx", "an old Excel workbook (.xls)")
    try:
        with opened(path) as file:
            head = file.read(_HEAD)
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise BadTable("damaged", str(error)[:200]) from None
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise BadTable("empty")
    if start[:1] == b"<" or (head[:2] in (b"\xff\xfe", b"\xfe\xff") and b"<" in head[2:6]):
        return "records"
    if start[:5].isdigit() and len(start) >= 24 and (b"\x1e" in head or start[20:24] == b"4500"):
        return "records"
    if _TAGGED.match(start):
        return "inlislite_text"
    return _of_table(_csv(path, ""))


def table(path: Path, kind: str = "") -> Table:
    """The file as a table; `kind` says what it is where that is known better. Raises BadTable."""
    kind = kind or kind_of(path)
    if kind == "records":
        raise BadTable("unknown_kind", "no table")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"\xd0\xcf\x11\xe0":
        raise BadTable("not_xlsx", "an old Excel workbook (.xls)")
    if magic == b"PK\x03\x04":
        return _workbook(path, kind)
    if kind == "inlislite_text":
        encoding = text.encoding_of(partial(opened, path))
        return Table(
            kind=kind, container="text", encoding=encoding, separator="", header=(), lines=lambda: iter(())
        )
    return _csv(path, kind)


def _of_table(found: Table) -> str:
    return found.kind


def _workbook(path: Path, kind: str) -> Table:
    return _table(partial(workbook.lines, path), container="xlsx", encoding="", separator="", kind=kind)


def _csv(path: Path, kind: str) -> Table:
    opener: Callable[[], AbstractContextManager[BinaryIO]] = partial(opened, path)
    encoding = text.encoding_of(opener)
    head = text.head_of(opener, encoding)
    first = next((line for line in head.splitlines() if line.strip()), "")
    slims = "gmd_name" in first or "coll_type" in first or kind.startswith("slims")
    escaped = text.is_escaped(head) or slims
    separator = text.separator_of(head, escaped)
    return _table(
        partial(text.lines, opener, encoding, separator, escaped),
        container="csv",
        encoding=encoding,
        separator=separator,
        kind=kind,
    )


def _table(
    lines: Callable[[], Iterator[Line]], *, container: str, encoding: str, separator: str, kind: str
) -> Table:
    sample = list(islice(lines(), 40))
    if not sample:
        raise BadTable("empty")
    begins, header = _header(sample)
    told = _told(header, [cells for number, cells in sample if number > begins])
    if not header and told:
        header = tuple(SLIMS_TITLES if told == "slims_biblio" else SLIMS_COPIES)
    width = max(len(cells) for _, cells in sample)
    header = (*header, *[""] * (width - len(header)))
    return Table(
        kind=kind or told or "sheet",
        container=container,
        encoding=encoding,
        separator=separator,
        header=header,
        lines=lambda: (line for line in lines() if line[0] > begins),
    )


def _header(sample: Sequence[Line]) -> tuple[int, tuple[str, ...]]:
    """(row of the header, its cells): lists often have a heading above it; (0, ()) where there is none."""
    for number, cells in sample[:_HEADER_WITHIN]:
        if is_header(cells) or tuple(fold(cell) for cell in cells[:5]) == _INLISLITE:
            while cells and not cells[-1]:
                cells = cells[:-1]
            return number, cells
    return 0, ()


def _told(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The kind that a header shows, or the shape of the rows where SLiMS wrote none; '' for a sheet."""
    names = {fold(cell) for cell in header}
    if names.issuperset(_INLISLITE[:2]) and "nilai" in names:
        return "inlislite_sheet"
    if {"title", "gmd_name", "isbn_issn"} <= names:
        return "slims_biblio"
    if {"item_code", "coll_type", "title"} <= names:
        return "slims_items"
    if header or not rows:
        return ""
    widths = {len(row) for row in rows}
    if widths <= {18, 19} and any(
        row[15].startswith("<") or row[17].startswith("<") for row in rows if len(row) > 17
    ):
        return "slims_biblio"
    if widths <= {19, 20} and all(len(row) > 18 and _STAMP.match(row[16]) for row in rows):
        return "slims_items"
    return ""
