"""What a worker does with one harvest: its turn, its one connection, its end, and what follows for its source."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from foundation.leases import Lease
from foundation.once import insert_once
from harvester import run, sources, store
from harvester.context import Harvesting
from harvester.guard import blackout, breaker, pace, turn
from harvester.guard.breaker import Breaker
from harvester.guard.talk import keeping, wait_for_slot
from harvester.guard.turn import Turn
from harvester.guard.wire import PoliteWire
from harvester.health import store as health
from harvester.receipt import Receipt
from harvester.sources import Source
from harvester.store import Harvest
from harvester.tables import harvest, held, host, source
from harvester.transport import Wire

log = logging.getLogger("silang.harvester")

#: A provider may put a run off so often, and each time for so long at most.
MOST_DEFERRALS = 10
LONGEST_DEFERRAL = timedelta(days=7)
#: How long a run that took too long lets others go first.
ROOM = timedelta(hours=1)

#: Tells admins, in the same unit of work: (c, source, what, data); what is failing, recovered, held or long.
Tell = Callable[[Connection, Source, str, Mapping[str, Any]], None]


def nobody(_c: Connection, _source: Source, _what: str, _data: Mapping[str, Any]) -> None:
    """Tells nobody."""


@dataclass(slots=True)
class _Leg:
    """One stretch of work on a run; `why` says what ended it early: host, hours, long."""

    of: Source
    mine: Harvest
    ends_at: datetime
    lost: threading.Event = field(default_factory=threading.Event)
    wire: PoliteWire | None = None
    why: str = ""

    def over(self, now: datetime) -> bool:
        """Whether the run has to be laid down at the next page border."""
        if self.lost.is_set():
            self.why = "host"
        elif now >= self.ends_at:
            self.why = "long"
        elif self.mine.asked_by is None and self._in_blackout(now):
            self.why = "hours"
        return bool(self.why)

    def _in_blackout(self, now: datetime) -> bool:
        return blackout.ends(blackout.read(self.of.blackout), self.of.zone, now) is not None


class _Stopping(threading.Event):
    """Set when the worker stops, or when this run has to make room."""

    def __init__(self, worker: threading.Event, over: Callable[[], bool]) -> None:
        super().__init__()
        self._worker, self._over = worker, over

    def is_set(self) -> bool:
        return self._worker.is_set() or self._over()


def work_on_one(ctx: Harvesting, owner: str, *, tell: Tell = nobody) -> bool:
    """Take up the harvest whose turn it is and bring it to its end, or to where it has to wait. False when none may go.

    Every failure of a provider ends in a receipt; only our own are raised.
    """
    with ctx.db.begin() as c:
        mine = turn.claim(c, owner=owner, at=ctx.clock(), parallel=ctx.settings.parallel)
    if mine is None:
        return False
    if mine.slot is None:
        run.carry_out(ctx, mine.harvest)
        return True
    _carry_out(ctx, mine, mine.slot, tell)
    return True


def harvest_now(
    ctx: Harvesting, source_id: str, *, owner: str, kind: str = "incremental", tell: Tell = nobody
) -> Receipt | None:
    """Queue and carry out one harvest of one source in this thread (command line), over the one connection to its host.

    An open harvest of the source is carried on, before its time too. None when another worker has it, or when it was
    laid down. Raises talk.HostBusy where the host is talked to for another source all the while.
    """
    with ctx.db.begin() as c:
        asked = store.queue(c, source_id, at=ctx.clock(), kind=kind)
        of = sources.get(c, source_id)
        beats = asked.heartbeat_at
    if asked.state == "running" and beats is not None and ctx.clock() - beats < store.STALE:
        return None
    slot = wait_for_slot(ctx, of, f"harvest {asked.id}")
    with ctx.db.begin() as c:
        # somebody sits before it, as with what is asked for on a page
        c.execute(harvest.update().where(harvest.c.id == asked.id).values(not_before=None))
        mine = replace(store.take(c, asked.id, owner=owner, at=ctx.clock()), asked_by=asked.asked_by or owner)
    return _carry_out(ctx, Turn(harvest=mine, slot=slot, host=pace.host_of(of.url)), slot, tell)


def _carry_out(ctx: Harvesting, mine: Turn, slot: Lease, tell: Tell) -> Receipt | None:
    """Bring a claimed harvest to its end, or to where it has to wait; what follows for its source."""
    with ctx.db.read() as c:
        of = sources.get(c, mine.harvest.source_id)
    leg = _Leg(of=of, mine=mine.harvest, ends_at=ctx.clock() + timedelta(hours=ctx.settings.longest_hours))
    with keeping(ctx, slot, leg.lost):
        slip = run.carry_out(_politely(ctx, mine, leg), mine.harvest)
        with ctx.db.begin() as c:
            _pace(c, mine.host, leg, slip, ctx.clock())
            if slip is None:
                _laid_down(c, leg, ctx.clock(), tell)
            else:
                _ended(c, leg, slip, ctx.clock(), tell)
                health.refresh(c, of.id, at=ctx.clock())
    return slip


def _politely(ctx: Harvesting, mine: Turn, leg: _Leg) -> Harvesting:
    with ctx.db.read() as c:
        known = c.execute(select(host).where(host.c.name == mine.host)).first()
    since = (ctx.clock() - known.asked_at).total_seconds() if known and known.asked_at else 3600.0
    stopping = _Stopping(ctx.stopping, lambda: leg.over(ctx.clock()))

    def wire_of(of: Source) -> Wire:
        leg.wire = PoliteWire(
            ctx.wire_of(of),
            least_ms=ctx.settings.host_delay_ms,
            learned_ms=known.delay_ms if known else 0,
            since=max(0.0, since),
            now=ctx.clock,
            stop=stopping.is_set,
        )
        return leg.wire

    return replace(ctx, wire_of=wire_of, stopping=stopping)


def _pace(c: Connection, name: str, leg: _Leg, slip: Receipt | None, now: datetime) -> None:
    """Remember how gently the host wants to be asked."""
    if leg.wire is None:
        return
    delay = leg.wire.learned_ms
    if slip is not None and slip.state == "complete" and not leg.wire.too_many:
        delay = pace.faster(delay)
    values = {"delay_ms": delay, "asked_at": now}
    if not insert_once(c, host, {"name": name, **values}):
        c.execute(host.update().where(host.c.name == name).values(**values))


def _laid_down(c: Connection, leg: _Leg, now: datetime, tell: Tell) -> None:
    """The run waits: until the hours are over, or until others have had their turn."""
    until: datetime | None = None
    if leg.why == "hours":
        until = blackout.ends(blackout.read(leg.of.blackout), leg.of.zone, now)
    elif leg.why == "long":
        until = now + ROOM
        tell(c, leg.of, "long", {"harvest": leg.mine.id})
    if until is not None:
        mine = (harvest.c.id == leg.mine.id, harvest.c.fence == leg.mine.fence)
        c.execute(harvest.update().where(*mine, harvest.c.state == "interrupted").values(not_before=until))


def _ended(c: Connection, leg: _Leg, slip: Receipt, now: datetime, tell: Tell) -> None:
    """What the end of a run means for its source."""
    of = leg.of
    _forget_the_old_address(c, of)
    if slip.state == "stopped":
        return
    before = Breaker(failures=of.failures, rests_until=of.rests_until, alerted_at=of.alerted_at)
    if leg.mine.kind == "sweep" and slip.state == "incomplete":
        return  # the provider answers, only its list of identifiers proves nothing: the whole list will do it
    if slip.state == "complete" and leg.mine.kind == "full":
        sources.remember(c, of.id, sweep_unknown=None)
    if slip.state == "complete":
        after, news = breaker.succeeded(before)
        _stand(c, of, after)
        if news:
            tell(c, of, "recovered", {"harvest": leg.mine.id})
        waiting = select(held.c.id).where(held.c.harvest_id == leg.mine.id, held.c.state == "held")
        if (held_id := c.execute(waiting).scalar()) is not None:
            tell(c, of, "held", {"held": held_id})
        return
    until = put_off_until(slip, leg.wire.told_until if leg.wire else None, now)
    if until is not None and leg.mine.deferrals < MOST_DEFERRALS:
        again = store.resume(c, leg.mine.id, at=now)  # another one may have been asked for
        values = {"not_before": until, "deferrals": leg.mine.deferrals + 1}
        c.execute(harvest.update().where(harvest.c.id == again.id).values(**values))
        c.execute(
            source.update().where(source.c.id == of.id).values(failures=of.failures, health=_as_before(of))
        )
        return
    after, news = breaker.failed(before, now, turned_away=bool(leg.wire and leg.wire.turned_away))
    _stand(c, of, after)
    if news:
        tell(c, of, "failing", {"harvest": leg.mine.id, "reason": slip.reason[:500]})


def _forget_the_old_address(c: Connection, of: Source) -> None:
    """A source that was given another address while it was read: what was proven concerned the old one."""
    now = sources.get(c, of.id)
    if (now.url, now.set_spec, now.prefix) != (of.url, of.set_spec, of.prefix):
        c.execute(source.update().where(source.c.id == of.id).values(watermark=None))


def _as_before(of: Source) -> str:
    """Being put off is no failure; a source that was never read stays new."""
    return of.health


def _stand(c: Connection, of: Source, stands: Breaker) -> None:
    values: dict[str, Any] = {
        "failures": stands.failures,
        "rests_until": stands.rests_until,
        "alerted_at": stands.alerted_at,
    }
    if stands.is_open:
        values["health"] = "failing"
    c.execute(source.update().where(source.c.id == of.id).values(**values))


def put_off_until(slip: Receipt, told: datetime | None, now: datetime) -> datetime | None:
    """When a provider that put us off wants to be asked again; None when it did not. Pure.

    The receipt's own word counts first, then what the last answer said.
    """
    said: Any = getattr(slip, "retry_at", None) or slip.extra.get("retry_at")
    if isinstance(said, str):
        said = datetime.fromisoformat(said)
    until = said or told
    if until is None or until <= now:
        return None
    return min(until, now + LONGEST_DEFERRAL)
