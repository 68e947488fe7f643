"""Groups of records that hold together: no group holds a pair that is vetoed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from index.cluster import MAYBE, Verdict
from index.normal import Norm

#: A key that more records share says nothing by itself ('Annual report').
HOT = 60

T = TypeVar("T", bound="str | int | tuple[str, str]")


def partition(
    members: Collection[T],
    accepted: Iterable[tuple[float, T, T]],
    judge: Callable[[T, T], Verdict],
    same: Iterable[tuple[T, T]] = (),
    not_same: Iterable[tuple[T, T]] = (),
) -> list[frozenset[T]]:
    """Groups of members that hold together. The order of what comes in does not matter, only the names do.

    Accepted pairs are taken by falling score; two groups join when no pair across is vetoed and all pairs across
    score at least `MAYBE` on the average: one record that tells little does not chain two editions.
    Then people's decisions: 'same' joins the two groups whatever the rules say. 'Not same' keeps two groups apart for
    good, from the beginning; where people contradict each other, 'not same' wins.
    """
    group: dict[T, set[T]] = {m: {m} for m in members}
    apart = {(x, y) for x, y in not_same} | {(y, x) for x, y in not_same}

    def join(x: T, y: T) -> None:
        mine, yours = group[x], group[y]
        if len(mine) < len(yours):
            mine, yours = yours, mine
        mine |= yours
        for member in yours:
            group[member] = mine

    ordered: list[tuple[float, T, T]] = sorted((-score, min(x, y), max(x, y)) for score, x, y in accepted)
    for _, x, y in ordered:
        mine, yours = group[x], group[y]
        if mine is yours or (apart and _apart(mine, yours, apart)):
            continue
        if (len(mine) == 1 and len(yours) == 1) or _hold_together(mine, yours, judge):
            join(x, y)
    for x, y in sorted((min(pair), max(pair)) for pair in same):
        if x in group and y in group and group[x] is not group[y] and not _apart(group[x], group[y], apart):
            join(x, y)
    return [frozenset(g) for g in {id(g): g for g in group.values()}.values()]


def _hold_together(mine: set[T], yours: set[T], judge: Callable[[T, T], Verdict]) -> bool:
    total = 0.0
    for m in mine:
        for n in yours:
            found = judge(m, n)
            if found.verdict == "veto":
                return False
            total += found.score
    return total >= MAYBE * len(mine) * len(yours)


def _apart(mine: set[T], yours: set[T], apart: set[tuple[T, T]]) -> bool:
    return any((m, n) in apart for m in mine for n in yours)


def displayed(norms: Mapping[T, Norm]) -> T:
    """The member whose record is shown for the group: the one that tells most; the first by name among equals."""
    return min(norms, key=lambda member: (-norms[member].richness, member))


def components(members: Iterable[T], pairs: Iterable[tuple[T, T]]) -> list[list[T]]:
    """Members in connected lots, each sorted; pairs may name others, which are left out."""
    parent: dict[T, T] = {m: m for m in members}

    def root(x: T) -> T:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for x, y in pairs:
        if x in parent and y in parent:
            parent[root(x)] = root(y)
    lots: dict[T, list[T]] = {}
    for member in parent:
        lots.setdefault(root(member), []).append(member)
    return [sorted(lot) for lot in lots.values()]


def candidates(holders: Mapping[int, Sequence[T]]) -> set[tuple[T, T]]:
    """Pairs that share a key which is not hot, the smaller first."""
    found: set[tuple[T, T]] = set()
    for sharing in holders.values():
        if 1 < len(sharing) <= HOT:
            ordered = sorted(sharing)
            for place, x in enumerate(ordered):
                for y in ordered[place + 1 :]:
                    found.add((x, y))
    return found
