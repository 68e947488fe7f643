"""What happens by the clock: timers that are due enter by the same door as everything else."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from broker import store, supply_store
from broker import tables as t
from broker.acting import stepped, supplied
from broker.errors import NotNow
from broker.house import House, today
from broker.needby import clocks
from broker.views import Actor
from foundation import timers
from foundation.clock import end_of_day
from foundation.failpoints import failpoint
from foundation.timers import Timer
from foundation.workflow import SYSTEM, Event

OBJECTS = ("request", "leg", "supply")

#: Days after the due date on which a borrower is reminded again.
REMINDERS = (1, 7, 14, 28)


def run(house: House, owner: str, limit: int) -> int:
    """Let due timers do their work, each in its own transaction; how many were looked at."""
    with house.db.begin() as c:
        due = timers.lease(c, OBJECTS, owner, house.clock(), limit=limit)
    failpoint("broker.timers_leased")
    for timer in due:
        with house.db.begin() as c:
            now = house.clock()
            if timers.done(c, timer.id, now):
                fire(c, house, timer, now)
            failpoint("broker.timer_done")
    return len(due)


def fire(c: Connection, house: House, timer: Timer, now: datetime) -> None:
    """Do what a timer is for; nothing when its object went on, or is gone."""
    if timer.object_type == "supply":
        _fire_supply(c, house, timer, now)
        return
    request_id = timer.object_id
    if timer.object_type == "leg":
        found = c.execute(select(t.attempt.c.request_id).where(t.attempt.c.id == timer.object_id)).scalar()
        if found is None:
            return
        request_id = str(found)
    elif not _exists(c, request_id):
        return
    loaded = store.load(c, request_id)
    number = loaded.row["state_number"]
    fields = {"today": today(loaded.library, now)}
    if timer.object_type == "leg":
        number = next(row["leg_number"] for row in loaded.attempts if row["id"] == timer.object_id)
        fields["leg"] = timer.object_id  # type: ignore[assignment]  # the leg's id beside a date
    if timer.kind in clocks.KINDS:  # of a day, whatever the state
        number = loaded.row["need_by"].toordinal() if loaded.row["need_by"] else 0
    if number != timer.object_version:
        return
    try:
        outcome = stepped(loaded.case, Event(action=timer.kind, role=SYSTEM, fields=fields), now)
    except NotNow:
        return
    actor = Actor(user_id=None, role=SYSTEM, library_id=loaded.library.id)
    told = {"action": timer.kind, "leg": fields.get("leg", "")}
    store.save(c, house, loaded, outcome, actor, now, told)


def _exists(c: Connection, request_id: str) -> bool:
    return c.execute(select(t.request.c.id).where(t.request.c.id == request_id)).first() is not None


def _fire_supply(c: Connection, house: House, timer: Timer, now: datetime) -> None:
    if c.execute(select(t.attempt.c.id).where(t.attempt.c.id == timer.object_id)).first() is None:
        return
    loaded = supply_store.load(c, timer.object_id)
    if loaded.row["supply_number"] != timer.object_version:
        return
    day = today(loaded.library, now)
    actor = Actor(user_id=None, role=SYSTEM, library_id=loaded.library.id)
    told = {"action": timer.kind, "key": f"timer{timer.id}"}
    try:
        outcome = supplied(loaded.supply, Event(action=timer.kind, role=SYSTEM, fields={"today": day}), now)
    except NotNow:
        outcome = None
    if outcome is not None:
        supply_store.save(c, house, loaded, outcome, actor, now, told)
    due_on = loaded.supply.due_on
    if timer.kind != "overdue" or due_on is None:
        return
    # Again on the next day of reminding; a renewal in between moved the due date, and with it the first one.
    later = [due_on + timedelta(days=number) for number in REMINDERS if due_on + timedelta(days=number) > day]
    if later:
        at = end_of_day(later[0] - timedelta(days=1), loaded.library.zone) + timedelta(seconds=1)
        supply_store.start_clock(
            c,
            house,
            loaded.library,
            loaded.supply,
            "overdue",
            timer.object_version,
            now,
            attempt=timer.attempt + 1,
            due_at=at,
        )
