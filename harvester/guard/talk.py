"""A conversation beside harvests, over the same one connection to the host: for single records."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from foundation import leases
from foundation.ids import uuid7
from foundation.leases import Lease
from foundation.seal import BadSeal
from harvester import profiles
from harvester.context import Harvesting
from harvester.errors import NotAllowed
from harvester.guard import pace, turn
from harvester.guard.wire import PoliteWire
from harvester.patience import Patience
from harvester.sources import Source
from harvester.transport import Conversation, Endpoint, Quirks, Tally

#: How long to wait for a harvest to let go of its host, seconds.
WAIT = 30.0
_PATIENCE = 120.0
_RENEW = 15.0


class HostBusy(Exception):
    """The host is talked to for another source, or by a harvest of this one: come back later."""


@contextmanager
def keeping(ctx: Harvesting, slot: Lease, lost: threading.Event) -> Iterator[None]:
    """Renew a lease in the background while the block runs; `lost` is set when somebody else got it."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(_RENEW):
            try:
                with ctx.db.begin() as c:
                    if not turn.renew(c, slot, ctx.clock()):
                        lost.set()
                        return
            except Exception:  # the database may be away for a moment; the lease is longer than that
                turn.log.exception("host not renewed", extra={"lease": slot.name})

    thread = threading.Thread(target=keep, name=f"{slot.name[:40]}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        with ctx.db.begin() as c:
            turn.give_back(c, slot, ctx.clock())


@contextmanager
def talk(ctx: Harvesting, of: Source, *, wait: float = WAIT) -> Iterator[Conversation]:
    """A polite conversation with the provider of a source. Raises HostBusy, NotAllowed."""
    slot = wait_for_slot(ctx, of, f"talk {uuid7()}", wait=wait)
    lost = threading.Event()
    with keeping(ctx, slot, lost):
        wire = PoliteWire(
            ctx.wire_of(of), least_ms=ctx.settings.host_delay_ms, now=ctx.clock, stop=ctx.stopping.is_set
        )
        profile, tally = profiles.of(of.profile), Tally()
        yield Conversation(
            Endpoint(
                url=of.url,
                headers=of.headers,
                username=of.username,
                password=_password(ctx, of),
                delay=of.delay_ms / 1000,
            ),
            profile.connect(wire, profiles.Site(url=of.url, pause=of.delay_ms / 1000), tally.odd),
            patience=Patience(_PATIENCE, stop=lambda: ctx.stopping.is_set() or lost.is_set()),
            now=ctx.clock,
            quirks=Quirks.of({**profile.quirks, **of.quirks}),
            tally=tally,
        )


def wait_for_slot(ctx: Harvesting, of: Source, owner: str, *, wait: float = WAIT) -> Lease:
    """The lease of a source's host, waited for so many seconds. Raises HostBusy."""
    name = turn.slot_name(pace.host_of(of.url))
    ends = time.monotonic() + wait
    while True:
        now: datetime = ctx.clock()
        with ctx.db.begin() as c:
            got = leases.acquire(c, name, owner, now, turn.SLOT_SECONDS)
        if got is not None:
            return got
        if time.monotonic() >= ends or ctx.stopping.is_set():
            raise HostBusy(f"{pace.host_of(of.url)} is being harvested just now")
        time.sleep(0.5)


def _password(ctx: Harvesting, of: Source) -> str:
    try:
        return ctx.seal.open(of.secret) if of.secret is not None else ""
    except BadSeal as error:
        raise NotAllowed(f"the stored password cannot be opened: {error}") from None
