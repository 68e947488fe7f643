"""Stores of libraries, their branches, opening hours, closures, and of the network's holidays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from foundation import tables as t
from foundation.ids import uuid7


class UnknownLibrary(LookupError):
    """No library or branch of this id or code."""


class Changed(Exception):
    """Somebody else changed the row since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A member or partner. `symbol` is 'ISIL:…' or 'NPP:…'; `state` candidate, active, suspended or left.

    `places_itself` sends patrons' requests on without a librarian; `liable_user_id` then names who is liable.
    `transit_days` are taken off the supplier's due date for the patron's. `retention_days` after a request was closed
    it no longer says whose it was. One that is not `managed` works elsewhere and is reached by messages.
    """

    id: str
    code: str
    symbol: str
    name: str
    kind: str = "other"
    institution: str = ""
    address: str = ""
    region: str = ""
    latitude: float | None = None
    longitude: float | None = None
    zone: str = "Asia/Jakarta"
    email: str = ""
    phone: str = ""
    whatsapp: str = ""
    opac_url: str = ""
    state: str = "active"
    lends: bool = True
    managed: bool = True
    places_itself: bool = False
    liable_user_id: str | None = None
    transit_days: int = 3
    pickup_days: int = 10
    retention_days: int = 30
    request_limit: int = 10
    provisioned: bool = False
    created_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A place of a library. `zone` '' is the library's; `aliases` are the words by which sources call it."""

    id: str
    library_id: str
    code: str
    name: str
    address: str = ""
    zone: str = ""
    email: str = ""
    phone: str = ""
    pickup: bool = True
    lends: bool = True
    aliases: tuple[str, ...] = ()
    state: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Hours of one weekday (0 is Monday), 'HH:MM' in the branch's zone."""

    weekday: int
    opens: str
    closes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Days (both ends counted) on which a branch, or the whole library (`branch_id` None), is closed."""

    id: str
    library_id: str
    branch_id: str | None
    first_day: date
    last_day: date
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day that the admin added to the national calendar ('added') or took out of it ('removed')."""

    id: str
    day: date
    name: str
    kind: str


def add(c: Connection, now: datetime, *, code: str, symbol: str, name: str, **more: Any) -> Library:
    """A new library; `more` are other fields of Library. Raises IntegrityError when code or symbol is taken."""
    values = {"id": uuid7(), "code": code, "symbol": symbol, "name": name, "created_at": now, **more}
    c.execute(t.library.insert().values(**values))
    return get(c, values["id"])


_BY_ID = select(t.library).where(t.library.c.id == bindparam("library"))


def get(c: Connection, library_id: str) -> Library:
    """The library of this id. Raises UnknownLibrary."""
    return _one(c.execute(_BY_ID, {"library": library_id}).first(), library_id)


def by_code(c: Connection, code: str) -> Library:
    """The library of this code, in either case. Raises UnknownLibrary."""
    return _one(c.execute(select(t.library).where(t.library.c.code == code.upper())).first(), code)


def by_symbol(c: Connection, symbol: str) -> Library:
    """The library of this symbol. Raises UnknownLibrary."""
    return _one(c.execute(select(t.library).where(t.library.c.symbol == symbol)).first(), symbol)


def every(c: Connection, *states: str) -> tuple[Library, ...]:
    """All libraries, or those in one of these states, by name."""
    query = select(t.library).order_by(t.library.c.name, t.library.c.id)
    if states:
        query = query.where(t.library.c.state.in_(states))
    return tuple(Library(**row._mapping) for row in c.execute(query))


def change(c: Connection, library_id: str, version: int, **values: Any) -> Library:
    """Change fields of a library that still has this version. Raises UnknownLibrary, Changed."""
    done = c.execute(
        update(t.library)
        .where(t.library.c.id == library_id, t.library.c.version == version)
        .values(**values, version=version + 1)
    )
    if done.rowcount == 0:
        get(c, library_id)
        raise Changed(library_id)
    return get(c, library_id)


def _one(row: Row[Any] | None, key: str) -> Library:
    if row is None:
        raise UnknownLibrary(key)
    return Library(**row._mapping)


# --- branches ----------------------------------------------------------------------------------


def add_branch(
    c: Connection, library_id: str, *, code: str, name: str, aliases: Iterable[str] = (), **more: Any
) -> Branch:
    """A new branch; `more` are other fields of Branch. Raises IntegrityError when the code is taken there."""
    values = {
        "id": uuid7(),
        "library_id": library_id,
        "code": code,
        "name": name,
        "aliases": list(aliases),
        **more,
    }
    c.execute(t.branch.insert().values(**values))
    return branch(c, values["id"])


def branch(c: Connection, branch_id: str) -> Branch:
    """The branch of this id. Raises UnknownLibrary."""
    row = c.execute(select(t.branch).where(t.branch.c.id == branch_id)).first()
    if row is None:
        raise UnknownLibrary(branch_id)
    return _branch(row._mapping)


