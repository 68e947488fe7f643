"""Stores of accounts, their roles, patrons, and the links by which somebody gets in once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from foundation import tables as t
from foundation.ids import uuid7
from foundation.libraries import Changed

ROLES = ("patron", "librarian", "head", "admin")


class UnknownPerson(LookupError):
    """No account or patron of this id, login or number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account that logs in. `login` is folded to lower case; no password until the first link was used."""

    id: str
    login: str
    name: str
    email: str = ""
    password_hash: str | None = None
    language: str = "id"
    state: str = "active"
    created_at: datetime | None = None
    seen_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What an account is, and at which library (None for the network's admin)."""

    role: str
    library_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patron:
    """A reader of one home library, without being a person yet: see Person.

    `state` is pending (registered by themselves), confirmed or closed.
    """

    id: str
    library_id: str
    user_id: str | None
    number: str
    category: str = "general"
    expires_on: date | None = None
    state: str = "confirmed"
    blocked: bool = False
    block_reason: str = ""
    created_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a patron is. Kept in a table of its own, for the home library's eyes alone."""

    name: str
    email: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that lets somebody in once: kind setup, reset or invite."""

    kind: str
    user_id: str | None
    ends_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


# --- accounts ----------------------------------------------------------------------------------


def add_user(
    c: Connection, now: datetime, *, login: str, name: str, email: str = "", language: str = "id"
) -> User:
    """A new account without a password. Raises IntegrityError when the login is taken."""
    made = uuid7()
    c.execute(
        t.user.insert().values(
            id=made, login=fold(login), name=name, email=email, language=language, created_at=now
        )
    )
    return get_user(c, made)


def fold(login: str) -> str:
    """A login as it is stored and compared."""
    return login.strip().casefold()


def get_user(c: Connection, user_id: str) -> User:
    """The account of this id. Raises UnknownPerson."""
    return _user(c.execute(select(t.user).where(t.user.c.id == user_id)).first(), user_id)


def by_login(c: Connection, login: str) -> User:
    """The account of this login. Raises UnknownPerson."""
    return _user(c.execute(select(t.user).where(t.user.c.login == fold(login))).first(), login)


def by_email(c: Connection, email: str) -> tuple[User, ...]:
    """Active accounts with this address; several are possible."""
    query = select(t.user).where(
        func.lower(t.user.c.email) == email.strip().lower(), t.user.c.state == "active"
    )
    return tuple(User(**row._mapping) for row in c.execute(query)) if email.strip() else ()


def users(
    c: Connection,
    *,
    text: str = "",
    role: str | None = None,
    library_id: str | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[User, ...]:
    """Accounts by name; `text` is looked for in login, name and address."""
    query = select(t.user).order_by(t.user.c.name, t.user.c.id).offset(offset).limit(limit)
    if text.strip():
        query = query.where(
            or_(*(_holds(column, text) for column in (t.user.c.login, t.user.c.name, t.user.c.email)))
        )
    if role is not None or library_id is not None:
        roles = select(t.role.c.user_id)
        if role is not None:
            roles = roles.where(t.role.c.role == role)
        if library_id is not None:
            roles = roles.where(t.role.c.library_id == library_id)
        query = query.where(t.user.c.id.in_(roles))
    return tuple(User(**row._mapping) for row in c.execute(query))


def change_user(c: Connection, user_id: str, version: int, **values: Any) -> User:
    """Change name, email, language or state of an account of this version. Raises UnknownPerson, Changed."""
    done = c.execute(
        update(t.user)
        .where(t.user.c.id == user_id, t.user.c.version == version)
        .values(**values, version=version + 1)
    )
    if done.rowcount == 0:
        get_user(c, user_id)
        raise Changed(user_id)
    return get_user(c, user_id)


def set_password_hash(c: Connection, user_id: str, password_hash: str) -> None:
    """Store a password's hash (made by web's auth). Raises UnknownPerson."""
    done = c.execute(update(t.user).where(t.user.c.id == user_id).values(password_hash=password_hash))
    if done.rowcount == 0:
        raise UnknownPerson(user_id)


def seen(c: Connection, user_id: str, now: datetime) -> None:
    """Note that an account was used."""
    c.execute(update(t.user).where(t.user.c.id == user_id).values(seen_at=now))


def _user(row: Row[Any] | None, key: str) -> User:
    if row is None:
        raise UnknownPerson(key)
    return User(**row._mapping)


def _holds(column: Any, text: str) -> Any:
    return func.lower(column).contains(text.strip().lower(), autoescape=True)


# --- roles -------------------------------------------------------------------------------------


def grant(c: Connection, user_id: str, role: str, library_id: str | None = None) -> bool:
    """Give a role at a library (admin: None). False when the account has it already. Raises ValueError."""
    if role not in ROLES or (role == "admin") != (library_id is None):
        raise ValueError("admin is the network's role; every other one is at a library")
    if Role(role=role, library_id=library_id) in roles_of(c, user_id):
        return False  # the unique constraint does not see two NULLs as equal
    c.execute(t.role.insert().values(id=uuid7(), user_id=user_id, role=role, library_id=library_id))
    return True


def revoke(c: Connection, user_id: str, role: str, library_id: str | None = None) -> bool:
    """Take a role away; False when the account did not have it."""
    r = t.role.c
    at = r.library_id.is_(None) if library_id is None else r.library_id == library_id
    return c.execute(t.role.delete().where(r.user_id == user_id, r.role == role, at)).rowcount > 0


def roles_of(c: Connection, user_id: str) -> tuple[Role, ...]:
    """All roles of an account."""
    r = t.role.c
    rows = c.execute(select(r.role, r.library_id).where(r.user_id == user_id).order_by(r.role, r.library_id))
    return tuple(Role(**row._mapping) for row in rows)


def staff(c: Connection, library_id: str, *roles: str) -> tuple[User, ...]:
    """Active accounts with one of these roles (librarian and head unless told) at a library, by name."""
    query = (
        select(t.user)
        .where(
            t.user.c.state == "active",
            t.user.c.id.in_(
                select(t.role.c.user_id).where(
                    t.role.c.library_id == library_id, t.role.c.role.in_(roles or ("librarian", "head"))
                )
            ),
        )
        .order_by(t.user.c.name)
    )
    return tuple(User(**row._mapping) for row in c.execute(query))


# --- patrons -----------------------------------------------------------------------------------


def add_patron(
    c: Connection,
    now: datetime,
    library_id: str,
    person: Person,
    *,
    number: str,
    user_id: str | None = None,
    category: str = "general",
    expires_on: date | None = None,
    state: str = "confirmed",
) -> Patron:
    """A new patron of a library. Raises IntegrityError when the number is taken there."""
    made = uuid7()
    c.execute(
        t.patron.insert().values(
            id=made,
            library_id=library_id,
            user_id=user_id,
            number=number.strip(),
            category=category,
            expires_on=expires_on,
            state=state,
            created_at=now,
        )
    )
    c.execute(t.patron_person.insert().values(patron_id=made, **_person_values(person)))
    return get_patron(c, made)


def get_patron(c: Connection, patron_id: str) -> Patron:
    """The patron of this id. Raises UnknownPerson."""
    row = c.execute(select(t.patron).where(t.patron.c.id == patron_id)).first()
    if row is None:
        raise UnknownPerson(patron_id)
    return Patron(**row._mapping)


def by_number(c: Connection, library_id: str, number: str) -> Patron:
    """The patron of this member number at a library. Raises UnknownPerson."""
    p = t.patron.c
    row = c.execute(select(t.patron).where(p.library_id == library_id, p.number == number.strip())).first()
    if row is None:
        raise UnknownPerson(number)
    return Patron(**row._mapping)


def patrons_of_user(c: Connection, user_id: str) -> tuple[Patron, ...]:
    """Where an account is a patron (closed ones left out), oldest first."""
    p = t.patron.c
    query = select(t.patron).where(p.user_id == user_id, p.state != "closed").order_by(p.created_at, p.id)
    return tuple(Patron(**row._mapping) for row in c.execute(query))


def patrons(
    c: Connection,
    library_id: str,
    *,
    text: str = "",
    state: str | None = None,
    blocked: bool | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[tuple[Patron, Person | None], ...]:
    """Patrons of a library by name, each with the person (None once erased); `text` in number, name, address."""
    p, who = t.patron, t.patron_person
    query = (
        select(p, who.c.name, who.c.email, who.c.phone, who.c.address)
        .select_from(p.outerjoin(who, who.c.patron_id == p.c.id))
        .where(p.c.library_id == library_id)
        .order_by(who.c.name, p.c.id)
        .offset(offset)
        .limit(limit)
    )
    if state is not None:
        query = query.where(p.c.state == state)
    if blocked is not None:
        query = query.where(p.c.blocked == blocked)
    if text.strip():
        query = query.where(or_(*(_holds(column, text) for column in (p.c.number, who.c.name, who.c.email))))
    found = []
    for row in c.execute(query):
        values = dict(row._mapping)
        person = {key: values.pop(key) for key in ("name", "email", "phone", "address")}
        found.append((Patron(**values), None if person["name"] is None else Person(**person)))
    return tuple(found)


def count_patrons(c: Connection, library_id: str, *, state: str | None = None) -> int:
    """How many patrons a library has, or how many in one state."""
    query = select(func.count()).select_from(t.patron).where(t.patron.c.library_id == library_id)
    if state is not None:
        query = query.where(t.patron.c.state == state)
    return int(c.execute(query).scalar_one())


def change_patron(c: Connection, patron_id: str, version: int, **values: Any) -> Patron:
    """Change number, category, expires_on, state, blocked, block_reason or user_id. Raises UnknownPerson, Changed."""
    done = c.execute(
        update(t.patron)
        .where(t.patron.c.id == patron_id, t.patron.c.version == version)
        .values(**values, version=version + 1)
    )
    if done.rowcount == 0:
        get_patron(c, patron_id)
        raise Changed(patron_id)
    return get_patron(c, patron_id)


def person(c: Connection, patron_id: str) -> Person | None:
    """Who a patron is; None once that was erased."""
    p = t.patron_person.c
    row = c.execute(select(p.name, p.email, p.phone, p.address).where(p.patron_id == patron_id)).first()
    return None if row is None else Person(**row._mapping)


def change_person(c: Connection, patron_id: str, who: Person) -> None:
    """Replace what is known of the person. Raises UnknownPerson."""
    get_patron(c, patron_id)
    c.execute(t.patron_person.delete().where(t.patron_person.c.patron_id == patron_id))
    c.execute(t.patron_person.insert().values(patron_id=patron_id, **_person_values(who)))


def erase_person(c: Connection, patron_id: str) -> bool:
    """Forget who a patron is; the patron's row and requests stay. False when that was done before."""
    return c.execute(t.patron_person.delete().where(t.patron_person.c.patron_id == patron_id)).rowcount > 0


