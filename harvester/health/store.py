"""Health cards as rows: the last look, and the card made of it and of what harvests have shown since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from foundation.once import insert_once
from harvester import sources, store
from harvester.guard import pace
from harvester.health.card import Card, Facts, Run, card
from harvester.probe import Probe
from harvester.schedule import habits
from harvester.tables import health, host

#: Harvests that a card rests on.
RUNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The card of a source, when it was made, and the last look with its time (None before the first)."""

    card: Card
    at: datetime
    probe: Probe | None
    examined_at: datetime | None


def get(c: Connection, source_id: str) -> Health | None:
    """The stored card; None before the first harvest or look."""
    row = c.execute(select(health).where(health.c.source_id == source_id)).first()
    if row is None or row.card is None:
        return None
    return Health(card=Card.of(row.card), at=row.at, probe=_probe(row.examined), examined_at=row.examined_at)


def refresh(c: Connection, source_id: str, *, at: datetime) -> Card:
    """Make the card anew from what is known, and store it."""
    row = c.execute(select(health.c.examined).where(health.c.source_id == source_id)).first()
    made = card(facts(c, source_id), _probe(row.examined) if row else None, runs(c, source_id))
    _keep(c, source_id, {"card": made.value(), "at": at})
    return made


def looked(c: Connection, source_id: str, probe: Probe, *, at: datetime) -> Card:
    """Keep a look at the source's endpoint, and make the card anew."""
    _keep(c, source_id, {"examined": probe.value(), "examined_at": at, "at": at})
    return refresh(c, source_id, at=at)


def facts(c: Connection, source_id: str) -> Facts:
    """What of the stored source counts for its card."""
    of = sources.get(c, source_id)
    learned = c.execute(select(host.c.delay_ms).where(host.c.name == pace.host_of(of.url))).scalar()
    due = habits(of)
    return Facts(
        prefix=of.prefix,
        set_spec=of.set_spec,
        granularity=of.granularity,
        deleted_policy=of.deleted_policy,
        full_days=due.full_days,
        sweep_days=due.sweep_days,
        quirks=of.quirks,
        learned_ms=learned or 0,
    )


def runs(c: Connection, source_id: str) -> list[Run]:
    """The last harvests that came to an end of their own."""
    found = []
    for one in store.history(c, source_id, limit=2 * RUNS):
        if one.state not in ("complete", "incomplete", "failed") or one.kind not in (
            "incremental",
            "full",
            "sweep",
        ):
            continue
        slip = one.receipt or {}
        found.append(
            Run(
                kind=one.kind,
                state=one.state,
                records=one.records,
                deleted=max(0, one.deleted - int(slip.get("swept") or 0)),
                rejected=one.rejected,
                pages=one.pages,
                seconds=float(slip.get("seconds") or 0.0),
                odd=tuple(str(item["code"]) for item in one.oddities or ()),
            )
        )
    return found[:RUNS]


def _probe(stored: Mapping[str, Any] | None) -> Probe | None:
    return Probe.of(stored) if stored else None


def _keep(c: Connection, source_id: str, values: dict[str, Any]) -> None:
    if not insert_once(c, health, {"source_id": source_id, **values}):
        c.execute(health.update().where(health.c.source_id == source_id).values(**values))
