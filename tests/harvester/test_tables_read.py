"""Tables: which kind a file is, its columns, its rows as records, and what is refused by name."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from harvester.files import FileRecord
from harvester.uploads import columns, opening, reading
from harvester.uploads.table import BadTable
from index.crosswalk import BadRecord
from index.record import Availability, Record
from tests.harvester.tables_made import (
    PLAIN,
    SLIMS_COPIES,
    SLIMS_TITLES,
    listed,
    slims,
    slims_copy,
    slims_title,
    workbook,
)
from tests.index.iso2709 import iso2709


def _good(found: list[FileRecord]) -> list[Record]:
    return [one.outcome for one in found if isinstance(one.outcome, Record)]


def _bad(found: list[FileRecord]) -> list[tuple[int, str]]:
    return [(one.number, one.outcome.reason) for one in found if isinstance(one.outcome, BadRecord)]


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "cp1252"), (";", "cp1252"), ("|", "utf-16"), (",", "utf-16")],
)
def test_a_plain_list_is_read_in_any_encoding_with_any_separator(
    tmp_path: Path, separator: str, encoding: str
) -> None:
    rows = [*PLAIN, ("Café ‘senja’ – puisi", "Müller, É.", "", "2010", "", "811", "811 MUL c", "2", "")]
    path = listed(tmp_path / "daftar.dat", rows, separator=separator, encoding=encoding)

    found = list(reading.records(path))

    first, second, third = _good(found)
    assert (first.title, first.authors[0].text, first.values("isbn"), first.year) == (
        "Laskar Pelangi",
        "Hirata, Andrea",
        ("9789793062792",),
        2005,
    )
    assert (first.call_numbers, first.classes, first.holdings[0].copies) == (
        ("899.221 HIR l",),
        ("899.221",),
        3,
    )
    assert second.holdings[0].call_number == "899.221 TOE b"
    assert (third.title, third.authors[0].text) == ("Café ‘senja’ – puisi", "Müller, É.")
    assert _bad(found) == [(4, "no_title")]


def test_a_workbook_gives_the_same_records_as_text(tmp_path: Path) -> None:
    rows = [[int(cell) if cell.isdigit() and len(cell) < 5 else cell for cell in row] for row in PLAIN]
    path = workbook(tmp_path / "a.bin", rows, before=2)
    text = listed(tmp_path / "b.csv", PLAIN)

    assert _good(list(reading.records(path))) == _good(list(reading.records(text)))


def test_numbers_of_a_workbook_are_no_fractions_and_formulas_are_text(tmp_path: Path) -> None:
    rows = [
        ["Judul", "ISBN", "Tahun", "Catatan"],
        ["Ikan", 9789793062792.0, 2005.0, '=HYPERLINK("http://x";"y")'],
    ]

    (one,) = _good(list(reading.records(workbook(tmp_path / "a.xlsx", rows))))

    assert (one.values("isbn"), one.year, one.year_text) == (("9789793062792",), 2005, "2005")
    assert one.notes == ('=HYPERLINK("http://x";"y")',)


def test_an_isbn_that_lost_its_first_zero_in_a_spreadsheet_is_found_again(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["Judul", "ISBN"], ["Emma", 141439580]])

    (one,) = _good(list(reading.records(path)))

    assert one.values("isbn") == ("9780141439587",)


def test_a_list_put_together_from_two_encodings_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        "judul;penulis\nSenja di Café;É\n".encode() + "Puisi – ‘Malam’;Müller\n".encode("cp1252")
    )

    found = _good(list(reading.records(path)))

    assert [(one.title, one.authors[0].text) for one in found] == [
        ("Senja di Café", "É"),
        ("Puisi – ‘Malam’", "Müller"),
    ]


@pytest.mark.parametrize("cut", [30, 60])
def test_a_compressed_table_that_breaks_off_is_refused_by_name(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(listed(tmp_path / "x", PLAIN).read_bytes())[:cut])

    with pytest.raises(BadTable) as refused:
        list(reading.records(path))

    assert refused.value.code == "damaged"


def test_signs_that_are_none_are_left_out_of_cells(tmp_path: Path) -> None:
    rows = [("id", "judul"), ("7\x00", "Ikan\x00 \u202ebesar"), ("8", "Burung")]

    found = list(reading.records(listed(tmp_path / "a.csv", rows, encoding="utf-16")))

    assert (found[0].identifier, found[0].raw) == (
        "7",
        b'{"cells":[["id","id","7"],["judul","title","Ikan besar"]]}',
    )


def test_a_heading_above_the_columns_is_no_row(tmp_path: Path) -> None:
    rows = [["DAFTAR BUKU PERPUSTAKAAN DESA"], ["Tahun 2026"], [], *PLAIN]
    path = listed(tmp_path / "a.csv", rows)

    found = list(reading.records(path))

    assert [one.title for one in _good(found)] == ["Laskar Pelangi", "Bumi Manusia"]
    assert _bad(found) == [(7, "no_title")]


def test_rows_of_one_title_are_one_record_with_a_copy_each(tmp_path: Path) -> None:
    rows = [
        ("Judul", "Pengarang", "Kode Eksemplar", "Lokasi", "Status"),
        ("Ikan", "A", "B001", "Rak 1", "tersedia"),
        ("Burung", "B", "B002", "Rak 1", ""),
        ("Ikan", "A", "B003", "Rak 2", "dipinjam"),
    ]

    found = _good(list(reading.records(listed(tmp_path / "a.csv", rows))))

    assert [one.title for one in found] == ["Burung", "Ikan"]
    assert [(c.barcode, c.location, c.availability) for c in found[1].holdings] == [
        ("B001", "Rak 1", Availability.AVAILABLE),
        ("B003", "Rak 2", Availability.ON_LOAN),
    ]


def test_a_number_given_to_two_titles_costs_the_second_one(tmp_path: Path) -> None:
    rows = [("id", "judul"), ("7", "Ikan"), ("8", "Burung"), ("7", "Kucing")]

    found = list(reading.records(listed(tmp_path / "a.csv", rows)))

    assert [one.title for one in _good(found)] == ["Ikan", "Burung"]
    assert _bad(found) == [(4, "id_twice")]


def test_a_row_keeps_its_name_when_only_its_copies_change(tmp_path: Path) -> None:
    before = list(reading.records(listed(tmp_path / "a.csv", PLAIN)))
    changed = [list(row) for row in PLAIN]
    changed[1][7] = "5"
    after = list(reading.records(listed(tmp_path / "b.csv", changed)))

    assert [one.identifier for one in before] == [one.identifier for one in after]
    assert before[0].raw != after[0].raw


def test_unknown_columns_are_kept_and_told_and_can_be_mapped(tmp_path: Path) -> None:
    path = listed(tmp_path / "a.csv", PLAIN)

    shown = reading.preview(path)
    mapped = reading.preview(path, saved={"warna_sampul": "notes", "penerbit": ""})

    assert shown.unmapped == ("Warna sampul",)
    assert (shown.good, shown.bad, shown.copies, shown.whole) == (2, 1, 4, True)
    assert b"biru" in shown.records[0].raw
    assert [(one.number, bad.reason) for one, bad in shown.rejected] == [(4, "no_title")]
    first = mapped.records[0].outcome
    assert isinstance(first, Record)
    assert (first.notes, first.publisher) == (("biru",), "")


def test_a_table_without_titles_says_so(tmp_path: Path) -> None:
    path = listed(tmp_path / "a.csv", [("nama", "alamat"), ("Budi", "Jalan"), ("Ani", "Gang")])

    assert reading.preview(path).problems == ("no_title",)
    with pytest.raises(BadTable, match="no_title"):
        list(reading.records(path))


def test_slims_titles_are_joined_with_their_copies_by_code_and_by_title(tmp_path: Path) -> None:
    titles = slims(
        tmp_path / "1",
        [
            slims_title(
                title='Kata "mutiara" / Budi',
                gmd_name="Text",
                isbn_issn="979-3062-79-7",
                publish_year="2005",
                language_name="Indonesia",
                call_number="899 BUD k",
                notes="baris satu\nbaris dua",
                authors="<Budi><Ani, Siti>",
                topics="<Fiksi><Kutipan>",
                item_code="<B001><B002>",
            ),
            slims_title(title="Tanpa kode", call_number="100 T"),
        ],
        SLIMS_TITLES,
    )
    copies = slims(
        tmp_path / "2",
        [
            slims_copy(
                item_code="B002", title='Kata "mutiara" / Budi', location="Sirkulasi", status="No Loan"
            ),
            slims_copy(item_code="B003", title="Tanpa kode", location="Anak", coll_type="Reference"),
            slims_copy(item_code="B009", title="Bukan siapa-siapa"),
        ],
    )
    assert [opening.kind_of(path) for path in (titles, copies)] == ["slims_biblio", "slims_items"]
    joined = reading.copies_of([copies])
    assert joined is not None

    first, second = _good(list(reading.records(titles, copies=joined)))

    assert (first.title, first.responsibility) == ('Kata "mutiara"', "Budi")
    assert [name.text for name in first.authors] == ["Budi", "Ani, Siti"]
    assert (first.subjects, first.languages, first.summary) == (
        ("Fiksi", "Kutipan"),
        ("ind",),
        "baris satu baris dua",
    )
    assert [(c.barcode, c.location, c.call_number, c.lendable) for c in first.holdings] == [
        ("B001", "", "899 BUD k", None),
        ("B002", "Sirkulasi", "899 BUD k", False),
    ]
    assert [(c.barcode, c.location, c.lendable) for c in second.holdings] == [("B003", "Anak", False)]
    assert joined.left == ["B009"]


def test_slims_exports_without_a_header_are_known_by_their_shape(tmp_path: Path) -> None:
    titles = slims(tmp_path / "1", [slims_title(title="Ikan", authors="<A>", item_code="<B1>")] * 3)
    copies = slims(tmp_path / "2", [slims_copy(item_code=f"B{n}", title="Ikan") for n in range(3)])

    assert [opening.kind_of(path) for path in (titles, copies)] == ["slims_biblio", "slims_items"]
    assert _good(list(reading.records(titles)))[0].title == "Ikan"
    assert len(SLIMS_TITLES), len(SLIMS_COPIES) == (18, 19)


def test_copies_without_their_titles_are_refused(tmp_path: Path) -> None:
    copies = slims(tmp_path / "2", [slims_copy(item_code="B1", title="Ikan")])

    with pytest.raises(BadTable, match="copies_alone"):
        list(reading.records(copies))


_TAGGED = (
    "=LDR  00000nam a2200000 a 4500\n=001  INLIS000000000000007\n=245  10$$a Laut bercerita :$$b novel\n"
    "=100  1#$$a Chudori, Leila S.\n=260  ##$$a Jakarta :$$b KPG,$$c 2017\n\n"
    "=001  INLIS000000000000008\n=245  \\\\$aBuku kedua\n\n=001  INLIS000000000000009\n=100  1 $aTanpa judul\n"
)


def test_tagged_text_of_inlislite_is_marc(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(_TAGGED)

    found = list(reading.records(path))

    assert opening.kind_of(path) == "inlislite_text"
    assert [one.identifier for one in found] == [f"INLIS00000000000000{n}" for n in (7, 8, 9)]
    first, second = _good(found)
    assert (first.title, first.subtitle, first.authors[0].text, first.year) == (
        "Laut bercerita",
        "novel",
        "Chudori, Leila S.",
        2017,
    )
    assert second.title == "Buku kedua"
    assert _bad(found) == [(10, "no_title")]


def test_the_sheet_of_inlislite_is_marc_with_a_row_a_field(tmp_path: Path) -> None:
    rows = [
        ["Id Katalog", "Tag", "Ind1", "Ind2", "Nilai"],
        [12, "001", "", "", "INLIS000000000000012"],
        [12, "245", "1", "0", "$a Pulang $b sebuah novel"],
        [12, 82, "#", "#", "$a 899.221"],
        [13, "245", "#", "#", "$a Tanpa nomor"],
        [14, "judul", "", "", "rusak"],
    ]
    path = workbook(tmp_path / "a", rows)

    found = list(reading.records(path))

    assert opening.kind_of(path) == "inlislite_sheet"
    assert [(one.identifier, one.number) for one in found] == [
        ("INLIS000000000000012", 2),
        ("13", 5),
        ("14", 6),
    ]
    first, second = _good(found)
    assert (first.title, first.subtitle, first.classes) == ("Pulang", "sebuah novel", ("899.221",))
    assert second.title == "Tanpa nomor"
    assert _bad(found) == [(6, "not_marc")]


def test_content_tells_the_kind_whatever_the_name(tmp_path: Path) -> None:
    marc = tmp_path / "a.csv"
    marc.write_bytes(iso2709([("001", b"1"), ("245", b"00\x1faJudul")]))
    xml = tmp_path / "b.xlsx"
    xml.write_bytes(b"<?xml version='1.0'?><collection/>")
    packed = tmp_path / "c.xml"
    packed.write_bytes(gzip.compress(listed(tmp_path / "x", PLAIN).read_bytes()))
    numbered = listed(
        tmp_path / "d.mrc", [("nomor induk", "judul"), ("12345", "Ikan besar di laut yang dalam")]
    )
    bare = listed(tmp_path / "e.mrc", [("12345", "Ikan besar di laut yang dalam"), ("12346", "Burung")])

    kinds = [opening.kind_of(path) for path in (marc, xml, packed, numbered, bare)]

    assert kinds == ["records", "records", "sheet", "sheet", "sheet"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0old", "not_xlsx"),
        (b"PK\x03\x04 nothing", "not_xlsx"),
        (b"judul,penulis\x00", "no_text"),
        (b",".join([b"judul"] * 300), "too_wide"),
        (b"judul;penulis\n", ""),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)

    with pytest.raises(BadTable) as refused:
        list(reading.records(path))

    assert refused.value.code == (code or "empty")


def test_a_workbook_that_would_unpack_beyond_all_bounds_is_refused_before_it_does(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/big.xml", "w") as part:
        for _ in range(20):
            part.write(b"0" * (1 << 20))

    with pytest.raises(BadTable) as refused:
        list(reading.records(path))

    assert refused.value.code == "bomb"


def test_a_workbook_with_a_doctype_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["Judul"], ["Ikan"]])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/more.xml", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")

    with pytest.raises(BadTable) as refused:
        list(reading.records(path))

    assert refused.value.code == "not_xlsx"


def test_a_row_with_more_cells_than_columns_is_told_by_number(tmp_path: Path) -> None:
    path = listed(
        tmp_path / "a.csv", [("judul", "tahun"), ("Ikan", "2001"), *[("B", "1")] * 50, ("X", "1", "", "y")]
    )

    assert _bad(list(reading.records(path)))[-1] == (53, "too_many_cells")


def test_columns_are_guessed_once_and_by_their_names() -> None:
    found = columns.guess(("JUDUL", "Judul", "Pengarang 1", "Pengarang 2", "Th. Terbit", "No. Klas", "?"))

    assert found == ("title", "", "author", "author", "year", "class", "")


def test_a_mapping_is_remembered_by_the_names_of_columns() -> None:
    header = ("Nama Barang", "", "Tahun")
    kept = columns.remembered(header, ("title", "author", ""))

    assert kept == {"nama_barang": "title", "column_2": "author", "tahun": ""}
    assert columns.chosen(header, kept, columns.guess(header)) == ("title", "author", "")
    assert columns.chosen(("Tahun", "Nama barang"), {"nama_barang": "title"}, ("year", "")) == (
        "year",
        "title",
    )
