"""Reads lists of members: CSV with any header, and the member export of SLiMS, row by row, changing nothing."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

#: What a column can be. Several address columns are joined; every other field is taken from one column.
FIELDS = ("number", "name", "email", "phone", "address", "category", "expires_on")
LENGTHS = {"number": 60, "name": 200, "email": 200, "phone": 60, "address": 1000, "category": 40}
MAX_ROWS = 20_000

#: Words that headers use, folded by `_fold`.
HEADERS = {
    "number": "member_id memberid id_anggota no_anggota nomor_anggota nomor_induk nim nip nis nisn npm id "
    "no_induk number member_number card_number barcode no nomor",
    "name": "member_name nama nama_anggota nama_lengkap name full_name",
    "email": "member_email email e_mail surel alamat_email alamat_surel",
    "phone": "member_phone telepon telp no_telepon no_telp hp no_hp nomor_hp phone mobile whatsapp wa",
    "address": "member_address alamat alamat_rumah address postal_code kode_pos",
    "category": "member_type member_type_name jenis_anggota tipe_anggota tipe kategori keanggotaan category type",
    "expires_on": "expire_date berlaku_sampai berlaku_hingga masa_berlaku tanggal_berakhir kedaluwarsa "
    "expires expiry expires_on expiry_date valid_until",
}
_FIELD_OF = {word: field for field, words in HEADERS.items() for word in words.split()}

#: Columns of a SLiMS member export in their order, for files without a header.
_SLIMS_ORDER = (
    "member_id member_name gender member_type_name member_email member_address postal_code inst_name is_new "
    "member_image pin member_phone member_fax member_since_date register_date expire_date birth_date "
    "member_notes"
)
SLIMS = tuple(_SLIMS_ORDER.split())

#: Member types by what libraries call them; others keep their own word.
CATEGORIES = {
    "standard": "general",
    "standar": "general",
    "umum": "general",
    "general": "general",
    "mahasiswa": "student",
    "student": "student",
    "dosen": "lecturer",
    "lecturer": "lecturer",
    "guru": "teacher",
    "teacher": "teacher",
    "siswa": "pupil",
    "pelajar": "pupil",
    "pupil": "pupil",
    "staf": "staff",
    "staff": "staff",
    "karyawan": "staff",
    "pegawai": "staff",
    "peneliti": "researcher",
    "researcher": "researcher",
}

_EMAIL = re.compile(r"[^\s@<>\",;]+@[^\s@<>\",;]+\.[^\s@<>\",;]+")


class BadFile(ValueError):
    """A file that is no list of members; the message is a code: empty, no_text, spreadsheet, quotes, too_many.

    `line` is the line of the file, counted from 1, where that is known.
    """

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(code)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file as rows of trimmed cells, each with its line in the file; `header` is empty where there is none."""

    encoding: str
    delimiter: str
    slims: bool
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def width(self) -> int:
        """How many columns there are: the header says, else the widest row."""
        return len(self.header) or max((len(cells) for _, cells in self.rows), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the library already has under a member number."""

    id: str
    version: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one row of the file means: `outcome` new, changed, same or bad.

    `problems` are codes (why it is bad), `changes` the fields that would change.
    """

    line: int
    values: Mapping[str, str]
    outcome: str
    problems: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


# --- the file ----------------------------------------------------------------------------------


def read(data: bytes) -> Sheet:
    """The rows of a file. Raises BadFile."""
    if data[:4] == b"PK\x03\x04" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise BadFile("spreadsheet")
    text, encoding = _decode(data)
    if not text.strip():
        raise BadFile("empty")
    first_line = text.lstrip().splitlines()[0]
    escaped = "member_id" in first_line or '\\"' in text or "\\'" in text
    if escaped:  # SLiMS escapes as for SQL: a line break inside a cell is backslash and n
        text = re.sub(r"(?<!\\)((?:\\\\)*)(?:\\r)?\\[nr]", r"\1 ", text)
    delimiter = _delimiter(text, escaped)
    rows = _rows(text, delimiter, escaped)
    if not rows:
        raise BadFile("empty")
    header = tuple(rows[0][1]) if sum(_fold(cell) in _FIELD_OF for cell in rows[0][1]) >= 2 else ()
    if header:
        rows = rows[1:]
        while header and not header[-1]:  # SLiMS ends its header with one separator too many
            header = header[:-1]
    if len(rows) > MAX_ROWS:
        raise BadFile("too_many")
    return Sheet(encoding=encoding, delimiter=delimiter, slims=escaped, header=header, rows=tuple(rows))


def _decode(data: bytes) -> tuple[str, str]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise BadFile("no_text") from None
    if b"\0" in data:
        raise BadFile("no_text")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def _delimiter(text: str, escaped: bool) -> str:
    """The separator with which the first rows agree best on more than one column."""
    head = "\n".join(text.splitlines()[:20])
    best, best_score = ",", (0.0, 0)
    for candidate in (",", ";", "\t", "|"):
        try:
            widths = Counter(len(cells) for _, cells in _rows(head, candidate, escaped, strict=False))
        except BadFile:
            continue
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        score = (count / max(1, sum(widths.values())), width)
        if width > 1 and score > best_score:
            best, best_score = candidate, score
    return best


def _rows(
    text: str, delimiter: str, escaped: bool, *, strict: bool = True
) -> list[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        escapechar="\\" if escaped else None,
        skipinitialspace=True,
        strict=strict,
    )
    rows, begins = [], 1
    try:
        for cells in reader:
            trimmed = tuple(" ".join(cell.split()) for cell in cells)
            if any(trimmed):
                rows.append((begins, trimmed))
            begins = reader.line_num + 1
    except csv.Error:
        raise BadFile("quotes", begins) from None
    return rows


def _fold(word: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", word.casefold()).strip("_")


# --- what the columns are ------------------------------------------------------------------------


def guess(sheet: Sheet) -> tuple[str, ...]:
    """A field for each column, '' for one that is left out."""
    names = sheet.header or (SLIMS if len(SLIMS) <= sheet.width <= len(SLIMS) + 1 else ())
    found: list[str] = []
    for name in names:
        field = _FIELD_OF.get(_fold(name), "")
        found.append("" if field in found and field != "address" else field)
    return tuple(found[: sheet.width]) + ("",) * (sheet.width - len(found))


def mapping_problems(mapping: Sequence[str]) -> tuple[str, ...]:
    """Codes of what is wrong with a choice of fields: no_number, no_name, twice_<field>."""
    counts = Counter(field for field in mapping if field)
    missing = [f"no_{field}" for field in ("number", "name") if not counts[field]]
    twice = [f"twice_{field}" for field, n in counts.items() if n > 1 and field != "address"]
    return (*missing, *twice)


# --- what the rows mean --------------------------------------------------------------------------


def check(sheet: Sheet, mapping: Sequence[str], known: Mapping[str, Known]) -> tuple[Row, ...]:
    """What importing would do with each row; `known` are the library's patrons by number.

    An empty cell never takes away what is known. Of two rows with one number the second is bad.
    """
    seen: dict[str, int] = {}
    return tuple(_check(line, cells, mapping, known, seen) for line, cells in sheet.rows)


def _check(
    line: int,
    cells: Sequence[str],
    mapping: Sequence[str],
    known: Mapping[str, Known],
    seen: dict[str, int],
) -> Row:
    values: dict[str, str] = {}
    for field, cell in zip(mapping, cells, strict=False):
        if field and cell and cell.upper() != "NULL":
            values[field] = f"{values[field]}, {cell}" if field in values else cell
    problems = [f"no_{field}" for field in ("number", "name") if not values.get(field)]
    if any(cells[len(mapping) :]):
        problems.append("too_many_cells")
    if re.fullmatch(r"\d[.,]\d+E\+\d+", values.get("number", ""), re.IGNORECASE):
        problems.append("number_damaged")  # a spreadsheet has rounded it
    if values.get("email") and not _EMAIL.fullmatch(values["email"]):
        problems.append("bad_email")
    if "expires_on" in values:
        told = values.pop("expires_on")
        day = parse_day(told)
        if day is not None:
            values["expires_on"] = day.isoformat()
        elif not told.startswith("0000"):  # MySQL's "no date"
            problems.append("bad_date")
    if "category" in values:
        values["category"] = category(values["category"])
    problems += [f"long_{f}" for f, most in LENGTHS.items() if len(values.get(f, "")) > most]
    number = values.get("number", "")
    if number and seen.setdefault(number.casefold(), line) != line:
        problems.append("number_twice")
    if problems:
        return Row(line=line, values=values, outcome="bad", problems=tuple(problems))
    before = known.get(number)
    if before is None:
        return Row(line=line, values=values, outcome="new")
    changes = tuple(f for f, value in values.items() if value != before.values.get(f, ""))
    return Row(line=line, values=values, outcome="changed" if changes else "same", changes=changes)


def category(word: str) -> str:
    """The code of a member type: English where we know it, else its own word folded."""
    folded = _fold(word)
    return CATEGORIES.get(folded, folded or "general")


def parse_day(text: str) -> date | None:
    """A date written 2026-12-31 (with or without a time), 31/12/2026, 31-12-2026 or 31.12.2026; else None."""
    for pattern in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    return None
