"""The clock of the day by which a reader needs it: a warning two days before, and when it has passed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from foundation import timers
from foundation.clock import end_of_day
from foundation.libraries import Library
from foundation.timers import Timer

#: Action -> days from the day itself to the day at whose beginning it is taken.
KINDS = {"need_by_near": -2, "need_by_passed": 1}


def start(c: Connection, request_id: str, need_by: date | None, library: Library, now: datetime) -> None:
    """Put the timers of this day; moments that are over already are not made up for.

    They belong to the day, not to a state: their object_version is the day's number.
    """
    if need_by is None:
        return
    for kind, days in KINDS.items():
        at = end_of_day(need_by + timedelta(days=days - 1), library.zone) + timedelta(seconds=1)
        if at > now:
            timers.put(
                c,
                Timer(
                    kind=kind,
                    object_type="request",
                    object_id=request_id,
                    object_version=need_by.toordinal(),
                    due_at=at,
                ),
            )
