"""The codec: what peers may send, what we send, and where it ends."""

from __future__ import annotations

import pytest

from index.z3950 import ber, oids
from index.z3950.apdu import (
    Delivered,
    External,
    PresentResponse,
    RawRecord,
    SearchResponse,
    decode,
    encode,
)
from index.z3950.apdu.records import UNREADABLE
from index.z3950.ber import BerError, Frame, parse
from index.z3950.framer import Framer
from index.z3950.limits import Limits
from index.z3950.walk import LimitError
from tests.index.z3950 import pdus

END = b"\0\0"


def _loose(data: bytes) -> bytes:
    """The same elements with indefinite lengths wherever that can be."""
    return _loosened(parse(data))


def _loosened(element: ber.Element) -> bytes:
    if not element.constructed:
        return element.whole
    tag = ber.identifier(element.tag, True)
    return tag + b"\x80" + b"".join(_loosened(child) for child in element.children()) + END


def _padded(element: ber.Element) -> bytes:
    """The same elements with lengths of four bytes."""
    inner = b"".join(map(_padded, element.children())) if element.constructed else element.content
    return ber.identifier(element.tag, element.constructed) + b"\x84" + len(inner).to_bytes(4, "big") + inner


@pytest.mark.parametrize("pdu", pdus.ALL, ids=lambda pdu: type(pdu).__name__)
def test_lengths_may_be_indefinite_or_longer_than_needed(pdu: object) -> None:
    data = encode(pdu)  # type: ignore[arg-type]  # any of the PDUs
    for other in (_loose(data), _padded(parse(data))):
        (frame,) = Framer().feed(other)
        read = decode(frame)
        # Payloads of form 'asn1' keep the lengths they came with: they are compared as what they hold.
        assert decode(encode(read)) == read
        assert type(read) is type(pdu)
        if "asn1" not in repr(pdu) and not isinstance(getattr(pdu, "authentication", None), External):
            assert read == pdu


def test_strings_may_come_in_segments() -> None:
    name = b"\xb1\x80\x1b\x03def\x3b\x80\x1b\x04ault\0\0\0\0"  # [17], within it a string within a string
    data = encode(pdus.REQUESTS[6])
    assert b"\x91\x07default" in data
    inner = parse(data).content.replace(b"\x91\x07default", name)
    again = decode(ber.element(ber.CONTEXT | 22, inner, True))
    assert again == pdus.REQUESTS[6]


def test_unknown_fields_are_passed_over_and_missing_ones_have_their_defaults() -> None:
    odd = ber.element(ber.CONTEXT | 99, b"what?") + ber.element(ber.CONTEXT | 23, b"\x05")
    assert decode(ber.element(ber.CONTEXT | 23, odd, True)) == SearchResponse(hits=5)


@pytest.mark.parametrize(
    "value", [0, 1, -1, 127, 128, -128, -129, 255, 256, 32767, 32768, 2**31 - 1, -(2**31), 2**62]
)
def test_integers_are_as_short_as_they_go(value: int) -> None:
    content = ber.integer_octets(value)
    assert int.from_bytes(content, "big", signed=True) == value
    assert len(content) == 1 or int.from_bytes(content[1:], "big", signed=True) != value


@pytest.mark.parametrize("dotted", [oids.USMARC, oids.XML, oids.JSON, "2.999.3", "0.39", "1.0.10646.1.0.8"])
def test_object_identifiers_come_back(dotted: str) -> None:
    assert ber.oid_text(ber.oid_octets(dotted)) == dotted


@pytest.mark.parametrize("text", ["", "1", "3.1", "1.40", "1.x", "1.-2"])
def test_what_is_no_object_identifier_is_refused(text: str) -> None:
    with pytest.raises(BerError):
        ber.oid_octets(text)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\xff" * 100, BerError),
        (b"GET / HTTP/1.0", BerError),
        (b"\xb9\x85\0\0\0\0\1", BerError),
        (b"\xb9\x84\x7f\xff\xff\xff", LimitError),
        (b"\xb9\x80" + b"\x30\x80" * 40, LimitError),
        (b"\xbf\xff\xff\xff\xff\x7f\x00", BerError),
        (b"\xb9\x80\x02\x80", BerError),
        (b"\xb9\x80\x00\x01", BerError),
        (b"\xb9\x80" + b"\x02\x01\x00" * 1001, LimitError),
    ],
)
def test_what_cannot_be_a_message_is_refused_at_once(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        Framer(Limits(elements=1000)).feed(data)


def test_a_definite_message_of_too_many_elements_is_refused_when_it_is_read() -> None:
    frame = Frame(ber.element(ber.CONTEXT | 23, b"\x02\x01\x00" * 1001, True), limits=Limits(elements=1000))
    with pytest.raises(LimitError):
        decode(frame)


def test_several_messages_may_come_in_one_piece_and_one_in_many() -> None:
    data = b"".join(_loose(encode(pdu)) for pdu in pdus.RESPONSES)
    whole = [frame.data for frame in Framer().feed(data)]
    framer, single = Framer(), []
    for at in range(len(data)):
        single += [frame.data for frame in framer.feed(data[at : at + 1])]
    assert whole == single
    assert len(whole) == len(pdus.RESPONSES)
    assert not framer.waiting


def _records() -> tuple[RawRecord, ...]:
    """Records as servers send them in a row: alike, then another database, a diagnostic, one that is short, SUTRS."""
    long = [
        RawRecord(syntax=oids.USMARC, database="A", payload=bytes([65 + n]) * (300 + 7 * n)) for n in range(9)
    ]
    other = [RawRecord(syntax=oids.USMARC, database="B", payload=b"b" * (400 + n)) for n in range(3)]
    text = ber.element(ber.GENERAL_STRING, b"t" * 300)
    return (
        *long[:4],
        pdus.RECORDS[3],
        *long[4:],
        RawRecord(syntax=oids.USMARC, database="A", payload=b"short"),
        *other,
        *[RawRecord(syntax=oids.SUTRS, database="A", payload=text, form="asn1")] * 3,
        long[0],
        RawRecord(syntax=oids.XML, database="A", payload=b"x" * 70_000),
        *long,
    )


@pytest.mark.parametrize("piece", [97, 4096, 1_000_000])
def test_records_of_one_shape_are_read_as_they_are_read_one_by_one(piece: int) -> None:
    data = _loose(encode(PresentResponse(records=Delivered(records=_records()))))
    framer, frames = Framer(), []
    for at in range(0, len(data), piece):
        frames += framer.feed(data[at : at + piece])
    (frame,) = frames
    assert bool(frame.runs) == (piece > 4000)
    quick, slow = decode(frame), decode(Frame(data))
    assert quick == slow
    assert isinstance(quick, PresentResponse)
    assert quick.records is not None
    assert [record.payload for record in quick.records.records] == [record.payload for record in _records()]


def test_a_broken_record_costs_only_itself() -> None:
    good = RawRecord(syntax=oids.USMARC, payload=b"good")
    data = encode(PresentResponse(records=Delivered(records=(good, good, good))))
    broken = data.replace(b"\x81\x04good", b"\x81\x7fgood", 2).replace(b"\x81\x7fgood", b"\x81\x04good", 1)
    read = decode(broken)
    assert isinstance(read, PresentResponse)
    assert read.records is not None
    assert [record.diagnostic for record in read.records.records] == [None, UNREADABLE, None]
