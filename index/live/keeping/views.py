"""The order in which results are shown: what was once shown keeps its place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """Numbers of the clusters on a page, the order pinned from now on, and how many new ones stand elsewhere.

    `new` counts those not shown that would stand before a pinned one if everything were ranked anew.
    """

    numbers: tuple[int, ...]
    pinned: tuple[int, ...]
    new: int


def page(ranked: Sequence[int], pinned: Sequence[int], offset: int, limit: int) -> Page:
    """A page of results. `ranked` are all of them, best first; `pinned` those already shown, in the order shown.

    Pinned ones stay before all others in their order, as long as they are still there (two clusters may become one);
    whatever follows is the best of what was not shown yet. Everything up to the end of the page is pinned.
    """
    if not pinned and not offset:
        shown = tuple(ranked[:limit])
        return Page(shown, shown, 0)
    there = set(ranked)
    kept = [number for number in dict.fromkeys(pinned) if number in there]
    seen = set(kept)
    end = offset + limit
    order = list(kept)
    if len(order) < end:
        for number in ranked:
            if number not in seen:
                order.append(number)
                if len(order) >= end:
                    break
    seen.update(order)
    rest = sum(1 for number in ranked if number not in seen)
    behind = 0
    for number in reversed(ranked):
        if number in seen:
            break
        behind += 1
    return Page(tuple(order[offset:end]), tuple(order), rest - behind if seen else 0)
