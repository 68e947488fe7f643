"""When an item from a library is here: at the soonest, and by what was agreed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from broker.house import House, today
from broker.rota import Arrival
from broker.states import SUPPLY
from foundation import libraries
from foundation.calendars import NeverOpen
from foundation.libraries import Library

#: Working days in which a library has agreed to act: the clock of a new supply.
TURNAROUND = max(clock.days for clock in SUPPLY.deadlines["new"])


def arrival(
    c: Connection, house: House, home: Library, supplier_id: str, service_type: str, now: datetime
) -> Arrival:
    """Counted from now: the way takes the days that the requesting library tells, a copy none.

    A library that is closed for good never sends anything: then both are the last day there is.
    """
    way = timedelta(days=0 if service_type == "copy" else home.transit_days)
    supplier = libraries.get(c, supplier_id)
    start = today(supplier, now)
    calendar = house.calendar(c, supplier)
    try:
        return Arrival(
            soonest=calendar.next_open_day(start) + way,
            agreed=calendar.add_working_days(start, TURNAROUND) + way,
        )
    except NeverOpen:
        return Arrival(soonest=date.max, agreed=date.max)
