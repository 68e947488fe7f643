"""Titles for the pages to show."""

from __future__ import annotations

from index.document import document
from index.record import Availability, Format, Holding, Identifier, Link, Name, Record
from index.search import Engine

HOSTILE = '<script>window.__xss=1</script><img src=x onerror="window.__xss=2">'

BATIK = Record(
    title="Batik Pesisir",
    subtitle="Warna, Laut, dan Niaga",
    authors=(Name(text="Tirtaningrum, Laras"),),
    publisher="Samudra Aksara",
    place="Pekalongan",
    year=2019,
    languages=("ind",),
    format=Format.BOOK,
    edition="Edisi kedua",
    extent="xvi, 312 halaman",
    subjects=("Batik", "Kain tradisional, Jawa", "Perdagangan, sejarah"),
    identifiers=(Identifier(kind="isbn", value="9786239999902"),),
    summary="Menelusuri pertemuan warna, teknik, dan selera di kota-kota pelabuhan pantai utara Jawa.",
    contents="1. Kota-kota yang menghadap laut -- 2. Merah mengkudu, biru nila -- 3. Pasar hari ini",
    holdings=(
        Holding(
            branch="Pusat",
            location="Lantai 3",
            call_number="746.662 TIR b",
            copies=3,
            availability=Availability.AVAILABLE,
            lendable=True,
        ),
    ),
)

THESIS = Record(
    title="Motif Batik Pesisiran dan Jalur Dagang Abad XIX",
    authors=(Name(text="Kertanata, Bagas"),),
    publisher="Politeknik Anggrek",
    year=2021,
    languages=("ind",),
    format=Format.THESIS,
    online=True,
    subjects=("Batik",),
    links=(Link(url="https://repositori.anggrek.example/1", kind="fulltext"),),
    holdings=(Holding(call_number="T 746 KER m", availability=Availability.ON_SITE, lendable=False),),
)

EVIL = Record(
    title=f"Batik {HOSTILE}",
    authors=(Name(text=HOSTILE),),
    publisher='"><svg onload=window.__xss=3>',
    subjects=(HOSTILE, "{{ 7*7 }}"),
    summary=f"</textarea>{HOSTILE}",
    format=Format.BOOK,
    links=(Link(url="javascript:window.__xss=4", label=HOSTILE, kind="fulltext"),),
    identifiers=(Identifier(kind="isbn", value='" onmouseover="window.__xss=5'),),
    notes=(HOSTILE,),
    holdings=(Holding(branch=HOSTILE, location=HOSTILE, call_number=HOSTILE, note=HOSTILE),),
)


def plain(number: int) -> Record:
    """One of many titles."""
    return Record(
        title=f"Lumbung Benih Desa {number}",
        subtitle="Catatan Sepuluh Musim",
        authors=(Name(text=f"Purwakala, Dewanti {number}"),),
        publisher="Lumbung Pustaka",
        year=1950 + number % 75,
        languages=(("ind", "eng", "jav")[number % 3],),
        format=(Format.BOOK, Format.JOURNAL, Format.REPORT, Format.EBOOK)[number % 4],
        extent="204 halaman",
        subjects=(f"Pertanian {number % 12}", "Desa"),
        holdings=(
            Holding(call_number=f"630.{number} PUR l", availability=Availability.ON_LOAN, lendable=True),
        ),
    )


def fill(engine: Engine, *, many: int = 0) -> None:
    """Put the samples into an engine; `many` further titles."""
    docs = [
        document("batik", [(BATIK, "MLT", ""), (BATIK, "KNG", "")], 100, 1, 0),
        document("tesis", [(THESIS, "KNG", "")], 90, 2, 0),
        document("evil", [(EVIL, "KNG", "")], 80, 3, 0),
        *(document(f"t{n}", [(plain(n), ("MLT", "KNG")[n % 2], "")], n, 4 + n, 0) for n in range(many)),
    ]
    engine.write(docs, (), 4 + many)
