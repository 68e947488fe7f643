"""Who may ask: addresses, logins, and how much each address may have at once and within a minute."""

from __future__ import annotations

import hmac
import ipaddress
import math
from collections import Counter
from collections.abc import Sequence

from foundation.clock import Clock
from web.robots.buckets import Buckets
from web.settings import Z3950Settings


class Access:
    """The door of a target: who comes in, and what they have had. For the one thread of the listener alone."""

    def __init__(self, settings: Z3950Settings, clock: Clock) -> None:
        self._settings = settings
        self._networks = [ipaddress.ip_network(text, strict=False) for text in settings.addresses]
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._buckets = Buckets(keys=20_000)

    @property
    def needs_login(self) -> bool:
        """Whether a name and a password are asked for."""
        return bool(self._settings.users)

    def enter(self, address: str) -> str:
        """Count a connection in; '' when it may stay, else why not, for the log."""
        if self._networks and not _within(address, self._networks):
            return "address"
        if self._open.total() >= self._settings.connections:
            return "full"
        key = _key(address)
        if self._open[key] >= self._settings.connections_each:
            return "too many connections"
        self._open[key] += 1
        return ""

    def leave(self, address: str) -> None:
        """Count a connection out that had come in."""
        key = _key(address)
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]

    @property
    def open(self) -> int:
        """Connections at this time."""
        return self._open.total()

    def knows(self, name: str, password: str) -> bool:
        """Whether this name has this password. All are compared, so that time tells nothing."""
        found = False
        for user in self._settings.users:
            same = hmac.compare_digest(user.name.encode(), name.encode())
            found |= hmac.compare_digest(user.password.encode(), password.encode()) & same
        return found

    def wait(self, address: str, *, searches: int = 0, records: int = 0) -> int:
        """Seconds until so much may be had by the address; 0 when it was counted and may be had now."""
        key = _key(address)
        wanted = (
            (f"s:{key}", self._settings.searches_per_minute, searches),
            (f"r:{key}", self._settings.records_per_minute, records),
        )
        waits = [
            self._buckets.take([(key, size)], cost, self._clock())
            for key, size, cost in wanted
            if cost and size > 0
        ]
        return math.ceil(max(waits, default=0.0))


def _within(address: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    found = _read(address)
    return found is not None and any(found in network for network in networks)


def _read(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def _key(address: str) -> str:
    """Who counts as one: an address of IPv4, and of IPv6 the /64 that one machine may have all of."""
    found = _read(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found) if found is not None else address
