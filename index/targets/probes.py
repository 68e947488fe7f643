"""Probes as they are stored: begun, written on while they run, ended; the last dozen of each target are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from foundation.ids import uuid7
from index.targets import card as cards
from index.targets.card import Card, Change
from index.targets.tables import probe, target

#: Probes of a target that are kept.
KEPT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe of a target. `state` is running, done, failed or stopped."""

    id: str
    target_id: str
    at: datetime
    state: str
    whole: bool
    card: Card
    asked_by: str | None


def _probe(row: Row[Any]) -> Probe:
    values = dict(row._mapping)
    return Probe(card=Card.of(values.pop("card")), **values)


def begin(c: Connection, target_id: str, *, at: datetime, whole: bool, asked_by: str | None) -> str:
    """A probe that begins now; its id. One that never ended is over with that."""
    c.execute(
        probe.update()
        .where(probe.c.target_id == target_id, probe.c.state == "running")
        .values(state="failed")
    )
    made = uuid7()
    c.execute(
        probe.insert().values(
            id=made,
            target_id=target_id,
            at=at,
            state="running",
            whole=whole,
            card=Card(whole=whole).value(),
            asked_by=asked_by,
        )
    )
    return made


def go_on(c: Connection, probe_id: str, card: Card) -> None:
    """What has been found so far."""
    c.execute(probe.update().where(probe.c.id == probe_id).values(card=card.value()))


def end(c: Connection, probe_id: str, card: Card, *, at: datetime) -> tuple[Change, ...]:
    """The probe is over: the card is kept, the target's health follows from it, old probes go. What drifted."""
    state = "stopped" if card.failed == "stopped" else "failed" if card.failed else "done"
    row = c.execute(select(probe).where(probe.c.id == probe_id)).one()
    before = last(c, row.target_id, before=row.at, whole=None if not card.whole else True)
    changes = cards.drift(before.card, card) if before is not None else ()
    c.execute(probe.update().where(probe.c.id == probe_id).values(card=card.value(), state=state))
    if state != "stopped":
        health, reason = cards.health(card, changes)
        if health == "ok" and not card.whole:
            health, reason = _still(c, row.target_id)
        c.execute(
            target.update()
            .where(target.c.id == row.target_id)
            .values(health=health, health_reason=reason, probed_at=at)
        )
    keep = select(probe.c.id).where(probe.c.target_id == row.target_id)
    keep = keep.order_by(probe.c.at.desc(), probe.c.id.desc()).limit(KEPT)
    whole = last(c, row.target_id, whole=True)  # the one that shorter ones are measured by outlives them
    kept = [*c.execute(keep).scalars(), *([whole.id] if whole is not None else [])]
    c.execute(delete(probe).where(probe.c.target_id == row.target_id, probe.c.id.not_in(kept)))
    return changes


def _still(c: Connection, target_id: str) -> tuple[str, str]:
    """A short probe that found nothing new leaves an alarm about drift as it is: it looks at less."""
    row = c.execute(select(target.c.health, target.c.health_reason).where(target.c.id == target_id)).one()
    return (row.health, row.health_reason) if row.health == "changed" else ("ok", "")


def last(
    c: Connection, target_id: str, *, before: datetime | None = None, whole: bool | None = None
) -> Probe | None:
    """The newest probe that came to its end; of the whole ones or of the short ones where that is asked."""
    wanted = select(probe).where(probe.c.target_id == target_id, probe.c.state == "done")
    if before is not None:
        wanted = wanted.where(probe.c.at < before)
    if whole is not None:
        wanted = wanted.where(probe.c.whole.is_(whole))
    row = c.execute(wanted.order_by(probe.c.at.desc(), probe.c.id.desc()).limit(1)).first()
    return _probe(row) if row is not None else None


def listed(c: Connection, target_id: str, limit: int = KEPT + 1) -> tuple[Probe, ...]:
    """The probes of a target, the newest first."""
    wanted = select(probe).where(probe.c.target_id == target_id)
    return tuple(map(_probe, c.execute(wanted.order_by(probe.c.at.desc(), probe.c.id.desc()).limit(limit))))


def get(c: Connection, target_id: str, probe_id: str) -> Probe | None:
    """One probe of a target."""
    row = c.execute(select(probe).where(probe.c.id == probe_id, probe.c.target_id == target_id)).first()
    return _probe(row) if row is not None else None


def settle(c: Connection, target_id: str) -> None:
    """Somebody has looked at what drifted and dealt with it: the alarm is over."""
    c.execute(
        target.update()
        .where(target.c.id == target_id, target.c.health == "changed")
        .values(health="ok", health_reason="")
    )
