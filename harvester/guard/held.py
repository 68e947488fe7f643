"""Deletions as rows: held until somebody decides, carried out in batches, taken back while there is time.

States: held → agreed → deleted → undone; held → kept; held → replaced (by a newer finding, or they came back).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal, select

from foundation.ids import uuid7
from harvester import sources
from harvester.context import Found, Harvesting
from harvester.errors import UnknownSource
from harvester.guard import deletions
from harvester.guard.deletions import Act, Before, Missing
from harvester.process import BATCH
from harvester.reprocess.raw import Place, read_page
from harvester.sources import Source
from harvester.tables import held, held_record, page, source
from index.packing import unpack
from index.record import Record
from index.tables import record

#: Hears how many are done, of how many; raises to stop at a batch border.
Report = Callable[[int, int | None], None]


def silent(_done: int, _of: int | None) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Records that a whole list did not name. `kind` is few, mass, empty or migration; see the module for `state`."""

    id: str
    source_id: str
    harvest_id: str
    kind: str
    state: str
    missing: int
    living: int
    delivered: int
    fresh: int
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    undo_until: datetime | None


def _held(row: Row[Any]) -> Held:
    return Held(**row._mapping)


def get(c: Connection, held_id: str) -> Held:
    """One of them; raises UnknownSource."""
    row = c.execute(select(held).where(held.c.id == held_id)).first()
    if row is None:
        raise UnknownSource(held_id)
    return _held(row)


def listed(
    c: Connection,
    *,
    source_id: str | None = None,
    states: tuple[str, ...] = (),
    limit: int = 50,
    offset: int = 0,
) -> tuple[Held, ...]:
    """The newest first."""
    wanted = select(held).order_by(held.c.at.desc(), held.c.id.desc()).limit(limit).offset(offset)
    if source_id is not None:
        wanted = wanted.where(held.c.source_id == source_id)
    if states:
        wanted = wanted.where(held.c.state.in_(states))
    return tuple(_held(row) for row in c.execute(wanted))


def count(c: Connection, *states: str) -> int:
    """How many stand so."""
    return int(c.execute(select(func.count()).select_from(held).where(held.c.state.in_(states))).scalar_one())


def waiting(c: Connection, source_id: str) -> Held | None:
    """The one of a source that waits for a decision."""
    found = listed(c, source_id=source_id, states=("held",), limit=1)
    return found[0] if found else None


def sample(c: Connection, held_id: str, *, limit: int = 50, offset: int = 0) -> list[Row[Any]]:
    """Rows (identifier, body, gone_at, cluster_id) of the records concerned, by identifier."""
    of = get(c, held_id)
    wanted = (
        select(held_record.c.identifier, record.c.body, record.c.gone_at, record.c.cluster_id)
        .join(
            record,
            (record.c.source_id == of.source_id) & (record.c.identifier == held_record.c.identifier),
            isouter=True,
        )
        .where(held_record.c.held_id == held_id)
        .order_by(held_record.c.identifier)
    )
    return list(c.execute(wanted.limit(limit).offset(offset)))


# --- found by a list --------------------------------------------------------------------------------


def found(
    c: Connection, of: Source, harvest_id: str, now: Missing, names: Select[Any], at: datetime
) -> tuple[Held | None, Act]:
    """Write down what a whole list lacks, and say what to do. `names` selects the identifiers that are missing.

    A finding that waits is replaced by this one; None where nothing is missing.
    """
    last = listed(c, source_id=of.id, limit=1)
    before = None
    if last:
        names_now = names.subquery()
        common = (
            select(func.count())
            .select_from(held_record)
            .where(
                held_record.c.held_id == last[0].id,
                held_record.c.identifier.in_(select(names_now.c[0])),
            )
        )
        before = Before(
            kind=last[0].kind,
            state=last[0].state if last[0].harvest_id != harvest_id else "",
            missing=last[0].missing,
            common=int(c.execute(common).scalar_one()),
            delivered=last[0].delivered,
        )
    kind, act = deletions.judge(now, before)
    c.execute(held.update().where(held.c.source_id == of.id, held.c.state == "held").values(state="replaced"))
    if act == "nothing":
        return None, act
    held_id = uuid7()
    c.execute(
        held.insert().values(
            id=held_id,
            source_id=of.id,
            harvest_id=harvest_id,
            kind=kind,
            state="held" if act == "hold" else "agreed",
            missing=now.missing,
            living=now.living,
            delivered=now.delivered,
            fresh=now.fresh,
            at=at,
            decided_at=None if act == "hold" else at,
        )
    )
    inner = names.subquery()
    c.execute(
        held_record.insert().from_select(
            ["held_id", "identifier"], select(literal(held_id), inner.c[0]).select_from(inner)
        )
    )
    return get(c, held_id), act


def lost(of: Source) -> Select[Any]:
    """Identifiers of living records, without those that a person kept and no list has named since."""
    decided = (
        select(held_record.c.identifier)
        .join(held, held.c.id == held_record.c.held_id)
        .where(
            held.c.source_id == of.id,
            held.c.state.in_(("kept", "undone")),
            held_record.c.identifier == record.c.identifier,
            record.c.last_seen <= held.c.decided_at,
        )
    )
    return select(record.c.identifier).where(
        record.c.source_id == of.id, record.c.gone_at.is_(None), ~decided.exists()
    )


# --- decided ----------------------------------------------------------------------------------------


