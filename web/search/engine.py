"""The search engine as pages use it: never far behind what the worker has written."""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Lock, Thread

from index.search import Engine, SearchFailed
from web.app import parts

#: Seconds after which a search looks for newer commits: beside itself, or before it answers when it was long ago.
SOON, LATE = 1.0, 10.0

_one = Lock()


def engine() -> Engine:
    """The engine, refreshed. Busy pages refresh it in a thread of its own, so that no reader waits for that."""
    here = parts()
    now = time.monotonic()
    age = now - here.cache.get("refreshed", 0.0)
    if age > SOON and _one.acquire(blocking=False):
        here.cache["refreshed"] = now
        if age > LATE:
            _refresh(here.engine)
        else:
            Thread(target=_refresh, args=(here.engine,), daemon=True).start()
    return here.engine


def _refresh(found: Engine) -> None:
    try:
        with suppress(SearchFailed):  # the search that follows says so, or answers from what is open
            found.refresh()
    finally:
        _one.release()
