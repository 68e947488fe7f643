"""Damaged tables: whatever happens to the bytes, reading ends, with records or with a refusal that has a name."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harvester.files import BadFile
from harvester.uploads import reading
from harvester.uploads.table import BadTable
from index.crosswalk import BadRecord
from tests.harvester.tables_made import PLAIN, SLIMS_TITLES, listed, slims, slims_title, workbook

#: Every refusal of a whole file that there is.
_TABLES = "empty no_text too_large too_wide too_many not_xlsx bomb no_title copies_alone unknown_kind"
_OTHERS = "not_marc damaged no_libraries"
REFUSALS = frozenset((*_TABLES.split(), *_OTHERS.split(), ""))
_SIGNS = (
    b"\0",
    b"\xff",
    b'"',
    b"\\",
    b"\n",
    b";",
    b",",
    b"\t",
    b"<",
    b"$$a",
    b"=245",
    b"\xe2\x80",
    b"9" * 40,
)


def _plain(path: Path) -> bytes:
    return listed(path, PLAIN, separator=";", encoding="cp1252").read_bytes()


def _slims(path: Path) -> bytes:
    row = slims_title(title='A "b"', authors="<X><Y>", topics="<Z>", item_code="<1><2>", notes="a\nb")
    return slims(path, [row] * 3, SLIMS_TITLES).read_bytes()


def _packed(path: Path) -> bytes:
    return gzip.compress(_plain(path))


def _tagged(path: Path) -> bytes:
    return "".join(
        f"=LDR  00000nam a2200000 a 4500\n=001  INLIS{n}\n=245  10$$a Judul {n} :$$b é\n=100  1#$$a Nama\n\n"
        for n in range(3)
    ).encode()


def _sheet(path: Path) -> bytes:
    return workbook(path, [list(row) for row in PLAIN]).read_bytes()


def _fields(path: Path) -> bytes:
    rows: list[list[object]] = [["Id Katalog", "Tag", "Ind1", "Ind2", "Nilai"]]
    rows += [[n, tag, "1", "#", f"$a Isi {n} $b lagi"] for n in range(3) for tag in (1, "245", "650")]
    return workbook(path, rows).read_bytes()


MAKERS: dict[str, Callable[[Path], bytes]] = {
    "plain": _plain,
    "packed": _packed,
    "slims": _slims,
    "tagged": _tagged,
    "sheet": _sheet,
    "fields": _fields,
}


def _mutated(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out) + 1)
        match chance.randrange(5):
            case 0 if out:
                out[min(at, len(out) - 1)] = chance.randrange(256)
            case 1:
                del out[at : at + chance.randint(1, 30)]
            case 2:
                out[at:at] = chance.choice(_SIGNS)
            case 3:
                del out[at:]
            case _:
                out[at:at] = out[at : at + chance.randint(1, 200)]
    return bytes(out)


def _mutated_inside(data: bytes, chance: random.Random) -> bytes:
    """A workbook whose archive is whole and one of whose parts is damaged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        names = before.namelist()
        chosen = chance.choice(names)
        for name in names:
            part = before.read(name)
            after.writestr(name, _mutated(part, chance) if name == chosen else part)
    return out.getvalue()


def _walk(kind: str, number: int, folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = folder / "file"
    data = MAKERS[kind](path)
    for at in range(number):
        inside = kind in ("sheet", "fields") and at % 2
        path.write_bytes(_mutated_inside(data, chance) if inside else _mutated(data, chance))
        assert _refusal(path) in REFUSALS


def _refusal(path: Path) -> str:
    """'' when the file was read, else the code of the refusal."""
    try:
        for one in reading.records(path):
            if isinstance(one.outcome, BadRecord):
                assert one.outcome.reason.replace("_", "").isalnum()
            else:
                assert one.outcome.title
                assert one.identifier
    except BadTable as refused:
        return refused.code
    except BadFile:
        return "not_marc damaged no_libraries"  # it looks like MARC or XML now, and is not
    return ""


@pytest.mark.parametrize("kind", MAKERS)
def test_a_damaged_table_ends_in_a_named_result(kind: str, tmp_path: Path) -> None:
    _walk(kind, 60 if kind in ("sheet", "fields") else 300, tmp_path, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("kind", MAKERS)
def test_ten_thousand_damaged_tables_end_in_a_named_result(kind: str, tmp_path: Path) -> None:
    _walk(kind, 10_000, tmp_path, seed=2)
