"""Koha's table z3950servers, as phpMyAdmin, `mysql -B` or SELECT … INTO OUTFILE export it (columns: Koha's schema)."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from index.targets.attributes import bib1
from index.targets.imports.found import LONGEST, MOST, Found, Remark, Unreadable
from index.targets.imports.judging import charset, code_of, judged, syntax

#: Columns of the table in the order of its schema, for an export without a first row of names.
COLUMNS = (
    "id", "host", "port", "db", "userid", "password", "servername", "checked", "rank", "syntax", "timeout",
    "servertype", "encoding", "recordtype", "sru_options", "sru_fields", "add_xslt", "attributes",
)  # fmt: skip

#: Koha's names of search fields in sru_fields → our access points.
_FIELDS = {
    "srchany": "any",
    "title": "title",
    "author": "author",
    "subject": "subject",
    "isbn": "isbn",
    "issn": "issn",
    "lccall": "call_number",
    "controlnumber": "id",
    "stdid": "identifier",
    "publisher": "publisher",
    "publicationyear": "year",
    "year": "year",
}


def read(data: bytes, taken: set[str] | None = None) -> tuple[Found, ...]:
    """The servers of an export. `taken` are codes in use; new ones are added to it. Raises Unreadable."""
    if len(data) > LONGEST:
        raise Unreadable("too_long")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise Unreadable("not_text")
    rows = _rows(text)
    if not rows:
        raise Unreadable("empty")
    first = [name.strip().lower() for name in rows[0]]
    if "host" in first:
        names, rows = first, rows[1:]
    elif len(rows[0]) >= 12 and rows[0][0].strip().isdecimal() and rows[0][2].strip().isdecimal():
        names = list(COLUMNS)
    else:
        raise Unreadable("no_columns", ", ".join(first[:6]))
    if len(rows) > MOST:
        raise Unreadable("too_many")
    in_use = set() if taken is None else taken
    found = []
    for number, row in enumerate(rows, 1):
        said = {
            name: "" if value.strip() in ("NULL", "\\N") else value.strip()
            for name, value in zip(names, row, strict=False)
        }
        if any(said.values()):
            found.append(_server(number, said, in_use))
    return tuple(found)


def _rows(text: str) -> list[list[str]]:
    """The rows of a table whose columns stand between commas, semicolons or tabs: what the first line has most of."""
    first = text.lstrip().partition("\n")[0]
    between = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text.strip()), delimiter=between, strict=True)
        return [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Unreadable("not_a_table", str(error)) from error


def _server(number: int, said: dict[str, str], taken: set[str]) -> Found:
    remarks: list[Remark] = []
    name = said.get("servername") or said.get("name") or said.get("host", "")
    sru = said.get("servertype", "").lower() == "sru"
    host, port, database = said.get("host", ""), said.get("port", ""), said.get("db", "")
    flat: dict[str, Any] = {"name": name, "code": code_of(name, host)}
    scheme, _, rest = host.rpartition("://")
    if sru:
        scheme = scheme or ("https" if port == "443" else "http")
        flat["url"] = f"sru+{scheme}://{rest}{f':{port}' if port else ''}/{database.lstrip('/')}"
    else:
        flat["url"] = f"{'z3950s' if scheme == 'ssl' else 'z3950'}://{rest}:{port or '210'}/{database}"
    if user := said.get("userid", ""):
        flat |= {"username": user, "authentication": "basic" if sru else "idpass"}
    if kind := said.get("syntax", ""):
        flat |= {
            "syntaxes": list(dict.fromkeys((syntax(kind), "xml", "sutrs"))),
            "flavour": "unimarc" if "UNI" in kind.upper() else "marc21",
        }
    if encoding := said.get("encoding", ""):
        known = charset(encoding)
        if known is None:
            remarks.append(Remark(code="charset", detail=encoding))
        else:
            flat["record_charset"] = known
    timeout = said.get("timeout", "")
    if timeout.isdecimal() and int(timeout):
        flat["search_seconds"] = min(120, int(timeout))
        flat["whole_seconds"] = min(300, max(20, int(timeout)))
    _attributes(said.get("attributes", ""), sru, flat, remarks)
    if sru:
        _sru(said, flat, remarks)
    if said.get("recordtype", "") == "authority":
        remarks.append(Remark(code="authorities"))
    if said.get("add_xslt"):
        remarks.append(Remark(code="xslt", detail=said["add_xslt"][:80]))
    return judged(f"{number}", flat, said.get("password", ""), remarks, taken)


def _attributes(text: str, sru: bool, flat: dict[str, Any], remarks: list[Remark]) -> None:
    """Koha puts these before the whole query, so they belong to every term."""
    if not text:
        return
    try:
        bib1(text)
    except ValueError:
        remarks.append(Remark(code="attributes", detail=text[:80]))
    else:
        flat["always"] = text
        if sru:
            remarks.append(Remark(code="attributes", detail=text[:80]))


def _sru(said: dict[str, str], flat: dict[str, Any], remarks: list[Remark]) -> None:
    more = {}
    for name, value in _pairs(said.get("sru_options", "")):
        low = name.lower()
        if low == "sru" and value in ("get", "post"):
            flat["sru_method"] = value
        elif low == "sru" and value == "soap":
            remarks.append(Remark(code="soap"))
        elif low == "sru_version" and value in ("1.1", "1.2", "2.0"):
            flat["sru_version"] = value
        elif low in ("schema", "recordschema"):
            flat["schema"] = value
        elif re.fullmatch(r"x-[\w.-]+", low):
            more[name] = value
        else:
            remarks.append(Remark(code="option", detail=f"{name}={value}"[:80]))
    if more:
        flat["parameters"] = more
    indexes: dict[str, list[str]] = {}
    for name, value in _pairs(said.get("sru_fields", "")):
        point = _FIELDS.get(name.lower())
        if point is None:
            remarks.append(Remark(code="field", detail=f"{name}={value}"[:80]))
        elif value not in indexes.setdefault(point, []):
            indexes[point].append(value)
    if indexes:
        flat["indexes"] = indexes


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if equals and name.strip() and value.strip():
            found.append((name.strip(), value.strip()))
    return found
