"""Clusters of records in memory, by the same rules as the store's: for files, benchmarks and tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from index.cluster import Verdict, compare
from index.matching.groups import candidates, components, partition
from index.normal import Norm, block_keys


@dataclass(frozen=True, slots=True)
class Clustered:
    """`groups` hold places in the list that came in, the biggest first; `judged` are the verdicts on pairs that were
    compared, the smaller place first; `compared` are those that shared a key."""

    groups: list[list[int]]
    judged: dict[tuple[int, int], Verdict]
    compared: set[tuple[int, int]]

    def joined_by(self, place: int, group: Sequence[int]) -> tuple[int, Verdict] | None:
        """The other member that this one fits best, and what speaks for it; None where it is alone."""
        best: tuple[int, Verdict] | None = None
        for other in group:
            verdict = self.judged.get((min(place, other), max(place, other))) if other != place else None
            if (
                verdict is not None
                and verdict.verdict == "same"
                and (best is None or verdict.score > best[1].score)
            ):
                best = (other, verdict)
        return best


def cluster_all(norms: Sequence[Norm]) -> Clustered:
    """Group these normal forms. Pure; the same for any order but for the numbering."""
    holders: dict[int, list[int]] = defaultdict(list)
    for place, norm in enumerate(norms):
        for key in block_keys(norm):
            holders[key].append(place)
    pairs = candidates(holders)
    judged = {(a, b): compare(norms[a], norms[b]) for a, b in pairs}

    def judge(a: int, b: int) -> Verdict:
        pair = (a, b) if a < b else (b, a)
        if pair not in judged:
            judged[pair] = compare(norms[pair[0]], norms[pair[1]])
        return judged[pair]

    accepted = [(verdict.score, a, b) for (a, b), verdict in judged.items() if verdict.verdict == "same"]
    lots = components(range(len(norms)), [(a, b) for _, a, b in accepted])
    place_of = {place: number for number, lot in enumerate(lots) for place in lot}
    inside: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
    for edge in accepted:
        inside[place_of[edge[1]]].append(edge)
    groups = [
        sorted(part)
        for number, lot in enumerate(lots)
        for part in (partition(lot, inside[number], judge) if len(lot) > 1 else [frozenset(lot)])
    ]
    return Clustered(sorted(groups, key=lambda g: (-len(g), g)), judged, pairs)
