"""The 95 faults of a provider: what each must come to is a table (tests/peers/faulty/cases.py), walked here.

Never a silent loss, never a loop, and one bad record costs one record.
"""

from __future__ import annotations

import json
import re
import ssl
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from foundation.clock import system_clock
from foundation.fetch import Fetcher, FetchPolicy
from harvester import scratch
from harvester.datestamps import read
from harvester.receipt import Receipt
from tests.peers.fault_server import FaultServer
from tests.peers.faulty.cases import CASES, ELSEWHERE, Case

TESTS = Path(__file__).parents[1]


def harvest(server: FaultServer, *, since: str = "", until: str = "", **options: Any) -> Receipt:
    """As `silang harvest try` does it."""
    fetcher = Fetcher(FetchPolicy(any_address=True, user_agent="Silang/test"))
    try:
        return scratch.try_out(
            fetcher,
            server.url,
            clock=system_clock,
            from_at=read(since),
            until_at=read(until),
            **({"patience": 4.0} | options),
        )
    finally:
        fetcher.close()


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_fault_comes_to_its_end(case: Case) -> None:
    with FaultServer(*case.faults, **case.server) as server:
        next(one for one in server.entries if one.number == 8).deleted = True
        slip = harvest(server, **case.asks)
        requests = len(server.log)
    assert (slip.state, slip.records + slip.deleted + len(slip.rejected)) == (case.state, case.got), slip
    assert tuple(one.reason for one in slip.rejected) == case.rejected
    assert bool(slip.reason) == (case.state != "complete")
    assert case.says in slip.reason
    noted = {one["code"] for one in slip.oddities}
    assert noted >= set(case.odd)
    assert slip.remembered.items() >= dict(case.remembered).items()
    assert requests <= case.most
    _keeps_the_contract(slip)


def _keeps_the_contract(slip: Receipt) -> None:
    """What `harvest try --json` promises, whatever happens."""
    value = json.loads(json.dumps(slip.value()))
    assert value["state"] in ("complete", "incomplete", "failed")
    assert all(set(one) == {"identifier", "reason", "position"} for one in value["rejected"])
    assert all(one["reason"] and one["position"] for one in value["rejected"])
    assert all(set(one) == {"code", "text"} for one in value["oddities"])
    named = Counter(one["identifier"] for one in value["rejected"] if one["identifier"])
    assert not named or max(named.values()) == 1
    assert {"records", "deleted", "pages", "requests", "bytes", "seconds", "reason"} <= value.keys()


def test_every_fault_has_its_test() -> None:
    numbers = {case.number for case in CASES}
    assert numbers | ELSEWHERE.keys() == set(range(1, 96))
    assert len({case.id for case in CASES}) == len(CASES)


def test_most_faults_lose_nothing() -> None:
    ends: dict[int, set[str]] = {}
    for case in CASES:
        ends.setdefault(case.number, set()).add(case.state)
    assert sum("complete" in found for found in ends.values()) >= 60


@pytest.mark.parametrize(
    ("place", "name"), sorted({pair for pairs in ELSEWHERE.values() for pair in pairs}), ids=str
)
def test_a_test_that_stands_elsewhere_is_there(place: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (TESTS / place).read_text(), re.MULTILINE)


@pytest.mark.slow
def test_a_certificate_that_nobody_vouches_for_ends_the_run() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TESTS / "foundation" / "tls" / "server.pem")
    with FaultServer(tls=context) as server:
        slip = harvest(server)
        assert (slip.state, slip.records, len(server.log)) == ("failed", 0, 0)
        assert "certificate" in slip.reason


@pytest.mark.slow
def test_a_single_page_is_complete_even_where_identifiers_are_not_listed() -> None:
    with FaultServer("no_list_identifiers", page=29, count=29) as server:
        slip = harvest(server)
        assert (slip.state, slip.records) == ("complete", 29)


@pytest.mark.slow
def test_what_lies_outside_is_counted_apart() -> None:
    with FaultServer("forgets_window") as server:
        slip = harvest(server, since="2026-01-01T10:00:00Z", until="2026-01-01T20:00:00Z")
        assert (slip.state, slip.records, slip.outside) == ("complete", 11, 10)
