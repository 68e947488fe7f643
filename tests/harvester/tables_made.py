"""Files as libraries send them, made here: workbooks, exports of SLiMS and INLISLite, plain lists."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from harvester.uploads.columns import SLIMS_COPIES, SLIMS_TITLES


def workbook(path: Path, rows: Sequence[Sequence[object]], *, before: int = 0) -> Path:
    """A workbook with one sheet of these rows; `before` empty sheets stand before it."""
    book = Workbook()
    sheet = book.active
    for number in range(before):
        sheet = book.create_sheet(f"Isi {number}")
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def listed(
    path: Path, rows: Sequence[Sequence[str]], *, separator: str = ",", encoding: str = "utf-8"
) -> Path:
    """A text table."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def slims(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> Path:
    """As SLiMS exports: every cell quoted, quotes and line ends escaped as for SQL, lines ending in CR LF."""
    lines = [*([header] if header else []), *rows]
    written = (",".join(f'"{_escaped(cell)}"' for cell in row) for row in lines)
    path.write_bytes("\r\n".join(written).encode() + b"\r\n")
    return path


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def slims_title(**cells: str) -> list[str]:
    """A row of the 18 columns."""
    return [cells.get(name, "") for name in SLIMS_TITLES]


def slims_copy(**cells: str) -> list[str]:
    """A row of the 19 columns, with the stamps that SLiMS always writes."""
    stamps = {"input_date": "2024-05-06 07:08:09", "last_update": "2024-05-06 07:08:09"}
    return [{**stamps, **cells}.get(name, "") for name in SLIMS_COPIES]


PLAIN = (
    ("Judul", "Pengarang", "ISBN", "Tahun", "Penerbit", "Kelas", "No. Panggil", "Eksemplar", "Warna sampul"),
    (
        "Laskar Pelangi",
        "Hirata, Andrea",
        "9793062797",
        "2005",
        "Bentang",
        "899.221",
        "899.221 HIR l",
        "3",
        "biru",
    ),
    (
        "Bumi Manusia",
        "Toer, Pramoedya Ananta",
        "9789799731234",
        "2005",
        "Lentera",
        "899.221",
        "899.221 TOE b",
        "1",
        "",
    ),
    ("", "Tanpa Judul, Si", "", "1999", "", "", "", "1", ""),
)
