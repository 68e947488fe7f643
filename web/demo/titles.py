"""How the demo's titles are made: one pattern for each kind of book, filled with a topic and a place.

`{t}` is the topic, `{T}` the topic with a capital, `{p}` a place; the part after ` : ` is the subtitle.
English patterns that begin with an article are sorted without it.
"""

from __future__ import annotations

ANY_FIELD: tuple[str, ...] = (
    "Pengantar {t}",
    "Mengenal {t} : panduan untuk pemula",
    "Dasar-dasar {t}",
    "Seratus tanya jawab tentang {t}",
    "Bunga rampai {t}",
    "Membaca ulang {t}",
    "Ensiklopedia ringkas {t}",
    "{T} masa kini : peluang dan tantangan",
    "Kamus istilah {t}",
)
PLACED: tuple[str, ...] = (
    "{T} di {p} : suatu kajian sosial",
    "{T} dan masyarakat {p}",
    "Sejarah {t} di {p}",
    "Jejak {t} : dari {p} untuk Nusantara",
    "Orang-orang {p} dan {t}",
    "Belajar {t} dari {p}",
    "{T} : kisah dari tiga kampung di {p}",
)
HANDS_ON: tuple[str, ...] = (
    "Panduan praktis {t}",
    "{T} : catatan sepuluh musim di {p}",
    "{T} untuk sekolah dan rumah",
    "{T} : warna, rasa, dan niaga",
    "Merawat {t}",
)
TAUGHT: tuple[str, ...] = (
    "{T} : teori dan praktik",
    "Buku ajar {t}",
    "{T} : soal dan pembahasan",
    "Praktikum {t}",
    "{T} untuk mahasiswa politeknik",
    "{T} untuk perguruan tinggi",
)
MEASURED: tuple[str, ...] = (
    "{T} dalam angka : {p}",
    "{T} di {p} : tinjauan tiga puluh tahun",
    "Metode penelitian {t}",
    "{T} : metode dan temuan",
)
RULED: tuple[str, ...] = (
    "{T} : asas dan perkembangannya",
    "{T} dalam putusan pengadilan",
    "{T} : komentar dan peraturan",
)

INDONESIAN: dict[str, tuple[str, ...]] = {
    "village": (*ANY_FIELD, *PLACED, *HANDS_ON),
    "craft": (*ANY_FIELD, *PLACED, *HANDS_ON),
    "city": (*ANY_FIELD, *PLACED),
    "science": (*ANY_FIELD, *PLACED[:4], *MEASURED),
    "law": (*ANY_FIELD, *PLACED[:3], *RULED),
    "tech": (*ANY_FIELD, *TAUGHT),
}

ENGLISH: tuple[str, ...] = (
    "An introduction to {t}",
    "{T} in {p} : people, place and change",
    "The world of {t} : essays from {p}",
    "{T} : a practical handbook",
    "A short history of {t} in {p}",
    "Understanding {t}",
    "{T} and everyday life in {p}",
    "Rethinking {t} : lessons from {p}",
    "The politics of {t}",
    "Fieldnotes on {t}",
)

THESES: dict[str, tuple[str, ...]] = {
    "village": (
        "Analisis usaha {t} di {p}",
        "Pengaruh {t} terhadap pendapatan rumah tangga di {p}",
        "Strategi pengembangan {t} di {p}",
    ),
    "craft": (
        "Perubahan {t} di {p} : studi kasus dua desa",
        "Strategi pengembangan {t} di {p}",
        "Makna {t} di {p}",
    ),
    "city": (
        "Persepsi masyarakat {p} tentang {t}",
        "Perubahan {t} di {p} : studi kasus dua desa",
        "{T} di {p}",
    ),
    "science": (
        "Analisis {t} di {p}",
        "Model pengelolaan {t} berbasis masyarakat di {p}",
        "Faktor yang memengaruhi {t} di {p}",
    ),
    "law": (
        "Tinjauan yuridis {t} di {p}",
        "Penerapan {t} di {p}",
        "Kedudukan {t} setelah otonomi daerah di {p}",
    ),
    "tech": ("Penerapan {t} pada usaha kecil di {p}", "Pembelajaran {t} berbasis proyek di {p}"),
}

REPORTS: tuple[str, ...] = (
    "Laporan penelitian {t} di {p}",
    "Pemantauan {t} di {p} : laporan tahunan",
    "Kajian cepat {t} : hasil survei di {p}",
    "Prosiding seminar {t}, {p}",
)

JOURNALS: tuple[str, ...] = (
    "Jurnal {t}",
    "Buletin {t}",
    "Warta {t} {p}",
    "Archipelago journal of {e}",
)

MAPS: tuple[str, ...] = ("Peta {t} {p}", "Atlas {t} {p}")
AUDIO: tuple[str, ...] = ("Suara {t} dari {p}", "Rekaman lapangan {t}, {p}")
SCORES: tuple[str, ...] = ("Partitur {t} : aransemen dari {p}", "Kumpulan lagu {p} : aransemen piano")
VIDEO: tuple[str, ...] = ("{T} di {p} : film dokumenter",)

SERIES: tuple[str, ...] = (
    "Seri pengetahuan desa",
    "Pustaka pesisir",
    "Kajian Nusantara",
    "Monograf Teratai",
    "Archipelago studies",
    "Seri buku ajar",
)

DEGREES: tuple[str, ...] = ("Skripsi (S1)", "Tesis (S2)", "Disertasi (S3)", "Tugas akhir (D3)")

SUMMARIES: tuple[str, ...] = (
    "Menelusuri {t} lewat wawancara, arsip, dan foto dari {p}.",
    "Membahas {t} secara bertahap, dengan contoh dari {p} dan latihan di setiap bab.",
    "Hasil pengamatan bertahun-tahun atas {t} di {p}, ditulis untuk pembaca umum.",
    "Kumpulan tulisan tentang {t}: sejarah, pelaku, dan masa depannya di {p}.",
)
ENGLISH_SUMMARIES: tuple[str, ...] = (
    "Follows {e} through interviews, archives and photographs from {p}.",
    "A clear account of {e} with examples from {p} and questions after each chapter.",
)
CONTENTS: tuple[str, ...] = (
    "Pendahuluan -- Sejarah singkat -- {T} hari ini -- Orang dan alat -- Pasar -- Penutup",
    "Konsep dasar -- Metode -- Studi kasus {p} -- Latihan -- Daftar istilah",
    "Air -- Tanah -- Tangan -- Niaga -- {T} esok hari",
)
