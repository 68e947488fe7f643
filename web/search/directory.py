"""Libraries as search pages name them: read once a request."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g

from foundation.libraries import Library, every
from web.app import parts


@dataclass(frozen=True, slots=True)
class Directory:
    """All libraries by id, their names by code, and the codes of the viewer's own."""

    by_id: dict[str, Library]
    names: dict[str, str]
    own: frozenset[str]


def directory() -> Directory:
    """The libraries, and which of them are the viewer's."""
    found: Directory | None = g.get("directory")
    if found is None:
        with parts().db.read() as c:
            by_id = {one.id: one for one in every(c)}
        mine = g.viewer.libraries("patron", "librarian", "head")
        found = g.directory = Directory(
            by_id,
            {one.code: one.name for one in by_id.values()},
            frozenset(one.code for one in by_id.values() if one.id in mine),
        )
    return found
