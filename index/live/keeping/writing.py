"""What is written of live searches: functions over a connection of the file, inside its unit of work."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from index.live.asking.health import Health
from index.live.keeping.packing import dump
from index.live.snapshot import SearchState

#: Whoever carries out a search says so each second; silent for so long (seconds) it is taken for dead.
BEAT = 1.0
STALE = 6.0

#: Takes a work out.
_DROP = (
    "DELETE FROM pin WHERE search IN (SELECT id FROM search WHERE work=?)",
    "DELETE FROM search WHERE work=?",
    "DELETE FROM cluster WHERE work=?",
    "DELETE FROM portion WHERE work=?",
    "DELETE FROM wish WHERE work=?",
    "DELETE FROM work WHERE id=?",
)


@dataclass(slots=True, kw_only=True)
class Changes:
    """What a search has brought since the last time: rows ready to be written.

    `clusters` are (number, keys, body), `gone` numbers of clusters that became part of others, `portions`
    (target, first position, arrival, value, payloads). `ranked` are the numbers of all clusters, best first, four bytes
    each. `spent` are the seconds for which it was carried out, all in all.
    """

    state: SearchState
    targets: str
    facets: str
    ranked: bytes
    arrivals: int
    spent: float
    first_seconds: float | None = None
    clusters: list[tuple[int, str, str]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    portions: list[tuple[str, int, int, str, bytes]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """About how many bytes the rows take."""
        return sum(len(k) + len(b) + 16 for _, k, b in self.clusters) + sum(
            len(v) + len(p) + 40 for _, _, _, v, p in self.portions
        )


def begin(
    c: sqlite3.Connection, *, key: str, text: str, wanted: str, runner: str, now: float, deadline: float
) -> int:
    """A new work that `runner` carries out until `deadline` (seconds since 1970); returns its number."""
    row = c.execute(
        "INSERT INTO work (key, text, state, version, started, flushed, spent, used, deadline, runner, beat, arrivals, size,"
        " first_seconds, targets, facets, ranked, wanted) VALUES (?,?,?,0,?,?,0,?,?,?,?,0,0,NULL,'[]','[]',x'',?)",
        (key, text, SearchState.RUNNING.value, now, now, now, deadline, runner, now, wanted),
    )
    assert row.lastrowid is not None
    return row.lastrowid


def give(c: sqlite3.Connection, search: str, owner: str, work: int, now: float) -> None:
    """A search of this owner that shows this work."""
    c.execute("INSERT INTO search VALUES (?,?,?,?)", (search, owner, work, now))
    c.execute("UPDATE work SET used=? WHERE id=?", (now, work))


def shared(c: sqlite3.Connection, key: str, since: float, now: float) -> int | None:
    """A work with the same key that began after `since`, is not broken off and whose runner lives."""
    row = c.execute(
        "SELECT id FROM work WHERE key=? AND started>=? AND (state=? OR (state=? AND beat>=?)) ORDER BY id DESC LIMIT 1",
        (key, since, SearchState.FINISHED.value, SearchState.RUNNING.value, now - STALE),
    ).fetchone()
    return None if row is None else int(row[0])


def flush(c: sqlite3.Connection, work: int, runner: str, changes: Changes, now: float) -> bool:
    """Write what has come; False when the work is no longer there, or somebody else's."""
    done = c.execute(
        "UPDATE work SET state=?, version=version+1, beat=?, flushed=?, spent=?, targets=?, facets=?, ranked=?, arrivals=?,"
        " size=size+?, first_seconds=coalesce(first_seconds, ?) WHERE id=? AND runner=?",
        (
            changes.state.value,
            now,
            now,
            changes.spent,
            changes.targets,
            changes.facets,
            changes.ranked,
            changes.arrivals,
            changes.size,
            changes.first_seconds,
            work,
            runner,
        ),
    ).rowcount
    if not done:
        return False
    if changes.gone:
        c.executemany("DELETE FROM cluster WHERE work=? AND number=?", [(work, n) for n in changes.gone])
    if changes.clusters:
        c.executemany(
            "INSERT OR REPLACE INTO cluster VALUES (?,?,?,?)", [(work, *r) for r in changes.clusters]
        )
    if changes.portions:
        c.executemany(
            "INSERT OR REPLACE INTO portion VALUES (?,?,?,?,?,?)", [(work, *r) for r in changes.portions]
        )
    return True


