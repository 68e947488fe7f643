"""The breaker and the pace: pure arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harvester.guard import breaker, pace
from harvester.guard.breaker import Breaker

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def test_it_opens_after_three_failures_tells_once_and_rests_longer_each_time() -> None:
    stands, told, rests = Breaker(), 0, []
    for _ in range(10):
        stands, tell = breaker.failed(stands, NOW)
        told += tell
        rests.append((stands.rests_until - NOW) if stands.rests_until else timedelta())
    assert told == 1
    assert rests[:5] == [timedelta(minutes=m) for m in (0, 0, 30, 60, 120)]
    assert rests[-1] == timedelta(days=2)
    assert stands.is_open


def test_a_success_closes_it_and_is_told_only_after_an_alert() -> None:
    opened, _ = breaker.failed(Breaker(failures=2), NOW)
    assert breaker.succeeded(opened) == (Breaker(), True)
    assert breaker.succeeded(Breaker(failures=2)) == (Breaker(), False)


def test_a_server_that_turns_us_away_opens_it_at_once() -> None:
    stands, tell = breaker.failed(Breaker(), NOW, turned_away=True)
    assert (stands.is_open, tell) == (True, True)
    assert stands.rests_until == NOW + breaker.FIRST


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Pustaka.example/oai?x=1", "pustaka.example:80"),
        ("https://pustaka.example./oai", "pustaka.example:443"),
        ("https://pustaka.example:8443/oai", "pustaka.example:8443"),
        ("http://[::1]:80/oai", "::1:80"),
        ("nowhere", ""),
        ("http://x:99999/", "x:80"),
    ],
)
def test_a_host_is_its_name_and_port(url: str, host: str) -> None:
    assert pace.host_of(url) == host


def test_too_many_requests_make_it_slower_and_quiet_runs_faster_again() -> None:
    delay = 0
    for expected in (1000, 2000, 4000):
        delay = pace.slower(delay)
        assert delay == expected
    assert pace.slower(50_000) == 60_000
    for expected in (2000, 1000, 500, 0):
        delay = pace.faster(delay)
        assert delay == expected


def test_what_is_waited_is_what_is_left_of_the_longer_pause() -> None:
    assert pace.wait(since=0.04, least_ms=100, learned_ms=0) == pytest.approx(0.06)
    assert pace.wait(since=0.5, least_ms=100, learned_ms=2000) == pytest.approx(1.5)
    assert pace.wait(since=9, least_ms=100, learned_ms=2000) == 0.0
