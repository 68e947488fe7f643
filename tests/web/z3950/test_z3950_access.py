"""Who may come in and how much each may have: networks, logins, connections, searches and records of a minute."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import TestClock
from web.settings import BadConfig, Z3950Settings, Z3950User, parse
from web.z3950.access import Access


def access(clock: TestClock, **values: Any) -> Access:
    return Access(Z3950Settings(**values), clock)


@pytest.mark.parametrize(
    ("address", "enters"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("10.2.0.1", False),
        ("2001:db8::5", True),
        ("2001:db9::5", False),
        ("fe80::1%eth0", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_only_listed_networks_enter(clock: TestClock, address: str, enters: bool) -> None:
    door = access(clock, addresses=("10.1.0.0/16", "2001:db8::/32"))
    assert (door.enter(address) == "") is enters


def test_everybody_enters_where_nothing_is_listed(clock: TestClock) -> None:
    assert access(clock).enter("203.0.113.9") == ""
    assert access(clock).enter("") == ""


def test_one_address_and_all_together_have_so_many_connections(clock: TestClock) -> None:
    door = access(clock, connections=3, connections_each=2)
    assert [door.enter("a1"), door.enter("a1"), door.enter("a1")] == ["", "", "too many connections"]
    assert door.enter("a2") == ""
    assert door.enter("a3") == "full"
    door.leave("a1")
    assert (door.open, door.enter("a3")) == (2, "")


def test_a_whole_64_of_ipv6_is_one(clock: TestClock) -> None:
    door = access(clock, connections_each=1)
    assert door.enter("2001:db8:1:1::a") == ""
    assert door.enter("2001:db8:1:1:ffff::b") == "too many connections"
    assert door.enter("2001:db8:1:2::a") == ""


def test_a_minute_gives_so_many_and_refills(clock: TestClock) -> None:
    door = access(clock, searches_per_minute=60, records_per_minute=600)
    assert [door.wait("a", searches=1) for _ in range(60)] == [0] * 60
    assert door.wait("a", searches=1) == 1
    assert door.wait("b", searches=1) == 0
    assert door.wait("a", records=600) == 0
    assert door.wait("a", records=100) == 10
    clock.go(seconds=10)
    assert door.wait("a", records=100) == 0
    assert door.wait("a", searches=1) == 0
    free = access(clock, searches_per_minute=0, records_per_minute=0)
    assert free.wait("a", searches=10**6, records=10**6) == 0


def test_logins_are_known_whole(clock: TestClock) -> None:
    users = (Z3950User(name="désa", password="kopi"), Z3950User(name="kota", password="teh"))
    door = access(clock, users=users)
    assert door.needs_login
    assert door.knows("désa", "kopi")
    assert door.knows("kota", "teh")
    assert not any(
        door.knows(*pair) for pair in (("désa", "teh"), ("", ""), ("kota", ""), ("kota", "te"), ("x", "kopi"))
    )
    assert not access(clock).needs_login


def test_faults_of_the_configuration_are_named_with_their_place() -> None:
    text = "z3950:\n  port: 99999\n  addresses: [10.0.0.0/8, here]\n  charset: latin1\n"
    with pytest.raises(BadConfig) as caught:
        parse(text, "config.yaml", {})
    assert any("z3950.charset" in fault for fault in caught.value.faults)
    with pytest.raises(BadConfig) as caught:
        parse(text.replace("latin1", "marc-8"), "config.yaml", {})
    assert [fault.split(": ")[1] for fault in caught.value.faults] == ["z3950.addresses.1", "z3950.port"]
