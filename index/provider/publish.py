"""Publishing: clusters that changed get a datestamp and their sets, so that harvesters are told of them.

A datestamp must not be earlier than a list that was given out without the record: whoever then asks for what has
changed since would never hear of it. So it is taken when the row is written, not when the record came in, lies
`AHEAD` in the future, and the unit of work is given up where it took longer than that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from foundation.clock import Clock
from foundation.db import Database
from foundation.tables import library
from index import views
from index.crosswalk import registry
from index.provider import sets
from index.tables import cluster, publication, publication_set, publication_state

#: How far in the future a datestamp lies when it is given.
AHEAD = timedelta(seconds=2)

#: Clusters in one unit of work.
LOT = 200

#: Counts up whenever a record is written differently for reasons that the crosswalks do not know of.
WRITTEN = 1

_NAME = "oai"


class TooSlow(Exception):
    """Writing took so long that the datestamps came too near; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far publishing is: the change position it has reached, numbers and datestamps given out."""

    position: int
    number: int
    version: str
    began_at: datetime
    stamp: datetime


def state(c: Connection) -> State | None:
    """How far publishing is; None before anything was published."""
    row = c.execute(_STATE).first()
    return None if row is None else State(**row._mapping)


_STATE = select(
    publication_state.c.position,
    publication_state.c.number,
    publication_state.c.version,
    publication_state.c.began_at,
    publication_state.c.stamp,
).where(publication_state.c.name == _NAME)


def publish(db: Database, clock: Clock, *, limit: int = LOT, version: str = "") -> int:
    """Publish up to `limit` changed clusters; returns how many, so call it until that is 0.

    When records are written differently than before (`version`, by default that of the crosswalks), everything is
    published anew, for it has changed.
    """
    version = version or f"{registry.VERSION}.{WRITTEN}"
    with db.read() as c:
        before = state(c)
        position = before.position if before and before.version == version else 0
        changed = views.changes(c, position, limit)
        if not changed and (before is None or before.version == version):
            return 0
        specs = _specs(c, [change.id for change in changed if not change.gone])
    with db.begin() as c:
        if not _hold(c, before, clock()):
            return 1  # another was faster: look again
        now = clock()
        stamp = (now + AHEAD).replace(microsecond=0)
        number = 0
        if before is not None:
            number = before.number
            stamp = max(stamp, before.stamp)
        _write(c, changed, specs, stamp, number)
        c.execute(
            publication_state.update()
            .where(publication_state.c.name == _NAME)
            .values(
                position=changed[-1].position if changed else 0,
                number=number + len(changed),
                version=version,
                stamp=stamp,
            )
        )
        if clock() - now >= AHEAD - timedelta(seconds=1):
            raise TooSlow(f"{len(changed)} clusters took {clock() - now}")
    return len(changed)


def behind(c: Connection) -> int:
    """How many changes are not published yet."""
    reached = state(c)
    query = select(func.count()).select_from(cluster)
    return int(c.execute(query.where(cluster.c.position > (reached.position if reached else 0))).scalar_one())


def _hold(c: Connection, before: State | None, now: datetime) -> bool:
    """Whether the state is still as it was read; nobody else can change it until this unit of work ends."""
    if before is None:
        began = now.replace(microsecond=0)
        fresh = {"position": 0, "number": 0, "version": "", "began_at": began, "stamp": began}
        # Two may find it missing; the second waits here until the first is done.
        c.execute(_insert(c, publication_state).values(name=_NAME, **fresh).on_conflict_do_nothing())
    found = c.execute(_STATE.with_for_update()).first()
    if found is None:
        return False
    if before is None:
        return bool(found.version == "")
    return (found.number, found.position) == (before.number, before.position)


def _insert(c: Connection, table: Table) -> Any:
    """An insert that says what to do where the row is there already."""
    return (sqlite.insert if c.dialect.name == "sqlite" else postgresql.insert)(table)


def classes_of(found: views.Cluster) -> list[str]:
    """What a cluster is classed as; where no description says so, its call numbers, which often begin so."""
    classes = [text for one in found.descriptions for text in one.record.classes]
    return classes or [
        *(text for one in found.descriptions for text in one.record.call_numbers),
        *(held.copy.call_number for held in found.copies),
    ]


def _specs(c: Connection, cluster_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """The sets of living clusters by id; those that are gone by now are left out."""
    codes = {row.id: row.code for row in c.execute(select(library.c.id, library.c.code))}
    return {
        found.id: sets.member_of(
            (codes[one] for one in found.by_library() if one in codes),
            classes_of(found),
        )
        for found in views.several(c, list(cluster_ids)).values()
    }


def _write(
    c: Connection,
    changed: Collection[views.Changed],
    specs: Mapping[str, frozenset[str]],
    stamp: datetime,
    number: int,
) -> None:
    if not changed:
        return
    ids = [change.id for change in changed]
    known: dict[str, dict[str, Row[Any]]] = {}
    for row in c.execute(select(publication_set).where(publication_set.c.cluster_id.in_(ids))):
        known.setdefault(row.cluster_id, {})[row.spec] = row
    rows, memberships, replaced = [], [], []
    for count, change in enumerate(changed, number + 1):
        now_in = specs.get(change.id, frozenset())
        stamped = {"cluster_id": change.id, "changed_at": stamp, "number": count}
        rows.append({**stamped, "deleted": change.id not in specs})
        before = known.get(change.id, {})
        memberships += [{**stamped, "spec": spec, "has_left": False} for spec in now_in]
        for spec, row in before.items():
            if spec not in now_in and not row.has_left:
                memberships.append({**stamped, "spec": spec, "has_left": True})
            elif spec not in now_in:  # it left earlier, and was told so then
                memberships.append(dict(row._mapping))
        if before:
            replaced.append(change.id)
    upsert = _insert(c, publication)
    c.execute(
        upsert.on_conflict_do_update(
            index_elements=[publication.c.cluster_id],
            set_={name: upsert.excluded[name] for name in ("changed_at", "number", "deleted")},
        ),
        rows,
    )
    if replaced:
        c.execute(delete(publication_set).where(publication_set.c.cluster_id.in_(replaced)))
    if memberships:
        c.execute(insert(publication_set), memberships)
