"""What a village library has: one spreadsheet, a row for each copy, columns as its librarian named them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from web.demo.catalogue import Entry
from web.demo.marcxml import STATES

HEADER = (
    "No Kontrol",
    "Judul",
    "Pengarang",
    "Penerbit",
    "Kota Terbit",
    "Tahun",
    "ISBN",
    "Edisi",
    "Kolasi",
    "Bahasa",
    "Kelas",
    "Subjek",
    "Nomor Panggil",
    "Barcode",
    "Lokasi",
    "Status",
)
_LANGUAGES = {"ind": "Indonesia", "eng": "Inggris", "jav": "Jawa"}


def write(entries: Iterable[Entry], path: Path) -> Path:
    """The living entries as text with semicolons, as a spreadsheet of this country saves it. Gives back `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(HEADER)
        for entry in entries:
            if not entry.deleted:
                out.writerows(_rows(entry))
    return path


def _rows(entry: Entry) -> list[list[str]]:
    work = entry.work
    title = f"{entry.title} : {entry.subtitle}" if entry.subtitle else entry.title
    described = [
        str(entry.number),
        title,
        "; ".join(entry.names) or work.body,
        work.publisher,
        work.place,
        entry.year,
        entry.isbn or work.issn,
        entry.edition,
        entry.extent,
        _LANGUAGES[work.language],
        work.ddc,
        "; ".join(entry.subjects),
    ]
    copies = [
        [
            item.call_number,
            item.barcode,
            item.branch_name,
            STATES[item.status] if item.lendable else "Baca di tempat",
        ]
        for item in entry.items
    ]
    return [described + copy for copy in copies] or [[*described, "", "", "", ""]]
