"""Fixtures of the catalogues from other hands; they live as long as the session of tests. Mark such tests `peers`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.peers.live.catalogues import Peer, ZTest, start_iso2709, start_marcxml, start_ztest
from tests.peers.live.processes import Running

#: Gives the ports of yaz-ztest that listen, at least as many as asked for.
ManyPorts = Callable[[int], tuple[int, ...]]


@pytest.fixture(scope="session")
def ztest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZTest]:
    """A yaz-ztest on one port."""
    peer, running = start_ztest(tmp_path_factory.mktemp("ztest"))
    try:
        yield peer
    finally:
        running.stop()


@pytest.fixture(scope="session")
def ztest_ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ManyPorts]:
    """yaz-ztest on as many ports as a test asks for: `ztest_ports(20)`. Later tests get the same ones again."""
    started: list[Running] = []

    def ports(count: int) -> tuple[int, ...]:
        have = sum(len(one.ports) for one in started)
        if count > have:
            started.append(start_ztest(tmp_path_factory.mktemp("ztests"), count - have)[1])
        return tuple(port for one in started for port in one.ports)[:count]

    try:
        yield ports
    finally:
        for one in started:
            one.stop()


@pytest.fixture(scope="session")
def zebra_marcxml(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """Zebra over MARCXML: CQL, SRU, explain."""
    peer, running = start_marcxml(tmp_path_factory.mktemp("zebra_marcxml"))
    try:
        yield peer
    finally:
        running.stop()


@pytest.fixture(scope="session")
def zebra_iso2709(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """Zebra over ISO 2709, behind a login."""
    peer, running = start_iso2709(tmp_path_factory.mktemp("zebra_iso2709"))
    try:
        yield peer
    finally:
        running.stop()
