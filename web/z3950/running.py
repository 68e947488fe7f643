"""Runs the listener beside what else a process does: in the worker, or as a process of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from index.cql.profile import Profile
from web.sru import read_profile
from web.wiring import VERSION, Parts
from web.z3950.access import Access
from web.z3950.figures import Figures
from web.z3950.listener import Listener
from web.z3950.union import UnionCatalogue

log = logging.getLogger("silang.z3950")

#: Seconds between two tries for a port that somebody else has: another worker, which may end.
AGAIN = 30.0

#: Seconds between two writings of the figures.
_FIGURES = 10.0


def keep(parts: Parts, stop: threading.Event) -> None:
    """Listen until `stop` is set; a port that is taken is tried for again. For a thread."""
    table = read_profile(parts)
    while not stop.is_set():
        try:
            asyncio.run(listen(parts, table, stop))
        except OSError as fault:
            log.warning("the port of Z39.50 cannot be had", extra={"fault": str(fault)})
            stop.wait(AGAIN)
        except Exception:
            log.exception("the listener failed")
            stop.wait(AGAIN)


async def listen(
    parts: Parts, table: Profile, stop: threading.Event, ready: Callable[[int], None] | None = None
) -> None:
    """Listen until `stop` is set; `ready` is told the port. Raises OSError when the port cannot be had."""
    settings = parts.settings.z3950
    web = parts.settings.web
    root = web.public_url or f"http://{web.host}:{web.port}"
    access = Access(settings, parts.clock)
    figures = Figures(parts.data)
    catalogue = UnionCatalogue(parts, table, root)
    listener = Listener(settings, catalogue, access, figures, version=VERSION)
    port = await listener.start()
    where = f"{settings.host}:{port}/{settings.database}"
    log.info("listening", extra={"where": where})
    figures.write(where, 0)
    if ready is not None:
        ready(port)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    waiter = threading.Thread(target=_tell, args=(stop, loop, stopped), name="z3950-stop", daemon=True)
    waiter.start()
    try:
        while not stopped.is_set():
            figures.write(where, access.open)
            try:
                async with asyncio.timeout(_FIGURES):
                    await stopped.wait()
            except TimeoutError:
                continue
    finally:
        await listener.stop()
        figures.remove()
        log.info("stopped listening", extra={"where": where})


def _tell(stop: threading.Event, loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    stop.wait()
    if not loop.is_closed():
        loop.call_soon_threadsafe(stopped.set)
