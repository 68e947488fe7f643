"""One exchange: what is sent and told, which connections are kept, and how long all of it may last."""

import gzip
import http.client
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from foundation.fetch import (
    BadUrl,
    Limits,
    TooSlow,
    Unreachable,
)
from tests.foundation.loopback import QUICK, answer, drip, fetcher, serve


def test_an_answer_has_its_status_headers_and_body() -> None:
    with serve(answer(b"<a/>", "Content-Type: text/xml", "X-A: 1", "X-A: 2")) as served:
        with fetcher().open(served.url + "oai?verb=Identify", limits=QUICK) as response:
            assert response.status == 200
            assert response.headers["content-TYPE"] == "text/xml"
            assert response.headers["x-a"] == "1, 2"
            assert response.headers.get("absent") is None
            assert response.url == served.url + "oai?verb=Identify"
            assert response.address == "127.0.0.1"
            assert response.read() == b"<a/>"
            assert 0 < response.seconds < 10
        seconds = response.seconds
        assert seconds == response.seconds
        with pytest.raises(RuntimeError):
            response.read()
    head = served.requests[0]
    assert head.startswith("GET /oai?verb=Identify HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{served.port}\r\n" in head
    assert "Accept-Encoding: gzip, identity\r\n" in head
    assert "User-Agent: Silang/test (+https://example.org)\r\n" in head
    assert "From: silang@example.org\r\n" in head


@pytest.mark.parametrize(
    "status", ["404 Not Found", "503 Service Unavailable", "422 Odd", "304 Not Modified"]
)
def test_any_status_is_an_answer(status: str) -> None:
    body = b"" if status.startswith("304") else b"<error/>"
    with serve(answer(body, "Retry-After: 1", status=status)) as served:
        response = fetcher().open(served.url, limits=QUICK)
        assert (response.status, response.headers["retry-after"]) == (int(status[:3]), "1")
        assert response.read() == body


def test_own_headers_and_a_password_are_sent() -> None:
    with serve(answer()) as served:
        fetcher().open(
            served.url, headers={"X-Key": "s", "accept": "text/xml"}, auth=("ä", "b:c"), limits=QUICK
        ).read()
    head = served.requests[0]
    assert "X-Key: s\r\n" in head
    assert "Accept: text/xml\r\n" in head
    assert "*/*" not in head
    assert "Authorization: Basic w6Q6Yjpj\r\n" in head


@pytest.mark.parametrize(
    "header",
    [
        ("Host", "evil"),
        ("Content-Length", "5"),
        ("transfer-encoding", "chunked"),
        ("X", "a\r\nY: b"),
        ("X\n", "a"),
        ("X", "€"),
    ],
)
def test_headers_that_would_change_the_request_are_refused(header: tuple[str, str]) -> None:
    with serve(answer()) as served:
        with pytest.raises(BadUrl):
            fetcher().open(served.url, headers=dict([header]), limits=QUICK)
        assert served.requests == []


def test_a_body_is_posted() -> None:
    with serve(answer(b"ok")) as served:
        response = fetcher().open(
            served.url, method="POST", body=b"<m/>", headers={"Content-Type": "text/xml"}, limits=QUICK
        )
        assert response.read() == b"ok"
    assert served.bodies == [b"<m/>"]
    assert served.requests[0].startswith("POST / ")


def test_one_connection_serves_many_requests() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    for reply in (answer(b"abc"), chunked, answer(gzip.compress(b"abc"), "Content-Encoding: gzip")):
        with serve(reply) as served:
            client = fetcher()
            for _ in range(5):
                assert client.open(served.url, limits=QUICK).read() == b"abc"
            assert served.connections == 1
            client.close()


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"],
)
def test_a_body_that_ends_with_the_connection_is_fine(head: bytes) -> None:
    with serve(head + b"abc", keep=False) as served:
        client = fetcher()
        for _ in range(3):
            assert client.open(served.url, limits=QUICK).read() == b"abc"
        assert served.connections == 3


def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    with serve(answer(b"abc"), keep=False) as served:
        client = fetcher()
        for _ in range(3):
            assert client.open(served.url, limits=QUICK).read() == b"abc"
        assert len(served.requests) == 3


def test_a_kept_connection_that_breaks_at_the_next_request_is_tried_once_more() -> None:
    seen: list[socket.socket] = []

    def once(conn: socket.socket, _: str) -> None:
        if conn in seen:
            conn.shutdown(socket.SHUT_RDWR)
            return
        seen.append(conn)
        conn.sendall(answer(b"abc"))

    with serve(once) as served:
        client = fetcher()
        assert client.open(served.url, limits=QUICK).read() == b"abc"
        assert client.open(served.url, limits=QUICK).read() == b"abc"
        assert served.connections == 2
        # What changes something is never sent twice by itself.
        with pytest.raises(Unreachable):
            client.open(served.url, method="POST", body=b"x", limits=QUICK)


def test_a_body_that_was_not_read_does_not_leak_into_the_next_answer() -> None:
    numbers = iter(range(9))

    def numbered(conn: socket.socket, _: str) -> None:
        conn.sendall(answer(b"%d" % next(numbers) * 100_000))

    with serve(numbered) as served:
        client = fetcher()
        client.open(served.url, limits=QUICK).close()
        with client.open(served.url, limits=QUICK) as response:
            next(response.iter_bytes(10))
        assert client.open(served.url, limits=QUICK).read() == b"2" * 100_000
        assert served.connections == 3