def _person_values(who: Person) -> dict[str, str]:
    return {"name": who.name, "email": who.email, "phone": who.phone, "address": who.address}


# --- links that work once ----------------------------------------------------------------------


def make_link(
    c: Connection,
    now: datetime,
    kind: str,
    *,
    user_id: str | None = None,
    hours: float = 24,
    data: Mapping[str, Any] | None = None,
) -> str:
    """The secret of a new link, 43 characters; only its hash is stored. Older ones of the same kind end."""
    token = secrets.token_urlsafe(32)
    if user_id is not None:
        k = t.one_time_link.c
        c.execute(
            update(t.one_time_link)
            .where(k.kind == kind, k.user_id == user_id, k.used_at.is_(None))
            .values(used_at=now)
        )
    c.execute(
        t.one_time_link.insert().values(
            token_hash=_hash(token),
            kind=kind,
            user_id=user_id,
            created_at=now,
            ends_at=now + timedelta(hours=hours),
            data=dict(data or {}),
        )
    )
    return token


def look_at_link(c: Connection, now: datetime, token: str) -> Link | None:
    """What a link is good for, without using it; None when it is unknown, used or over."""
    row = c.execute(select(t.one_time_link).where(t.one_time_link.c.token_hash == _hash(token))).first()
    if row is None or row.used_at is not None or row.ends_at <= now:
        return None
    return Link(kind=row.kind, user_id=row.user_id, ends_at=row.ends_at, data=row.data)


def use_link(c: Connection, now: datetime, token: str) -> Link | None:
    """Use a link up. Of two that try at the same time one gets it, the other None."""
    k = t.one_time_link.c
    found = look_at_link(c, now, token)
    if found is None:
        return None
    done = c.execute(
        update(t.one_time_link).where(k.token_hash == _hash(token), k.used_at.is_(None)).values(used_at=now)
    )
    return found if done.rowcount == 1 else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
