"""Rows of a table → Record: the cells of a spreadsheet, of a SLiMS export, of an old union list, each named by its field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from index.crosswalk.dates import year_of
from index.crosswalk.errors import BadRecord
from index.crosswalk.kinds import format_of_extent, format_of_words, says_online
from index.crosswalk.languages import article_length, language_code
from index.crosswalk.numbers import isbns, issns
from index.crosswalk.repairs import DOUBLE_UTF8, noted, undouble
from index.crosswalk.sale import sold_as
from index.crosswalk.text import LONG, SHORT, TEXT, clean, distinct, unbracket, unmarkup, untail
from index.record import Availability, Format, Holding, Identifier, Link, Name, Record

#: What a cell of a row can be about. `libraries` names who has it, in lists of several libraries; `id` is the
#: row's own number. Both are for whoever reads the file, not for the Record.
_FIELDS = (
    "title subtitle other_title responsibility author contributor subject isbn issn publisher place year "
    "language kind edition extent series frequency summary notes call_number class link price copies "
    "item_code location branch availability loan_rule libraries id"
)
FIELDS = tuple(_FIELDS.split())

#: Fields of a copy; the others are of the description.
COPY_FIELDS = ("item_code", "call_number", "location", "branch", "availability", "loan_rule", "copies")

#: Field → its texts in the order of the row.
Cells: TypeAlias = Mapping[str, list[str]]

_MOST_COPIES = 2_000
_LONGEST_ROW = 2 << 20
_BRACKETED = re.compile(r"\s*<[^<>]*>(?:\s*[,;]?\s*<[^<>]*>)*\s*")
_ROLE = re.compile(
    r"\s*\((ed|eds|editor|penyunting|penerjemah|translator|trans|ilustrator|illustrator)\.?\)\s*$", re.I
)
_ROLES: Mapping[str, str] = MappingProxyType(
    {
        "ed": "edt",
        "eds": "edt",
        "editor": "edt",
        "penyunting": "edt",
        "penerjemah": "trl",
        "translator": "trl",
        "trans": "trl",
        "ilustrator": "ill",
        "illustrator": "ill",
    }
)
_NOBODY = frozenset(("anonymous", "anonim", "none", "-", "n/a", "null", "tanpa pengarang"))
#: Words of lists for what is known of a copy.
_STATES: Mapping[str, Availability] = MappingProxyType(
    {
        "tersedia": Availability.AVAILABLE,
        "available": Availability.AVAILABLE,
        "ada": Availability.AVAILABLE,
        "dipinjam": Availability.ON_LOAN,
        "on loan": Availability.ON_LOAN,
        "sedang dipinjam": Availability.ON_LOAN,
        "baca di tempat": Availability.ON_SITE,
        "no loan": Availability.ON_SITE,
        "tidak dipinjamkan": Availability.ON_SITE,
        "nl": Availability.ON_SITE,
        "dipesan": Availability.ON_ORDER,
        "on order": Availability.ON_ORDER,
        "diolah": Availability.IN_PROCESS,
        "pengolahan": Availability.IN_PROCESS,
        "diperbaiki": Availability.IN_PROCESS,
        "repair": Availability.IN_PROCESS,
        "r": Availability.IN_PROCESS,
        "hilang": Availability.LOST,
        "missing": Availability.LOST,
        "mis": Availability.LOST,
        "lost": Availability.LOST,
    }
)
_STAYS = frozenset(("reference", "referensi", "rujukan", "tandon", "no loan", "nl", "tidak dipinjamkan"))


def pack(cells: Iterable[tuple[str, str, str]], copies: Iterable[Mapping[str, str]] = ()) -> bytes:
    """A row as the bytes that are kept of it: (column, field, text) of each cell, and copies that another file told.

    `field` is '' for a column that nothing is known of: it is kept, and not read.
    """
    value: dict[str, Any] = {"cells": [list(cell) for cell in cells]}
    if found := [dict(copy) for copy in copies]:
        value["copies"] = found
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def read(value: Any, profile: str = "generic") -> Record:
    """The Record of a row, given as the bytes that `pack` made or as their JSON value. Raises BadRecord."""
    row = loaded(value)
    cells: dict[str, list[str]] = {}
    found = row.get("cells")
    if not isinstance(found, list):
        raise BadRecord("no_record", "no cells")
    for cell in found:
        if isinstance(cell, list) and len(cell) == 3 and cell[1] and str(cell[2]).strip():
            cells.setdefault(str(cell[1]), []).append(str(cell[2]))
    copies = row.get("copies")
    told = [copy for copy in copies if isinstance(copy, dict)] if isinstance(copies, list) else []
    return of_cells(cells, [{str(k): str(v) for k, v in copy.items()} for copy in told])


def loaded(value: Any) -> dict[str, Any]:
    """The JSON object of raw bytes (or the object itself). Raises BadRecord."""
    if isinstance(value, bytes | str):
        if len(value) > _LONGEST_ROW:
            raise BadRecord("too_large", f"{len(value)} bytes")
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise BadRecord("not_json", str(error)[:200]) from None
    if not isinstance(value, dict):
        raise BadRecord("no_record", "no JSON object")
    return value


def of_cells(cells: Cells, copies: list[dict[str, str]]) -> Record:
    """The Record of cells by field. Raises BadRecord."""
    texts = _Texts(cells)
    title, subtitle, responsibility = _title(texts)
    if not title:
        raise BadRecord("no_title", "no title")
    languages = tuple(dict.fromkeys(c for t in texts.parts("language", ";,|") if (c := language_code(t))))
    extent, kinds = texts.first("extent", SHORT), list(texts.parts("kind", ";|"))
    identifiers, valid_issn = _numbers(texts)
    links = tuple(Link(url=url, kind="related") for url in texts.all("link") if _is_web(url))[:20]
    kind = format_of_words(kinds) or format_of_extent(extent)
    if kind is None:
        kind = (
            Format.JOURNAL if valid_issn and not any(i.kind == "isbn" for i in identifiers) else Format.BOOK
        )
    holdings = _holdings(texts, copies)
    online = not holdings and says_online(kinds)
    if kind is Format.BOOK and online:
        kind = Format.EBOOK
    year_text = re.sub(r"(?<=\d)\.0$", "", texts.first("year", 80))
    authors, contributors = _names(texts.parts("author", ";|")), _names(texts.parts("contributor", ";|"))
    notes = distinct([*texts.all("notes", TEXT), *texts.all("frequency")], 40)
    return Record(
        title=title,
        subtitle=subtitle,
        non_filing=article_length(title, languages[0] if languages else ""),
        alternates=distinct(texts.all("other_title"), 40),
        responsibility=responsibility,
        authors=tuple(name for name in authors if not name.role),
        contributors=(*(name for name in authors if name.role), *contributors),
        subjects=distinct([text[:SHORT] for text in texts.parts("subject", ";|")], 100),
        identifiers=identifiers,
        publisher=untail(unbracket(texts.first("publisher", SHORT))),
        place=untail(unbracket(texts.first("place", SHORT))),
        year=year_of(year_text),
        year_text=year_text,
        languages=languages,
        format=kind,
        online=online,
        level="serial" if kind is Format.JOURNAL else "part" if kind is Format.ARTICLE else "monograph",
        edition=texts.first("edition", SHORT),
        extent=extent,
        series=distinct([text[:SHORT] for text in texts.all("series")], 20),
        summary=clean(" ".join(unmarkup(text) for text in texts.all("summary", TEXT)), TEXT),
        notes=notes,
        call_numbers=distinct([text[:SHORT] for text in texts.all("call_number")], 20),
        classes=distinct([text[:80] for text in texts.parts("class", ";|")], 20),
        links=links,
        not_for_sale=sold_as(texts.all("price"), notes),
        holdings=holdings,
        oddities=("mojibake_repaired",) if texts.repairs else (),
        repairs=tuple(texts.repairs),
    )


class _Texts:
    """The texts of a row: cleaned, mended, asked for by field."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self.repairs: list[str] = []

    def all(self, field: str, cap: int = LONG) -> list[str]:
        """The texts of a field; those that only say 'nothing' are left out."""
        out = []
        for raw in self._cells.get(field, ()):
            if not raw.isascii() and (mended := undouble(raw)) is not raw:
                raw = mended
                noted(self.repairs, field, DOUBLE_UTF8)
            text = clean(raw, cap)
            if text and text.casefold() not in ("null", "-", "n/a"):
                out.append(text)
        return out

    def first(self, field: str, cap: int = LONG) -> str:
        """The first text of a field, '' when there is none."""
        return next(iter(self.all(field, cap)), "")

    def parts(self, field: str, ends: str) -> list[str]:
        """The texts of a field, those that hold a list taken apart: '<a><b>' as SLiMS writes them, or 'a; b'."""
        out: list[str] = []
        for text in self.all(field, TEXT):
            out.extend(clean(part, LONG) for part in split(text, ends))
        return [part for part in out if part]


