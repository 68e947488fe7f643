"""From a target's profile to what the engine asks: how a link to it is opened, how its records are read, its bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from foundation.fetch import Allowed, FetchPolicy
from foundation.hours import hours_of
from index.live import z3950
from index.live.asking.aim import Aim
from index.live.lean import Reading
from index.live.link import Link, LinkFailed
from index.sru.link import Means as SruMeans
from index.sru.link import open_link as open_sru
from index.sru.memory import Memory as SruMemory
from index.sru.workers import Workers
from index.targets.profile import Limits, Profile

#: Ways of a profile to tell of copies → names of index.crosswalk.copies.
COPIES = {"852": ("marc852",), "949": ("949",), "952": ("koha952",), "995": ("995",)}


class Ways:
    """What links of one process share; for one event loop. `policy` says which addresses may be reached."""

    def __init__(self, policy: FetchPolicy) -> None:
        allowed = Allowed.read(policy.allow, everything=policy.any_address)
        self._z3950 = z3950.Means(allowed=allowed)
        self._sru = SruMeans(policy=policy, workers=Workers(), memory=SruMemory(), pqf=z3950.pqf)

    def aim(
        self,
        target: str,
        profile: Profile,
        secret: Callable[[], str] = str,
        *,
        name: str = "",
        library: str = "",
        now: datetime | None = None,
    ) -> Aim:
        """The target as the engine asks it. `secret` gives its password when a link is opened, and not before.

        With `now`, a target outside its hours is one that must not be asked.
        """
        limits = profile.limits

        async def opened(deadline: float) -> Link:
            deadline = min(deadline, asyncio.get_running_loop().time() + limits.connect_seconds)
            try:
                password = secret()
            except Exception as error:
                raise LinkFailed("unsupported", "its password cannot be opened") from error
            if profile.address.protocol == "sru":
                return await open_sru(profile, password, self._sru, deadline)
            return await z3950.open_link(profile, password, self._z3950, deadline)

        return Aim(
            id=target,
            name=name or profile.presentation.name or profile.code or profile.address.url,
            url=profile.address.url,
            open=opened,
            library=library,
            revision=blake2b(repr(profile).encode(), digest_size=8).hexdigest(),
            seconds=limits.whole_seconds,
            search_seconds=limits.search_seconds,
            want=limits.most_records,
            chunk=limits.chunk,
            connections=limits.connections,
            interval=limits.interval,
            idle=limits.idle_seconds,
            closed="outside_hours" if now is not None and not open_at(limits, now) else "",
            reading=reading(profile),
        )


def reading(profile: Profile) -> Reading:
    """How records of a target are read."""
    retrieval = profile.retrieval
    return Reading(
        charset=retrieval.charset, flavour=retrieval.flavour, copies=COPIES.get(retrieval.holdings, ())
    )


def open_at(limits: Limits, now: datetime) -> bool:
    """Whether a target may be asked at this instant, by its hours and its clock. Lines that are no hours open nothing."""
    if not limits.hours:
        return True
    here = now.astimezone(ZoneInfo(limits.zone))
    at = here.strftime("%H:%M")
    for line in limits.hours:
        for day, opens, closes in hours_of(line):
            if day == here.weekday() and opens <= at < closes:
                return True
    return False