def test_a_body_that_has_not_come_yet_does_not_leak_into_the_next_answer() -> None:
    done = threading.Event()

    def late(conn: socket.socket, path: str) -> None:
        if path == "/first":
            head, body = answer(b"first")[:-5], b"first"
            conn.sendall(head)
            done.wait(3)
            conn.sendall(body)
        else:
            conn.sendall(answer(b"second"))

    with serve(late) as served:
        client = fetcher()
        client.open(served.url + "first", limits=QUICK).close()
        assert client.open(served.url + "second", limits=QUICK).read() == b"second"
        done.set()


def test_an_answer_nobody_asked_for_is_not_taken_for_the_next() -> None:
    idle = threading.Event()

    def forging(conn: socket.socket, path: str) -> None:
        conn.sendall(answer(path.encode()))
        if path == "/first":
            idle.wait(3)
            conn.sendall(answer(b"forged"))

    with serve(forging) as served:
        client = fetcher()
        assert client.open(served.url + "first", limits=QUICK).read() == b"/first"
        ((connection, _),) = next(iter(client._idle.values()))
        idle.set()
        assert select.select([connection.sock.sock], [], [], 5)[0]  # type: ignore[attr-defined]  # our Wire
        assert client.open(served.url + "second", limits=QUICK).read() == b"/second"


def test_threads_may_share_a_fetcher() -> None:
    def echo(conn: socket.socket, path: str) -> None:
        conn.sendall(answer(path.encode() * 1000))

    with serve(echo) as served:
        client = fetcher()
        wrong: list[object] = []

        def run(name: int) -> None:
            for number in range(20):
                path = f"/{name}/{number}"
                if client.open(served.url + path[1:], limits=QUICK).read() != path.encode() * 1000:
                    wrong.append(path)

        threads = [threading.Thread(target=run, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not wrong
        assert len(served.requests) == 160
        assert served.connections < 40


SLOW: dict[str, Callable[[socket.socket, str], None]] = {
    "headers byte by byte": lambda conn, _: drip(conn, answer(b"x" * 9999), size=1, every=0.02),
    "endless headers": lambda conn, _: drip(
        conn, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90, size=6, every=0.05
    ),
    "endless 100 Continue": lambda conn, _: drip(
        conn, b"HTTP/1.1 100 Continue\r\n\r\n" * 999, size=25, every=0.02
    ),
    "200 bytes a second": lambda conn, _: drip(conn, answer(b"x" * 9999), size=100, every=0.05),
    "chunks of one byte": lambda conn, _: drip(
        conn,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 999,
        size=6,
        every=0.02,
    ),
    "silence before the headers": lambda conn, _: time.sleep(3),
    "silence in the body": lambda conn, _: (conn.sendall(answer(b"x" * 999)[:-9]), time.sleep(3))[1],
}


@pytest.mark.parametrize("name", SLOW)
def test_the_whole_exchange_ends_in_time_however_slowly_it_trickles(name: str) -> None:
    with serve(SLOW[name]) as served:
        start = time.monotonic()
        with pytest.raises(TooSlow) as caught:
            fetcher().open(served.url, limits=Limits(connect=1, read=0.25, total=0.5, min_rate=0)).read()
        assert time.monotonic() - start < 2.8  # each would go on for three seconds or more
        assert caught.value.passing
        assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("name", ["silence before the headers", "silence in the body"])
def test_a_silence_ends_with_the_exchange(name: str) -> None:
    with serve(SLOW[name]) as served:
        start = time.monotonic()
        with pytest.raises(TooSlow, match=r"not finished after 0\.3 seconds"):
            fetcher().open(served.url, limits=Limits(read=60, total=0.3)).read()
        assert time.monotonic() - start < 2.8


def test_a_body_that_trickles_is_given_up_long_before_the_total() -> None:
    limits = Limits(read=0.3, total=20, min_rate=2000)
    with serve(lambda conn, _: drip(conn, answer(b"x" * 99999), size=10, every=0.02)) as served:
        response = fetcher().open(served.url, limits=limits)
        with pytest.raises(TooSlow, match="bytes a second"):
            response.read()


def test_a_slow_reader_is_not_blamed_on_the_sender() -> None:
    with serve(answer(b"x" * 300_000)) as served:
        limits = Limits(read=0.5, total=20, min_rate=1e9)
        with fetcher().open(served.url, limits=limits) as response:
            size = 0
            for piece in response.iter_bytes():
                size += len(piece)
                time.sleep(0.12)
        assert size == 300_000


def test_redirects_share_one_deadline() -> None:
    def again(conn: socket.socket, _: str) -> None:
        time.sleep(0.2)
        conn.sendall(answer(b"", "Location: /again", status="302 Found"))

    with serve(again) as served, pytest.raises(TooSlow):
        fetcher().open(served.url, limits=Limits(read=5, total=0.5, redirects=50))


def test_a_clock_that_is_passed_in_decides() -> None:
    now = [0.0]

    def late(conn: socket.socket, _: str) -> None:
        now[0] += 121
        conn.sendall(answer(b"x"))

    with serve(late) as served, pytest.raises(TooSlow, match="120 seconds"):
        fetcher(clock=lambda: now[0]).open(served.url).read()


def test_the_client_imports_light() -> None:
    code = (
        "import foundation.fetch, sys;"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]);"
        "print([m for m in ('requests', 'numpy', 'sqlalchemy', 'zstandard', 'lxml') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    size, heavy = out.stdout.splitlines()
    assert heavy == "[]"
    assert int(size) < 24 * 1024


def test_connections_never_open_themselves() -> None:
    with serve(answer(b"x")) as served:
        client = fetcher()
        client.open(served.url, limits=QUICK).read()
        ((connection, _),) = client._idle.popitem()[1]
        connection.close()
        with pytest.raises(http.client.NotConnected):
            connection.request("GET", "/")
