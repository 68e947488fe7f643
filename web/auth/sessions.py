"""Sessions are rows: the cookie holds a random key, the table its hash, and deleting the row ends it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from foundation.tables import role, session, user
from web.may import Viewer

#: (idle, absolute) life of a session: shorter for those who work at a desk or for the network.
LIFE = {"staff": (timedelta(hours=8), timedelta(hours=12)), "patron": (timedelta(days=3), timedelta(days=14))}


def digest(key: str) -> str:
    """What the table keeps of a secret key."""
    return hashlib.sha256(key.encode()).hexdigest()


def start(c: Connection, user_id: str, agent: str, now: datetime) -> str:
    """A new session; returns the key for the cookie. An older one is never taken over."""
    viewer = _viewer(c, user_id)
    staff = bool(viewer and (viewer.staff or viewer.is_admin))
    key = secrets.token_urlsafe(32)
    c.execute(
        session.insert().values(
            id_hash=digest(key),
            user_id=user_id,
            created_at=now,
            seen_at=now,
            ends_at=now + LIFE["staff" if staff else "patron"][1],
            agent=agent[:200],
            data={"life": "staff" if staff else "patron"},
        )
    )
    return key


def find(c: Connection, key: str, now: datetime) -> tuple[Viewer, datetime] | None:
    """Who the key belongs to and when it was last seen; None when it has ended or the account is disabled."""
    row = c.execute(
        select(session.c.user_id, session.c.seen_at, session.c.ends_at, session.c.data).where(
            session.c.id_hash == digest(key)
        )
    ).first()
    if row is None or row.ends_at <= now or row.seen_at + LIFE[row.data["life"]][0] <= now:
        return None
    viewer = _viewer(c, row.user_id)
    return (viewer, row.seen_at) if viewer else None


def touch(c: Connection, key: str, now: datetime) -> None:
    """Note that the session was used; called at most once a minute."""
    c.execute(update(session).where(session.c.id_hash == digest(key)).values(seen_at=now))


def end(c: Connection, key: str) -> None:
    """End this session."""
    c.execute(delete(session).where(session.c.id_hash == digest(key)))


def end_all(c: Connection, user_id: str, except_key: str = "") -> int:
    """End every session of an account (but one); returns how many ended."""
    gone = delete(session).where(session.c.user_id == user_id)
    if except_key:
        gone = gone.where(session.c.id_hash != digest(except_key))
    return c.execute(gone).rowcount


def _viewer(c: Connection, user_id: str) -> Viewer | None:
    row = c.execute(select(user).where(user.c.id == user_id, user.c.state == "active")).first()
    if row is None:
        return None
    roles = c.execute(select(role.c.role, role.c.library_id).where(role.c.user_id == user_id))
    return Viewer(
        user_id=row.id,
        login=row.login,
        name=row.name,
        language=row.language,
        roles=frozenset((r.role, r.library_id) for r in roles),
    )
