"""The health card: pure from a look and receipts, and real looks at providers that do not keep their word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from foundation.clock import system_clock
from foundation.fetch import Fetcher
from harvester.health.card import Card, Facts, Run, card
from harvester.health.experiments import Observed, kept_to, lives, stamps_of
from harvester.pages import Header, Oddity
from harvester.probe import Probe, probe
from harvester.provider import Format, Identity
from harvester.transport import Endpoint
from harvester.wire import FetchWire
from tests.peers.fault_server import FaultServer

LOOK = Probe(
    works=True,
    reason="",
    identity=Identity(name="Pustaka", version="2.0", deleted="persistent", granularity="seconds"),
    formats=(
        Format(prefix="oai_dc", namespace="d", reads_as="oai_dc"),
        Format(prefix="marcxml", namespace="m", reads_as="marc21"),
        Format(prefix="rdf", namespace="r"),
    ),
    sets=(),
    more_sets=False,
    prefix="marcxml",
    samples=(),
    records=100,
    readable=50,
    expected=2000,
    seconds=0.5,
    bytes=1000,
    hours=0.01,
    oddities=(),
    observed=Observed(
        page=100,
        seconds=0.5,
        stamps="seconds",
        tokens="yes",
        since="yes",
        until="yes",
        skew=0.0,
        single="yes",
    ),
)
GOOD = Run(kind="full", state="complete", records=2000, pages=20, seconds=60.0)


def line(of: Card, trait: str) -> tuple[str, str, str]:
    found = next(one for one in of.lines if one.trait == trait)
    return found.declared, found.observed, found.stands


def seen(**values: Any) -> Probe:
    assert LOOK.observed is not None
    return replace(LOOK, observed=replace(LOOK.observed, **values))


def codes(of: Card) -> list[str]:
    return [one.code for one in of.strategy]


def test_a_good_provider_has_a_plain_card() -> None:
    made = card(Facts(prefix="marcxml", quirks={"deleted_seen": True}), LOOK, [GOOD])
    assert {one.stands for one in made.lines} <= {"ok", "open"}
    assert line(made, "speed") == ("", "2000", "ok")
    assert line(made, "page") == ("2000", "100", "ok")
    assert codes(made) == ["changes", "tombstones"]
    assert (made.runs, made.complete, made.defects) == (1, 1, {})
    assert Card.of(made.value()) == made


def test_a_source_that_nobody_has_looked_at_has_a_card_from_its_harvests() -> None:
    made = card(
        Facts(deleted_policy="no", granularity="day"), None, [GOOD, replace(GOOD, state="incomplete")]
    )
    assert line(made, "reliability") == ("2", "1", "odd")
    assert codes(made) == ["changes", "sweep"]
    empty = card(Facts(), None, [])
    assert {one.stands for one in empty.lines} <= {"open", "odd"}


@pytest.mark.parametrize(
    ("facts", "look", "trait", "expected"),
    [
        (Facts(quirks={"granularity": "day"}), LOOK, "granularity", ("seconds", "day", "odd")),
        (Facts(), seen(stamps="day"), "granularity", ("seconds", "day", "ok")),
        (Facts(), seen(stamps="day", day_wanted=True), "granularity", ("seconds", "day", "odd")),
        (Facts(quirks={"ignores_from": True}), LOOK, "since", ("", "no", "bad")),
        (Facts(), seen(since="refused"), "since", ("", "refused", "odd")),
        (Facts(quirks={"windows": 100}), LOOK, "tokens", ("", "windows", "bad")),
        (Facts(quirks={"token_form": "verbatim"}), LOOK, "tokens", ("", "token_verbatim", "odd")),
        (Facts(), seen(tokens="none"), "tokens", ("", "none", "ok")),
        (Facts(), seen(token_seconds=60.0), "token_life", ("60", "", "odd")),
        (Facts(), seen(skew=25200.0), "clock", ("", "25200", "odd")),
        (Facts(), seen(sets="no"), "sets", ("", "no", "bad")),
        (Facts(), replace(LOOK, identity=None), "identity", ("", "silent", "odd")),
        (Facts(), LOOK, "deletions", ("persistent", "none_came", "open")),
        (Facts(), seen(tombstones=3), "deletions", ("persistent", "came", "ok")),
        (Facts(), LOOK, "formats", ("oai_dc, marcxml, rdf", "oai_dc = oai_dc, marcxml = marc21", "ok")),
    ],
)
def test_what_is_seen_overrides_what_is_declared(
    facts: Facts, look: Probe, trait: str, expected: tuple[str, str, str]
) -> None:
    assert line(card(facts, look, [GOOD]), trait) == expected


@pytest.mark.parametrize(
    ("facts", "look", "code"),
    [
        (Facts(quirks={"ignores_from": True}), LOOK, "whole_list"),
        (Facts(quirks={"windows": 100}), LOOK, "windows"),
        (Facts(), seen(tokens="no"), "tokens_broken"),
        (Facts(quirks={"clock_untrusted": True}), LOOK, "overlap"),
        (Facts(quirks={"granularity": "day"}), LOOK, "days"),
        (Facts(prefix="oai_dc"), LOOK, "better_format"),
        (Facts(full_days=14), LOOK, "full"),
        (Facts(quirks={"selects_by_creation": True}), LOOK, "full_wanted"),
        (Facts(learned_ms=2000), LOOK, "slowly"),
        (Facts(), replace(LOOK, hours=9.0), "at_night"),
        (Facts(set_spec="x"), seen(sets="no"), "set_not_kept"),
        (Facts(sweep_days=3), LOOK, "sweep"),
        (Facts(sweep_days=3, quirks={"windows": 9}), LOOK, "full_sweep"),
        (Facts(deleted_policy="no", sweep_days=0), None, "sweep_wanted"),
        (Facts(), seen(token_seconds=60.0), "short_tokens"),
        (Facts(), LOOK, "tombstones_promised"),
    ],
)
def test_the_strategy_follows_from_what_is_seen(facts: Facts, look: Probe | None, code: str) -> None:
    assert code in codes(card(facts, look, [GOOD]))


def test_an_endpoint_that_never_worked_gets_one_piece_of_advice() -> None:
    dead = replace(LOOK, works=False, observed=None)
    assert codes(card(Facts(), dead, [])) == ["cannot"]
    assert "cannot" not in codes(card(Facts(), dead, [GOOD]))


def test_defects_are_counted_by_harvest_the_most_frequent_first() -> None:
    runs = [replace(GOOD, odd=("retried", "retried", "outside")), replace(GOOD, odd=("retried",))]
    look = replace(LOOK, oddities=(Oddity(code="bom_or_space_before_xml"),))
    assert dict(card(Facts(), look, runs).defects) == {
        "retried": 2,
        "outside": 1,
        "bom_or_space_before_xml": 0,
    }


def test_a_look_survives_being_stored() -> None:
    assert Probe.of(LOOK.value()) == LOOK


def test_windows_and_lives_are_judged_by_dates() -> None:
    at = [Header(identifier="a", datestamp="2026-01-02T00:00:00Z"), Header(identifier="b", datestamp="")]
    assert kept_to(at, since="2026-01-02") == "yes"
    assert kept_to(at, since="2026-01-03") == "no"
    assert kept_to(at, until="2026-01-01T23:59:59Z") == "no"
    assert kept_to(at[1:], since="2026-01-02") == "unknown"
    assert lives("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z") == 60.0
    assert lives("2026-01-01T00:00:00Z", "soon") is None
    assert stamps_of([*at, Header(datestamp="2026-01-02")]) == "mixed"


# --- real looks ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("faults", "trait"),
    [
        ((), {"since": "yes", "until": "yes", "tokens": "yes", "sets": "yes", "single": "yes"}),
        (("ignores_from",), {"since": "no"}),
        (("refuses_seconds",), {"day_wanted": True}),
        (("local_time",), {"since": "yes"}),
    ],
    ids=lambda v: str(v) if isinstance(v, tuple) else "",
)
def test_experiments_find_out_what_a_provider_does(
    fetcher: Fetcher, faults: tuple[str, ...], trait: dict[str, object]
) -> None:
    steps: list[str] = []
    with FaultServer(*faults) as server:
        found = probe(
            Endpoint(url=server.url),
            FetchWire(fetcher),
            clock=system_clock,
            patience=5.0,
            deep=True,
            report=steps.append,
        )
        assert len(server.log) <= 14
    assert found.observed is not None
    assert {name: getattr(found.observed, name) for name in trait} == trait
    assert steps == ["identify", "formats", "sets", "page", "tokens", "from", "until", "set", "record"]
    if faults == ("local_time",):
        assert found.observed.skew is not None
        assert abs(found.observed.skew) > 3600
