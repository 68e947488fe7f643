"""Titles that somebody knows stand first, however they are asked for; the queries are made by rules, not by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.known_items import COUNTS, EXACT, Set, filled, mrr, place
from index.engines.whoosh_engine import WhooshEngine


def test_the_queries_are_the_same_every_time_and_enough_of_each_kind() -> None:
    one, other = Set(), Set()
    assert one.asked == other.asked
    kinds = Counter(asked.kind for asked in one.asked)
    assert kinds == COUNTS
    assert min(kinds.values()) >= 20
    assert len(one.asked) >= 200
    assert sum(kinds[kind] for kind in EXACT) <= len(one.asked) / 5


@pytest.mark.slow
def test_known_items_are_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine, known = WhooshEngine(tmp_path_factory.mktemp("known")), Set()
    filled(engine, known, 2000)
    places = {asked: place(engine, asked) for asked in known.asked}
    assert mrr(list(places.values())) >= 0.95
    for kind in COUNTS:
        assert mrr([at for asked, at in places.items() if asked.kind == kind]) >= 0.9, kind
    engine.close()
