"""SLiMS's upload to a union catalogue → Record: one title as SLiMS sends it in JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from index.crosswalk.rows import sheet
from index.record import Record

#: What SLiMS calls it → the field of a row.
_FIELDS = {
    "title": "title",
    "edition": "edition",
    "isbn_issn": "isbn",
    "publisher_name": "publisher",
    "publish_year": "year",
    "collation": "extent",
    "series_title": "series",
    "call_number": "call_number",
    "place_name": "place",
    "classification": "class",
    "notes": "summary",
    "frequency": "frequency",
    "gmd_name": "kind",
}


def read(value: Any, profile: str = "generic") -> Record:
    """The Record of one title, given as JSON bytes or as the value of them. Raises BadRecord.

    Authors of level 1 are the main ones, the others took part; SLiMS sends no copies here.
    """
    told = sheet.loaded(value)
    cells: dict[str, list[str]] = {}
    for name, field in _FIELDS.items():
        if text := _text(told.get(name)):
            cells[field] = [text]
    language = _text(told.get("language_id")) or _text(told.get("language_name"))
    if language:
        cells["language"] = [language, _text(told.get("language_name"))]
    authors = _listed(told.get("authors"))
    main = [name for name, level in authors if level in ("", "1")]
    cells["author"] = main or [name for name, _ in authors[:1]]
    cells["contributor"] = [name for name, _ in authors if name not in cells["author"]]
    cells["subject"] = [name for name, _ in _listed(told.get("subjects"))]
    shelf = cells.pop("call_number", [])
    record = sheet.of_cells(cells, [])
    return replace(record, call_numbers=tuple(shelf))


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _listed(value: Any) -> list[tuple[str, str]]:
    """(name, level) of authors or subjects; PHP writes a list with holes as an object."""
    rows = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found = []
    for row in rows[:200]:
        if isinstance(row, dict) and (name := _text(row.get("name"))):
            found.append((name.replace(";", ","), _text(row.get("level"))))
    return found
