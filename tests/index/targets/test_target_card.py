"""What follows from the findings of a probe: suggestions, drift, health; and what is kept of probes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from foundation.db import Database
from foundation.seal import seal_in
from index.targets import card as cards
from index.targets import flat, probes, store
from index.targets.card import FAILED, IGNORED, NOTHING, REFUSED, WORKS, Card, Finding
from index.targets.tables import probe as probe_table
from tests.conftest import TestClock

PROFILE = flat.read({"code": "x", "name": "X", "url": "z3950://h/x"})


def card(whole: bool = True, failed: str = "", **verdicts: str) -> Card:
    """A card of findings trait_subject=verdict."""
    found = []
    for key, verdict in verdicts.items():
        trait, _, subject = key.partition("_")
        found.append(Finding(trait=trait, subject=subject, asked="?", answered="!", verdict=verdict))
    return Card(findings=tuple(found), whole=whole, failed=failed)


def test_a_card_survives_being_stored() -> None:
    made = Card(
        findings=(
            Finding(trait="access", subject="title 1=4", asked="a", answered="b", verdict=WORKS, hits=3),
        ),
        takes={"syntaxes": ["opac"]},
        identity="YAZ",
        failed="timeout",
    )
    assert Card.of(made.value()) == made


def test_only_what_differs_is_suggested() -> None:
    takes = {"syntaxes": ["opac", "usmarc"], "piggyback": True, "attributes": {"title": ["1=4"]}}
    found = Card(takes=takes)
    names = [name for name, _, _ in cards.differences(PROFILE, found)]
    assert names == ["syntaxes", "attributes"]
    taken = cards.taken(PROFILE, found)
    assert taken.retrieval.syntaxes == ("opac", "usmarc")
    assert taken.code == "x"
    assert cards.differences(taken, found) == ()


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (WORKS, REFUSED, [True]),
        (WORKS, NOTHING, [False]),
        (REFUSED, WORKS, [False]),
        (WORKS, WORKS, []),
        (WORKS, FAILED, []),
        (IGNORED, WORKS, [False]),
    ],
)
def test_drift_is_what_both_tried_and_found_different(before: str, after: str, worse: list[bool]) -> None:
    found = cards.drift(card(access_a=before, sort_b=WORKS), card(access_a=after, scan_c=WORKS))
    assert [one.worse for one in found] == worse


def test_health_follows_from_failure_and_loss() -> None:
    lost = cards.drift(card(access_a=WORKS), card(access_a=REFUSED))
    assert cards.health(card(), lost) == ("changed", "access a")
    assert cards.health(card(failed="refused"), lost) == ("failing", "refused")
    assert cards.health(card(), cards.drift(card(access_a=REFUSED), card(access_a=WORKS))) == ("ok", "")


def test_probes_are_kept_and_what_they_find_becomes_the_health(
    db: Database, tmp_path: Path, clock: TestClock
) -> None:
    with db.begin() as c:
        one = store.add(c, PROFILE, password=None, seal=seal_in(tmp_path), at=clock())

        def probed(found: Card) -> str:
            clock.go(hours=1)
            begun = probes.begin(c, one.id, at=clock(), whole=found.whole, asked_by=None)
            probes.go_on(c, begun, found)
            probes.end(c, begun, found, at=clock())
            return store.get(c, one.id).health

        assert probed(card(access_a=WORKS, sort_b=WORKS)) == "ok"
        assert probed(card(whole=False, access_a=REFUSED)) == "changed"
        assert probed(card(whole=False, access_a=REFUSED)) == "changed"  # until somebody has looked
        assert probed(card(whole=False, failed="timeout")) == "failing"
        assert store.get(c, one.id).health_reason == "timeout"
        assert probed(card(failed="stopped")) == "failing"  # proves nothing
        assert probed(card(access_a=WORKS, sort_b=REFUSED)) == "changed"
        assert store.get(c, one.id).health_reason == "sort b"
        probes.settle(c, one.id)
        assert store.get(c, one.id).health == "ok"
        for _ in range(20):
            probed(card(whole=False, access_a=WORKS))
        count = c.execute(select(func.count()).select_from(probe_table)).scalar_one()
        assert count == probes.KEPT + 1  # the last whole one outlives the short ones
        last = probes.last(c, one.id, whole=True)
        assert last is not None
        assert last.card.by()["sort", "b"].verdict == REFUSED


def test_a_probe_that_never_ended_is_over_when_the_next_begins(
    db: Database, tmp_path: Path, clock: TestClock
) -> None:
    with db.begin() as c:
        one = store.add(c, PROFILE, password=None, seal=seal_in(tmp_path), at=clock())
        first = probes.begin(c, one.id, at=clock(), whole=True, asked_by=None)
        probes.begin(c, one.id, at=clock() + timedelta(minutes=1), whole=True, asked_by=None)
        found = probes.get(c, one.id, first)
        assert found is not None
        assert found.state == "failed"
        assert probes.get(c, "another", first) is None
