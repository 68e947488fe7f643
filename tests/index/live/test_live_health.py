"""index.live.asking.health: allowances, rests and probes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.live.asking.health import (
    LEAST,
    LONGEST_REST,
    OWN_FAULTS,
    PATIENCE,
    REST,
    Health,
    admit,
    allowance,
    went_badly,
    went_well,
)


def _failed(times: int, now: float = 1000.0) -> Health:
    health = Health()
    for _ in range(times):
        health = went_badly(health, "timeout", now)
    return health


def test_a_target_without_history_may_take_all_the_time() -> None:
    assert allowance(Health(seconds=(0.1,) * 4), 8.0) == 8.0


def test_a_quick_target_is_given_up_sooner_but_never_at_once() -> None:
    assert allowance(Health(seconds=(0.1,) * 10), 8.0) == LEAST
    assert allowance(Health(seconds=(1.5,) * 10), 8.0) == 4.5
    assert allowance(Health(seconds=(7.0,) * 10), 8.0) == 8.0


def test_a_target_that_became_slower_gets_more_time_after_each_failure() -> None:
    slow = went_badly(Health(seconds=(0.1,) * 10), "timeout", 0.0)
    assert allowance(slow, 30.0) == 2 * LEAST


def test_a_target_rests_after_some_failures_in_a_row_and_then_one_alone_probes_it() -> None:
    health = _failed(PATIENCE - 1)
    assert admit(health, 1000.0, 9.0)[0]
    health = went_badly(health, "refused", 1000.0)
    assert not admit(health, 1000.0 + REST - 1, 9.0)[0]
    welcome, probing = admit(health, 1000.0 + REST, 9.0)
    assert welcome
    assert not admit(probing, 1000.0 + REST + 1, 9.0)[0], "the others go on resting meanwhile"
    assert admit(probing, 1000.0 + REST + 10, 9.0)[0], "a probe that came to nothing is followed by another"


def test_a_failed_probe_doubles_the_rest_and_a_good_one_ends_it() -> None:
    health = _failed(PATIENCE + 1)
    assert health.rests_until == 1000.0 + 2 * REST
    assert admit(went_well(health, 0.2), 1000.0, 9.0) == (True, Health(seconds=(0.2,)))
    assert _failed(40).rests_until == 1000.0 + LONGEST_REST


def test_a_query_that_a_target_cannot_do_says_nothing_about_the_target() -> None:
    for code in ("diagnostic", "unsupported", "forbidden", "internal"):
        assert code not in OWN_FAULTS
        assert went_badly(Health(failures=2), code, 0.0).failures == 2


@given(st.lists(st.sampled_from(["well", "timeout", "refused", "diagnostic"]), max_size=60))
def test_whatever_happened_an_allowance_lies_within_its_bounds(story: list[str]) -> None:
    health = Health()
    for number, event in enumerate(story):
        health = went_well(health, 0.3) if event == "well" else went_badly(health, event, float(number))
        assert LEAST <= allowance(health, 8.0) <= 8.0
        assert health.rests_until <= number + LONGEST_REST
        assert len(health.seconds) <= 30
