"""Libraries as search pages name them: kept for some seconds, and until anything is changed here."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Response, g, request

from foundation.libraries import Library, every
from web.app import parts


@dataclass(frozen=True, slots=True)
class Directory:
    """All libraries by id, their names by code, and the codes of the viewer's own."""

    by_id: dict[str, Library]
    names: dict[str, str]
    own: frozenset[str]


#: Seconds that the libraries are kept; another process may have changed them.
KEPT = 5.0


def directory() -> Directory:
    """The libraries, and which of them are the viewer's."""
    found: Directory | None = g.get("directory")
    if found is None:
        by_id, names = _libraries()
        mine = g.viewer.libraries("patron", "librarian", "head")
        own = frozenset(by_id[one].code for one in mine if one in by_id)
        found = g.directory = Directory(by_id, names, own)
    return found


def forget(response: Response) -> Response:
    """Read the libraries anew after a request that may have changed them."""
    if request.method not in ("GET", "HEAD"):
        parts().cache.pop("directory", None)
    return response


def _libraries() -> tuple[dict[str, Library], dict[str, str]]:
    kept: tuple[float, dict[str, Library], dict[str, str]] | None = parts().cache.get("directory")
    now = time.monotonic()
    if kept is None or now - kept[0] > KEPT:
        with parts().db.read() as c:
            by_id = {one.id: one for one in every(c)}
        kept = (now, by_id, {one.code: one.name for one in by_id.values()})
        parts().cache["directory"] = kept
    return kept[1], kept[2]
