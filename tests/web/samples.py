"""Titles for the pages to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import select

from index import store
from index.document import document
from index.feed import feed
from index.packing import pack
from index.record import Availability, Format, Holding, Identifier, Link, Name, Record
from index.search import Engine
from index.tables import record as record_table
from web.wiring import Parts


class Libraries(Protocol):
    """What of the little world is needed here."""

    @property
    def parts(self) -> Parts:
        """The parts."""
        ...

    @property
    def library(self) -> Mapping[str, str]:
        """Ids of libraries by code."""
        ...


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A source without a harvester."""

    id: str
    library_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A record that came in."""

    identifier: str
    record: Record
    datestamp: str = "2026-11-23T23:10:00Z"
    schema: str = "marc21"
    page_id: str | None = None
    page_offset: int | None = None
    page_length: int | None = None

    @property
    def raw(self) -> bytes:
        """Bytes that change when the record does."""
        return pack(self.record)


def origin(world: Libraries, code: str) -> Origin:
    """The one source of a library."""
    return Origin(id=f"source-{code}", library_id=world.library[code])


def take(world: Libraries, code: str, **records: Record) -> None:
    """Bring records of a library into catalogue and index."""
    arrivals = [Arrival(identifier=name, record=one) for name, one in records.items()]
    with world.parts.db.begin() as c:
        store.take(c, origin(world, code), arrivals, world.parts.clock())
    while feed(world.parts.db, world.parts.engine):
        pass


def store_all(world: Libraries) -> None:
    """BATIK at both libraries, at MLT on loan; THESIS and EVIL at KNG."""
    on_loan = replace(
        BATIK,
        holdings=(
            replace(
                BATIK.holdings[0],
                location="Lantai 2",
                copies=1,
                availability=Availability.ON_LOAN,
                due="2026-12-03",
            ),
        ),
    )
    take(world, "MLT", batik=on_loan)
    take(world, "KNG", batik=BATIK, tesis=THESIS, evil=EVIL)


def cluster(world: Libraries, code: str, identifier: str) -> str:
    """The cluster of a record."""
    with world.parts.db.read() as c:
        query = select(record_table.c.cluster_id).where(
            record_table.c.source_id == f"source-{code}", record_table.c.identifier == identifier
        )
        return str(c.execute(query).scalar_one())