def branches(
    c: Connection, library_id: str | None = None, *, pickup: bool | None = None, closed: bool = False
) -> tuple[Branch, ...]:
    """Branches of one library or of all, by name; only pickup places if asked; closed ones only when asked."""
    query = select(t.branch).order_by(t.branch.c.name, t.branch.c.id)
    if library_id is not None:
        query = query.where(t.branch.c.library_id == library_id)
    if pickup is not None:
        query = query.where(t.branch.c.pickup == pickup)
    if not closed:
        query = query.where(t.branch.c.state == "active")
    return tuple(_branch(row._mapping) for row in c.execute(query))


def change_branch(c: Connection, branch_id: str, **values: Any) -> Branch:
    """Change fields of a branch. Raises UnknownLibrary."""
    if "aliases" in values:
        values["aliases"] = list(values["aliases"])
    c.execute(update(t.branch).where(t.branch.c.id == branch_id).values(**values))
    return branch(c, branch_id)


def _branch(row: Mapping[Any, Any]) -> Branch:
    return Branch(**{**row, "aliases": tuple(row["aliases"] or ())})


# --- hours, closures, holidays -----------------------------------------------------------------


def openings(c: Connection, branch_id: str) -> tuple[Opening, ...]:
    """The weekly hours of a branch, Monday first; several a day are possible; none means 'not told'."""
    o = t.opening.c
    rows = c.execute(
        select(o.weekday, o.opens, o.closes).where(o.branch_id == branch_id).order_by(o.weekday, o.opens)
    )
    return tuple(Opening(**row._mapping) for row in rows)


def set_openings(c: Connection, branch_id: str, hours: Sequence[Opening]) -> None:
    """Replace the weekly hours of a branch."""
    c.execute(t.opening.delete().where(t.opening.c.branch_id == branch_id))
    for one in hours:
        c.execute(
            t.opening.insert().values(
                id=uuid7(), branch_id=branch_id, weekday=one.weekday, opens=one.opens, closes=one.closes
            )
        )


def closures(
    c: Connection, library_id: str, *, branch_id: str | None = None, since: date | None = None
) -> tuple[Closure, ...]:
    """Closures of a library that end on or after `since`; with a branch, its own and the whole library's."""
    query = select(t.closure).where(t.closure.c.library_id == library_id).order_by(t.closure.c.first_day)
    if branch_id is not None:
        query = query.where(or_(t.closure.c.branch_id.is_(None), t.closure.c.branch_id == branch_id))
    if since is not None:
        query = query.where(t.closure.c.last_day >= since)
    return tuple(Closure(**row._mapping) for row in c.execute(query))


def add_closure(
    c: Connection,
    library_id: str,
    first_day: date,
    last_day: date,
    *,
    branch_id: str | None = None,
    reason: str = "",
) -> Closure:
    """Close a library, or one branch of it, on these days. Raises ValueError when they end before they begin."""
    if last_day < first_day:
        raise ValueError("a closure ends before it begins")
    made = Closure(
        id=uuid7(),
        library_id=library_id,
        branch_id=branch_id,
        first_day=first_day,
        last_day=last_day,
        reason=reason,
    )
    c.execute(
        t.closure.insert().values(
            id=made.id,
            library_id=library_id,
            branch_id=branch_id,
            first_day=first_day,
            last_day=last_day,
            reason=reason,
        )
    )
    return made


def remove_closure(c: Connection, library_id: str, closure_id: str) -> bool:
    """Take a closure of this library back; False when it has no such closure."""
    k = t.closure.c
    done = c.execute(t.closure.delete().where(k.id == closure_id, k.library_id == library_id))
    return done.rowcount > 0


def holidays(c: Connection, year: int | None = None) -> tuple[Holiday, ...]:
    """What the admin added to or removed from the national calendar, by day."""
    query = select(t.holiday).order_by(t.holiday.c.day)
    if year is not None:
        query = query.where(t.holiday.c.day.between(date(year, 1, 1), date(year, 12, 31)))
    return tuple(Holiday(**row._mapping) for row in c.execute(query))


def set_holiday(c: Connection, day: date, name: str, kind: str) -> Holiday:
    """Add a holiday ('added') or take a national one out ('removed'); replaces what was said of that day."""
    if kind not in ("added", "removed"):
        raise ValueError("a holiday is added or removed")
    c.execute(t.holiday.delete().where(t.holiday.c.day == day))
    made = Holiday(id=uuid7(), day=day, name=name, kind=kind)
    c.execute(t.holiday.insert().values(id=made.id, day=day, name=name, kind=kind))
    return made


def remove_holiday(c: Connection, holiday_id: str) -> bool:
    """Forget what was said of a day; False when nothing was."""
    return c.execute(t.holiday.delete().where(t.holiday.c.id == holiday_id)).rowcount > 0
