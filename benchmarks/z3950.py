"""Our Z39.50 client beside libyaz: `python -m benchmarks.z3950`. Figures are CPU of this process, ratios of one run.

The target is yaz-ztest. Ours is measured over asyncio (what the live engine uses) and over a blocking socket; the
reference is ZOOM through ctypes, in C but for one call a record.
"""

from __future__ import annotations

import asyncio
import inspect
import ssl
import statistics
import time
from collections.abc import Callable

from benchmarks.libyaz import Decoder, zoom, ztest
from benchmarks.measure import table
from foundation.fetch import Allowed
from index.rpn.tree import Attribute, Operand, Rpn
from index.z3950 import blocking, client
from index.z3950.address import Address, Tls
from index.z3950.apdu import PresentRequest, PresentResponse, decode, encode
from index.z3950.asking.presenting import Wanted
from index.z3950.asking.searching import Search
from index.z3950.asking.values import Opening
from index.z3950.errors import Z3950Failed
from index.z3950.framer import Framer
from index.z3950.oids import USMARC
from tests.foundation.loopback import TLS
from tests.index.z3950 import hostile

COUNT = 100
ROUNDS = 60
BUDGET = 1.0  # seconds for a session with a hostile server
DEEDS = (
    hostile.endless,
    hostile.two_gigabytes,
    hostile.nested,
    hostile.garbage,
    hostile.drip,
    hostile.silent,
    hostile.closing,
)
SESSION_AT_MOST, DECODING_AT_MOST = 1.0, 1.5

_ANYWHERE = Allowed(everything=True)
_TITLES = Rpn(root=Operand(term=b"500", attributes=(Attribute(type=1, value=4),)))


def over_a_socket(port: int) -> list[bytes]:
    """Connect, search, Present, close: our blocking client."""
    with blocking.connect(Address(host="127.0.0.1", port=port), Opening(), allowed=_ANYWHERE) as session:
        session.search(Search(query=_TITLES, databases=("Default",)))
        presented = session.present(Wanted(start=1, count=COUNT, syntaxes=(USMARC,), chunk=COUNT))
        return [record.payload for record in presented.records]


async def over_asyncio(port: int) -> list[bytes]:
    """The same, our client for asyncio."""
    session = await client.connect(Address(host="127.0.0.1", port=port), Opening(), allowed=_ANYWHERE)
    try:
        await session.search(_TITLES, ("Default",))
        presented = await session.present(1, COUNT, syntaxes=(USMARC,), chunk=COUNT)
        return [record.payload for record in presented.records]
    finally:
        await session.close()


def recorded(port: int) -> bytes:
    """A PresentResponse of a hundred records as yaz-ztest sends it: indefinite lengths."""
    with blocking.connect(Address(host="127.0.0.1", port=port), Opening(), allowed=_ANYWHERE) as session:
        session.search(Search(query=_TITLES, databases=("Default",)))
        sock, came = session._socket, b""
        assert sock is not None
        sock.sendall(encode(PresentRequest(start=1, count=COUNT, syntax=USMARC)))
        framer = Framer()
        while not (frames := framer.feed(piece := sock.recv(65536))):
            came += piece
        assert len(frames) == 1
        return came + piece


def ours(data: bytes) -> list[tuple[str | None, bytes]]:
    """Framed and decoded, the records fetched."""
    (frame,) = Framer().feed(data)
    response = decode(frame)
    assert isinstance(response, PresentResponse)
    assert response.records is not None
    return [(record.syntax, record.payload) for record in response.records.records]


async def by_turns(*runs: Callable[[], object], rounds: int) -> list[list[float]]:
    """CPU seconds of each, run by turns so that all have the same weather; what gives an awaitable is awaited."""
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, times in zip(runs, taken, strict=True):
            start = time.process_time()
            result = run()
            if inspect.isawaitable(result):
                await result
            times.append(time.process_time() - start)
    return taken


