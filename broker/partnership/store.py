"""Agreements in the database: read whole, written by versions; a revision that was confirmed is never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from broker import tables as t
from broker.errors import Stale, UnknownRequest
from broker.partnership.deciding import Usage
from broker.partnership.packing import forms_from_json, forms_to_json, note_from_json, note_to_json
from broker.partnership.values import Agreement, Party, Revision
from broker.states import SUPPLY
from foundation.ids import next_code, uuid7


class UnknownAgreement(UnknownRequest):
    """There is no such agreement, or it is none of this library's business."""


#: States in which an agreement counts, or says why it does not.
_TELLS = ("agreed", "valid", "ending", "ended", "terminated", "suspended")


def every(c: Connection, *states: str, library_id: str | None = None) -> tuple[Agreement, ...]:
    """Agreements, newest first: all, those in these states, those of a library."""
    query = select(t.agreement).order_by(t.agreement.c.created_at.desc(), t.agreement.c.id.desc())
    if states:
        query = query.where(t.agreement.c.state.in_(states))
    if library_id:
        p = t.agreement_party.c
        query = query.where(t.agreement.c.id.in_(select(p.agreement_id).where(p.library_id == library_id)))
    return _read(c, c.execute(query).all())


def counting(c: Connection) -> tuple[Agreement, ...]:
    """Those that `decide` looks at."""
    return every(c, *_TELLS)


def get(c: Connection, agreement_id: str, *, lock: bool = False) -> Agreement:
    """One agreement, by its id or its code. Raises UnknownAgreement."""
    a = t.agreement.c
    query = select(t.agreement).where((a.id == agreement_id) | (a.code == agreement_id.upper()))
    row = c.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise UnknownAgreement(agreement_id)
    return _read(c, [row])[0]


def _read(c: Connection, rows: Sequence[Any]) -> tuple[Agreement, ...]:
    ids = [row.id for row in rows]
    parties: defaultdict[str, list[Party]] = defaultdict(list)
    revisions: defaultdict[str, list[Revision]] = defaultdict(list)
    p, r = t.agreement_party.c, t.agreement_revision.c
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        query = select(t.agreement_party).where(p.agreement_id.in_(some)).order_by(p.id)
        for row in c.execute(query):
            told = {name: getattr(row, name) for name in Party.__dataclass_fields__}
            parties[row.agreement_id].append(Party(**told))
        query = select(t.agreement_revision).where(r.agreement_id.in_(some)).order_by(r.number)
        for row in c.execute(query):
            revisions[row.agreement_id].append(
                Revision(
                    number=row.number,
                    effective_on=row.effective_on,
                    valid_from=row.valid_from,
                    valid_to=row.valid_to,
                    parts=row.parts,
                    forms=forms_from_json(row.forms),
                    note=row.note,
                )
            )
    return tuple(
        Agreement(
            id=row.id,
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            basis=row.basis,
            legal_basis=row.legal_basis,
            state=row.state,
            parties=tuple(parties[row.id]),
            revisions=tuple(revisions[row.id]) or (Revision(),),
            oral=note_from_json(row.oral),
            auto_renew_months=row.auto_renew_months,
            notice_days=row.notice_days,
            ends_on=row.ends_on,
            created_by=row.created_by,
            version=row.version,
        )
        for row in rows
    )


# --- writing -------------------------------------------------------------------------------------

_COLUMNS = (
    "name",
    "name_en",
    "basis",
    "legal_basis",
    "state",
    "auto_renew_months",
    "notice_days",
    "ends_on",
)


def insert(c: Connection, drawn: Agreement, now: datetime) -> Agreement:
    """Store a new agreement under a fresh id and code."""
    made = replace(drawn, id=uuid7(), code=next_code(c, "PK", now), version=1)
    values = {name: getattr(made, name) for name in _COLUMNS}
    c.execute(
        t.agreement.insert().values(
            id=made.id,
            code=made.code,
            created_by=made.created_by,
            created_at=now,
            changed_at=now,
            oral=note_to_json(made.oral),
            **values,
        )
    )
    _parties(c, made)
    for revision in made.revisions:
        _revision(c, made, revision, now)
    return get(c, made.id)


def save(c: Connection, before: Agreement, after: Agreement, now: datetime) -> None:
    """Store what became of an agreement. Raises Stale when somebody was faster."""
    a = t.agreement.c
    values = {name: getattr(after, name) for name in _COLUMNS}
    done = c.execute(
        update(t.agreement)
        .where(a.id == before.id, a.version == before.version)
        .values(**values, oral=note_to_json(after.oral), changed_at=now, version=before.version + 1)
    )
    if done.rowcount == 0:
        raise Stale(before.code)
    if after.parties != before.parties:
        _parties(c, after)
    known = {one.number: one for one in before.revisions}
    for revision in after.revisions:
        if known.get(revision.number) != revision:
            _revision(c, after, revision, now)


def _parties(c: Connection, agreement: Agreement) -> None:
    p = t.agreement_party.c
    c.execute(delete(t.agreement_party).where(p.agreement_id == agreement.id))
    for one in agreement.parties:
        told = {name: getattr(one, name) for name in Party.__dataclass_fields__}
        told["id"] = one.id or uuid7()
        c.execute(t.agreement_party.insert().values(agreement_id=agreement.id, **told))


def _revision(c: Connection, agreement: Agreement, revision: Revision, now: datetime) -> None:
    r = t.agreement_revision.c
    here = (r.agreement_id == agreement.id, r.number == revision.number)
    values = {
        "effective_on": revision.effective_on,
        "valid_from": revision.valid_from,
        "valid_to": revision.valid_to,
        "parts": dict(revision.parts),
        "forms": forms_to_json(revision.forms),
        "note": revision.note,
    }
    if c.execute(update(t.agreement_revision).where(*here).values(**values)).rowcount == 0:
        c.execute(
            t.agreement_revision.insert().values(
                agreement_id=agreement.id,
                number=revision.number,
                created_by=agreement.created_by,
                created_at=now,
                **values,
            )
        )


# --- what runs under them --------------------------------------------------------------------------


def used(c: Connection, now: datetime, form: str, asks: str, gives: str) -> Usage:
    """Open loans of one library from another, and those asked for within seven days; from attempts, never counters."""
    a, r = t.attempt.c, t.request.c
    pair = (
        r.library_id == asks,
        a.library_id == gives,
        r.service_type == ("loan" if form == "f" else "copy"),
    )
    joined = t.attempt.join(t.request, r.id == a.request_id)
    still_open = select(func.count()).select_from(joined).where(*pair, a.supply.not_in(SUPPLY.terminal))
    week = select(func.count()).select_from(joined).where(*pair, a.asked_at > now - timedelta(days=7))
    return Usage(open=int(c.execute(still_open).scalar_one()), this_week=int(c.execute(week).scalar_one()))
