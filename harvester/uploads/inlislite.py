"""INLISLite's own exports: MARC as tagged text, and MARC as a sheet with a row a field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TypeAlias

from lxml import etree

from foundation.strictxml import BadXml, parse
from harvester.files import FileRecord, from_marcxml, opened
from harvester.uploads.columns import fold
from harvester.uploads.table import BadCells, BadTable, Table
from harvester.uploads.text import codec, encoding_of
from index.crosswalk import BadRecord
from index.crosswalk.marcform import NAMESPACE

#: (number of the line or row, tag, indicators, value as written).
_Field: TypeAlias = tuple[int, str, str, str]

_LONGEST_LINE = 100_000
_MOST_FIELDS = 2_000
_LINE = re.compile(r"=?(LDR|\d{3})(?:\s+|$)(.*)", re.DOTALL)
_SUBFIELD = re.compile(r"\${1,2}([a-z0-9])\s?")
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN_LEADER = "00000nam a2200000 a 4500"


def from_text(path: Path) -> Iterator[FileRecord]:
    """The records of a tagged text file: '=245  10$aJudul', blank lines between records. Raises BadTable."""
    encoding = encoding_of(partial(opened, path))
    with opened(path) as file, TextIOWrapper(file, *codec(encoding)) as text:
        fields: list[_Field] = []
        number = 0
        while line := text.readline(_LONGEST_LINE):
            number += 1
            line = line.strip("\r\n\ufeff")
            found = _LINE.match(line.lstrip())
            begins = found is not None and found.group(1) == "LDR"
            if fields and (begins or not line.strip()):
                yield _record(fields, "")
                fields = []
            if found is not None:
                fields.append(_of_line(number, found.group(1), found.group(2)))
            elif fields and line.strip():
                last = fields[-1]
                fields[-1] = (*last[:3], f"{last[3]} {line.strip()}")  # a value that went on
            elif line.strip():
                fields.append((number, "", "", line[:1000]))
        if fields:
            yield _record(fields, "")


def _of_line(number: int, tag: str, rest: str) -> _Field:
    if tag == "LDR" or tag < "010":
        return number, tag, "", rest.strip()
    head, mark, value = rest.partition("$")
    indicators = head.replace("\\", " ").replace("#", " ").replace("_", " ")
    return number, tag, indicators[:2].ljust(2), mark + value


def from_sheet(table: Table) -> Iterator[FileRecord]:
    """The records of the sheet 'Id Katalog | Tag | Ind1 | Ind2 | Nilai'. Raises BadTable."""
    names = [fold(name) for name in table.header]
    if "id_katalog" not in names or "tag" not in names or "nilai" not in names:
        raise BadTable("unknown_kind", "no columns Id Katalog, Tag, Nilai")
    fields: list[_Field] = []
    current = ""
    for number, cells in table.lines():
        row = {} if isinstance(cells, BadCells) else dict(zip(names, cells, strict=False))
        ident, tag = row.get("id_katalog", ""), row.get("tag", "").removeprefix("'")
        if ident != current and fields:
            yield _record(fields, current)
            fields = []
        current = ident
        tag = tag.zfill(3) if tag.isdigit() else tag.upper()
        signs = (row.get("ind1", "").strip("#_\\'") or " ")[:1] + (row.get("ind2", "").strip("#_\\'") or " ")[
            :1
        ]
        fields.append((number, tag, signs, row.get("nilai", "")))
    if fields:
        yield _record(fields, current)


def _record(fields: list[_Field], ident: str) -> FileRecord:
    """One record as MARCXML, which is what is kept of it, and what is read."""
    number = fields[0][0]
    try:
        raw = _marcxml(fields, ident)
        found = from_marcxml(number, raw, parse(raw))
    except (BadRecord, BadXml) as bad:
        reason = bad.reason if isinstance(bad, BadRecord) else "not_marc"
        written = "\n".join(f"{tag} {signs} {value}" for _, tag, signs, value in fields)[:20_000]
        return FileRecord(
            number=number,
            identifier=ident[:512] or None,
            schema="marc21",
            raw=written.encode("utf-8", "replace"),
            outcome=BadRecord(reason, str(bad)[:300]),
            unit="row",
        )
    return found


def _marcxml(fields: Iterable[_Field], ident: str) -> bytes:
    root = etree.Element(f"{{{NAMESPACE}}}record", nsmap={None: NAMESPACE})
    leader = etree.SubElement(root, f"{{{NAMESPACE}}}leader")
    leader.text = _PLAIN_LEADER
    count, numbered = 0, False
    for _, tag, signs, value in fields:
        value = _BAD.sub("", value)
        if tag in ("LDR", "000"):
            leader.text = value.replace("#", " ").replace("\\", " ")[:24] or _PLAIN_LEADER
        elif re.fullmatch(r"00\d", tag):
            control = etree.SubElement(root, f"{{{NAMESPACE}}}controlfield", tag=tag)
            control.text = value.replace("\\", " ").replace("#", " ") if tag == "008" else value
            numbered = numbered or tag == "001"
        elif re.fullmatch(r"\d{3}", tag):
            _data_field(root, tag, signs, value)
        else:
            continue
        count += 1
        if count > _MOST_FIELDS:
            raise BadRecord("too_large", "more than 2,000 fields")
    if not count:
        raise BadRecord("not_marc", "no field with a tag of three digits")
    if ident and not numbered:
        control = etree.Element(f"{{{NAMESPACE}}}controlfield", tag="001")
        control.text = _BAD.sub("", ident)[:100]
        root.insert(1, control)
    return bytes(etree.tostring(root, encoding="utf-8"))


def _data_field(root: etree._Element, tag: str, signs: str, value: str) -> None:
    signs = _BAD.sub("", signs).ljust(2)
    field = etree.SubElement(root, f"{{{NAMESPACE}}}datafield", tag=tag, ind1=signs[0], ind2=signs[1])
    pieces = _SUBFIELD.split(value)
    if pieces[0].strip() or len(pieces) == 1:
        pieces = ["", "a", pieces[0], *pieces[1:]]
    for code, text in zip(pieces[1::2], pieces[2::2], strict=False):
        if text.strip():
            etree.SubElement(field, f"{{{NAMESPACE}}}subfield", code=code).text = text.strip()