def split(text: str, ends: str) -> list[str]:
    """The members of a list in one cell: '<a><b>', or divided by any of the characters of `ends`."""
    if "<" in text and _BRACKETED.fullmatch(text):
        return [part.strip() for part in re.findall(r"<([^<>]*)>", text)]
    return [part.strip() for part in re.split(f"[{re.escape(ends)}\n]", text)]


def _title(texts: _Texts) -> tuple[str, str, str]:
    """(title, subtitle, responsibility): catalogues write all three into one cell, divided as on the card."""
    title, subtitle = texts.first("title"), texts.first("subtitle")
    responsibility = texts.first("responsibility", LONG)
    head, mark, rest = title.partition(" / ")
    if mark and head.strip():
        title, responsibility = head, responsibility or rest
    head, mark, rest = title.partition(" : ")
    if mark and head.strip() and not subtitle:
        title, subtitle = head, rest
    return untail(unbracket(title)), untail(subtitle), untail(responsibility)


def _names(parts: list[str]) -> tuple[Name, ...]:
    names: dict[str, Name] = {}
    for text in parts:
        found = _ROLE.search(text)
        role = _ROLES[found.group(1).casefold()] if found else ""
        name = untail(clean(text[: found.start()] if found else text, SHORT))
        if name and name.casefold() not in _NOBODY:
            names.setdefault(name.casefold(), Name(text=name, role=role))
    return tuple(names.values())[:100]


