"""Titles written by hand, each with the libraries that hold it: what stories, pictures and tests rely on.

`holders` lists library codes; after a colon stands what is special there: `loan` (all copies are out), `ref`
(to be read on the spot), `2` (number of copies), and several of them joined by commas.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A title as its title page has it; `authors` in natural order, `subjects` as 'Indonesian | English'."""

    title: str
    holders: str
    ddc: str
    authors: tuple[str, ...] = ()
    body: str = ""
    kind: str = "book"
    language: str = "ind"
    edition: int = 1
    publisher: str = ""
    place: str = ""
    year: int = 2019
    issn: str = ""
    pages: int = 0
    extent: str = ""
    subjects: tuple[str, ...] = ()
    summary: str = ""
    contents: str = ""
    degree: str = ""
    url: str = ""
    script: str = ""
    script_language: str = ""


BATIK = ("Batik | Batik", "Kain tradisional -- Jawa | Textiles -- Java")

ANCHORS: tuple[Anchor, ...] = (
    Anchor(
        title="Batik pesisir : warna, laut, dan niaga",
        holders="MLT:3 KNG:loan AGR TRT:ref CMP",
        ddc="746.662",
        authors=("Laras Tirtaningrum",),
        publisher="Samudra Aksara",
        year=2019,
        edition=2,
        pages=312,
        subjects=(*BATIK, "Perdagangan -- Sejarah | Trade -- History"),
        summary="Menelusuri pertemuan warna, teknik, dan selera di kota-kota pelabuhan pantai utara Jawa, "
        "dari kain sarung untuk pelaut sampai pesanan saudagar. Dilengkapi 120 foto kain dan peta jalur niaga.",
        contents="Kota-kota yang menghadap laut -- Merah mengkudu, biru nila -- Saudagar, pelaut, pembatik "
        "-- Pasar hari ini",
    ),
    Anchor(
        title="Batik pesisir : warna, laut, dan niaga",
        holders="KNG MLT",
        ddc="746.662",
        authors=("Laras Tirtaningrum",),
        publisher="Samudra Aksara",
        year=2014,
        pages=264,
        subjects=BATIK,
    ),
    Anchor(
        title="Coastal batik : colour, sea and trade",
        holders="MLT TRT",
        ddc="746.662",
        language="eng",
        authors=("Laras Tirtaningrum",),
        publisher="Archipelago House",
        year=2016,
        pages=288,
        subjects=BATIK,
    ),
    Anchor(
        title="Motif batik pesisiran dan jalur dagang abad XIX",
        holders="AGR:ref",
        ddc="746.662",
        kind="thesis",
        authors=("Bagas Kertanata",),
        publisher="Politeknik Anggrek",
        place="Makassar",
        year=2021,
        pages=148,
        degree="Tesis (S2)",
        url="https://repositori.anggrek.example/motif-batik-pesisiran.pdf",
        subjects=BATIK,
        summary="Pelabuhan utara menjadi tempat bertemunya motif pesisiran dengan kain dari Gujarat.",
    ),
    Anchor(
        title="Pewarna alam nila : panduan untuk perajin",
        holders="TRT:2 MLT",
        ddc="667.26",
        body="Balai Riset Teratai",
        publisher="Teratai Timur",
        year=2026,
        pages=96,
        subjects=("Pewarna alami | Natural dyes", "Batik | Batik"),
    ),
    Anchor(
        title="Katalog pameran batik pesisiran koleksi Kota Kenanga",
        holders="KNG:ref",
        ddc="746.662",
        body="Perpustakaan Kota Kenanga",
        publisher="Kenanga Raya",
        year=2017,
        pages=64,
        subjects=BATIK,
    ),
    Anchor(
        title="Perempuan pembatik : kisah dari tiga kampung",
        holders="KNG:loan MLT:2 CMP",
        ddc="331.4",
        authors=("Wening Sekarjati",),
        publisher="Kampung Kita",
        year=2020,
        pages=204,
        subjects=("Perempuan perajin | Women artisans", "Batik | Batik"),
    ),
    Anchor(
        title="Jurnal wastra Nusantara",
        holders="AGR MLT TRT",
        ddc="746",
        kind="journal",
        body="Politeknik Anggrek",
        publisher="Anggrek Teknika",
        year=2017,
        issn="2579310",
        extent="jil. ; 25 cm",
        subjects=("Kain tradisional -- Terbitan berkala | Textiles -- Periodicals",),
    ),
    Anchor(
        title="Teknik canting untuk pemula",
        holders="CMP KNG",
        ddc="746.662",
        body="Panitia Bengkel Canting",
        publisher="Pustaka Nila",
        year=2018,
        pages=72,
        subjects=BATIK[:1],
    ),
    Anchor(
        title="Air cucian dan warna : mutu sungai di kampung batik",
        holders="TRT:ref",
        ddc="363.7394",
        authors=("Dewanti Purwakala",),
        publisher="Teratai Timur",
        year=2023,
        pages=118,
        subjects=("Mutu air sungai | River water quality", "Batik | Batik"),
    ),
    Anchor(
        title="Merawat naskah lontar di iklim lembap",
        holders="KNG AGR:2 TRT",
        ddc="025.84",
        authors=("Arum Rawinala", "Galih Pranasiwi"),
        publisher="Balai Naskah",
        year=2015,
        pages=176,
        subjects=("Pelestarian naskah | Preserving manuscripts",),
    ),
    Anchor(
        title="Lumbung benih desa : catatan sepuluh musim",
        holders="CMP MLT KNG",
        ddc="631.521",
        authors=("Jaka Ladangjaya",),
        publisher="Lumbung Ilmu",
        year=2022,
        pages=190,
        subjects=("Benih lokal | Local seed", "Pertanian | Agriculture"),
    ),
    Anchor(
        title="Budidaya kopi liberika di lahan gambut",
        holders="MLT:loan KNG AGR TRT CMP:2",
        ddc="633.73",
        authors=("Rangga Bukitraya",),
        publisher="Melati Press",
        year=2021,
        pages=154,
        subjects=("Kopi liberika | Liberica coffee", "Lahan gambut | Peatland"),
        summary="Panduan menanam kopi liberika di gambut Riau: bibit, parit, panen, dan pengeringan.",
    ),
    Anchor(
        title="Hukum adat dan hak ulayat di Kuantan",
        holders="MLT KNG",
        ddc="340.52",
        authors=("Idris Muaradua",),
        publisher="Rumah Sirih",
        year=1998,
        pages=221,
        subjects=("Hukum adat | Customary law", "Hak ulayat | Communal land rights"),
    ),
    Anchor(
        title="The spice harbour : essays on the sea roads of the east",
        holders="MLT:ref AGR TRT",
        ddc="959.8",
        language="eng",
        authors=("Margaret Harrowgate", "Nazar Rantaulaut"),
        publisher="Monsoon Scholarly",
        year=2012,
        pages=340,
        subjects=("Jalur rempah | The spice route", "Sejarah maritim | Maritime history"),
    ),
    Anchor(
        title="'Ulum al-Qur'an : pengantar ilmu-ilmu Al-Qur'an",
        holders="MLT KNG CMP",
        ddc="297.122",
        authors=("Salim Serambiputra",),
        publisher="Rumah Sirih",
        year=2011,
        pages=268,
        subjects=("Al-Qur'an -- Ilmu | Qur'an -- Sciences",),
        script="علوم القرآن : مدخل",
        script_language="ara",
    ),
    Anchor(
        title="Fiqh al-mu'amalat : syari'ah dan niaga pesisir",
        holders="MLT KNG",
        ddc="297.273",
        authors=("Hamzah",),
        publisher="Rumah Sirih",
        year=2007,
        pages=198,
        subjects=("Fikih muamalah | The law of transactions",),
        script="فقه المعاملات",
        script_language="ara",
    ),
    Anchor(
        title="Usul al-fiqh untuk madrasah",
        holders="KNG CMP",
        ddc="297.14",
        authors=("Syarif Sungaipuar",),
        publisher="Cahaya Muara",
        year=2003,
        pages=142,
        subjects=("Usul fikih | Principles of Islamic law",),
        script="أصول الفقه",
        script_language="ara",
    ),
    Anchor(
        title="Serat Wulangreh : teks, terjemahan, dan tafsir",
        holders="MLT KNG AGR",
        ddc="899.2221",
        language="jav",
        authors=("Panji Ranuwihardja",),
        publisher="Balai Naskah",
        year=1994,
        pages=236,
        subjects=("Tembang macapat | Macapat verse",),
        script="ꦱꦼꦫꦠ꧀ꦮꦸꦭꦁꦫꦺꦃ",
        script_language="jav",
    ),
    Anchor(
        title="Tembang dolanan : nyanyian anak pesisir",
        holders="KNG AGR",
        ddc="782.7",
        kind="score",
        language="jav",
        authors=("Sekar Gandasuli",),
        publisher="Kenanga Raya",
        year=2009,
        extent="1 partitur (48 hlm.) ; 30 cm",
        subjects=("Lagu anak | Children's songs",),
    ),
    Anchor(
        title="Kesehatan ibu di pulau kecil",
        holders="MLT:2 TRT KNG",
        ddc="618.2",
        authors=("Yosina Wambrauw", "Salma Patirana"),
        publisher="Teratai Timur",
        year=2024,
        pages=210,
        subjects=("Kesehatan ibu | Maternal health", "Kesehatan masyarakat | Public health"),
    ),
    Anchor(
        title="Basis data untuk perpustakaan kecil",
        holders="AGR:2 MLT CMP",
        ddc="005.74",
        authors=("Fajar Latimojong",),
        publisher="Anggrek Teknika",
        year=2023,
        pages=188,
        subjects=("Basis data | Databases", "Perpustakaan desa | Village libraries"),
    ),
    Anchor(
        title="Perahu dan bintang : navigasi pelaut Selayar",
        holders="AGR TRT MLT:loan",
        ddc="527",
        authors=("Marni Karaeng",),
        publisher="Anggrek Teknika",
        year=2018,
        pages=164,
        subjects=("Navigasi bintang | Star navigation", "Sejarah maritim | Maritime history"),
    ),
    Anchor(
        title="Peta pelayaran Teluk Kenanga",
        holders="KNG:ref TRT:ref",
        ddc="912",
        kind="map",
        body="Balai Riset Teratai",
        publisher="Teratai Timur",
        year=2013,
        extent="1 peta : berwarna ; 60 x 84 cm",
        subjects=("Peta laut | Sea charts",),
    ),
)
