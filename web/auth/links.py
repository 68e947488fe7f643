"""Links that let somebody choose a password once: for the first admin, an invitation, a forgotten password."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from foundation import people
from web.auth import passwords, sessions

#: Hours that a link of each kind is good for.
HOURS = {"setup": 24 * 7, "invite": 24 * 14, "reset": 2}


def make(c: Connection, now: datetime, kind: str, user_id: str) -> str:
    """The path of a new link of this kind, '/link/…'. Older links of the same kind and account end."""
    token = people.make_link(c, now, kind, user_id=user_id, hours=HOURS[kind])
    return f"/link/{token}"


def spend(c: Connection, now: datetime, token: str, password_hash: str) -> str | None:
    """Use the link up, set the password, end every session of the account.

    Returns the account's login; None when the link is unknown, over, used, or its account disabled.
    """
    link = people.use_link(c, now, token)
    if link is None or link.user_id is None or link.kind not in HOURS:
        return None
    account = people.get_user(c, link.user_id)
    if account.state != "active":
        return None
    people.set_password_hash(c, account.id, password_hash)
    sessions.end_all(c, account.id)
    return account.login


def fault(c: Connection, user_id: str, password: str) -> str | None:
    """Why this new password is refused for the account, as a key of the texts; None when it is good."""
    account = people.get_user(c, user_id)
    return passwords.fault(password, account.login, account.name, account.email.split("@")[0])
