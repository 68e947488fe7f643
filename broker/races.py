"""Whether what a database refused was somebody who was faster, or a fault of ours."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

#: unique_violation (PostgreSQL, appendix A).
_UNIQUE = "23505"

#: Tables in which two units of work for the same object put the same next row.
_RACED = frozenset({"event", "attempt", "rota_entry", "patron_loan", "timer", "outbox", "inbox"})


def is_race(problem: IntegrityError) -> bool:
    """True only where two at the same time can have put the same row.

    A unit of work on SQLite holds the one write lock from its beginning, so there nobody can have been faster. On
    PostgreSQL the constraint says it: anything but a unique row of a raced table is a fault and must be seen as one.
    """
    told = problem.orig
    table = getattr(getattr(told, "diag", None), "table_name", None)
    return getattr(told, "sqlstate", None) == _UNIQUE and table in _RACED
