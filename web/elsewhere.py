"""Searching elsewhere: the live engine joined with the targets of the database and with our own index."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from foundation.seal import BadSeal
from foundation.tables import library
from index.live.aims import Ways
from index.live.asking.aim import Aim
from index.live.engine import LiveEngine
from index.live.keeping.file import File
from index.query import Query
from index.search import SORTS, Hit, SearchFailed, SearchRequest
from index.targets import store
from index.targets.errors import UnknownTarget
from index.targets.store import Target
from web.may import Viewer

if TYPE_CHECKING:
    from web.wiring import Parts

log = logging.getLogger(__name__)

#: Hits of our own index that stand among live ones.
OURS = 100
#: Who may search a target, by who asks: those that signed in may what everybody may, staff may all.
MAY = {
    "public": frozenset(("public",)),
    "signed_in": frozenset(("public", "signed_in")),
    "staff": frozenset(("public", "signed_in", "staff")),
}

_lock = threading.Lock()


def live_engine(parts: Parts) -> LiveEngine:
    """The live engine of this process, made when it is first asked for; `Parts.close` closes it."""
    with _lock:
        found: LiveEngine | None = parts.cache.get("live_engine")
        if found is None:
            found = parts.cache["live_engine"] = LiveEngine(
                File(parts.data / "live.db"),
                parts.clock,
                parts.settings.live,
                aim_of=lambda target: aim_of(parts, target),
                union=lambda query, sort: ours(parts, query, sort),
            )
        return found


def forget(parts: Parts) -> None:
    """Take out what nobody looks at, also when nobody searches any more."""
    if (parts.data / "live.db").exists():
        live_engine(parts).clean()


def audience_of(viewer: Viewer) -> str:
    """As whom somebody searches targets: public, signed_in, staff."""
    if viewer.staff or viewer.is_admin:
        return "staff"
    return "signed_in" if viewer.user_id else "public"


def searchable(parts: Parts, c: Connection, audience: str) -> tuple[Target, ...]:
    """The targets that this audience (public, signed_in, staff) may search, by code."""
    allowed = MAY[audience]
    return tuple(one for one in store.listed(c, enabled_only=True) if one.profile.policy.searchers in allowed)


def aims(parts: Parts, c: Connection, targets: Sequence[Target]) -> list[Aim]:
    """The targets as the engine asks them. Ids are theirs; `library` is the code of the member or partner they belong to."""
    codes = _codes(c)
    return [_aim(parts, one, codes.get(one.profile.presentation.symbol, "")) for one in targets]


def aim_of(parts: Parts, target: str) -> Aim | None:
    """One target by its id, as long as it may be searched."""
    with parts.db.read() as c:
        try:
            found = store.get(c, target)
        except UnknownTarget:
            return None
        if not found.enabled or found.deleted_at is not None:
            return None
        return aims(parts, c, [found])[0]


def ours(parts: Parts, query: Query, sort: str) -> Sequence[Hit]:
    """What our own index has for a query, the best of it; nothing while it cannot be searched."""
    request = SearchRequest(query=query, sort=sort if sort in SORTS else "relevance", limit=OURS)
    try:
        return parts.engine.search(request).hits
    except SearchFailed as error:
        log.warning("our own index gave nothing to a live search: %s", error)
        return ()


def _aim(parts: Parts, one: Target, code: str) -> Aim:
    def secret() -> str:
        try:
            return one.password(parts.seal)
        except BadSeal:
            log.warning("the password of target %s cannot be opened", one.code)
            raise

    return _ways(parts).aim(one.id, one.profile, secret, name=one.name, library=code, now=parts.clock())


def _ways(parts: Parts) -> Ways:
    from web.wiring import policy

    found: Ways | None = parts.cache.get("live_ways")
    if found is None:
        found = parts.cache["live_ways"] = Ways(policy(parts.settings))
    return found


def library_of(c: Connection, symbol: str) -> str | None:
    """The id of the library with this symbol."""
    return c.execute(select(library.c.id).where(library.c.symbol == symbol)).scalar()


def _codes(c: Connection) -> dict[str, str]:
    rows = c.execute(select(library.c.symbol, library.c.code).where(library.c.symbol != ""))
    return {row.symbol: row.code for row in rows}