async def sessions(port: int) -> list[list[float]]:
    """ZOOM, ours over a socket, ours over asyncio; all in one loop, as the engine's stays open too."""
    # The lengths alone: yaz-ztest numbers its records anew for whoever asks.
    fetched = (zoom(port, COUNT, b"500"), over_a_socket(port), await over_asyncio(port))
    lengths = [[len(record) for record in records] for records in fetched]
    assert lengths[0] == lengths[1] == lengths[2]
    assert len(lengths[0]) == COUNT
    return await by_turns(
        lambda: zoom(port, COUNT, b"500"),
        lambda: over_a_socket(port),
        lambda: over_asyncio(port),
        rounds=ROUNDS,
    )


def besieged() -> bool:
    """Print what hostile servers cost over asyncio, each in a thread of this process; does one cost too much?"""
    lines, missed = [], False
    context = ssl.create_default_context(cafile=str(TLS / "ca.pem"))
    stranger = Tls(context=context, name="other.example")
    for deed in (*DEEDS, hostile.silent):
        secured = len(lines) == len(DEEDS)
        with hostile.listening(deed, polite=True, certificate="server.pem" if secured else None) as port:
            address = Address(host="127.0.0.1", port=port, tls=stranger if secured else None)
            worked, began = time.thread_time(), time.monotonic()
            ended = asyncio.run(attempt(address))
            cpu, wall = time.thread_time() - worked, time.monotonic() - began
        late = cpu > 1 or wall > BUDGET + 0.5
        missed |= late
        name = "wrong name in TLS" if secured else deed.__name__
        lines.append((name, ended, f"{cpu:.3f}", f"{wall:.2f}", "late" if late else ""))
    print()
    table(("hostile server", "ends in", "CPU s (≤ 1)", f"s (≤ {BUDGET} + 0.5)", ""), lines)
    return missed


async def attempt(address: Address) -> str:
    """How a session of search and Present ends."""
    deadline = asyncio.get_running_loop().time() + BUDGET
    try:
        session = await client.connect(address, None, deadline, allowed=_ANYWHERE)
        try:
            await session.search(_TITLES, ("Default",), deadline=deadline)
            await session.present(1, COUNT, deadline=deadline)
        finally:
            await session.close()
    except Z3950Failed as error:
        return type(error).__name__
    return "well"


def main() -> None:
    """Print the figures; ends with 1 when one misses its bar."""
    with ztest() as (port,):
        taken = asyncio.run(sessions(port))
        data = recorded(port)
    decoder = Decoder()
    assert [payload for _, payload in ours(data)] == [payload for _, payload in decoder.records(data)]
    decodings = asyncio.run(by_turns(lambda: decoder.records(data), lambda: ours(data), rounds=ROUNDS * 5))
    decoder.close()
    rows: list[tuple[str, list[float], float]] = [
        ("session of 100: ZOOM", taken[0], 0),
        ("session of 100: ours, blocking", taken[1], SESSION_AT_MOST),
        ("session of 100: ours, asyncio", taken[2], SESSION_AT_MOST),
        (f"PresentResponse of {len(data):,} bytes: libyaz", decodings[0], 0),
        (f"PresentResponse of {len(data):,} bytes: ours", decodings[1], DECODING_AT_MOST),
    ]
    lines, missed, base = [], False, 1.0
    for what, times, bar in rows:
        median = statistics.median(times)
        base = base if bar else median
        ratio = median / base
        missed |= bool(bar) and ratio > bar
        lines.append(
            (
                what,
                f"{median * 1e6:.0f}",
                f"{min(times) * 1e6:.0f}",
                f"{ratio:.2f}",
                f"≤ {bar}" if bar else "",
            )
        )
    table(("what", "CPU µs (median)", "best", "of reference", "must be"), lines)
    missed |= besieged()
    if missed:
        raise SystemExit("a figure misses its bar")


if __name__ == "__main__":
    main()
