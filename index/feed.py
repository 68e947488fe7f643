"""From the catalogue to the search index: clusters that changed since the index's own position are written anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import Connection, func, select

from foundation.db import Database
from foundation.tables import library
from index import document as documents
from index import positions, views
from index.record import Record
from index.search import Engine, IndexDoc
from index.tables import cluster

#: (cluster id, its descriptions each with library code and region, added, position, displayed) → document.
Maker: TypeAlias = Callable[[str, Sequence[tuple[Record, str, str]], int, int, int], IndexDoc]

#: Clusters read at once.
_LOT = 200


def feed(db: Database, engine: Engine, *, limit: int = 1000, document: Maker = documents.document) -> int:
    """Write up to `limit` changed clusters into the index; returns how many, so call it until that is 0.

    The position goes into the same commit of the engine as the documents: after a crash the work is done again,
    never left out. A position the catalogue has not reached means that the index is of another catalogue (after a
    backup was put back): then everything is built anew.
    """
    at = engine.position()
    with db.read() as c:
        if at > positions.current(c):
            return rebuild(db, engine, document=document)
        changed = views.changes(c, at, limit)
        if not changed:
            return 0
        libraries = _libraries(c)
        living = [change.id for change in changed if not change.gone]
        docs = list(_documents(c, living, libraries, document))
    written = {doc.id for doc in docs}
    delete = [change.id for change in changed if change.id not in written]
    engine.write(docs, delete, changed[-1].position)
    return len(changed)


def rebuild(db: Database, engine: Engine, *, document: Maker = documents.document) -> int:
    """Build the index anew beside the live one and swap it in; returns how many clusters it holds.

    It holds one consistent view; what changes meanwhile has higher positions and comes with the next `feed`.
    """
    count = 0
    with db.read() as c:
        position = positions.current(c)
        libraries = _libraries(c)

        def everything() -> Iterator[IndexDoc]:
            nonlocal count
            after = 0
            while True:
                changed = views.changes(c, after, _LOT)
                if not changed:
                    return
                after = changed[-1].position
                living = [change.id for change in changed if not change.gone]
                for doc in _documents(c, living, libraries, document):
                    count += 1
                    yield doc

        engine.rebuild(everything(), position)
    return count


def behind(db: Database, engine: Engine) -> int:
    """How many changes the index does not have yet, for health and metrics."""
    with db.read() as c:
        query = select(func.count()).select_from(cluster).where(cluster.c.position > engine.position())
        return int(c.execute(query).scalar_one())


def _libraries(c: Connection) -> dict[str, tuple[str, str]]:
    return {
        row.id: (row.code, row.region)
        for row in c.execute(select(library.c.id, library.c.code, library.c.region))
    }


def _documents(
    c: Connection, cluster_ids: Sequence[str], libraries: Mapping[str, tuple[str, str]], document: Maker
) -> Iterator[IndexDoc]:
    for start in range(0, len(cluster_ids), _LOT):
        for found in views.several(c, cluster_ids[start : start + _LOT]).values():
            described = [(d.record, *libraries.get(d.library_id, ("", ""))) for d in found.descriptions]
            added = int(found.created_at.timestamp())
            yield document(found.id, described, added, found.position, found.shown)
