"""Lists of members as libraries really send them."""

from __future__ import annotations

import pytest

from web.desk import imports
from web.desk.imports import BadFile, Known

SLIMS_HEADER = ",".join(f'"{name}"' for name in imports.SLIMS) + ","
SLIMS_ROW = (
    '"M0012","Wening \\"Ning\\" Sekarjati","1","Mahasiswa","wening@example.org","Jl. Melati 5\\nPekanbaru",'
    '"28111","Univ. Melati","0","photo.jpg","","0812-000-111","","2024-01-02","2024-01-02","2027-01-02",'
    '"2001-05-06","O\\\'Neil"'
)


def rows(data: bytes, known: dict[str, Known] | None = None) -> tuple[imports.Row, ...]:
    sheet = imports.read(data)
    return imports.check(sheet, imports.guess(sheet), known or {})


def test_a_slims_export_with_header_is_read_with_its_escapes() -> None:
    data = f"{SLIMS_HEADER}\n{SLIMS_ROW}\n".encode()
    (row,) = rows(data)
    assert row.outcome == "new"
    assert row.values == {
        "number": "M0012",
        "name": 'Wening "Ning" Sekarjati',
        "category": "student",
        "email": "wening@example.org",
        "address": "Jl. Melati 5 Pekanbaru, 28111",
        "phone": "0812-000-111",
        "expires_on": "2027-01-02",
    }


def test_a_slims_export_without_header_is_known_by_its_eighteen_columns() -> None:
    (row,) = rows(SLIMS_ROW.encode())
    assert row.outcome == "new"
    assert row.values["name"] == 'Wening "Ning" Sekarjati'


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_line_ends(delimiter: str, encoding: str, ending: str) -> None:
    lines = [
        delimiter.join(["No. Anggota", "Nama Lengkap", "Alamat", "Berlaku sampai"]),
        delimiter.join(["A1", "André Suteja", '"Jl. A, B; C"' if delimiter != "|" else "Jl", "31/12/2027"]),
        delimiter.join(["A2", "Siti", "", ""]),
    ]
    found = rows((ending.join(lines) + ending).encode(encoding))
    assert [row.outcome for row in found] == ["new", "new"]
    assert found[0].values["name"] == "André Suteja"
    assert found[0].values["expires_on"] == "2027-12-31"
    assert [row.line for row in found] == [2, 3]


def test_every_fault_of_a_row_is_named() -> None:
    data = (
        b"nomor,nama,email,berlaku_sampai\n"
        b",Tanpa nomor,,\n"
        b"1,,,\n"
        b"2,Dua,bukan surel,\n"
        b"3,Tiga,,31/31/2027\n"
        b"2,Dua lagi,,\n"
        b"4,Empat,,,lebih\n"
        b"2.02E+11,Rusak,,\n"
        b"5,Lima,,0000-00-00\n"
    )
    assert [row.problems for row in rows(data)] == [
        ("no_number",),
        ("no_name",),
        ("bad_email",),
        ("bad_date",),
        ("number_twice",),
        ("too_many_cells",),
        ("number_damaged",),
        (),
    ]


def test_what_is_known_stays_unless_the_file_says_otherwise() -> None:
    known = {"1": Known(id="p1", version=3, values={"number": "1", "name": "Satu", "phone": "0812"})}
    same, changed = (
        rows(b"nomor,nama,telepon\n1,Satu,\n", known),
        rows(b"nomor,nama,telepon\n1,Satu Baru,0813\n", known),
    )
    assert same[0].outcome == "same"
    assert (changed[0].outcome, changed[0].changes) == ("changed", ("name", "phone"))


def test_a_line_break_inside_quotes_does_not_shift_the_line_numbers() -> None:
    found = rows(b'nomor,nama,alamat\n1,Satu,"Jl. A\nKota B"\n2,,\n')
    assert found[0].values["address"] == "Jl. A Kota B"
    assert (found[1].line, found[1].problems) == (4, ("no_name",))


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "empty", 0),
        (b"  \n\n", "empty", 0),
        (b"PK\x03\x04rest", "spreadsheet", 0),
        (b"nomor\0nama", "no_text", 0),
        (b'nomor,nama\n1,Satu\n2,"Dua\n3,Tiga\n', "quotes", 3),
    ],
)
def test_what_is_no_list_of_members_is_refused_with_its_reason(data: bytes, code: str, line: int) -> None:
    with pytest.raises(BadFile) as caught:
        imports.read(data)
    assert (str(caught.value), caught.value.line) == (code, line)


def test_a_file_with_too_many_rows_is_refused_whole() -> None:
    many = "nomor,nama\n" + "".join(f"{n},Orang\n" for n in range(imports.MAX_ROWS + 1))
    with pytest.raises(BadFile, match="too_many"):
        imports.read(many.encode())


def test_columns_that_mean_nothing_are_left_out_and_wrong_choices_are_named() -> None:
    sheet = imports.read(b"kolom a,nomor,nama\nx,1,Satu\n")
    assert imports.guess(sheet) == ("", "number", "name")
    assert imports.mapping_problems(("name", "name", "")) == ("no_number", "twice_name")
    assert imports.mapping_problems(("number", "name", "address", "address")) == ()
