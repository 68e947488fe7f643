"""index.live.keeping.views: what was once shown keeps its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.live.keeping.views import page

#: A story: each step brings a new ranking of (more) clusters, and somebody looks at a page of it.
_STEPS = st.lists(
    st.tuples(st.randoms(use_true_random=False), st.integers(0, 30), st.integers(0, 3)), max_size=8
)


def test_the_best_come_first_and_nothing_is_new() -> None:
    found = page([5, 3, 9], (), 0, 2)
    assert (found.numbers, found.pinned, found.new) == ((5, 3), (5, 3), 0)


def test_what_was_shown_stays_and_better_ones_are_told_of() -> None:
    found = page([7, 8, 5, 3, 9], (5, 3), 0, 2)
    assert (found.numbers, found.new) == ((5, 3), 2)


def test_the_next_page_has_the_best_of_what_was_not_shown() -> None:
    found = page([7, 8, 5, 3, 9], (5, 3), 2, 2)
    assert found.numbers == (7, 8)
    assert found.pinned == (5, 3, 7, 8)
    assert found.new == 0


def test_what_went_into_another_leaves_its_place() -> None:
    assert page([7, 3], (5, 3), 0, 20).numbers == (3, 7)


def test_a_page_behind_the_end_is_empty() -> None:
    assert page([1, 2], (), 40, 20).numbers == ()


@pytest.mark.slow
@given(_STEPS)
def test_a_shown_order_never_changes_and_pages_cover_everything_once(
    steps: list[tuple[object, int, int]],
) -> None:
    there: list[int] = []
    pinned: tuple[int, ...] = ()
    for random, more, at in steps:
        there += range(len(there), len(there) + more)
        ranked = list(there)
        random.shuffle(ranked)  # type: ignore[attr-defined]  # a Random of hypothesis
        found = page(ranked, pinned, at * 5, 5)
        assert found.pinned[: len(pinned)] == pinned
        assert found.numbers == found.pinned[at * 5 : at * 5 + 5]
        assert 0 <= found.new <= len(there) - len(pinned)
        pinned = found.pinned
        whole: list[int] = []
        trial = pinned
        for offset in range(0, len(there), 5):
            one = page(ranked, trial, offset, 5)
            trial = one.pinned
            whole += one.numbers
        assert sorted(whole) == there
