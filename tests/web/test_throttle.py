"""Tries are counted by account and network, and the table of them cannot grow without end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.web.conftest import World
from web.auth import passwords
from web.auth.throttle import SIGN_IN, Limit, Throttle, counted, network

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
THREE = Limit(tries=3, minutes=10)


def test_after_so_many_tries_one_waits_until_the_first_is_old() -> None:
    throttle = Throttle()
    for minute in range(3):
        assert throttle.wait([("a", THREE)], NOON + timedelta(minutes=minute)) == 0
        throttle.count([("a", THREE)], NOON + timedelta(minutes=minute))
    assert throttle.wait([("a", THREE)], NOON + timedelta(minutes=3)) == 7 * 60
    assert throttle.wait([("b", THREE)], NOON + timedelta(minutes=3)) == 0
    assert throttle.wait([("a", THREE)], NOON + timedelta(minutes=10)) == 0


def test_the_table_forgets_the_oldest_key_when_it_is_full() -> None:
    throttle = Throttle(keys=100)
    for number in range(5_000):
        throttle.count([(f"k{number}", Limit(tries=1, minutes=10))], NOON)
    assert throttle.wait([("k4999", Limit(tries=1, minutes=10))], NOON) > 0
    assert throttle.wait([("k0", Limit(tries=1, minutes=10))], NOON) == 0
    assert len(throttle._tries) == 100


@pytest.mark.parametrize(
    ("address", "net"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2ff::9", "2001:db8:1:200::/56"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        (None, "?"),
        ("nonsense", "?"),
    ],
)
def test_an_address_is_counted_with_its_network(address: str | None, net: str) -> None:
    assert network(address) == net


def test_the_owner_at_another_place_is_not_kept_out_by_a_strangers_guesses() -> None:
    throttle = Throttle()
    for _ in range(10):
        throttle.count(counted(SIGN_IN, "sign-in", "rani", "203.0.113.9"), NOON)
    assert throttle.wait(counted(SIGN_IN, "sign-in", "rani", "203.0.113.9"), NOON) > 0
    assert throttle.wait(counted(SIGN_IN, "sign-in", "rani", "198.51.100.4"), NOON) == 0


def test_an_unknown_account_costs_one_hash_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting:
        def __init__(self) -> None:
            self.times = 0

        def verify(self, stored: str, password: str) -> bool:
            self.times += 1
            raise passwords.VerificationError

    client = world.client()
    for login in ("rani", "nobody-at-all"):
        hasher = Counting()
        monkeypatch.setattr(passwords, "_HASHER", hasher)
        client.send("/sign-in", login=login, password="salah sekali")
        assert hasher.times == 1, login
