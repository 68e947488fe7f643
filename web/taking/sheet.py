"""Titles as a table (CSV), one line each, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from web.taking.titles import Title, full_title, makers, year

COLUMNS = (
    "id",
    "title",
    "authors",
    "editors",
    "publisher",
    "place",
    "year",
    "edition",
    "format",
    "languages",
    "isbn",
    "issn",
    "subjects",
    "series",
    "extent",
    "libraries",
    "call_numbers",
    "address",
)


def write(found: Sequence[Title]) -> bytes:
    """The table with its heads; a mark at the beginning tells spreadsheets that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for title in found:
        writer.writerow([_cell(text) for text in _row(title)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _row(title: Title) -> list[str]:
    said = title.said
    authors, editors, _ = makers(said)
    calls = dict.fromkeys(
        f"{library.code}: {held.copy.call_number}"
        for library, copies in title.holders
        for held in copies
        if held.copy.call_number
    )
    return [
        title.cluster.id,
        full_title(said),
        "; ".join(one.text for one in authors),
        "; ".join(one.text for one in editors),
        said.publisher,
        said.place,
        year(said) or said.year_text,
        said.edition,
        str(said.format),
        "; ".join(said.languages),
        "; ".join(said.values("isbn")),
        "; ".join(said.values("issn")),
        "; ".join(said.subjects),
        "; ".join(said.series),
        said.extent,
        "; ".join(library.name for library, _ in title.holders),
        "; ".join(calls),
        title.address,
    ]


def _cell(text: str) -> str:
    """Without line ends; a spreadsheet must not take what libraries wrote for a formula."""
    text = " ".join(text.replace("\x00", "").split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
