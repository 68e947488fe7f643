"""Broken bytes at an open session: each ends it with a Close, or is answered; nothing else comes out, and soon."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import pytest

from index.query import Query, Term
from index.rpn import to_query
from index.rpn.to_query import BadRpn
from index.rpn.tree import Attribute, Operand, Operator, Rpn
from index.z3950 import apdu, ber, oids
from index.z3950.apdu import (
    Close,
    CqlQuery,
    DeleteRequest,
    InitRequest,
    PresentRequest,
    ScanRequest,
    SearchRequest,
    SortAttributes,
    SortKeySpec,
    SortRequest,
)
from index.z3950.ber import BerError
from index.z3950.serving.catalogue import Meant
from index.z3950.serving.refusals import Refused
from tests.index.z3950.serving.shelf import ALL_OPTIONS, Peer, Shelf, opened

_TITLE = Operand(term="kopi", attributes=(Attribute(type=1, value=4), Attribute(type=4, value=6)))
SAID = tuple(
    apdu.encode(pdu)
    for pdu in (
        InitRequest(options=ALL_OPTIONS, authentication="a/b", implementation_name="x"),
        SearchRequest(databases=("silang",), query=Rpn(root=Operator(name="and", left=_TITLE, right=_TITLE))),
        SearchRequest(databases=("silang",), query=CqlQuery(text="dc.title=kopi"), small_set=5, large_set=9),
        PresentRequest(start=1, count=3, syntax=oids.USMARC, elements="F"),
        ScanRequest(databases=("silang",), attribute_set=oids.BIB1, start=_TITLE, count=5, position=2),
        SortRequest(keys=(SortKeySpec(key=SortAttributes(attributes=(Attribute(type=1, value=4),))),)),
        DeleteRequest(result_sets=("default",)),
        Close(),
    )
)


class Reading(Shelf):
    """A shelf that understands RPN as the union catalogue does."""

    def understand(self, query: Rpn | str, sets: Mapping[str, Query]) -> Meant:
        if isinstance(query, str):
            return Meant(query=Term(text=query))
        try:
            return Meant(query=to_query.query(query, sets))
        except BadRpn as bad:
            raise Refused(bad.number, bad.addinfo) from bad


def mutated(chance: random.Random) -> bytes:
    """One of the requests with bytes changed, cut, doubled or put in."""
    data = bytearray(chance.choice(SAID))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        match chance.randrange(5):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randint(1, 6)]
            case 2:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 6)))
            case 3:
                data[at : at + 4] = b"\x84\x7f\xff\xff"
            case 4:
                data += data[at : at + 20]
        if not data:
            data = bytearray(b"\xb6")
    return bytes(data)


def met(data: bytes) -> str:
    """What becomes of a session that is sent these bytes."""
    peer = opened(Reading())
    try:
        frames = peer.session.feed(data)
    except BerError as fault:
        reply = peer.session.broken(fault)
        assert isinstance(apdu.decode(reply.data), Close)
        assert reply.ends
        return "broken"
    for frame in frames:
        reply = peer.session.at_once(frame) or peer.session.answer(frame)
        told = apdu.decode(reply.data) if reply.data else None
        assert str(reply.facts.get("operation")) != "failed", (data.hex(), reply)
        if reply.ends:
            assert isinstance(told, Close)
            return "closed"
    return "answered" if frames else "waiting"


def run(count: int, seed: int) -> dict[str, int]:
    chance = random.Random(seed)
    ends: dict[str, int] = {}
    for _ in range(count):
        end = met(mutated(chance))
        ends[end] = ends.get(end, 0) + 1
    return ends


def test_five_hundred_broken_requests_have_a_named_end() -> None:
    ends = run(500, 1)
    assert set(ends) == {"broken", "closed", "answered", "waiting"}


@pytest.mark.slow
def test_twenty_thousand_broken_requests_have_a_named_end() -> None:
    ends = run(20_000, 2)
    assert sum(ends.values()) == 20_000
    assert min(ends.values()) > 500


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a length of two gigabytes", b"\xb6\x84\x7f\xff\xff\xff" + b"x" * 1000),
        ("nothing but ones", b"\xff" * 5000),
        ("nested two hundred thousand deep", b"\xb6\x80" + b"\x30\x80" * 200_000),
        ("tiny elements without end", b"\xb6\x80" + b"\x04\x01x" * 200_000),
        ("an HTTP request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("a tag without end", b"\xbf" + b"\xff" * 100),
    ],
)
def test_what_a_hostile_client_sends_ends_at_once(name: str, data: bytes) -> None:
    session = Peer().session
    begun = time.process_time()
    with pytest.raises(BerError):
        for at in range(0, len(data), 4096):
            session.feed(data[at : at + 4096])
    assert time.process_time() - begun < 2, name


def test_a_request_byte_by_byte_costs_what_it_costs_at_once() -> None:
    peer = opened()
    asked = apdu.encode(SearchRequest(databases=("silang",) * 3, query=CqlQuery(text="x" * 50_000)))
    frames = [frame for at in range(len(asked)) for frame in peer.session.feed(asked[at : at + 1])]
    assert len(frames) == 1
    assert peer.session.answer(frames[0]).facts["operation"] == "search"


def test_a_query_nested_too_deep_is_a_protocol_error_and_no_crash() -> None:
    node = ber.element(0x80 << 24, ber.element(0x80 << 24 | 102, b"", True), True)
    for _ in range(2000):
        node = ber.element(0x80 << 24 | 1, node, True)
    data = ber.element(0x80 << 24 | 22, ber.element(0x80 << 24 | 21, node, True), True)
    assert met(data) in ("broken", "closed")
