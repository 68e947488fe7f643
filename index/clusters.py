"""The store's side of clustering: keys and edges of records, and the clusters that come of them, kept true."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    insert,
    not_,
    select,
)

from index import normal, positions
from index.assignment import Assignment, Change, lots
from index.cluster import Verdict, compare
from index.matching.groups import HOT, components, partition
from index.normal import Norm
from index.packing import from_json, squeeze, to_json, unpack, unsqueeze
from index.tables import cluster_decision, record, record_edge, record_key, record_norm

#: Rows kept for one key: enough to know that it is hot, also after some records went.
_SATURATED = 2 * HOT
Name = tuple[str, str]


def norm_bytes(norm: Norm) -> bytes:
    """A normal form as it is hashed and, compressed, stored: its version, then its parts."""
    return to_json([normal.VERSION, *normal.as_list(norm)])


def norm_hash(stored: bytes) -> bytes:
    """16 bytes that are the same when the normal form is."""
    return blake2b(stored, digest_size=16).digest()


def settle(c: Connection, change: Change, at: datetime) -> None:
    """Bring keys, edges, clusters and change positions up to date with a change of records.

    Only the connected lots of records that the change touches are grouped anew. Needs `positions.hold` before.
    """
    working = _Working(c, at)
    old_neighbours = working.unlink(set(change.norms) - change.fresh | change.gone)
    recheck = working.link(change)
    seeds = set(change.norms) | old_neighbours | recheck | change.gone
    working.regroup(seeds, change)


def settle_all(c: Connection, record_ids: Collection[int], at: datetime) -> None:
    """Group these records and whatever hangs together with them anew, as after a decision of people."""
    positions.hold(c)
    _Working(c, at).regroup(set(record_ids), Change())


class _Working:
    """One settling: what was read is kept until it ends."""

    def __init__(self, c: Connection, at: datetime) -> None:
        self.c = c
        self.at = at
        self.norms: dict[int, Norm] = {}
        self.judged: dict[tuple[int, int], Verdict] = {}
        self.accepted: dict[tuple[int, int], float] = {}  # scores that today's rules gave

    # --- keys and edges ---

    def unlink(self, record_ids: set[int]) -> set[int]:
        """Take keys, normal forms and edges of records away; returns the records at the other ends."""
        neighbours: set[int] = set()
        for lot in lots(record_ids):
            for mine, yours in ((record_edge.c.a, record_edge.c.b), (record_edge.c.b, record_edge.c.a)):
                neighbours.update(self.c.execute(select(yours).where(mine.in_(lot))).scalars())
                self.c.execute(delete(record_edge).where(mine.in_(lot)))
            self.c.execute(delete(record_key).where(record_key.c.record_id.in_(lot)))
            self.c.execute(delete(record_norm).where(record_norm.c.record_id.in_(lot)))
        return neighbours - record_ids

    def link(self, change: Change) -> set[int]:
        """Store keys and normal forms, compare with whoever shares a key, store the edges.

        Returns other records whose edges were drawn anew, because a key of theirs has become hot.
        """
        if not change.norms:
            return set()
        self.norms.update(change.norms)
        stored = [
            {"record_id": record_id, "body": squeeze(norm_bytes(norm))}
            for record_id, norm in change.norms.items()
        ]
        self.c.execute(insert(record_norm), stored)
        keys_of = {record_id: normal.block_keys(norm) for record_id, norm in change.norms.items()}
        holders = self._holders({key for keys in keys_of.values() for key in keys})
        before = {key: len(ids) for key, ids in holders.items()}
        rows = []
        for record_id, keys in keys_of.items():
            for key in keys:
                sharing = holders.setdefault(key, [])
                if len(sharing) < _SATURATED:
                    rows.append({"key": key, "record_id": record_id})
                    sharing.append(record_id)
        if rows:
            self.c.execute(insert(record_key), rows)
        recheck = {
            record_id
            for key, count in before.items()
            if count <= HOT < len(holders[key])
            for record_id in holders[key][:count]
        }
        if recheck:
            self._recheck(recheck, keys_of, holders)
        pairs = {
            (a, b)
            for record_id, keys in keys_of.items()
            for key in keys
            if len(holders[key]) <= HOT
            for other in holders[key]
            if other != record_id
            for a, b in ((min(record_id, other), max(record_id, other)),)
        }
        self._compare(pairs)
        return recheck

    def _holders(self, keys: Collection[int]) -> dict[int, list[int]]:
        holders: dict[int, list[int]] = {}
        for lot in lots(keys):
            query = select(record_key.c.key, record_key.c.record_id).where(record_key.c.key.in_(lot))
            for key, record_id in self.c.execute(query).all():
                holders.setdefault(key, []).append(record_id)
        return holders

    def _recheck(
        self, recheck: set[int], keys_of: dict[int, tuple[int, ...]], holders: dict[int, list[int]]
    ) -> None:
        """A key has become hot: edges that rested on it alone must go, whatever order the records came in."""
        recheck -= set(keys_of)
        for lot in lots(recheck):
            self.c.execute(delete(record_edge).where(record_edge.c.a.in_(lot)))
            self.c.execute(delete(record_edge).where(record_edge.c.b.in_(lot)))
            query = select(record_key.c.record_id, record_key.c.key).where(record_key.c.record_id.in_(lot))
            for record_id, key in self.c.execute(query):
                keys_of[record_id] = (*keys_of.get(record_id, ()), key)
        missing = {key for record_id in recheck for key in keys_of.get(record_id, ())} - set(holders)
        holders.update(self._holders(missing))

    def _compare(self, pairs: set[tuple[int, int]]) -> None:
        self.load({record_id for pair in pairs for record_id in pair})
        norms = self.norms
        edges = []
        for a, b in pairs:
            found = self.judged[a, b] = compare(norms[a], norms[b])
            if found.verdict in ("same", "maybe"):
                edges.append(
                    {
                        "a": a,
                        "b": b,
                        "score": found.score,
                        "verdict": found.verdict,
                        "reasons": dict(found.reasons),
                        "norm_version": normal.VERSION,
                    }
                )
        if edges:
            self.c.execute(insert(record_edge), edges)

    def load(self, record_ids: Collection[int]) -> None:
        """Have the normal forms of these records at hand."""
        stale: set[int] = set()
        for lot in lots(set(record_ids) - self.norms.keys()):
            query = select(record_norm).where(record_norm.c.record_id.in_(lot))
            for record_id, body in self.c.execute(query).all():
                version, *parts = from_json(unsqueeze(body))
                if version == normal.VERSION:
                    self.norms[record_id] = normal.from_list(parts)
                else:
                    stale.add(record_id)
        for lot in lots(stale):
            again = select(record.c.id, record.c.body, record.c.library_id, record.c.source_id)
            for record_id, body, library_id, source_id in self.c.execute(again.where(record.c.id.in_(lot))):
                self.norms[record_id] = normal.normal_form(unpack(body), library_id, source_id)

    # --- groups ---

    def regroup(self, seeds: set[int], change: Change) -> None:
        """Group the lots around the seeds anew and give the groups their clusters."""
        decisions = self._decisions()
        members = self._members(seeds | change.touched)
        edges = self._reach(members, decisions)
        live = {record_id for record_id, row in members.items() if row.gone_at is None}
        self.load(live)
        names = {record_id: (row.source_id, row.identifier) for record_id, row in members.items()}
        ids = {name: record_id for record_id, name in names.items()}
        parts: list[set[int]] = []
        links = [(a, b) for a, b, _ in edges] + [(a, b) for a, b, verdict in decisions if verdict == "same"]
        from_each: dict[int, list[tuple[int, int, float]]] = {}
        for edge in edges:
            from_each.setdefault(edge[0], []).append(edge)
        for lot in components(live, links):
            inside = [edge for record_id in lot for edge in from_each.get(record_id, ())]
            parts.extend(self._parts(lot, inside, decisions, names, ids))
        Assignment(
            c=self.c, at=self.at, norms=self.norms, members=members, parts=parts, change=change
        ).write()

    def _parts(
        self,
        lot: list[int],
        edges: Sequence[tuple[int, int, float]],
        decisions: Sequence[tuple[int, int, str]],
        names: Mapping[int, Name],
        ids: Mapping[Name, int],
    ) -> list[set[int]]:
        if len(lot) == 1:
            return [set(lot)]
        here = set(lot)
        decided = [(a, b, verdict) for a, b, verdict in decisions if a in here and b in here]
        if not decided and len(edges) == len(lot) * (len(lot) - 1) // 2:
            return [here]  # all pairs are accepted
        judged = self.judged

        def judge(x: Name, y: Name) -> Verdict:
            a, b = ids[x], ids[y]
            if a > b:
                a, b = b, a
            found = judged.get((a, b))
            if found is None:
                score = self.accepted.get((a, b))
                if score is None:
                    found = compare(self.norms[a], self.norms[b])
                else:
                    found = Verdict("same", score, ())
                judged[a, b] = found
            return found

        found = partition(
            [names[record_id] for record_id in lot],
            [(score, names[a], names[b]) for a, b, score in edges],
            judge,
            [(names[a], names[b]) for a, b, verdict in decided if verdict == "same"],
            [(names[a], names[b]) for a, b, verdict in decided if verdict == "not_same"],
        )
        return [{ids[name] for name in part} for part in found]

    def _decisions(self) -> list[tuple[int, int, str]]:
        """What people decided, between records that are there; they are few, so all are read."""
        if not self.c.execute(select(exists().where(cluster_decision.c.id.is_not(None)))).scalar():
            return []
        a, b, d = record.alias("a"), record.alias("b"), cluster_decision
        query = select(a.c.id, b.c.id, d.c.verdict).where(
            a.c.source_id == d.c.a_source_id,
            a.c.identifier == d.c.a_identifier,
            b.c.source_id == d.c.b_source_id,
            b.c.identifier == d.c.b_identifier,
            a.c.gone_at.is_(None),
            b.c.gone_at.is_(None),
        )
        return [(x, y, verdict) for x, y, verdict in self.c.execute(query)]

    def _members(self, record_ids: set[int]) -> dict[int, Row[Any]]:
        """These records and all that are in a cluster with one of them."""
        rows = self._rows(record.c.id, record_ids)
        clusters = {row.cluster_id for row in rows.values() if row.cluster_id}
        return rows | self._rows(record.c.cluster_id, clusters)

    def _rows(self, column: ColumnElement[Any], values: Collection[Any]) -> dict[int, Row[Any]]:
        rows: dict[int, Row[Any]] = {}
        for lot in lots(values):
            query = select(
                record.c.id,
                record.c.source_id,
                record.c.identifier,
                record.c.first_seen,
                record.c.gone_at,
                record.c.cluster_id,
            ).where(column.in_(lot))
            rows.update({row.id: row for row in self.c.execute(query).all()})
        return rows

    def _reach(
        self, members: dict[int, Row[Any]], decisions: Sequence[tuple[int, int, str]]
    ) -> list[tuple[int, int, float]]:
        """Add to the members everything that hangs together with them; returns the accepted edges among them."""
        edges: dict[tuple[int, int], float] = {}
        frontier = set(members)
        while frontier:
            reached: set[int] = set()
            for lot in lots(frontier):
                mine, yours = record_edge.c.a.in_(lot), record_edge.c.b.in_(lot)
                for where in (mine, and_(yours, not_(mine))):  # each edge once
                    query = select(
                        record_edge.c.a, record_edge.c.b, record_edge.c.score, record_edge.c.norm_version
                    ).where(where, record_edge.c.verdict == "same")
                    for a, b, score, version in self.c.execute(query).all():
                        edges[a, b] = score
                        reached.add(a)
                        reached.add(b)
                        if version == normal.VERSION:
                            self.accepted[a, b] = score
            for a, b, verdict in decisions:
                if verdict == "same" and (a in frontier or b in frontier):
                    reached.update((a, b))
            frontier = reached - members.keys()
            if frontier:
                more = self._members(frontier)
                frontier = more.keys() - members.keys()
                members.update(more)
        return [(a, b, score) for (a, b), score in edges.items()]
