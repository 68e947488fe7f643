"""Which cluster each group of records is: ids stay with the oldest record, every change of a cluster is numbered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from foundation.ids import uuid7
from index import positions
from index.matching.groups import displayed
from index.normal import Norm
from index.tables import cluster, cluster_alias, record

#: Numbers in one IN list.
_LOT = 900

T = TypeVar("T")


@dataclass(slots=True)
class Change:
    """What a unit of work did to records, for `settle` to draw the consequences.

    `norms` are new or changed normal forms by record id, `fresh` those of them that had none before; `gone` are
    records no longer there; `touched` are records that say something new which clustering does not look at.
    """

    norms: dict[int, Norm] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)


def lots(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists short enough for one statement."""
    whole = list(values)
    for start in range(0, len(whole), _LOT):
        yield whole[start : start + _LOT]


class Assignment:
    """One settling of groups: `members` are rows of all records concerned, also of those that are gone,
    `parts` the groups of the living ones, `norms` their normal forms."""

    def __init__(
        self,
        *,
        c: Connection,
        at: datetime,
        norms: Mapping[int, Norm],
        members: Mapping[int, Row[Any]],
        parts: list[set[int]],
        change: Change,
    ) -> None:
        self.c = c
        self.at = at
        self.norms = norms
        self.members = members
        self.parts = parts
        self.told = change.norms.keys() | change.touched
        self.bereft = {members[record_id].cluster_id for record_id in change.gone if record_id in members}
        self.old = self._old_clusters()
        self.new_rows: list[dict[str, Any]] = []
        self.changed_rows: list[dict[str, Any]] = []
        self.moves: list[dict[str, Any]] = []
        self.merged: dict[str, str] = {}

    def _age(self, record_id: int) -> tuple[datetime, int]:
        return self.members[record_id].first_seen, record_id

    def _old_clusters(self) -> dict[str, Row[Any]]:
        found: dict[str, Row[Any]] = {}
        for lot in lots({row.cluster_id for row in self.members.values() if row.cluster_id}):
            found.update(
                (row.id, row) for row in self.c.execute(select(cluster).where(cluster.c.id.in_(lot)))
            )
        return found

    def write(self) -> None:
        """Write clusters, memberships, redirects and positions."""
        before: dict[str, set[int]] = {}
        for record_id, row in self.members.items():
            if row.cluster_id and row.gone_at is None:
                before.setdefault(row.cluster_id, set()).add(record_id)
        anchors = {old: self._anchor(old, before.get(old, set())) for old in self.old}
        kept: set[str] = set()
        for part in sorted(self.parts, key=lambda p: min(map(self._age, p))):
            kept.update(self._assign(part, before, anchors))
        for old, row in self.old.items():
            if old not in kept and row.gone_at is None:
                self._change(old, row.anchor_record_id, None, row.title, self.at)
        self._store()

    def _anchor(self, cluster_id: str, living: set[int]) -> int | None:
        """The record with which the cluster's id stays: its anchor, or the oldest that is still there."""
        anchor = self.old[cluster_id].anchor_record_id
        if anchor in living:
            return int(anchor)
        return min(living, key=self._age) if living else None

    def _assign(
        self, part: set[int], before: Mapping[str, set[int]], anchors: Mapping[str, int | None]
    ) -> set[str]:
        """Give a group its cluster; returns the clusters that live on or have become redirects in it."""
        claims = sorted(
            (
                (self._age(anchor), old)
                for old, anchor in anchors.items()
                if anchor is not None and anchor in part
            )
        )
        shown = self._displayed(part)
        title = self.norms[shown].shown
        if not claims:
            oldest = min(part, key=self._age)
            winner = uuid7()
            self.new_rows.append(
                {
                    "id": winner,
                    "anchor_record_id": oldest,
                    "created_at": self.at,
                    "position": 0,
                    "split_from": self.members[oldest].cluster_id,
                    "displayed_record_id": shown,
                    "title": title,
                }
            )
        else:
            winner = claims[0][1]
            losers = [old for _, old in claims[1:]]
            row = self.old[winner]
            anchor = anchors[winner]
            same = before.get(winner, set()) == part and row.gone_at is None
            known = same and winner not in self.bereft and not part & self.told
            if not known or losers or row.displayed_record_id != shown:
                self._change(winner, anchor, shown, title, None)
            for old in losers:
                self.merged[old] = winner
                gone = self.old[old]
                self._change(old, gone.anchor_record_id, None, gone.title, self.at)
        self.moves.extend(
            {"record": record_id, "cluster": winner}
            for record_id in part
            if self.members[record_id].cluster_id != winner
        )
        return {old for _, old in claims}

    def _displayed(self, part: set[int]) -> int:
        """The record shown for the group; by name among equals, so that it does not hang on who came first."""
        if len(part) == 1:
            return next(iter(part))
        names = {(self.members[r].source_id, self.members[r].identifier): r for r in part}
        return names[displayed({name: self.norms[r] for name, r in names.items()})]

    def _change(
        self, cluster_id: str, anchor: int | None, shown: int | None, title: str, gone_at: datetime | None
    ) -> None:
        self.changed_rows.append(
            {
                "cluster": cluster_id,
                "anchor": anchor,
                "shown": shown,
                "title_now": title,
                "gone": gone_at,
                "position_now": 0,
            }
        )

    def _store(self) -> None:
        count = len(self.new_rows) + len(self.changed_rows)
        if not count and not self.moves:
            return
        numbers = iter(positions.take(self.c, count))
        for row in self.new_rows:
            row["position"] = next(numbers)
        for row in self.changed_rows:
            row["position_now"] = next(numbers)
        if self.new_rows:
            self.c.execute(insert(cluster), self.new_rows)
        if self.changed_rows:
            self.c.execute(
                update(cluster)
                .where(cluster.c.id == bindparam("cluster"))
                .values(
                    anchor_record_id=bindparam("anchor"),
                    displayed_record_id=bindparam("shown"),
                    title=bindparam("title_now"),
                    gone_at=bindparam("gone"),
                    position=bindparam("position_now"),
                ),
                self.changed_rows,
            )
        if self.moves:
            self.c.execute(
                update(record)
                .where(record.c.id == bindparam("record"))
                .values(cluster_id=bindparam("cluster")),
                self.moves,
            )
        for old, winner in self.merged.items():
            # Records that are gone follow too, and so do earlier redirects: a redirect never leads to a redirect.
            self.c.execute(update(record).where(record.c.cluster_id == old).values(cluster_id=winner))
            self.c.execute(update(cluster_alias).where(cluster_alias.c.new_id == old).values(new_id=winner))
            self.c.execute(insert(cluster_alias).values(old_id=old, new_id=winner, at=self.at))
