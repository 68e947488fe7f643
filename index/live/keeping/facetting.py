"""Filters, facets and orders over the keys of clusters. Pure.

The keys of a cluster: `y` year, `t` title and `a` author to sort by, `f` the values of each facet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from index.live.snapshot import Facet

Keys = Mapping[str, Any]

#: Values of a facet that are counted out, most frequent first.
VALUES = 50


def meets(keys: Keys, filters: Mapping[str, Collection[str]]) -> bool:
    """Whether a cluster has one of the values of every filter."""
    facets = keys.get("f", {})
    return all(any(value in wanted for value in facets.get(name, ())) for name, wanted in filters.items())


def narrowed(
    order: Sequence[int], keys: Mapping[int, Keys], filters: Mapping[str, Collection[str]]
) -> list[int]:
    """Those that meet the filters, in their order."""
    return [number for number in order if number in keys and meets(keys[number], filters)]


def counted(
    order: Sequence[int],
    keys: Mapping[int, Keys],
    filters: Mapping[str, Collection[str]],
    samples: Mapping[str, bool],
) -> tuple[Facet, ...]:
    """Facets over the clusters that meet the filters; each ignores its own. `samples` names the facets, and whether
    each counts a part of the results only."""
    found = []
    for name, sample in samples.items():
        others = {other: wanted for other, wanted in filters.items() if other != name}
        count: Counter[str] = Counter()
        for number in order:
            if number in keys and meets(keys[number], others):
                count.update(dict.fromkeys(keys[number].get("f", {}).get(name, ()), 1))
        found.append(Facet(name=name, values=ranking(count), sample=sample))
    return tuple(found)


def ranking(count: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Values by how many have them, the same number by the alphabet."""
    return tuple(sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))[:VALUES])


def ordered(order: Sequence[int], keys: Mapping[int, Keys], sort: str) -> Sequence[int]:
    """The clusters in another order; what has no value comes last, equals stay in the order of relevance."""
    there = [number for number in order if number in keys]
    if sort == "year":
        return sorted(there, key=lambda n: -(keys[n].get("y") or -(10**6)))
    if sort == "year_up":
        return sorted(there, key=lambda n: keys[n].get("y") or 10**6)
    if sort in ("title", "author"):
        name = sort[0]
        return sorted(there, key=lambda n: (not keys[n].get(name), keys[n].get(name, "")))
    return order
