"""What people look at when they decide about records: pairs that may be the same, decisions made, why a title is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from index import normal
from index.cluster import Verdict, compare
from index.packing import unpack
from index.record import Record
from index.tables import cluster_decision, record, record_edge

#: Records of one title that are compared with each other for the page; beyond that it says so.
MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One record of a pair, with the title under which it is found."""

    id: int
    cluster_id: str
    library_id: str
    identifier: str
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Two records that may be the same, with what speaks for and against it; `waiting` ones score below acceptance."""

    a: Side
    b: Side
    score: float
    reasons: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What somebody decided about two records ('same' or 'not_same'); a side is None while its record is gone."""

    id: str
    a: Side | None
    b: Side | None
    verdict: str
    user_id: str | None
    library_id: str | None
    note: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A record of a title: with which other one it agrees best and why; `by_people` are the others to which people
    tied it. `against` is the reason of a veto that people overrode."""

    side: Side
    other: Side | None
    verdict: Verdict | None
    by_people: bool


def waiting(c: Connection, library_id: str, *, limit: int, skip: int = 0) -> tuple[Candidate, ...]:
    """Pairs in which the library has a part, under two titles, that nobody has decided; the likeliest first."""
    a, b, e = record.alias("a"), record.alias("b"), record_edge.c
    d = cluster_decision.c
    decided = exists().where(
        or_(
            and_(_is(d.a_source_id, d.a_identifier, a), _is(d.b_source_id, d.b_identifier, b)),
            and_(_is(d.a_source_id, d.a_identifier, b), _is(d.b_source_id, d.b_identifier, a)),
        )
    )
    query = (
        select(e.a, e.b, e.score, e.reasons)
        .join(a, a.c.id == e.a)
        .join(b, b.c.id == e.b)
        .where(
            e.verdict == "maybe",
            or_(a.c.library_id == library_id, b.c.library_id == library_id),
            a.c.cluster_id != b.c.cluster_id,
            ~decided,
        )
        .order_by(e.score.desc(), e.a, e.b)
        .limit(limit)
        .offset(skip)
    )
    rows = c.execute(query).all()
    sides = _sides(c, [r for row in rows for r in (row.a, row.b)])
    return tuple(
        Candidate(a=sides[row.a], b=sides[row.b], score=row.score, reasons=tuple(row.reasons.items()))
        for row in rows
        if row.a in sides and row.b in sides
    )


def _is(source: ColumnElement[Any], identifier: ColumnElement[Any], one: Any) -> ColumnElement[bool]:
    return and_(source == one.c.source_id, identifier == one.c.identifier)


def decided(c: Connection, library_id: str, *, limit: int, skip: int = 0) -> tuple[Decided, ...]:
    """Decisions made at this library's desk, the newest first."""
    d = cluster_decision.c
    query = select(cluster_decision).where(d.library_id == library_id).order_by(d.at.desc(), d.id.desc())
    rows = c.execute(query.limit(limit).offset(skip)).all()
    names = {(r.a_source_id, r.a_identifier) for r in rows} | {(r.b_source_id, r.b_identifier) for r in rows}
    ids: dict[tuple[str, str], int] = {}
    for source_id in {source for source, _ in names}:
        wanted = [identifier for source, identifier in names if source == source_id]
        found = select(record.c.id, record.c.identifier).where(
            record.c.source_id == source_id, record.c.identifier.in_(wanted), record.c.gone_at.is_(None)
        )
        ids.update({(source_id, row.identifier): row.id for row in c.execute(found)})
    sides = _sides(c, list(ids.values()))
    return tuple(
        Decided(
            id=row.id,
            a=sides.get(ids.get((row.a_source_id, row.a_identifier), 0)),
            b=sides.get(ids.get((row.b_source_id, row.b_identifier), 0)),
            verdict=row.verdict,
            user_id=row.user_id,
            library_id=row.library_id,
            note=row.note,
            at=row.at,
        )
        for row in rows
    )


def members(c: Connection, cluster_id: str) -> tuple[Member, ...]:
    """The records of a title, each with the one that it fits best; at most `MOST`, the oldest first."""
    living = (record.c.cluster_id == cluster_id, record.c.gone_at.is_(None))
    query = select(record.c.id, record.c.source_id, record.c.identifier).where(*living)
    rows = c.execute(query.order_by(record.c.first_seen, record.c.id).limit(MOST)).all()
    sides = _sides(c, [row.id for row in rows])
    names = {(row.source_id, row.identifier): row.id for row in rows}
    norms = {
        row.id: normal.normal_form(sides[row.id].record, sides[row.id].library_id, row.source_id)
        for row in rows
    }
    tied = _tied(c, names)
    found = []
    for row in rows:
        best: tuple[float, int, Verdict] | None = None
        for other in norms:
            if other == row.id:
                continue
            verdict = compare(norms[row.id], norms[other])
            weight = verdict.score if verdict.verdict != "veto" else -99.0
            if best is None or weight > best[0]:
                best = (weight, other, verdict)
        by_people = row.id in tied and (best is None or best[2].verdict != "same")
        other_id = min(tied[row.id]) if by_people else best[1] if best else None
        verdict_now = compare(norms[row.id], norms[other_id]) if other_id in norms and other_id else None
        found.append(
            Member(
                side=sides[row.id],
                other=sides.get(other_id) if other_id else None,
                verdict=verdict_now,
                by_people=by_people,
            )
        )
    return tuple(found)


def _tied(c: Connection, names: dict[tuple[str, str], int]) -> dict[int, set[int]]:
    """Records of these that people joined, by record."""
    d = cluster_decision.c
    tied: dict[int, set[int]] = {}
    sources = {source for source, _ in names}
    query = select(cluster_decision).where(d.verdict == "same", d.a_source_id.in_(sources))
    for row in c.execute(query):
        one = names.get((row.a_source_id, row.a_identifier))
        other = names.get((row.b_source_id, row.b_identifier))
        if one and other:
            tied.setdefault(one, set()).add(other)
            tied.setdefault(other, set()).add(one)
    return tied


def _sides(c: Connection, record_ids: Sequence[int]) -> dict[int, Side]:
    """Records by id."""
    found: dict[int, Side] = {}
    wanted = list(dict.fromkeys(record_ids))
    for start in range(0, len(wanted), 500):
        query = select(
            record.c.id, record.c.cluster_id, record.c.library_id, record.c.identifier, record.c.body
        ).where(record.c.id.in_(wanted[start : start + 500]))
        for row in c.execute(query):
            found[row.id] = Side(
                id=row.id,
                cluster_id=row.cluster_id or "",
                library_id=row.library_id,
                identifier=row.identifier,
                record=unpack(row.body),
            )
    return found
