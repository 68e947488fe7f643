"""What to ask a provider for: which format, from when, and where a run stands. Mostly pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from harvester import datestamps
from harvester.bounds import Bounds
from harvester.sources import Source
from harvester.store import Harvest
from harvester.transport import Quirks

#: How far an incremental harvest reaches back behind the watermark. Records seen twice cost nothing.
OVERLAP = timedelta(minutes=10)
OVERLAP_DAY = timedelta(days=1)
OVERLAP_UNTRUSTED = timedelta(hours=26)


@dataclass(slots=True)
class Cursor:
    """Where a run stands, beyond its token; stored with each page, so that any worker can go on.

    `phase` is list or audit. `arguments` are those of the first request; `chosen` is the window that a person
    asked for, which is a granule narrower on either side. `pass_from` is the number of the first page of this
    reading of the list, `restarts` how often it was begun again. `end` says how it ended; `delivered` counts
    records as they came, the same one more than once; `page_size` is the most that came on one page. `windows` are
    those that still have to be read (from, until), None before any was; `ways` are the ways of reading tried so far.
    """

    phase: str = "list"
    arguments: dict[str, str] = field(default_factory=dict)
    pass_from: int = 1
    restarts: int = 0
    empties: int = 0
    end: str = ""
    expected: int | None = None
    delivered: int = 0
    watermark: str = ""
    granularity: str = ""
    deleted_policy: str = ""
    failure: str = ""
    raw_token: str = ""  # the next token as it was written
    bounded: bool = (
        False  # the first page kept to the set and the window: what lies outside later is not ours
    )
    size_changed: bool = False
    refused_prefixes: list[str] = field(default_factory=list)
    chosen: dict[str, str] = field(default_factory=dict)
    earliest: str = ""
    first: str = ""  # identifier of the very first record
    page_size: int = 0
    windows: list[list[str]] | None = None
    windows_failed: str = ""
    windows_short: bool = False  # a window held fewer records than it announced
    single: dict[str, list[str]] = field(
        default_factory=dict
    )  # named only: key → identifier, 'deleted' or ''
    crowded: bool = False
    ways: list[str] = field(default_factory=list)

    def bounds(self) -> Bounds:
        """What was asked for; a window counts only where a person chose it: records too many do no harm else."""
        return Bounds.of(self.arguments | self.chosen, window=bool(self.chosen))

    @classmethod
    def of(cls, stored: Any) -> Cursor | None:
        """From the row of a harvest; None when it has not begun."""
        if not stored:
            return None
        known = {one.name for one in fields(cls)}
        return cls(**{key: value for key, value in stored.items() if key in known})

    def stored(self) -> dict[str, Any]:
        """For the row of a harvest."""
        return asdict(self)


def start_of(source: Source, mine: Harvest, quirks: Quirks, granularity: str) -> datetime | None:
    """From when to ask: what was asked for, else behind the watermark; None is from the beginning."""
    if mine.from_at is not None:
        return mine.from_at
    if mine.kind != "incremental" or source.watermark is None:
        return None
    if quirks.ignores_from and not quirks.windows:
        return None
    overlap = OVERLAP_DAY if granularity == "day" else OVERLAP
    if quirks.clock_untrusted:
        overlap = max(overlap, OVERLAP_UNTRUSTED)
    return source.watermark - overlap


def widened(at: datetime | None, granularity: str, granules: int) -> datetime | None:
    """A bound moved by so many granules: some providers leave out what lies exactly on it."""
    if at is None:
        return None
    return at + granules * (timedelta(days=1) if granularity == "day" else timedelta(seconds=1))


def arguments(
    *, prefix: str, granularity: str, from_at: datetime | None, until_at: datetime | None, set_spec: str
) -> dict[str, str]:
    """Of the first request of a list."""
    out = {"metadataPrefix": prefix}
    if from_at is not None:
        out["from"] = datestamps.write(from_at, granularity)
    if until_at is not None:
        out["until"] = datestamps.write(until_at, granularity)
    if set_spec:
        out["set"] = set_spec
    return out


def other_granularity(given: dict[str, str]) -> tuple[str, dict[str, str]] | None:
    """The same arguments with dates in the other granularity, and its name; None where there are no dates."""
    dates = {name: given[name] for name in ("from", "until") if name in given}
    if not dates:
        return None
    granularity = "seconds" if all(len(text) == 10 for text in dates.values()) else "day"
    changed = {}
    for name, text in dates.items():
        at = datestamps.read(text)
        if at is None:
            return None
        if granularity == "seconds" and name == "until":
            at += timedelta(hours=23, minutes=59, seconds=59)
        changed[name] = datestamps.write(at, granularity)
    return granularity, given | changed
