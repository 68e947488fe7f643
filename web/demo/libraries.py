"""The five members: who they are, where they are, and how each of them catalogues."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoBranch:
    """A place of a library; `code` stands in holdings and barcodes, `weight` is its share of
    the copies, `classes` are the Dewey classes that always stand there, `aliases` the words by which the
    library's own records call it, `mark` begins its barcodes where that is not the library's code."""

    code: str
    name: str
    address: str
    weight: float = 1.0
    classes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    mark: str = ""
    hours: tuple[str, ...] = ("mon-fri 08:00-16:00",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLibrary:
    """A member; `dialect` is the system it runs (web.demo.dialects; '' is a spreadsheet and no server), `profile` what
    its source says of that, `path` where it is harvested, `prefix` the format of its records, `size` how much it collects
    beside the others.

    `kin` says how strongly it collects each kind of subject; `symbol` is (type, value).
    """

    code: str
    name: str
    short: str
    city: str
    kind: str
    institution: str
    zone: str
    symbol: tuple[str, str]
    dialect: str
    profile: str
    prefix: str
    domain: str
    path: str
    size: int
    kin: dict[str, float]
    branches: tuple[DemoBranch, ...]
    email: str


LIBRARIES: tuple[DemoLibrary, ...] = (
    DemoLibrary(
        code="MLT",
        name="Perpustakaan Universitas Melati",
        short="Universitas Melati",
        city="Pekanbaru",
        kind="university",
        institution="Universitas Melati",
        zone="Asia/Jakarta",
        symbol=("ISIL", "ID-MLT"),
        dialect="slims",
        profile="slims_oai2",
        prefix="oai_dc",
        domain="melati.example",
        path="/oai2.php",
        size=820,
        kin={"village": 0.7, "city": 1.0, "science": 1.2, "craft": 0.9, "law": 1.4, "tech": 0.9},
        branches=(
            DemoBranch(
                code="PST",
                name="Perpustakaan Pusat",
                address="Jalan Melati Raya 1, Pekanbaru",
                weight=3.0,
                mark="PST",
                aliases=("PST*",),
            ),
            DemoBranch(
                code="KED",
                name="Perpustakaan Kedokteran",
                address="Jalan Kenari 12, Pekanbaru",
                weight=0.0,
                mark="KED",
                aliases=("KED*",),
                classes=("610", "611", "612", "613", "614", "615", "616", "618"),
            ),
        ),
        email="layanan@melati.example",
    ),
    DemoLibrary(
        code="KNG",
        name="Perpustakaan Kota Kenanga",
        short="Kota Kenanga",
        city="Kenanga",
        kind="public",
        institution="Pemerintah Kota Kenanga",
        zone="Asia/Jakarta",
        symbol=("ISIL", "ID-KNG"),
        dialect="inlislite",
        profile="inlislite_oai",
        prefix="marc21",
        domain="kenanga.example",
        path="/oai-pmh",
        size=640,
        kin={"village": 0.9, "city": 1.4, "science": 0.6, "craft": 1.3, "law": 0.9, "tech": 0.6},
        branches=(
            DemoBranch(
                code="KNG-P",
                name="Gedung Pusat",
                address="Alun-alun Utara 3, Kenanga",
                weight=3.0,
                hours=("mon-sat 08:00-20:00",),
            ),
            DemoBranch(code="KNG-B", name="Cabang Bandar", address="Jalan Pelabuhan 27, Kenanga", weight=1.0),
        ),
        email="perpustakaan@kenanga.example",
    ),
    DemoLibrary(
        code="AGR",
        name="Perpustakaan Politeknik Anggrek",
        short="Politeknik Anggrek",
        city="Makassar",
        kind="university",
        institution="Politeknik Anggrek",
        zone="Asia/Makassar",
        symbol=("ISIL", "ID-AGR"),
        dialect="koha",
        profile="koha",
        prefix="marcxml",
        domain="anggrek.example",
        path="/cgi-bin/koha/oai.pl",
        size=520,
        kin={"village": 0.5, "city": 0.6, "science": 0.7, "craft": 0.7, "law": 0.4, "tech": 1.8},
        branches=(
            DemoBranch(code="UTAMA", name="Kampus Utama", address="Jalan Anggrek 45, Makassar", weight=4.0),
            DemoBranch(code="BENGKEL", name="Ruang Baca Bengkel", address="Jalan Pantai 8, Makassar"),
        ),
        email="pustaka@anggrek.example",
    ),
    DemoLibrary(
        code="TRT",
        name="Perpustakaan Balai Riset Teratai",
        short="Balai Riset Teratai",
        city="Jayapura",
        kind="special",
        institution="Balai Riset Teratai",
        zone="Asia/Jayapura",
        symbol=("NPP", "9471012D0000001"),
        dialect="slims",
        profile="slims_p2p",
        prefix="mods",
        domain="teratai.example",
        path="/index.php",
        size=360,
        kin={"village": 0.6, "city": 0.4, "science": 1.5, "craft": 0.4, "law": 0.4, "tech": 0.4},
        branches=(
            DemoBranch(
                code="TRT-1",
                name="Ruang Pustaka",
                address="Jalan Danau 9, Jayapura",
                aliases=("Perpustakaan Balai Riset Teratai",),
            ),
        ),
        email="pustaka@teratai.example",
    ),
    DemoLibrary(
        code="CMP",
        name="Perpustakaan Desa Cempaka",
        short="Desa Cempaka",
        city="Cempaka",
        kind="village",
        institution="Pemerintah Desa Cempaka",
        zone="Asia/Jakarta",
        symbol=("NPP", "1401122E0000002"),
        dialect="",
        profile="",
        prefix="oai_dc",
        domain="cempaka.example",
        path="",
        size=240,
        kin={"village": 1.8, "city": 0.8, "science": 0.3, "craft": 0.9, "law": 0.3, "tech": 0.3},
        branches=(
            DemoBranch(
                code="CMP-1",
                name="Balai Desa",
                address="Dusun II, Desa Cempaka",
                hours=("mon-fri 13:00-17:00",),
            ),
        ),
        email="perpusdes@cempaka.example",
    ),
)

#: Those that run a server.
SERVERS: tuple[DemoLibrary, ...] = tuple(library for library in LIBRARIES if library.dialect)
BY_CODE: dict[str, DemoLibrary] = {library.code: library for library in LIBRARIES}
