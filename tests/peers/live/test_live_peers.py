"""The catalogues that other tests search are there, say what they should, and are gone when they are stopped."""

from __future__ import annotations

import signal
import socket
import subprocess
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.conftest import needs
from tests.peers.live import processes
from tests.peers.live.catalogues import HINT, Peer, ZTest, start_ztest
from tests.peers.live.fixtures import ManyPorts

pytestmark = pytest.mark.peers


def raw(*commands: str) -> bytes:
    """What yaz-client prints for these commands."""
    return subprocess.run(
        [needs("yaz-client", HINT)],
        input="\n".join((*commands, "quit", "")).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=30,
        check=False,
    ).stdout


def client(*commands: str) -> str:
    """The same as text."""
    return raw(*commands).decode(errors="replace")


def get(url: str, **asked: str) -> str:
    """What the SRU server answers."""
    with urllib.request.urlopen(f"{url}?{urlencode(asked)}", timeout=30) as answer:
        return str(answer.read().decode())


def test_ztest_finds_as_many_as_the_term_says_with_holdings_and_scans_our_words(ztest: ZTest) -> None:
    said = client(f"open {ztest.address()}", "find @attr 1=4 42", "format opac", "show 1", "scan b")
    assert "Number of hits: 42" in said
    assert "Data holdings" in said
    assert "BANANA (2)" in said


def test_ztest_serves_records_of_ours_even_broken_ones(ztest: ZTest) -> None:
    name = ztest.serve("ours", "<one/>", "<two")
    said = client(f"open {ztest.address()}", "find 2", "format xml", f"elements {name}", "show 1+2")
    assert "<one/>" in said
    assert "<two" in said


def test_ztest_listens_on_many_ports(ztest_ports: ManyPorts) -> None:
    assert ztest_ports(3) == ztest_ports(5)[:3]
    said = client(*(f"open tcp:127.0.0.1:{port}\nfind {port}" for port in ztest_ports(5)))
    assert [f"Number of hits: {port}," in said for port in ztest_ports(5)] == [True] * 5


def test_zebra_serves_usmarc_in_two_character_sets(zebra_marcxml: Peer) -> None:
    def shown(elements: str) -> bytes:
        asked = ("find @attr 1=4 aida", "format usmarc", f"elements {elements}", "show 1+3")
        return raw(f"open {zebra_marcxml.address()}", *asked)

    assert "gambo\u0304 no aida".encode() in shown("U")
    assert b"gamb\xe5o no aida" in shown("F")  # MARC-8 has the diacritic before the letter


@pytest.mark.parametrize(
    ("schema", "root"), [("marc", "MARC21/slim"), ("dc", "dc-schema"), ("mods", "mods/v3")]
)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_zebra_answers_sru_in_three_schemas(
    zebra_marcxml: Peer, schema: str, root: str, version: str
) -> None:
    said = get(
        zebra_marcxml.url(), version=version, operation="searchRetrieve", query="dc.title=aida",
        maximumRecords="1", recordSchema=schema,
    )  # fmt: skip
    assert "numberOfRecords>3<" in said
    assert root in said


def test_zebra_explains_itself(zebra_marcxml: Peer) -> None:
    assert "Operas and others" in get(zebra_marcxml.url(), version="1.1", operation="explain")


def test_zebra_wants_a_login(zebra_iso2709: Peer) -> None:
    assert "code=1011" in client(f"open {zebra_iso2709.address()}")


def test_zebra_sorts_and_serves_grs1(zebra_iso2709: Peer) -> None:
    login = f"{zebra_iso2709.user}/{zebra_iso2709.password}"
    asked = ("find @attr 1=4 the", "sort 1=4 i<", "format grs-1", "show 1")
    said = client(f"auth {login}", f"open {zebra_iso2709.address()}", *asked)
    assert "Number of hits: 10" in said
    assert "SortResponse: status=success" in said
    assert "(3,subfield)" in said


def test_a_stopped_server_is_gone_with_its_children(tmp_path: Path) -> None:
    peer, running = start_ztest(tmp_path, 2)
    with socket.create_connection((peer.host, peer.ports[1]), 30) as line:
        line.settimeout(30)
        running.stop()
        with suppress(ConnectionResetError):
            assert line.recv(1) == b""
    assert running.process.returncode == -signal.SIGKILL


def test_a_port_that_somebody_else_took_meanwhile_is_given_up_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter((int(taken.getsockname()[1]), processes.free_port()))
        monkeypatch.setattr(processes, "free_port", lambda: next(ports))
        peer, running = start_ztest(tmp_path)
        try:
            assert peer.port != taken.getsockname()[1]
            assert "Number of hits: 3" in client(f"open {peer.address()}", "find 3")
        finally:
            running.stop()
