"""What every use case of the broker stands on: database, clock, agreement, shelves, calendars, subscribers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import Connection, select

from broker import shelves
from broker.agreements import AgreementSettings, Decide
from broker.blank.titles import Find, nowhere
from broker.partnership import store as agreed
from broker.partnership.deciding import over
from broker.peers.outside import Outside
from foundation import libraries
from foundation.calendars import Calendar
from foundation.clock import end_of_day, local_day
from foundation.db import Database
from foundation.events import Subscriber
from foundation.libraries import Library
from foundation.tables import closure, holiday, opening
from foundation.workflow import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Built once, by web's wiring or a test. `outside` reaches peers; `calendars` keeps calendars for a minute."""

    db: Database
    clock: Callable[[], datetime]
    agreement: AgreementSettings
    holdings: shelves.Holdings = shelves.held
    find: Find = nowhere
    subscribers: Sequence[Subscriber] = ()
    outside: Outside | None = None
    calendars: dict[str, tuple[datetime, Calendar]] = field(default_factory=dict)

    def decide(self, c: Connection) -> Decide:
        """The one function that knows what is allowed, reading libraries through this connection."""
        now = self.clock()
        return over(
            cache(lambda: agreed.counting(c)),
            self.agreement,
            cache(lambda library_id: libraries.get(c, library_id)),
            used=lambda form, asks, gives: agreed.used(c, now, form, asks, gives),
        )

    def calendar(self, c: Connection, library: Library) -> Calendar:
        """The working days of a library: the hours of its first branch that told any, and all its closures."""
        now = self.clock()
        kept = self.calendars.get(library.id)
        if kept is None or not timedelta() <= now - kept[0] < timedelta(minutes=1):
            kept = (now, _calendar(c, library))
            self.calendars[library.id] = kept
        return kept[1]

    def due_at(
        self,
        c: Connection,
        deadline: Deadline,
        now: datetime,
        whose: Library,
        days: Mapping[str, date | None],
    ) -> datetime | None:
        """When a clock runs out; `days` holds the dates that some deadlines count from; None when one is missing."""
        if deadline.whose in ("due", "patron_due"):
            day = days.get(deadline.whose)
            return None if day is None else end_of_day(day, whose.zone) + timedelta(seconds=1)
        if deadline.whose == "pickup":
            return now + timedelta(days=whose.pickup_days)
        if not deadline.working:
            return now + timedelta(days=deadline.days)
        return self.calendar(c, whose).add_working_days(now, deadline.days)


def today(library: Library, now: datetime) -> date:
    """The day it is at a library."""
    return local_day(now, library.zone)


def _calendar(c: Connection, library: Library) -> Calendar:
    hours: Sequence[tuple[int, str, str]] = ()
    for branch in libraries.branches(c, library.id):
        o = opening.c
        hours = [
            tuple(row)
            for row in c.execute(select(o.weekday, o.opens, o.closes).where(o.branch_id == branch.id))
        ]
        if hours:
            break
    closed = c.execute(
        select(closure.c.first_day, closure.c.last_day).where(
            closure.c.library_id == library.id, closure.c.branch_id.is_(None)
        )
    )
    said = c.execute(select(holiday.c.day, holiday.c.kind)).all()
    return Calendar.of(
        library.zone,
        hours,
        [(row.first_day, row.last_day) for row in closed],
        added=[row.day for row in said if row.kind == "added"],
        removed=[row.day for row in said if row.kind == "removed"],
    )
