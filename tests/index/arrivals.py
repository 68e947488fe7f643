"""Records as they come to the store, made short for tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from foundation import libraries
from index import store
from index.packing import pack
from index.record import Holding, Identifier, Name, Record
from index.tables import record


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source of a library."""

    id: str
    library_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A record that came in."""

    identifier: str
    record: Record
    raw: bytes = b""
    datestamp: str = "2026-01-01"
    schema: str = "marc21"
    page_id: str | None = None
    page_offset: int | None = None
    page_length: int | None = None


def source(c: Connection, code: str, at: datetime) -> Source:
    """A library with one source; both are named by the code."""
    library = libraries.add(c, at, code=code, symbol=f"ISIL:ID-{code}", name=f"Perpustakaan {code}")
    return Source(id=f"source-{code}", library_id=library.id)


def book(title: str, *, isbn: str = "", year: int = 2020, author: str = "Saraswati, Dewi", pages: int = 200,
         holdings: tuple[Holding, ...] = (), publisher: str = "Lereng Biru") -> Record:  # fmt: skip
    """A book that tells enough to be matched."""
    return Record(
        title=title,
        authors=(Name(text=author),),
        year=year,
        publisher=publisher,
        place="Yogyakarta",
        extent=f"{pages} hlm.",
        languages=("ind",),
        identifiers=(Identifier(kind="isbn", value=isbn),) if isbn else (),
        holdings=holdings,
    )


def arrived(identifier: str, described: Record, **more: str) -> Arrived:
    """The record under an identifier; its bytes are made of what it says and has."""
    return Arrived(
        identifier=identifier,
        record=described,
        raw=pack(described) + repr(described.holdings).encode(),
        **more,
    )  # type: ignore[arg-type]  # texts only


def take(c: Connection, origin: Source, at: datetime, records: Iterable[tuple[str, Record]]) -> None:
    """Take records in."""
    store.take(c, origin, [arrived(identifier, described) for identifier, described in records], at)


def clusters(c: Connection) -> dict[str, str]:
    """Identifier → cluster of every living record; identifiers are unique over all sources in these tests."""
    rows = c.execute(select(record.c.identifier, record.c.cluster_id).where(record.c.gone_at.is_(None)))
    return {row.identifier: row.cluster_id for row in rows}


def parts(c: Connection) -> set[frozenset[str]]:
    """The partition: which identifiers are together."""
    found: dict[str, set[str]] = {}
    for identifier, cluster_id in clusters(c).items():
        found.setdefault(cluster_id, set()).add(identifier)
    return {frozenset(part) for part in found.values()}
