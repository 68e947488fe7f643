"""Pull slips as PDF: one, the chosen ones, or all that were not printed yet; printing marks them."""

from __future__ import annotations

from typing import Any

from flask import g, redirect

from broker import desk
from broker.desk import Filter, LendRow
from web.app import parts
from web.desk.room import at, blueprint
from web.may import needs

#: Queues in which something is looked for on the shelf.
TO_PULL = ("new", "to_ship")
#: Slips in one file.
MOST = 500


def unprinted() -> list[LendRow]:
    """Supplies whose slip was never printed."""
    found: list[LendRow] = []
    with parts().db.read() as c:
        for queue in TO_PULL:
            rows = desk.lending(c, g.library.id, Filter(queue=queue, sort="oldest", limit=MOST)).rows
            found += [row for row in rows if not row.flags.get("pull")]
    return found[:MOST]


@blueprint.post("/<library>/slips")
@needs("desk_work")
def slips(library: str) -> Any:
    """To come."""
    return redirect(at("lending"))