def claim(c: sqlite3.Connection, work: int, runner: str, now: float, deadline: float) -> bool:
    """Take over a work that nobody carries out; False while somebody does."""
    return bool(
        c.execute(
            "UPDATE work SET runner=?, state=?, beat=?, used=?, deadline=?, version=version+1, flushed=?"
            " WHERE id=? AND (state<>? OR beat<? OR runner=?)",
            (
                runner,
                SearchState.RUNNING.value,
                now,
                now,
                deadline,
                now,
                work,
                SearchState.RUNNING.value,
                now - STALE,
                runner,
            ),
        ).rowcount
    )


def beat(c: sqlite3.Connection, runner: str, works: Collection[int], now: float) -> None:
    """Say that these are being carried out."""
    c.executemany("UPDATE work SET beat=? WHERE id=? AND runner=?", [(now, work, runner) for work in works])


def wish(c: sqlite3.Connection, work: int, kind: str, target: str = "", count: int = 0) -> None:
    """Leave a wish (stop, retry, more) for whoever carries the work out."""
    c.execute("INSERT INTO wish (work, kind, target, count) VALUES (?,?,?,?)", (work, kind, target, count))


def wishes(c: sqlite3.Connection, works: Iterable[int]) -> list[tuple[int, str, str, int]]:
    """Take the wishes of these works: (work, kind, target, count), in the order in which they were left."""
    found: list[tuple[int, int, str, str, int]] = []
    for work in works:
        found += c.execute("SELECT id, work, kind, target, count FROM wish WHERE work=?", (work,))
    c.executemany("DELETE FROM wish WHERE id=?", [(row[0],) for row in found])
    return [row[1:] for row in sorted(found)]


def pin(c: sqlite3.Connection, search: str, view: str, numbers: bytes) -> None:
    """Keep the order in which a view was shown."""
    c.execute("INSERT OR REPLACE INTO pin VALUES (?,?,?)", (search, view, numbers))


def healths(c: sqlite3.Connection, targets: Sequence[str]) -> dict[str, Health]:
    """What is remembered of targets."""
    found = {}
    for target in targets:
        row = c.execute("SELECT value FROM health WHERE target=?", (target,)).fetchone()
        found[target] = health_of(row[0]) if row else Health()
    return found


def health_of(text: str) -> Health:
    """What `remember` wrote."""
    seconds, failures, rests_until, probe_until = json.loads(text)
    return Health(seconds=tuple(seconds), failures=failures, rests_until=rests_until, probe_until=probe_until)


def remember(c: sqlite3.Connection, target: str, health: Health) -> None:
    """Keep what is known of a target."""
    value = [health.seconds, health.failures, health.rests_until, health.probe_until]
    c.execute("INSERT OR REPLACE INTO health VALUES (?,?)", (target, dump(value)))


def drop(c: sqlite3.Connection, works: Iterable[int]) -> None:
    """Take works out with everything that belongs to them."""
    for work in works:
        for statement in _DROP:
            c.execute(statement, (work,))


def clean(c: sqlite3.Connection, now: float, *, keep: float, works: int, size: int) -> int:
    """Take out what was not looked at for `keep` seconds, then the oldest until at most so many works, and so many bytes
    of them, are left. Those being carried out stay. Returns how many were taken out."""
    rows = c.execute("SELECT id, used, size, state, beat FROM work ORDER BY used DESC").fetchall()
    gone, kept, bytes_kept = [], 0, 0
    for number, used, took, state, beat_at in rows:
        running = state == SearchState.RUNNING.value and beat_at >= now - STALE
        over = used < now - keep or kept >= works or bytes_kept + took > size
        if over and not running:
            gone.append(number)
        else:
            kept += 1
            bytes_kept += took
    drop(c, gone)
    return len(gone)
