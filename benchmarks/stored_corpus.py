"""The corpus as a whole installation: the store with its records and copies, and an index of each engine over it.

`python -m benchmarks.stored_corpus COUNT FOLDER` makes it where it is not there yet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from benchmarks.corpus import LIBRARIES, Corpus
from foundation.db import Database, metadata
from foundation.tables import library
from index.document import Described, document
from index.engines.whoosh_engine import WhooshEngine
from index.packing import pack, said
from index.search import Engine, IndexDoc
from index.tables import change_position, cluster, holding, record

#: Every record came in then.
WHEN = datetime(2026, 1, 5, 3, tzinfo=UTC)
_LOT = 5000


def database(count: int, folder: Path) -> Database:
    """The store with so many clusters; it is made in the folder where it is not there yet."""
    path = folder / "silang.db"
    there = path.is_file()
    db = Database(f"sqlite:///{path}")
    if not there:
        metadata.create_all(db.engine)
        with db.begin() as c:
            _fill(c, count)
    return db


def engine(name: str, count: int, folder: Path) -> Engine:
    """The index of an engine ('whoosh' or 'tantivy') over the same clusters; built where it is not there yet."""
    found: Engine
    if name == "tantivy":
        from index.engines.tantivy_engine import TantivyEngine

        found = TantivyEngine(folder / "index-tantivy")
    else:
        found = WhooshEngine(folder / "index")
    if found.count() != count:
        found.rebuild(_documents(count), count)
    return found


def _documents(count: int) -> Iterator[IndexDoc]:
    for number, described in enumerate(Corpus().clusters(count)):
        yield document(_name(number), described, 1_600_000_000 + number * 60, number + 1, 0)


def _name(number: int) -> str:
    """An id that looks like one of ours."""
    return f"01900000-0000-7000-8000-{number:012x}"


def _fill(c: Connection, count: int) -> None:
    c.execute(insert(library), [_library(code) for code in LIBRARIES])
    c.execute(insert(change_position).values(name="cluster", last=count))
    rows: dict[Any, list[dict[str, Any]]] = {record: [], holding: [], cluster: []}
    records = 0
    for number, described in enumerate(Corpus().clusters(count)):
        first = records + 1
        for one in _records(number, described):
            records += 1
            rows[record].append({"id": records, **one[0]})
            rows[holding] += [{"record_id": records, **copy} for copy in one[1]]
        rows[cluster].append(
            {"id": _name(number), "anchor_record_id": first, "displayed_record_id": first, "created_at": WHEN,
             "position": number + 1, "title": described[0][0].title}
        )  # fmt: skip
        if number % _LOT == _LOT - 1 or number == count - 1:
            for table, values in rows.items():
                c.execute(insert(table), values)
                values.clear()


def _library(code: str) -> dict[str, Any]:
    return {
        "id": code,
        "code": code,
        "symbol": f"ISIL:ID-{code}",
        "name": f"Perpustakaan {code}",
        "created_at": WHEN,
    }


def _records(
    number: int, described: Iterable[Described]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    for said_by, code, _ in described:
        row = {
            "source_id": f"source-{code}",
            "library_id": code,
            "identifier": f"oai:{code}:{number}",
            "datestamp": "2026-01-05",
            "schema": "marc21",
            "hash": b"0" * 16,
            "said": said(said_by),
            "body": pack(said_by),
            "first_seen": WHEN,
            "last_seen": WHEN,
            "changed_at": WHEN,
            "cluster_id": _name(number),
        }
        copies = [
            {
                "library_id": code,
                "branch_text": copy.branch,
                "call_number": copy.call_number,
                "copies": copy.copies,
                "availability": copy.availability.value,
                "lendable": copy.lendable,
            }
            for copy in said_by.holdings
        ]
        yield row, copies


def main() -> None:
    """Make the store and both indexes."""
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    database(count, folder).close()
    for name in ("whoosh", "tantivy"):
        print(name, engine(name, count, folder).count())


if __name__ == "__main__":
    main()
