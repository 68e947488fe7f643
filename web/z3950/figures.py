"""How the target is doing, for logs and monitors: kept by the listener in a small file that other processes read."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

#: The file in the data folder.
NAME = "z3950.json"

#: Seconds after which figures that nobody writes anew are those of a process that is gone.
_STALE = 120.0


class Figures:
    """Counters since the start. Names are those of the operations of index.z3950.serving, and 'sessions', 'turned_away'."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._counts: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def count(self, name: str, by: int = 1) -> None:
        """Count something."""
        self._counts[name] += by

    def answered(self, facts: Mapping[str, str | int], seconds: float) -> None:
        """Count an answer with the facts of its Reply."""
        operation = str(facts.get("operation", "none"))
        self._counts[operation] += 1
        self._counts["records"] += int(facts.get("records", 0))
        if "diagnostic" in facts:
            self._counts["diagnostics"] += 1
        self._seconds[operation] += seconds

    def write(self, where: str, open_now: int) -> None:
        """Put the figures where others read them."""
        value = {
            "listening": where,
            "open": open_now,
            "counts": dict(self._counts),
            "seconds": {name: round(took, 3) for name, took in self._seconds.items()},
        }
        beside = self._path.with_suffix(".new")
        try:
            beside.write_text(json.dumps(value), encoding="utf-8")
            beside.replace(self._path)
        except OSError:
            log.warning("the figures of the target could not be written", exc_info=True)

    def remove(self) -> None:
        """Nobody listens any more."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def read(folder: Path) -> dict[str, object]:
    """The figures of whoever listens; {} where nobody does, or has not written them for a while."""
    path = folder / NAME
    try:
        if time.time() - path.stat().st_mtime > _STALE:
            return {}
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def gauges(folder: Path) -> dict[str, float]:
    """Numbers for a monitor: sessions open, operations, records, and seconds of searching."""
    found = read(folder)
    counts, seconds = found.get("counts"), found.get("seconds")
    numbers = {"open": found.get("open", 0)} if found else {}
    if isinstance(counts, dict):
        numbers |= counts
    if isinstance(seconds, dict):
        numbers |= {f"{name}_seconds": took for name, took in seconds.items()}
    return {str(name): float(value) for name, value in numbers.items() if isinstance(value, (int, float))}
