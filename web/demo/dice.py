"""Choices that come out the same on every run and every machine."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Seeded choices; each purpose has its own dice, so that a change to one list leaves the others alone."""

    def __init__(self, purpose: str) -> None:
        self._random = random.Random(f"silang demo {purpose}")  # noqa: S311 - invents titles, keeps no secret

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[int(self._random.random() * len(choices))]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """`count` different choices (all of them where there are fewer), in the order drawn."""
        left = list(choices)
        return [left.pop(int(self._random.random() * len(left))) for _ in range(min(count, len(left)))]

    def weighted(self, choices: Sequence[tuple[T, float]]) -> T:
        """One of the choices, as often as its weight says."""
        point = self._random.random() * sum(weight for _, weight in choices)
        for choice, weight in choices:
            point -= weight
            if point < 0:
                return choice
        return choices[-1][0]

    def chance(self, share: float) -> bool:
        """True in `share` (0 to 1) of all cases."""
        return self._random.random() < share

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))
