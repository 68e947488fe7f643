"""What a source is due for when its schedule strikes: what changed, the whole list, or its identifiers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: How often identifiers are compared where the provider announces no deletions and nobody says otherwise, days.
SWEEP_DAYS = 7
#: Schedules strike a little early or late.
_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What counts: the intervals in days (0 is never, `sweep_days` None is as needed), what deletions the provider
    announces (no, transient, persistent, '' unknown), whether tombstones were ever seen, whether `from` is ignored,
    whether the last sweep named old records that we do not have, and whether its list of identifiers has no end that
    can be believed (tokens that do not work, for one).
    """

    full_days: int = 0
    sweep_days: int | None = None
    deleted_policy: str = ""
    tombstones_seen: bool = False
    ignores_from: bool = False
    unknown_named: bool = False
    names_unproven: bool = False


def sweeps_every(habits: Habits) -> int:
    """How often to sweep, in days; 0 is never.

    Not needed where deletions are announced, or where each harvest is of the whole list anyway.
    """
    if habits.sweep_days is not None:
        return habits.sweep_days
    if habits.ignores_from or habits.deleted_policy == "persistent" or habits.tombstones_seen:
        return 0
    return SWEEP_DAYS


def kind_due(habits: Habits, *, last_full: datetime | None, now: datetime) -> str:
    """incremental or full. A source that was never read whole is read whole by an incremental harvest too.

    Where `from` is ignored the whole list comes anyway: then it may as well show what was deleted.
    """
    if habits.unknown_named or habits.ignores_from:
        return "full"
    if habits.full_days and last_full is not None:
        return "full" if _over(last_full, habits.full_days, now) else "incremental"
    return "incremental"


def sweep_kind(habits: Habits) -> str:
    """How deletions are found out: by identifiers alone, or by the whole list where those prove nothing."""
    return "full" if habits.names_unproven else "sweep"


def sweep_due(
    habits: Habits, *, first_full: datetime | None, last_whole: datetime | None, now: datetime
) -> bool:
    """Whether it is time to compare identifiers: so long after the first harvest, and after the last whole list."""
    every = sweeps_every(habits)
    if not every or first_full is None:
        return False
    return _over(max(first_full, last_whole or first_full), every, now)


def _over(since: datetime, days: int, now: datetime) -> bool:
    return now - since >= timedelta(days=days) - _SLACK
