"""The people, places and publishers of the demo's books, all invented or public geography."""

from __future__ import annotations

from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN: tuple[str, ...] = _words(
    "Laras Bagas Wening Dewanti Arum Galih Seno Kirana Damar Sekar Gilang Melur Rangga Ratna Jaka Cahya Tirta "
    "Nirmala Surya Candra Puspa Lintang Satria Wulan Yudha Asih Banyu Intan Panji Gita Rimba Kenanga Raras Lestari "
    "Adi Bening Daru Elok Fajar Hasna Ilham Jingga Kalis Latif Mahesa Nuri Oka Pandu Rukmi Salma Taufan Umar Wira "
    "Yuni Zahra Halim Rosma Syarif Maimun Tengku Nazar Idris Marni Salim Rabiah Yapen Marthen Yosina Dortea"
)
FAMILY: tuple[str, ...] = _words(
    "Tirtaningrum Kertanata Sekarjati Purwakala Segarawan Wanasari Kalamangga Jatiwangsa Sukmantara Bandarsari "
    "Mandalagiri Rawinala Pranasiwi Gandasuli Nusawardana Samaratungga Lembayung Tanjungpura Kuntowijaya "
    "Hardjasaputra Wiramukti Ranuwihardja Kelana Setiabumi Cempakasari Dermagatama Patirana Rantaulaut Sagaraman "
    "Pulungan Batukarang Marawisa Lautanbiru Serambiputra Muaradua Sungaipuar Bukitraya Ladangjaya Kampungdalam "
    "Yowari Wambrauw Kambuaya Saireri Tablanusu Daeng Manrapi Karaeng Bontolebang Latimojong"
)
ENGLISH_GIVEN: tuple[str, ...] = _words(
    "Margaret Alan Ruth Peter Hannah Colin Edith Mei Graham Nora Ivor Clare"
)
ENGLISH_FAMILY: tuple[str, ...] = _words(
    "Harrowgate Penwarden Lindqvist Ashcombe Tollander Marchbank Oyelaran Fairweather Tan O'Dowd Vandermolen Sill"
)
MONONYMS: tuple[str, ...] = (
    "Sulastri",
    "Wagiman",
    "Hamzah",
    "Pariyem",
    "Tukiran",
    "Rohana",
    "Suparno",
    "Maisarah",
)

BODIES: tuple[str, ...] = (
    "Balai Riset Teratai",
    "Perpustakaan Kota Kenanga",
    "Universitas Melati",
    "Politeknik Anggrek",
    "Kelompok Tani Rimbun Jaya",
    "Panitia Bengkel Canting",
    "Forum Taman Bacaan Pesisir",
    "Lembaga Adat Muara Kuantan",
    "Dinas Perikanan Kabupaten Tanjung Biru",
    "Puskesmas Kampung Dalam",
)

PLACES: tuple[tuple[str, str], ...] = (
    ("Riau", "Riau"),
    ("Siak", "Siak"),
    ("Pekalongan", "Pekalongan"),
    ("Lasem", "Lasem"),
    ("Madura", "Madura"),
    ("Kuantan", "Kuantan"),
    ("Indragiri", "Indragiri"),
    ("Bengkalis", "Bengkalis"),
    ("Sulawesi Selatan", "South Sulawesi"),
    ("Toraja", "Toraja"),
    ("Selayar", "Selayar"),
    ("Maluku Utara", "North Maluku"),
    ("Ternate", "Ternate"),
    ("Sentani", "Sentani"),
    ("Biak", "Biak"),
    ("Papua", "Papua"),
    ("Sumatra Barat", "West Sumatra"),
    ("Jambi", "Jambi"),
    ("Kalimantan Barat", "West Kalimantan"),
    ("Flores", "Flores"),
    ("pantai utara Jawa", "Java's north coast"),
    ("Kepulauan Riau", "the Riau Archipelago"),
    ("Lampung", "Lampung"),
    ("Banyuwangi", "Banyuwangi"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """A publisher with its place and its ISBN prefix (group and registrant, hyphenated)."""

    name: str
    place: str
    prefix: str


PUBLISHERS: tuple[Publisher, ...] = (
    Publisher(name="Samudra Aksara", place="Jakarta", prefix="602-7781"),
    Publisher(name="Kampung Kita", place="Yogyakarta", prefix="602-8412"),
    Publisher(name="Melati Press", place="Pekanbaru", prefix="979-7792"),
    Publisher(name="Pustaka Nila", place="Pekalongan", prefix="602-9134"),
    Publisher(name="Balai Naskah", place="Bandung", prefix="979-8836"),
    Publisher(name="Lumbung Ilmu", place="Malang", prefix="602-5207"),
    Publisher(name="Anggrek Teknika", place="Makassar", prefix="602-6619"),
    Publisher(name="Teratai Timur", place="Jayapura", prefix="623-9402"),
    Publisher(name="Rumah Sirih", place="Padang", prefix="979-9471"),
    Publisher(name="Cahaya Muara", place="Surabaya", prefix="979-6628"),
    Publisher(name="Kenanga Raya", place="Semarang", prefix="602-4085"),
    Publisher(name="Jendela Pulau", place="Denpasar", prefix="623-7751"),
)
ENGLISH_PUBLISHERS: tuple[Publisher, ...] = (
    Publisher(name="Monsoon Scholarly", place="Singapore", prefix="981-4407"),
    Publisher(name="Straits Academic", place="Kuala Lumpur", prefix="983-9718"),
    Publisher(name="Marlowe & Penwarden", place="London", prefix="0-7134"),
    Publisher(name="Archipelago House", place="Leiden", prefix="90-6718"),
)
