"""How gently a host is asked: a least pause, longer after each 429, shorter again with each quiet run. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

#: Pauses that are learned, milliseconds.
FIRST = 1_000
LONGEST = 60_000


def host_of(url: str) -> str:
    """'host:port' in lower case: what has one connection. '' for an address without a host."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname:
        return ""
    return f"{parts.hostname.rstrip('.').lower()}:{port or (443 if parts.scheme == 'https' else 80)}"[:255]


def slower(delay_ms: int) -> int:
    """The pause after a 429: a second at first, then twice as long each time, a minute at most."""
    return min(LONGEST, max(FIRST, 2 * delay_ms))


def faster(delay_ms: int) -> int:
    """The pause after a run without a 429: half, and none once it is below half a second."""
    return delay_ms // 2 if delay_ms >= FIRST else 0


def wait(*, since: float, least_ms: int, learned_ms: int) -> float:
    """Seconds still to wait when the last request ended `since` seconds ago."""
    return max(0.0, max(least_ms, learned_ms) / 1000 - since)
