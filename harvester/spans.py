"""Windows of time, and how one is cut into smaller ones with nothing between them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From and until, both included, both in whole units of the granularity; None is open."""

    since: datetime | None
    until: datetime | None

    def stored(self) -> list[str]:
        """For the cursor of a run."""
        return [at.isoformat() if at else "" for at in (self.since, self.until)]

    @classmethod
    def of(cls, stored: Sequence[str]) -> Window:
        """As stored() wrote it."""
        since, until = (datetime.fromisoformat(text) if text else None for text in stored)
        return cls(since=since, until=until)

    def inside(self, stamps: Sequence[datetime]) -> list[datetime]:
        """Those that lie in it."""
        return [
            at
            for at in stamps
            if (self.since is None or at >= self.since) and (self.until is None or at <= self.until)
        ]


def split(
    window: Window, stamps: Sequence[datetime], unit: timedelta, parts: int = 2
) -> tuple[Window, ...] | None:
    """The window in parts that leave nothing between them, the latest first. Pure.

    Where what is known (`stamps`, sorted) lies close together in it, that stretch becomes a part; else time is
    cut evenly into `parts`, or where nothing else is known at the median. None when it is one unit long, or open
    with nothing known in it.
    """
    inside = window.inside(stamps)
    since, until = window.since, window.until
    if (since is None or until is None) and not inside:
        return None
    low = since if since is not None else floor(inside[0], unit)
    high = until if until is not None else floor(inside[-1], unit)
    if since is not None and until is not None and until - since < unit:
        return None
    length = high - low
    first, last = (floor(inside[0], unit), floor(inside[-1], unit)) if inside else (low, high)
    borders: set[datetime] = set()  # each is the first moment of a part
    if inside and since is not None and until is not None and (last - first) * 20 < length:
        borders |= {first, last + unit}
    elif parts > 2 or not inside:
        borders |= {floor(low + length * number / parts, unit) for number in range(1, parts)}
    else:
        borders.add(floor(inside[len(inside) // 2], unit))
    if since is None:
        borders.add(low)
    if until is None:
        borders.add(high + unit)
    cuts = sorted(at for at in borders if (since is None or at > since) and (until is None or at <= until))
    if not cuts and since is not None and until is not None:
        cuts = [floor(since + length / 2, unit) + unit]
    if not cuts:
        return None
    edges: list[datetime | None] = [since, *cuts]
    ends: list[datetime | None] = [*(at - unit for at in cuts), until]
    return tuple(
        Window(since=begin, until=end) for begin, end in reversed(list(zip(edges, ends, strict=True)))
    )


def floor(at: datetime, unit: timedelta) -> datetime:
    """The instant in whole units: seconds, or days. Pure."""
    at = at.replace(microsecond=0)
    return at if unit < timedelta(days=1) else at.replace(hour=0, minute=0, second=0)
