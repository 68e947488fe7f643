"""The target over sockets: what Koha asks, many at once, who may come in, and clients that only take up room."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from index.z3950 import apdu, oids
from index.z3950.apdu import Close, CloseReason, DeleteRequest, DeleteResponse, PresentRequest
from tests.web import samples
from tests.web.conftest import World
from tests.web.z3950.wire import Wire, conditions, listening, payloads, stock, stocked, wire
from web.settings import Z3950User
from web.z3950 import figures, listener

pytestmark = pytest.mark.slow

ISBN = "9786239999902"


@pytest.fixture
def shelves(world: World) -> World:
    """A catalogue of one's own, for what needs other settings."""
    return stock(world)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One catalogue for all that only ask."""
    with stocked(tmp_path_factory.mktemp("z3950")) as found:
        yield found


@pytest.fixture(scope="module")
def port(shared: World) -> Iterator[int]:
    with listening(shared.parts, connections_each=50) as found:
        yield found


# --- Koha --------------------------------------------------------------------------------------------

#: What its form sends, and how many titles there are.
KOHA = (
    (f'@attr 1=7 @attr 5=1 "{ISBN}"', 1),
    ('@attr 1=7 @attr 5=1 "978-623-9999-90-2"', 1),
    ('@attr 1=8 @attr 5=1 "0854-1019"', 1),
    ('@attr 1=4 "batik pesisir"', 1),
    ('@attr 1=1003 "tirtaningrum"', 1),
    ('@attr 1=21 "kain tradisional"', 1),
    ('@attr 1=16 "746.662"', 1),
    ('@attr 1=16 "746.662 TIR b"', 1),
    ('@attr 1=16 @attr 2=3 @attr 3=1 @attr 4=1 @attr 5=1 @attr 6=1 "746.662"', 1),
    ('@attr 1=12 "KNG-77"', 1),
    ('@attr 1=1016 "lumbung benih"', 15),
    ('@attr 1=1007 "0854-1019"', 1),
    ('@attr 1=31 "2019"', 1),
    ('@and @attr 1=4 "batik" @attr 1=1003 "tirtaningrum"', 1),
    ('@and @attr 1=1016 "batik" @and @attr 1=21 "batik" @attr 1=31 "2019"', 1),
    (f'@and @attr 1=7 @attr 5=1 "{ISBN}" @and @attr 1=4 "batik" @attr 1=1003 "laras"', 1),
)


@pytest.mark.parametrize(("query", "hits"), KOHA)
def test_what_koha_asks_is_answered(port: int, query: str, hits: int) -> None:
    with wire(port) as koha:
        found = koha.search(query)
        assert conditions(found) == []
        assert (found.succeeded, found.hits) == (True, hits)
        for at in range(1, hits + 1):
            (record,) = payloads(koha.present(at, 1))
            assert record[9:10] == b"a"


def test_titles_by_their_identifier_too(shared: World, port: int) -> None:
    batik = samples.cluster(shared, "MLT", "batik")
    with wire(port) as client:
        assert client.search(f"@attr 1=12 {batik}").hits == 1


def test_one_present_a_record_costs_little(port: int) -> None:
    with wire(port) as koha:
        koha.search('@attr 1=1016 "lumbung"')
        koha.present(1, 16)
        begun = time.process_time()
        for at in range(1, 17):
            for _ in range(10):
                koha.present(at, 1)
        assert time.process_time() - begun < 2  # 160 of them, both sides


# --- many at once ------------------------------------------------------------------------------------


def test_sessions_stand_side_by_side(port: int) -> None:
    def one(_: int) -> list[int]:
        with wire(port) as client:
            return [client.search(f"@attr 1=4 {word}").hits for word in ("batik", "lumbung", "pesisir") * 3]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [[4, 15, 1] * 3] * 8


def test_results_of_one_session_are_not_those_of_another(port: int) -> None:
    with wire(port) as one, wire(port) as other:
        assert one.search("@attr 1=4 lumbung", result_set="a").succeeded
        assert conditions(other.present(result_set="a")) == [30]
        deleted = one.say(DeleteRequest(result_sets=("a",)))
        assert isinstance(deleted, DeleteResponse)
        assert deleted.status == 0


def test_requests_sent_in_one_go_are_answered_in_their_order(port: int) -> None:
    with wire(port) as client:
        client.search("@attr 1=4 lumbung")
        asked = [
            apdu.encode(PresentRequest(start=n, count=1, syntax=oids.USMARC, reference=b"%d" % n))
            for n in range(1, 17)
        ]
        client.sock.sendall(b"".join(asked))
        answers = [client.hear() for _ in asked]
        assert [one.reference for one in answers if one] == [b"%d" % n for n in range(1, 17)]


# --- who may come in ----------------------------------------------------------------------------------


def test_a_login_is_demanded_where_there_are_users(shelves: World) -> None:
    users = (Z3950User(name="desa", password="rahasia"),)
    with listening(shelves.parts, users=users) as port:
        good = Wire(port)
        assert good.init(authentication="desa/rahasia").accepted
        assert good.search("@attr 1=4 batik").hits
        good.close()
        for given in (None, "desa/salah", apdu.IdPass(user="desa")):
            bad = Wire(port)
            assert not bad.init(authentication=given).accepted
            assert bad.hear() is None
            bad.close()


def test_addresses_that_are_not_listed_are_told_and_sent_away(shelves: World) -> None:
    with listening(shelves.parts, addresses=("198.51.100.0/24",)) as port:
        client = Wire(port)
        told = client.init()
        assert not told.accepted
        assert told.user_information is not None
        assert client.hear() is None
        client.close()
    with listening(shelves.parts, addresses=("127.0.0.0/8",)) as port, wire(port) as client:
        assert client.search("@attr 1=4 batik").hits


def test_one_address_has_so_many_sessions(shelves: World) -> None:
    with listening(shelves.parts, connections_each=2) as port:
        with wire(port), wire(port):
            third = Wire(port)
            assert not third.init().accepted
            third.close()
        # What was let go of can be had again.
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            again = Wire(port)
            accepted = again.init().accepted
            again.close()
            if accepted:
                return
        raise AssertionError("sessions were not let go of")


def test_searches_and_records_of_a_minute_are_bounded(shelves: World) -> None:
    with listening(shelves.parts, searches_per_minute=3, records_per_minute=20) as port:
        with wire(port) as client:
            assert [client.search("@attr 1=4 lumbung").succeeded for _ in range(3)] == [True] * 3
            assert client.present(1, 15).returned == 15
            assert conditions(client.present(1, 15)) == [12]
            assert client.present(1, 5).returned == 5
        with wire(port) as client:  # another session of the same address
            assert conditions(client.search("@attr 1=4 lumbung")) == [31]


# --- who only takes up room ---------------------------------------------------------------------------


def test_a_silent_session_is_told_the_end(shelves: World) -> None:
    with listening(shelves.parts, idle_seconds=1) as port, wire(port) as client:
        told = client.hear()
        assert isinstance(told, Close)
        assert told.reason == CloseReason.LACK_OF_ACTIVITY
        assert client.hear() is None


def test_when_the_target_ends_sessions_are_told(shelves: World) -> None:
    with listening(shelves.parts) as port:
        client = Wire(port)
        client.init()
    told = client.hear()
    assert isinstance(told, Close)
    assert told.reason == CloseReason.SHUTDOWN
    client.close()


def test_whoever_drips_is_shown_the_door(shelves: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "PATIENCE", 1.0)
    with listening(shelves.parts) as port:
        slow = Wire(port)
        data = apdu.encode(apdu.InitRequest(implementation_name="x" * 5000))
        begun = time.monotonic()
        told: bytes = b""
        slow.sock.settimeout(0.05)
        for byte in data:
            try:
                slow.sock.sendall(bytes((byte,)))
                told = slow.sock.recv(4096)
                break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - begun < 30
        if told:
            answer = apdu.decode(told)
            assert isinstance(answer, Close)
            assert answer.reason == CloseReason.LACK_OF_ACTIVITY
        slow.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\xb4\x84\x7f\xff\xff\xff",
        b"\xff" * 5000,
        b"GET / HTTP/1.0\r\n\r\n",
        b"\xb4\x80" + b"\x30\x80" * 5000,
    ],
)
def test_whoever_speaks_something_else_is_told_and_hung_up_on(port: int, data: bytes) -> None:
    client = Wire(port)
    client.sock.sendall(data)
    told = client.hear()
    assert isinstance(told, Close)
    assert told.reason == CloseReason.PROTOCOL_ERROR
    with suppress(ConnectionError):  # what is unread at the other side makes a reset of the end
        assert client.hear() is None
    client.close()


def test_whoever_never_reads_costs_neither_memory_nor_others(
    shelves: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PATIENCE", 1.0)
    with listening(shelves.parts, records_per_minute=0) as port:
        deaf = Wire(port)
        deaf.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.init()
        deaf.search("@attr 1=4 lumbung")
        asked = apdu.encode(PresentRequest(start=1, count=16, syntax=oids.USMARC)) * 200
        deaf.sock.settimeout(5)
        done = threading.Event()

        def shout() -> None:
            try:
                for _ in range(200):
                    deaf.sock.sendall(asked)
            except OSError:
                pass
            done.set()

        thread = threading.Thread(target=shout, daemon=True)
        thread.start()
        with wire(port) as other:
            assert other.search("@attr 1=4 batik").hits
        assert done.wait(30)
        deaf.close()
        thread.join(30)


def test_nothing_is_left_of_sessions_that_went(shelves: World) -> None:
    with listening(shelves.parts, connections_each=0, connections=0) as port:
        full = Wire(port)
        with suppress(ConnectionError):
            assert full.hear() is None
        full.close()
    with listening(shelves.parts, connections_each=5) as port:
        for _ in range(30):  # hung up on in the middle of everything
            gone = Wire(port)
            gone.sock.sendall(apdu.encode(apdu.InitRequest())[:7])
            gone.close()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            client = Wire(port)
            try:
                accepted = client.init().accepted
            except (AssertionError, ConnectionError):
                accepted = False
            client.close()
            if accepted:
                return
        raise AssertionError("sessions that went still count")


# --- how it is doing ---------------------------------------------------------------------------------


def test_figures_are_there_while_it_listens_and_name_nobody(
    shelves: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG, logger="silang.z3950")
    with listening(shelves.parts) as port:
        found = figures.read(shelves.parts.data)
        assert str(found["listening"]).endswith(f":{port}/silang")
        assert figures.gauges(shelves.parts.data)["open"] == 0
        with wire(port) as client:
            client.search("@attr 1=4 pesisir")
            client.present()
    assert figures.read(shelves.parts.data) == {}
    lines = [vars(record) for record in caplog.records if record.getMessage() == "answered"]
    assert [line["operation"] for line in lines][:3] == ["init", "search", "present"]
    assert lines[1]["hits"] == 1
    assert "pesisir" not in str([{k: v for k, v in line.items() if k != "args"} for line in lines])
