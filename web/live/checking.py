"""Asking the catalogues of the libraries that hold a title whether it is free right now; the answer is kept for minutes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect
from werkzeug.exceptions import NotFound

from broker import seen
from broker.shelves import held
from index import views
from index.crosswalk.errors import BadRecord
from index.live.engine import LiveEngine, TooMany
from index.live.snapshot import UNION, View
from index.record import Holding, Record
from web import elsewhere
from web.account.cookies import throttle
from web.app import parts
from web.app import t as say
from web.live import starting
from web.may import needs
from web.search.checks import BY, askable, known_by
from web.wiring import Parts

log = logging.getLogger(__name__)

#: Records of one catalogue that are looked at, and minutes that an answer counts as new enough not to be asked again.
LOOKED_AT, KEPT = 5, 5
#: As whose the searches behind it are kept: nobody's page.
OWNER = "availability"


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/record/<cluster_id>/check", view_func=check, methods=["POST"])


@needs("look")
def check(cluster_id: str) -> Any:
    """Begin to ask, unless it was asked a moment ago; the page shows the answer when it is there."""
    here = parts()
    back = redirect(f"/record/{cluster_id}#holdings", 303)
    now = here.clock()
    with here.db.read() as c:
        found = views.get(c, cluster_id)
        if not isinstance(found, views.Cluster):
            raise NotFound
        targets = askable(c, held(c, cluster_id))
        states = seen.states(c, cluster_id, now)
    query = known_by(found.record)
    due = {
        library: one
        for library, one in targets.items()
        if library not in states or (now - states[library][1]).total_seconds() >= KEPT * 60
    }
    if query is None or not due:
        return back
    if throttle().wait(starting.counted(), now):
        flash(say("live.too_many"), "warn")
        return back
    throttle().count(starting.counted(), now)
    with here.db.read() as c:
        aims = elsewhere.aims(here, c, list(due.values()))
    engine = elsewhere.live_engine(here)
    try:
        search = engine.start(query, aims, owner=OWNER, text="", audience=OWNER, fresh=True)
    except TooMany:
        flash(say("live.unasked.busy"), "warn")
        return back
    with here.db.begin() as c:
        for library in due:
            seen.write(c, cluster_id, library, "running", now, None)
    libraries = {one.id: library for library, one in due.items()}
    thread = threading.Thread(
        target=_keep, args=(here, engine, search, cluster_id, libraries, found.record), daemon=True
    )
    here.cache["live_check"] = thread  # tests wait for it
    thread.start()
    return back


def _keep(
    here: Parts,
    engine: LiveEngine,
    search: str,
    cluster_id: str,
    libraries: Mapping[str, str],
    wanted: Record,
) -> None:
    """Wait until all have answered or the time is over, and write down what each library's catalogue said."""
    try:
        until = time.monotonic() + 60
        version, running = -1, True
        while running and time.monotonic() < until:
            found = engine.wait(search, OWNER, version, 5.0)
            if found is None:
                break
            version, running = found
        at = here.clock()
        said = _copies(engine, search, wanted)
        with here.db.begin() as c:
            for target, library in libraries.items():
                copies = said.get(target)
                state = "failed" if copies is None else "done"
                told = seen.holder(library, copies or (), at)
                seen.write(c, cluster_id, library, state, at, told if copies else None)
    except Exception:
        log.exception("what catalogues said of %s could not be kept", cluster_id)


def _copies(engine: LiveEngine, search: str, wanted: Record) -> dict[str, list[Holding]]:
    """Copies by target, of records that bear one of the numbers that were asked for; () for a target that has none."""
    found = engine.snapshot(search, OWNER, View(limit=50))
    if found is None:
        return {}
    numbers = {(kind, one) for kind in BY for one in wanted.values(kind)}
    said: dict[str, list[Holding]] = {
        one.id: [] for one in found.targets if one.id != UNION and (one.state == "ok" or one.fetched)
    }
    for cluster in found.clusters:
        for holder in cluster.holders[:50]:
            if holder.target not in said or holder.position > LOOKED_AT:
                continue
            try:
                record = engine.record(search, OWNER, holder.target, holder.position)
            except BadRecord:
                continue
            if record and numbers & {(kind, one) for kind in BY for one in record.values(kind)}:
                said[holder.target] += record.holdings
    return said
