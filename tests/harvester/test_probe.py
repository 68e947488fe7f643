"""Before a source is saved: what an endpoint is, and what is odd about it."""

from __future__ import annotations

import pytest

from foundation.clock import system_clock
from foundation.fetch import Fetcher, FetchPolicy
from harvester.probe import Probe, probe
from harvester.transport import Endpoint
from harvester.wire import FetchWire
from tests.peers.fault_server import FaultServer

pytestmark = pytest.mark.slow


def look(server: FaultServer, fetcher: Fetcher, **more: str) -> Probe:
    return probe(Endpoint(url=server.url, **more), FetchWire(fetcher), clock=system_clock, patience=2.0)  # type: ignore[arg-type]


def test_a_good_endpoint_is_described(fetcher: Fetcher) -> None:
    with FaultServer() as server:
        found = look(server, fetcher)
    assert (found.works, found.reason, found.prefix) == (True, "", "marc21")
    assert found.identity is not None
    assert found.identity.name == "Faults"
    assert [(one.prefix, one.reads_as) for one in found.formats] == [
        ("oai_dc", "oai_dc"),
        ("marc21", "marc21"),
    ]
    assert all(one.spec for one in found.sets)
    assert (found.records, found.readable, found.expected) == (10, 10, 30)
    assert found.samples[0].title == "Judul 1 é"
    assert found.samples[0].identifier == "oai:faults:1"
    assert found.hours is not None
    assert found.oddities == ()
    assert len(server.log) == 4


@pytest.mark.parametrize(
    ("faults", "odd"),
    [
        (("local_time",), "clock_untrusted"),
        (("identify_broken",), "identify_failed"),
        (("formats_broken",), "list_formats_failed"),
        (("no_namespace",), "no_namespace"),
        (("space_token",), "token_whitespace"),
        (("php_notice", "everywhere"), "junk_before_xml"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_odd_is_said(fetcher: Fetcher, faults: tuple[str, ...], odd: str) -> None:
    with FaultServer(*faults) as server:
        found = look(server, fetcher)
    assert found.works
    assert odd in {one.code for one in found.oddities}


def test_records_that_cannot_be_read_are_shown_with_the_reason(fetcher: Fetcher) -> None:
    with FaultServer("no_metadata") as server:
        found = look(server, fetcher)
    assert (found.records, found.readable) == (10, 9)
    assert found.samples[4].fault == "no_metadata"


@pytest.mark.parametrize("fault", ["login_page", "forbidden", "not_found", "needs_login", "redirect_loop"])
def test_what_does_not_work_says_why(fetcher: Fetcher, fault: str) -> None:
    with FaultServer(fault) as server:
        found = look(server, fetcher)
    assert not found.works
    assert found.reason


def test_a_name_and_a_password_are_tried(fetcher: Fetcher) -> None:
    with FaultServer("needs_login") as server:
        assert look(server, fetcher, username="ani", password="rahasia").works


def test_an_address_that_is_not_allowed_is_refused_without_a_request() -> None:
    fetcher = Fetcher(FetchPolicy(user_agent="Silang/test"))
    with FaultServer() as server:
        found = look(server, fetcher)
        assert server.log == []
    fetcher.close()
    assert not found.works
    assert "not allowed" in found.reason