def agree(c: Connection, held_id: str, *, by: str, at: datetime) -> bool:
    """Somebody says that they are gone: carry_out does it. False when it waits for no decision any more."""
    return _decide(c, held_id, ("held", "kept"), "agreed", by, at)


def keep(c: Connection, held_id: str, *, by: str, at: datetime) -> bool:
    """Somebody says that they stay: the next lists that lack the same are not held again."""
    return _decide(c, held_id, ("held",), "kept", by, at)


def _decide(c: Connection, held_id: str, before: tuple[str, ...], state: str, by: str, at: datetime) -> bool:
    of = get(c, held_id)
    done = c.execute(
        held.update()
        .where(held.c.id == held_id, held.c.state.in_(before))
        .values(state=state, decided_by=by, decided_at=at)
    )
    if done.rowcount != 1:
        return False
    c.execute(
        source.update()
        .where(source.c.id == of.source_id, source.c.health == "held")
        .values(health="ok", health_reason="")
    )
    return True


def carry_out(ctx: Harvesting, held_id: str, report: Report = silent) -> int:
    """Withdraw the records of an agreed deletion, batch by batch; how many this call withdrew.

    Those that some list has named since are left alone. Doing it again after a crash goes on where it was.
    """
    with ctx.db.read() as c:
        of = get(c, held_id)
        origin = sources.get(c, of.source_id)
    if of.state != "agreed":
        return 0
    done = 0
    while True:
        report(done, of.missing)
        with ctx.db.begin() as c:
            names = list(
                c.execute(
                    _of(of)
                    .where(record.c.gone_at.is_(None), record.c.last_seen <= of.at)
                    .order_by(held_record.c.identifier)
                    .limit(BATCH)
                ).scalars()
            )
            at = ctx.clock()
            if not names:
                until = at + timedelta(days=ctx.settings.undo_days)
                c.execute(
                    held.update()
                    .where(held.c.id == held_id, held.c.state == "agreed")
                    .values(state="deleted", undo_until=until)
                )
                return done
            ctx.catalogue.withdraw(c, origin, names, at)
            done += len(names)


def undo(c: Connection, held_id: str, *, by: str, at: datetime) -> bool:
    """Somebody wants them back: bring_back does it. False when it is too late, or nothing was deleted."""
    done = c.execute(
        held.update()
        .where(held.c.id == held_id, held.c.state == "deleted", held.c.undo_until > at)
        .values(state="undone", decided_by=by, decided_at=at)
    )
    return done.rowcount == 1


def bring_back(ctx: Harvesting, held_id: str, report: Report = silent) -> int:
    """Let the records of an undone deletion live again, from what the store kept of them; how many came back.

    Those that a later list has brought or withdrawn by itself are left as they are.
    """
    with ctx.db.read() as c:
        of = get(c, held_id)
        origin = sources.get(c, of.source_id)
    if of.state != "undone":
        return 0
    done = 0
    while True:
        report(done, of.missing)
        with ctx.db.begin() as c:
            rows = c.execute(
                _of(of, record, page.c.path)
                .join(page, page.c.id == record.c.page_id, isouter=True)
                .where(record.c.gone_at.is_not(None), record.c.last_seen <= of.at)
                .order_by(record.c.page_id, record.c.page_offset)
                .limit(BATCH)
            ).all()
            if not rows:
                # kept from here on: no list has named them since
                c.execute(held.update().where(held.c.id == held_id).values(decided_at=ctx.clock()))
                return done
            ctx.catalogue.take(c, origin, list(_read_again(ctx, origin, rows)), ctx.clock())
            done += len(rows)


def _of(of: Held, *columns: Any) -> Select[Any]:
    return (
        select(*(columns or (held_record.c.identifier,)))
        .select_from(held_record)
        .join(
            record,
            (record.c.source_id == of.source_id) & (record.c.identifier == held_record.c.identifier),
        )
        .where(held_record.c.held_id == of.id)
    )


def _read_again(ctx: Harvesting, origin: Source, rows: Sequence[Row[Any]]) -> Iterator[Found]:
    """Tombstones as they were, read from their raw pages; where a page is gone, what the store kept (no copies)."""
    by_path: dict[str, dict[str, Row[Any]]] = {}
    for row in rows:
        by_path.setdefault(row.path or "", {})[row.identifier] = row
    for path, wanted in by_path.items():
        places = [
            Place(
                id=row.id,
                identifier=row.identifier,
                schema=row.schema,
                offset=row.page_offset,
                length=row.page_length,
            )
            for row in wanted.values()
            if path and row.page_offset is not None
        ]
        read = read_page(ctx.spool, path, places, origin.profile) if places else ()
        outcomes = {one.place.identifier: one for one in read}
        for name, row in wanted.items():
            one = outcomes.get(name)
            if one is not None and isinstance(one.outcome, Record):
                yield _as_found(row, raw=one.raw, schema=one.schema, described=one.outcome)
            else:  # the next harvest sees other bytes and reads it anew
                yield _as_found(row, raw=row.body, schema=row.schema, described=unpack(row.body))


def _as_found(row: Row[Any], *, raw: bytes, schema: str, described: Record) -> Found:
    return Found(
        identifier=row.identifier,
        datestamp=row.datestamp,
        schema=schema,
        raw=raw,
        record=described,
        page_id=row.page_id,
        page_offset=row.page_offset,
        page_length=row.page_length,
    )


def unfinished(c: Connection) -> tuple[str, ...]:
    """Ids of deletions that were agreed to and not carried out."""
    return tuple(c.execute(select(held.c.id).where(held.c.state == "agreed")).scalars())
