"""Counts failures per account and per network, in a table that cannot grow, and says how long to wait."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many tries in so many minutes."""

    tries: int
    minutes: int


#: What a sign-in counts against. The pair is tight; the account alone is wide, so that a stranger
#: cannot lock its owner out by guessing from elsewhere.
SIGN_IN = {
    "pair": Limit(tries=6, minutes=10),
    "account": Limit(tries=60, minutes=60),
    "network": Limit(tries=60, minutes=10),
}

#: What asking for a link or registering counts against.
ASK = {"account": Limit(tries=3, minutes=60), "network": Limit(tries=20, minutes=60)}


class Throttle:
    """Tries by key, oldest key forgotten first. Shared by the threads of one process."""

    def __init__(self, *, keys: int = 20_000) -> None:
        self._keys = keys
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def wait(self, counted: Iterable[tuple[str, Limit]], now: datetime) -> int:
        """Seconds until another try is let through; 0 when it may be made now."""
        longest = 0.0
        with self._lock:
            for key, limit in counted:
                tries = self._tries.get(key)
                if tries is None:
                    continue
                window = timedelta(minutes=limit.minutes)
                while tries and tries[0] <= now - window:
                    tries.popleft()
                if len(tries) >= limit.tries:
                    longest = max(longest, (tries[-limit.tries] + window - now).total_seconds())
        return int(-(-longest // 1))

    def count(self, counted: Iterable[tuple[str, Limit]], now: datetime) -> None:
        """Note a try that counts."""
        with self._lock:
            for key, limit in counted:
                tries = self._tries.setdefault(key, deque(maxlen=limit.tries))
                tries.append(now)
                self._tries.move_to_end(key)
            while len(self._tries) > self._keys:
                self._tries.popitem(last=False)

    def forget(self, keys: Iterable[str]) -> None:
        """The right password was given: its pair starts anew."""
        with self._lock:
            for key in keys:
                self._tries.pop(key, None)


def counted(
    limits: dict[str, Limit], kind: str, account: str, address: str | None
) -> list[tuple[str, Limit]]:
    """The keys that a try counts against: the account, the network it comes from, and the two together."""
    net = network(address)
    keys = {"pair": f"{kind}:{account}@{net}", "account": f"{kind}:{account}", "network": f"{kind}@{net}"}
    return [(keys[name], limit) for name, limit in limits.items()]


def network(address: str | None) -> str:
    """The network an address is counted by: /24 or /56, the least that one customer gets."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 56), strict=False))
