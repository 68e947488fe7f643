"""Answers that break off, lie about their bodies or never end."""

import gzip
import socket
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.fetch import (
    BadAnswer,
    FetchFailed,
    Limits,
    TooLarge,
    Truncated,
    Unreachable,
)
from foundation.fetch.decoding import decoded
from tests.foundation.loopback import QUICK, answer, fetcher, serve

BROKEN: dict[str, tuple[bytes, type[FetchFailed]]] = {
    "nothing at all": (b"", Unreachable),
    "half a status line": (b"HTTP/1.1 20", BadAnswer),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", BadAnswer),
    "headers cut short": (b"HTTP/1.1 200 OK\r\nContent-Le", Truncated),
    "a body cut short": (answer(b"x" * 100)[:-1], Truncated),
    "no body": (answer(b"x" * 100)[:-100], Truncated),
    "chunks without an end": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        Truncated,
    ),
    "half a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc", Truncated),
    "a chunk without a size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc", Truncated),
    "gzip cut short": (answer(gzip.compress(bytes(range(256)) * 50)[:-20]), Truncated),
    "gzip damaged": (answer(gzip.compress(b"abc" * 50)[:10] + b"\xff" * 50), BadAnswer),
    "gzip with a wrong sum": (answer(gzip.compress(b"abc" * 50)[:-8] + b"\0" * 8), BadAnswer),
    "zstd cut short": (answer(zstandard.compress(bytes(range(256)) * 50)[:-5]), Truncated),
    "zstd damaged": (answer(b"\x28\xb5\x2f\xfd" + b"\xff" * 50), BadAnswer),
    "brotli": (answer(b"\x0b\x02\x80abc\x03", "Content-Encoding: br"), BadAnswer),
    "three times gzip": (answer(gzip.compress(gzip.compress(gzip.compress(b"abc")))), BadAnswer),
    "200 headers": (answer(b"x", *[f"X-{number}: y" for number in range(200)]), BadAnswer),
    "a header of 100 kB": (answer(b"x", "X: " + "y" * 100_000), BadAnswer),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_never_taken_for_a_whole_one(name: str) -> None:
    data, error = BROKEN[name]
    with serve(data, keep=False) as served:
        client = fetcher()
        with pytest.raises(error):
            client.open(served.url, limits=QUICK).read()


def test_a_reset_before_the_answer_and_within_it() -> None:
    def reset(after: bytes) -> Callable[[socket.socket, str], None]:
        def reply(conn: socket.socket, _: str) -> None:
            conn.sendall(after)
            # Linger with no time: the kernel sends RST instead of FIN.
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            conn.close()

        return reply

    with serve(reset(b""), keep=False) as served, pytest.raises(Unreachable):
        fetcher().open(served.url, limits=QUICK)
    with (
        serve(reset(answer(b"x" * 100)[:-50]), keep=False) as served,
        pytest.raises((Truncated, Unreachable)),
    ):
        fetcher().open(served.url, limits=QUICK).read()


def test_nobody_listens() -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    with pytest.raises(Unreachable, match="no connection"):
        fetcher().open(f"http://127.0.0.1:{port}/", limits=QUICK)


XML = b"<OAI-PMH>" + b"<record/>" * 5000 + b"</OAI-PMH>"
BODIES = {
    "plain": (XML, ""),
    "gzip": (gzip.compress(XML), "gzip"),
    "gzip not announced": (gzip.compress(XML), ""),
    "plain announced as gzip": (XML, "gzip"),
    "plain announced as brotli": (XML, "br"),
    "x-gzip": (gzip.compress(XML), "x-gzip"),
    "twice gzip": (gzip.compress(gzip.compress(XML)), "gzip"),
    "twice gzip, announced": (gzip.compress(gzip.compress(XML)), "gzip, gzip"),
    "gzip of two members": (gzip.compress(XML[:999]) + gzip.compress(XML[999:]), "gzip"),
    "gzip with padding": (gzip.compress(XML) + b"\0" * 999, "gzip"),
    "deflate": (zlib.compress(XML), "deflate"),
    "deflate without header": (zlib.compress(XML)[2:-4], "deflate"),
    "plain announced as deflate": (XML, "deflate"),
    "zstd": (zstandard.compress(XML), "zstd"),
    "zstd not announced": (zstandard.compress(XML), ""),
    "zstd in gzip": (gzip.compress(zstandard.compress(XML)), "gzip"),
    "nonsense announced": (XML, "utf-8"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_read_as_what_it_is(name: str) -> None:
    data, announced = BODIES[name]
    headers = [f"Content-Encoding: {announced}"] if announced else []
    with serve(answer(data, *headers)) as served:
        assert fetcher().open(served.url, limits=QUICK).read() == XML


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=25)
@given(size=st.integers(1, 300))
def test_it_does_not_matter_how_a_body_is_cut(name: str, size: int) -> None:
    data, announced = BODIES[name]
    cut = [data[at : at + size] for at in range(0, min(len(data), 3000), size)] + [
        data[-(-3000 // size) * size :]
    ]
    out = decoded(iter(cut), announced=announced, most=2**20, place="here")
    assert b"".join(out) == XML


def test_limits_count_bytes_before_and_after_decompression() -> None:
    limits = Limits(bytes=1000, total=4)
    for data, fits in ((b"x" * 1000, True), (b"x" * 1001, False), (gzip.compress(b"x" * 1000), True),
                       (gzip.compress(b"x" * 1001), False), (zstandard.compress(b"x" * 1001), False)):  # fmt: skip
        for length in (True, False):
            with serve(answer(data, length=length), keep=False) as served:
                response = fetcher().open(served.url, limits=limits)
                if fits:
                    assert len(response.read()) == 1000
                else:
                    with pytest.raises(TooLarge):
                        response.read()


def test_an_endless_body_is_cut_at_the_limit() -> None:
    def endless(conn: socket.socket, _: str) -> None:
        conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            conn.sendall(b"x" * 65536)

    with serve(endless) as served:
        size = 0
        with (
            pytest.raises(TooLarge),
            fetcher().open(served.url, limits=Limits(bytes=2**22, total=10)) as response,
        ):
            for piece in response.iter_bytes():
                size += len(piece)
        assert size <= 2**22


def test_a_long_length_is_refused_before_the_body_is_read() -> None:
    with serve(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n") as served, pytest.raises(TooLarge):
        fetcher().open(served.url, limits=QUICK).read()


@pytest.mark.parametrize("kind", ["gzip", "zstd", "twice"])
def test_a_bomb_costs_neither_memory_nor_time(kind: str) -> None:
    code = f"""
        import gzip, sys, time, zlib
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        import zstandard
        from foundation.fetch import TooLarge
        from foundation.fetch.decoding import decoded
        zeros = bytes(2**20)
        if {kind!r} == "zstd":
            packer = zstandard.ZstdCompressor().compressobj()
        else:
            packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(zeros) for _ in range(150)) + packer.flush()
        if {kind!r} == "twice":
            bomb = gzip.compress(bomb)
        def peak():
            return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
        before, start, size = peak(), time.process_time(), 0
        try:
            for piece in decoded(iter([bomb]), announced="", most=64 * 2**20, place="here"):
                size += len(piece)
            print("accepted")
        except TooLarge:
            pass
        print(len(bomb), size, peak() - before, time.process_time() - start)
    """
    out = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    compressed, size, growth, seconds = out.stdout.split()
    assert int(compressed) < 2**20
    assert int(size) <= 64 * 2**20
    assert int(growth) < 16 * 1024  # KiB
    assert float(seconds) < 5
