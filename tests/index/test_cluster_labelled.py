"""The labelled set is what it claims to be."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.cluster_records import HALVES, labelled
from index.crosswalk import marc21


@pytest.mark.parametrize("half", HALVES)
def test_each_half_is_readable_and_the_same_every_time(half: str) -> None:
    records = labelled(half)

    assert [r.id for r in records] == [r.id for r in labelled(half)]
    assert len({r.id for r in records}) == len(records)
    assert all(marc21.read(r.element).title for r in records)


def test_the_halves_hold_three_hundred_pairs_and_share_no_family() -> None:
    pairs = 0
    families = []
    for half in HALVES:
        editions = Counter(r.edition for r in labelled(half))
        pairs += sum(n * (n - 1) // 2 for n in editions.values())
        families.append({edition.partition("/")[0] for edition in editions})

    assert pairs >= 300
    assert not families[0] & families[1]
