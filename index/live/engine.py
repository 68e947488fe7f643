"""The live search engine: starts searches, carries them out in a thread of its own, and shows any from the file.

Each process that starts a search carries it out itself, in one event loop in a background thread: the first record
needs no way through another process. What comes goes into the file, which every process reads. A process that dies
leaves its searches behind as interrupted; whoever tries one of their targets again takes them over.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b

from foundation.clock import Clock
from index import parse
from index.live.asking.aim import Aim
from index.live.asking.health import admit
from index.live.carrying import Carrier, Order
from index.live.keeping import reading, writing
from index.live.keeping.file import File
from index.live.keeping.packing import dump
from index.live.keeping.writing import Changes
from index.live.lean import whole
from index.live.lean.reading import PLAIN
from index.live.link import Fetched
from index.live.results import Results
from index.live.settings import LiveSettings
from index.live.snapshot import LiveCluster, Snapshot, View
from index.live.telling import first_changes
from index.live.union import SYNTAX
from index.live.union import fetched as as_fetched
from index.query import Query
from index.record import Record
from index.search import Hit

log = logging.getLogger(__name__)

#: Seconds between two looks at the file while somebody waits for news of another process; our own wakes them.
LOOK = 0.05


class TooMany(Exception):
    """This process carries out as many searches as it may; try again in a moment."""


class LiveEngine:
    """Live searches of one process. Safe to use from many threads; `close` ends what is being carried out.

    `aim_of` finds a target by its id when a search is taken over; `union` finds what our own catalogue has.
    Owners are opaque texts: whoever asks with another one is told that there is no such search.
    """

    def __init__(
        self,
        file: File,
        clock: Clock,
        settings: LiveSettings | None = None,
        *,
        aim_of: Callable[[str], Aim | None] = lambda _: None,
        union: Callable[[Query, str], Sequence[Hit]] | None = None,
    ) -> None:
        self._file = file
        self._clock = clock
        self._settings = settings or LiveSettings()
        self._aim_of = aim_of
        self._union = union
        self._shelf = reading.Shelf()
        self._carrier = Carrier(file, self._now, self._settings, aim_of)
        self._cleaned = 0.0
        self._lock = threading.Lock()

    def _now(self) -> float:
        return self._clock().timestamp()

    def start(
        self,
        query: Query,
        aims: Iterable[Aim],
        *,
        owner: str,
        text: str = "",
        audience: str = "",
        sort: str = "",
        budget: float | None = None,
        fresh: bool = False,
    ) -> str:
        """Begin a search; returns its id at once, with what our own catalogue has already in its snapshot.

        The same query to the same targets by whoever may see the same (`audience`) shows what is there already, unless
        `fresh`. `budget` is in seconds. Raises TooMany.
        """
        wanted = list({aim.id: aim for aim in aims}.values())
        seconds = min(budget or self._settings.budget_seconds, self._settings.budget_seconds)
        now = self._now()
        self._clean(now)
        if self._carrier.count() >= self._settings.running:
            raise TooMany
        search = secrets.token_urlsafe(16)
        written = parse.write(query)
        key = _key(written, sort, audience, wanted)
        since = now if fresh else now - self._settings.share_seconds
        asked = dump({"query": written, "sort": sort, "audience": audience, "seconds": seconds})
        with self._file.begin() as c:
            if (work := None if fresh else writing.shared(c, key, since, now)) is not None:
                writing.give(c, search, owner, work, now)
                return search
            work = writing.begin(
                c,
                key=key,
                text=text or written,
                wanted=asked,
                runner=self._carrier.name,
                now=now,
                deadline=now + seconds,
            )
            writing.give(c, search, owner, work, now)
            healths = writing.healths(c, [aim.id for aim in wanted])
            resting: dict[str, float] = {}
            for target, health in healths.items():
                welcome, after = admit(health, now, seconds + 1.0)
                if not welcome:
                    resting[target] = max(health.rests_until, health.probe_until) - now
                elif after != health:
                    writing.remember(c, target, after)
                    healths[target] = after
        results = Results(query)
        hits = as_fetched(self._union(query, sort)) if self._union is not None else ()
        order = Order(
            work=work,
            query=query,
            sort=sort,
            aims=wanted,
            seconds=seconds,
            results=results,
            healths=healths,
            resting=resting,
            hits=hits,
            with_union=self._union is not None,
        )
        self._write_first(order, now)
        self._carrier.take(order)
        return search

    def _write_first(self, order: Order, now: float) -> None:
        changes: Changes = first_changes(order.results, order.hits, order.aims, with_union=order.with_union)
        with self._file.begin() as c:
            writing.flush(c, order.work, self._carrier.name, changes, now)

    def snapshot(self, search: str, owner: str, view: View | None = None) -> Snapshot | None:
        """The search as it is now, in this view; None where this owner has no such search, or no longer."""
        with self._file.read() as c:
            found = reading.snapshot(c, self._shelf, search, owner, view or View(), self._now())
        if found is None:
            return None
        value, pinned = found
        if pinned is not None:
            with self._file.begin() as c:
                reading.write_pin(c, search, pinned)
        self._look_after(search)
        return value

    def _look_after(self, search: str) -> None:
        now = self._now()
        with self._file.begin() as c:
            c.execute(
                "UPDATE work SET used=? WHERE id=(SELECT work FROM search WHERE id=?) AND used<?",
                (now, search, now - 30.0),
            )

    def version(self, search: str, owner: str) -> tuple[int, bool] | None:
        """The version of a search and whether more may come; None where this owner has no such search."""
        with self._file.read() as c:
            return reading.version(c, search, owner, self._now())

    def started(self, search: str, owner: str) -> datetime | None:
        """When the targets were asked: whoever is shown a shared search is shown answers of that time."""
        with self._file.read() as c:
            row = reading.work_of(c, search, owner)
        return None if row is None else datetime.fromtimestamp(row["started"], UTC)

    def wait(self, search: str, owner: str, version: int, seconds: float) -> tuple[int, bool] | None:
        """Wait for another version than this, or the end, at most so many seconds; returns what `version` says."""
        until = time.monotonic() + seconds
        while True:
            written = self._carrier.written
            found = self.version(search, owner)
            if found is None or found[0] != version or not found[1] or time.monotonic() >= until:
                return found
            with self._carrier.news:
                if self._carrier.written == written:  # nothing came while we looked
                    self._carrier.news.wait(LOOK)

    def cluster(self, search: str, owner: str, cluster: str) -> LiveCluster | None:
        """One cluster of a search by its id."""
        with self._file.read() as c:
            return reading.cluster(c, search, owner, cluster)

    def fetched(self, search: str, owner: str, target: str, position: int) -> Fetched | None:
        """A record as its target sent it; `index.live.lean.whole` reads it."""
        with self._file.read() as c:
            return reading.fetched(c, search, owner, target, position)

    def record(self, search: str, owner: str, target: str, position: int) -> Record | None:
        """A live record read whole, as the catalogue would hold it; None where there is none. Raises BadRecord."""
        found = self.fetched(search, owner, target, position)
        if found is None or found.syntax == SYNTAX:  # a title of ours has a page of its own
            return None
        aim = self._aim_of(target)
        return whole(found, aim.reading if aim is not None else PLAIN)

    def stop(self, search: str, owner: str) -> bool:
        """Ask nobody any further; False where this owner has no such search."""
        return self._wish(search, owner, "stop")

    def retry(self, search: str, owner: str, target: str) -> bool:
        """Try one target again, it alone; False where this owner has no such search, or it no such target."""
        return self._wish(search, owner, "retry", target)

    def more(self, search: str, owner: str, target: str, count: int = 100) -> bool:
        """Fetch more records from one target; False as with `retry`."""
        return self._wish(search, owner, "more", target, min(max(count, 1), self._settings.records))

    def add(self, search: str, owner: str, target: str) -> bool:
        """Ask one more target; False where there is no such search or target."""
        if self._aim_of(target) is None:
            return False
        return self._wish(search, owner, "add", target)

    def _wish(self, search: str, owner: str, kind: str, target: str = "", count: int = 0) -> bool:
        now = self._now()
        with self._file.begin() as c:
            row = reading.work_of(c, search, owner)
            if row is None:
                return False
            if kind in ("retry", "more") and target not in {one["id"] for one in json.loads(row["targets"])}:
                return False
            state = reading.state_of(row["state"], row["beat"], row["deadline"], now)
            if kind == "stop" and state.value != "running":
                return True
            seconds = json.loads(row["wanted"])["seconds"]
            mine = writing.claim(c, row["id"], self._carrier.name, now, now + seconds)
            writing.wish(c, row["id"], kind, target, count)
        if mine:
            self._carrier.resume(row["id"], json.loads(row["wanted"]))
        return True

    def _clean(self, now: float) -> None:
        with self._lock:
            if now - self._cleaned < 30.0:
                return
            self._cleaned = now
        self.clean()

    def clean(self) -> int:
        """Take out what nobody looked at for long, and what is too much; returns how many searches that were."""
        settings = self._settings
        with self._file.begin() as c:
            return writing.clean(
                c,
                self._now(),
                keep=settings.keep_minutes * 60.0,
                works=settings.searches,
                size=settings.megabytes * 2**20,
            )

    def close(self) -> None:
        """End what is being carried out (it is shown as stopped) and let go of thread, sockets and file."""
        self._carrier.close()
        self._file.close()


def _key(written: str, sort: str, audience: str, aims: Sequence[Aim]) -> str:
    """The same for searches that bring the same to whoever may see the same."""
    said = dump([written, sort, audience, sorted([aim.id, aim.revision, aim.want] for aim in aims)])
    return blake2b(said.encode(), digest_size=16).hexdigest()