def _numbers(texts: _Texts) -> tuple[tuple[Identifier, ...], bool]:
    """(identifiers, whether one is a good ISSN); SLiMS keeps ISBN and ISSN in one column."""
    found: dict[Identifier, None] = {}
    for text in (*texts.all("isbn"), *texts.all("issn")):
        plain = re.sub(r"(?<=\d)\.0$", "", text)  # a number that a spreadsheet made of an ISBN
        compact = plain.replace("-", "").replace(" ", "")
        if len(compact) == 9 and compact.isdigit():
            plain = f"0{compact}"  # and took the zero from its head
        numbers = isbns(plain) or issns(plain)
        for number in numbers:
            found.setdefault(number)
    return tuple(found), any(i.kind == "issn" and i.valid for i in found)


def _is_web(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://")) and " " not in text


def _holdings(texts: _Texts, copies: list[dict[str, str]]) -> tuple[Holding, ...]:
    """The copies: one by one where codes are known, else a run of as many as the row says."""
    shelf = texts.first("call_number", SHORT)
    place = {name: texts.first(name, SHORT) for name in ("location", "branch", "availability", "loan_rule")}
    if copies:
        return tuple(_copy({**place, "call_number": shelf, **_full(copy)}) for copy in copies[:_MOST_COPIES])
    codes = list(dict.fromkeys(code[:80] for code in texts.parts("item_code", ";|,")))[:_MOST_COPIES]
    if codes:
        return tuple(_copy({**place, "call_number": shelf, "item_code": code}) for code in codes)
    number = _count(texts.first("copies", 40))
    if number == 0 or (number is None and not shelf and not place["location"] and not place["branch"]):
        return ()
    return (_copy({**place, "call_number": shelf}, number or 1),)


def _full(copy: Mapping[str, str]) -> dict[str, str]:
    return {k: clean(v, SHORT) for k, v in copy.items() if k in COPY_FIELDS and v.strip() and v != "NULL"}


def _copy(cells: Mapping[str, str], number: int = 1) -> Holding:
    state, rule = cells.get("availability", "").casefold(), cells.get("loan_rule", "").casefold()
    return Holding(
        branch=cells.get("branch", ""),
        location=cells.get("location", ""),
        call_number=cells.get("call_number", ""),
        copies=number,
        barcode=cells.get("item_code", "")[:80],
        availability=_STATES.get(state, Availability.UNKNOWN),
        lendable=False if state in _STAYS or rule in _STAYS else None,
    )


def _count(text: str) -> int | None:
    """'3', '3 eks.', '2.0' → how many; None where no number stands."""
    found = re.match(r"\s*(\d{1,4})(?:[.,]0+)?(?!\d)", text)
    return min(int(found.group(1)), 9999) if found else None
