"""What lies in the basket: rows for whoever is signed in, a signed cookie of at most a hundred ids for guests.

A guest who signs in keeps what was put in before: both are shown together, and the next change writes it down.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable

from flask import current_app, g, request
from itsdangerous import BadSignature, Signer
from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from foundation.ids import uuid7
from foundation.once import insert_once
from foundation.tables import basket_item
from index.tables import cluster
from web.app import parts

#: A cookie has room for some four thousand characters: sixteen bytes an id.
GUEST_MOST = 100

#: What an account may keep.
MOST = 1_000

COOKIE = "silang-basket"


def ids() -> tuple[str, ...]:
    """Ids in the basket of whoever is looking, in the order in which they were put there."""
    found: tuple[str, ...] | None = g.get("basket")
    if found is None:
        with parts().db.read() as c:
            found = g.basket = _all(c)
    return found


def seen() -> tuple[str, ...]:
    """The same for the frame of every page, which must show even where the database does not answer."""
    try:
        return ids()
    except SQLAlchemyError:
        return ()


def _all(c: Connection) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_stored(c), *_cookie())))


def _stored(c: Connection) -> tuple[str, ...]:
    if not g.viewer.user_id:
        return ()
    b = basket_item.c
    query = select(b.cluster_id).where(b.user_id == g.viewer.user_id).order_by(b.created_at, b.id)
    return tuple(c.execute(query).scalars())


def add(wanted: Iterable[str]) -> tuple[int, int]:
    """Put titles in; (how many came in, how many had no room). What is no title of the catalogue is left out."""
    asked = list(dict.fromkeys(one for one in wanted if packed(one) is not None))[:GUEST_MOST]
    with parts().db.begin() as c:
        known = set(
            c.execute(
                select(cluster.c.id).where(cluster.c.id.in_(asked), cluster.c.gone_at.is_(None))
            ).scalars()
        )
        there = _all(c)
        new = [one for one in asked if one in known and one not in there]
        most = MOST if g.viewer.user_id else GUEST_MOST
        fit = new[: max(0, most - len(there))]
        g.basket = (*there, *fit)
        if g.viewer.user_id:
            _keep(c, g.basket)
    return len(fit), len(new) - len(fit)


def take_out(unwanted: Iterable[str]) -> int:
    """Take titles out; how many were there."""
    gone = set(unwanted)
    with parts().db.begin() as c:
        there = _all(c)
        g.basket = tuple(one for one in there if one not in gone)
        if g.viewer.user_id:
            b = basket_item.c
            c.execute(delete(basket_item).where(b.user_id == g.viewer.user_id, b.cluster_id.in_(gone)))
            _keep(c, g.basket)
    return len(there) - len(g.basket)


def clear() -> None:
    """Empty the basket."""
    g.basket = ()
    if g.viewer.user_id:
        with parts().db.begin() as c:
            c.execute(delete(basket_item).where(basket_item.c.user_id == g.viewer.user_id))


def _keep(c: Connection, wanted: tuple[str, ...]) -> None:
    """Write down what the account does not have yet: what was just put in, and what the cookie brought."""
    stored = set(_stored(c))
    now = parts().clock()
    for one in [one for one in wanted if one not in stored][: max(0, MOST - len(stored))]:
        row = {"id": uuid7(), "user_id": g.viewer.user_id, "cluster_id": one, "created_at": now}
        insert_once(c, basket_item, row)


# --- the cookie of guests ------------------------------------------------------------------------


def packed(cluster_id: str) -> bytes | None:
    """The sixteen bytes of an id; None for what is none of ours."""
    try:
        found = uuid.UUID(cluster_id)
    except ValueError:
        return None
    return found.bytes if str(found) == cluster_id else None


def _signer() -> Signer:
    return Signer(current_app.secret_key or b"", salt="basket")


def _cookie() -> tuple[str, ...]:
    """Ids of the cookie; () where it is missing, or not signed by us."""
    text = request.cookies.get(COOKIE, "")
    if not text:
        return ()
    try:
        data = base64.urlsafe_b64decode(_signer().unsign(text))
    except (BadSignature, ValueError):
        return ()
    pieces = [data[at : at + 16] for at in range(0, min(len(data), 16 * GUEST_MOST), 16)]
    return tuple(str(uuid.UUID(bytes=one)) for one in pieces if len(one) == 16)


def remember(answer: Response) -> Response:
    """Give a guest the basket to carry; take the cookie from whoever has an account."""
    if g.viewer.user_id or not g.basket:
        answer.delete_cookie(COOKIE, path="/", samesite="Lax", httponly=True)
        return answer
    data = b"".join(one for one in map(packed, g.basket) if one)
    signed = _signer().sign(base64.urlsafe_b64encode(data)).decode()
    secure = bool(current_app.config["AUTH_SECURE"])
    answer.set_cookie(COOKIE, signed, secure=secure, httponly=True, samesite="Lax", path="/")
    return answer
