"""What the columns of a table are: names in Indonesian and English, those of SLiMS, and what a person chose."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from index.crosswalk.rows.sheet import FIELDS

#: Field → names that columns have, folded by `fold`.
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "title": "title judul judul_buku judul_utama nama_buku judul_bahan_pustaka judul_koleksi judul_seragam",
        "subtitle": "subtitle anak_judul sub_judul subjudul",
        "other_title": "other_title judul_lain judul_asli judul_paralel alternative_title",
        "responsibility": "sor responsibility pernyataan_tanggung_jawab penanggung_jawab",
        "author": "author authors author_name pengarang penulis nama_pengarang nama_penulis creator "
        "pengarang_utama tajuk_pengarang pengarang_penulis penulis_pengarang",
        "contributor": "contributor pengarang_tambahan editor penyunting penerjemah kontributor ilustrator",
        "subject": "subject subjects topic topics subjek subyek topik tajuk_subjek kata_kunci keyword keywords",
        "isbn": "isbn isbn_issn isbn_13 no_isbn nomor_isbn isbn13 isbn10",
        "issn": "issn no_issn nomor_issn",
        "publisher": "publisher publisher_name penerbit nama_penerbit penerbitan",
        "place": "place place_name tempat_terbit kota_terbit kota tempat publish_place tempat_penerbit",
        "year": "year publish_year tahun tahun_terbit thn_terbit thn th_terbit tahun_penerbitan date",
        "language": "language language_name bahasa kode_bahasa lang",
        "kind": "gmd_name gmd kind type jenis jenis_bahan jenis_koleksi_bahan format jenis_bahan_pustaka",
        "edition": "edition edisi cetakan edisi_cetakan",
        "extent": "collation kolasi deskripsi_fisik extent jumlah_halaman halaman physical_description jml_hal hlm",
        "series": "series_title series seri judul_seri",
        "frequency": "frequency frekuensi kala_terbit",
        "summary": "abstract abstrak ringkasan sinopsis summary description deskripsi",
        "notes": "notes catatan keterangan note ket",
        "call_number": "call_number nomor_panggil no_panggil callnumber nomer_panggil no_rak_buku call_no",
        "class": "classification class klasifikasi kelas no_klas nomor_klas no_kelas nomor_klasifikasi ddc "
        "no_klasifikasi nomor_kelas no_ddc",
        "link": "link url tautan uri alamat_web",
        "price": "price harga",
        "copies": "copies eksemplar jumlah jumlah_eksemplar jml eks jml_eks jumlah_eks qty stok jumlah_buku",
        "item_code": "item_code kode_eksemplar barcode kode_item no_barcode nomor_barcode nomor_induk no_induk "
        "no_inventaris nomor_inventaris kode_buku",
        "location": "location lokasi rak lokasi_rak letak shelf ruang location_name",
        "branch": "branch cabang perpustakaan_cabang site lokasi_perpustakaan",
        "availability": "availability ketersediaan status status_buku item_status kondisi_pinjam",
        "loan_rule": "coll_type tipe_koleksi jenis_koleksi collection_type loan_rule aturan_pinjam",
        "libraries": "libraries perpustakaan library kode_perpustakaan pemilik holding holdings lokasi_koleksi "
        "kode_pemilik dimiliki_oleh kode_lokasi library_code nama_perpustakaan",
        "id": "id biblio_id bib_id id_katalog id_buku no_kontrol nomor_kontrol control_number bibid record_id",
    }
)
_FIELD_OF = {name: field for field, names in NAMES.items() for name in names.split()}

#: The exports of SLiMS in the order of their columns, for files without a header; '' is not read.
_TITLES = (
    "title gmd_name edition isbn_issn publisher_name publish_year collation series_title call_number "
    "language_name place_name classification notes image sor authors topics item_code"
)
_COPIES = (
    "item_code call_number coll_type inventory_code received_date supplier order_no location order_date status "
    "site source invoice price currency invoice_date input_date last_update title"
)
SLIMS_TITLES = tuple(_TITLES.split())
SLIMS_COPIES = tuple(_COPIES.split())
_SLIMS_FIELDS = {"notes": "summary", "isbn_issn": "isbn", "image": ""}

#: Several columns may tell one of these; every other field has one column.
MANY = frozenset(
    ("author", "contributor", "subject", "notes", "class", "other_title", "isbn", "link", "libraries")
)


def fold(name: str) -> str:
    """A column's name as names are compared: letters and digits, lower case, '_' between words."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def guess(header: Sequence[str], *, slims: bool = False) -> tuple[str, ...]:
    """A field for each column, '' for one that nothing is known of. In exports of SLiMS 'notes' is the abstract."""
    found: list[str] = []
    for name in header:
        word = fold(name)
        field = _SLIMS_FIELDS[word] if slims and word in _SLIMS_FIELDS else _FIELD_OF.get(word, "")
        if not field:
            bare = re.sub(r"_?\d+$", "", word)  # 'Pengarang 2'
            field = _FIELD_OF.get(bare, "")
        found.append("" if field in found and field not in MANY else field)
    return tuple(found)


def chosen(header: Sequence[str], saved: Mapping[str, str], guessed: Sequence[str]) -> tuple[str, ...]:
    """The mapping a source remembers (folded name → field), and the guess for columns that it has not met."""
    out: list[str] = []
    for number, (name, guessed_one) in enumerate(zip(header, guessed, strict=True)):
        field = saved.get(fold(name) or f"column_{number + 1}", guessed_one)
        out.append(field if field in FIELDS else "")
    return tuple(out)


def remembered(header: Sequence[str], mapping: Sequence[str]) -> dict[str, str]:
    """A mapping as it is kept with a source."""
    names = [fold(name) or f"column_{number + 1}" for number, name in enumerate(header)]
    return {name[:80]: field for name, field in zip(names, mapping, strict=False)}


def problems(mapping: Sequence[str], *, several: bool = False) -> tuple[str, ...]:
    """Codes of what is wrong with a mapping: no_title, no_libraries (`several`), twice_<field>."""
    counts = Counter(field for field in mapping if field)
    wrong = [] if counts["title"] else ["no_title"]
    if several and not counts["libraries"]:
        wrong.append("no_libraries")
    return (*wrong, *(f"twice_{f}" for f, n in counts.items() if n > 1 and f not in MANY))


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first row names columns: at least two known names, or one and nothing that looks like data."""
    known = sum(fold(cell) in _FIELD_OF for cell in cells if cell)
    return known >= 2 or (known == 1 and not any(any(ch.isdigit() for ch in cell) for cell in cells))
