"""When sources are harvested: cron text becomes triggers in memory, and a trigger only queues a harvest row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection, case, func, select

from foundation.db import Database
from harvester import profiles, sources, store
from harvester.guard import due
from harvester.sources import Source
from harvester.tables import harvest

#: Names that stand for cron text, as in crontab(5).
_NAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 2 * * *",
    "@weekly": "0 2 * * sun",
    "@monthly": "0 2 1 * *",
}
#: How often it is looked whether sweeps are due.
_LOOK = timedelta(minutes=10)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


class BadSchedule(ValueError):
    """Not cron text of five fields."""


def trigger(text: str, zone: str) -> CronTrigger:
    """The trigger of cron text (minute hour day month weekday; Sunday is 0 or 7) in a time zone; raises BadSchedule."""
    fields = _NAMES.get(text.strip().lower(), text).split()
    if len(fields) != 5:
        raise BadSchedule(text)
    fields[4] = _weekdays(fields[4])
    minute, hour, day, month, weekday = fields
    try:
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=ZoneInfo(zone)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadSchedule(text) from error


def _weekdays(field: str) -> str:
    """Weekdays by name. APScheduler counts from Monday = 0, crontab from Sunday = 0: numbers would lie."""
    out = []
    for part in field.lower().split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if not dash and (not slash or first == "*"):
            out.append(_day(first) + slash + step)
            continue
        if not dash:  # '1/2': from Monday on
            first, last = first, "6"
        if not (first.isdigit() and last.isdigit()):
            out.append(part)
            continue
        days = range(int(first), int(last) + 1, int(step) if step.isdigit() and int(step) else 1)
        out.extend(_day(str(n)) for n in days)
    return ",".join(out)


def _day(text: str) -> str:
    if text.isdigit():
        if int(text) > 7:
            raise BadSchedule(text)
        return _DAYS[int(text)]
    return text


def next_run(text: str, zone: str, after: datetime) -> datetime | None:
    """When cron text is due next, None for '' (by hand); raises BadSchedule."""
    if not text:
        return None
    due: datetime | None = trigger(text, zone).get_next_fire_time(None, after)
    return due


def catch_up(c: Connection, now: datetime) -> tuple[str, ...]:
    """Queue once each source that was due while nobody was there; gives back their ids."""
    late = []
    for one in sources.listed(c, enabled_only=True):
        if not one.schedule or store.open_one(c, one.id) is not None:
            continue
        last = store.history(c, one.id, limit=1)
        since = last[0].queued_at if last else one.created_at
        struck = next_run(one.schedule, one.zone, since)
        if struck is not None and struck <= now:
            queue_due(c, one, now)
            late.append(one.id)
    return tuple(late)


def queue_due(c: Connection, one: Source, now: datetime) -> None:
    """Ask for what a source is due for; one that its worker laid down goes on."""
    past = _past(c, one.id)
    kind = due.kind_due(habits(one), last_full=past.full, now=now)
    if kind == "incremental" and profiles.of(one.profile).selects == "nothing":
        # No list of changes can be had: the whole list when it is due, and its identifiers in between.
        kind = "full" if past.full is None else "sweep"
    store.queue(c, one.id, at=now, kind=kind)


def habits(one: Source) -> due.Habits:
    """What of a source decides what it is due for: what an admin has said, else what its profile knows."""
    profile = profiles.of(one.profile)
    return due.Habits(
        full_days=one.full_days or profile.full_days,
        sweep_days=(profile.sweep_days or None) if one.sweep_days is None else one.sweep_days,
        deleted_policy=one.deleted_policy,
        tombstones_seen=bool(one.quirks.get("deleted_seen")),
        ignores_from=bool(one.quirks.get("ignores_from")),
        unknown_named=bool(one.quirks.get("sweep_unknown")),
        names_unproven=bool(one.quirks.get("windows") or one.quirks.get("sweep_unproven")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """When a source was first read to its end, when last as a whole, when its identifiers were last asked for."""

    first: datetime | None
    full: datetime | None
    swept: datetime | None
    asked: datetime | None


def _past(c: Connection, source_id: str) -> Past:
    h = harvest.c
    done = (h.state == "complete") & h.kind.in_(("incremental", "full"))
    row = c.execute(
        select(
            func.min(case((done, h.started_at))).label("first"),
            func.max(case((done & (h.kind == "full"), h.started_at))).label("full"),
            func.max(case(((h.state == "complete") & (h.kind == "sweep"), h.started_at))).label("swept"),
            func.max(case((h.kind == "sweep", h.queued_at))).label("asked"),
        ).where(h.source_id == source_id)
    ).one()
    return Past(first=row.first, full=row.full or row.first, swept=row.swept, asked=row.asked)


def queue_sweeps(c: Connection, now: datetime) -> tuple[str, ...]:
    """Ask for the sweeps that are due, of sources on a schedule that nothing is open for; gives back their ids.

    One that failed is asked for again after a day.
    """
    asked = []
    for one in sources.listed(c, enabled_only=True):
        if not one.schedule or one.kind != "oai" or not due.sweeps_every(habits(one)):
            continue
        past = _past(c, one.id)
        whole = max((at for at in (past.full, past.swept) if at is not None), default=None)
        if not due.sweep_due(habits(one), first_full=past.first, last_whole=whole, now=now):
            continue
        if past.asked is not None and now - past.asked < timedelta(days=1):
            continue
        if store.open_one(c, one.id) is None:
            store.queue(c, one.id, at=now, kind=due.sweep_kind(habits(one)))
            asked.append(one.id)
    return tuple(asked)


class Schedule:
    """The triggers of all sources, in memory only; the database is the truth and this is rebuilt from it."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock
        self._known: dict[str, tuple[str, str]] = {}
        self._looked: datetime | None = None
        self._scheduler: Any = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=ZoneInfo("UTC"),
        )

    def start(self) -> None:
        """Catch up once, then run until stop()."""
        with self._db.begin() as c:
            catch_up(c, self._clock())
        self.refresh()
        self._scheduler.start()

    def refresh(self) -> None:
        """Take over what was added, changed, disabled or deleted, and ask for sweeps; call it every few seconds."""
        now = self._clock()
        if self._looked is None or now - self._looked >= _LOOK:
            self._looked = now
            with self._db.begin() as c:
                queue_sweeps(c, now)
        with self._db.read() as c:
            wanted = {
                one.id: (one.schedule, one.zone)
                for one in sources.listed(c, enabled_only=True)
                if one.schedule and one.kind == "oai"
            }
        for source_id in self._known.keys() - wanted.keys():
            self._scheduler.remove_job(source_id)
        for source_id, (text, zone) in wanted.items():
            if self._known.get(source_id) != (text, zone):
                self._scheduler.add_job(
                    self._due, trigger(text, zone), id=source_id, args=[source_id], replace_existing=True
                )
        self._known = wanted

    def stop(self) -> None:
        """No more triggers."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _due(self, source_id: str) -> None:
        with self._db.begin() as c:
            queue_due(c, sources.get(c, source_id), self._clock())
