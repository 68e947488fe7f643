"""Answers that were damaged in any way end in a result with a name, and cost little."""

from __future__ import annotations

import random
import time
from collections import Counter
from html import escape

import pytest

from index.live.link import LinkFailed
from index.sru import answers, zeerex
from tests.index.sru.scripted import ZING, diagnostic, marc, record, response

_HELD = (
    '<holdings xmlns="info:ofi/fmt:xml:xsd:iso20775"><holding><physicalLocation>P</physicalLocation><holdingSimple>'
    "<copyInformation><shelfLocator>8</shelfLocator><availabilityInformation><status><availabilityStatus>1"
    "</availabilityStatus></status></availabilityInformation></copyInformation></holdingSimple></holding></holdings>"
)
_TERMS = "<terms><term><actualTerm>a</actualTerm><count>3</count></term></terms>"
WHOLE = tuple(
    text.encode()
    for text in (
        response(record(marc()), record(escape(marc("Dua"))), record(_HELD), hits=3),
        response(
            record("<diagnostic><uri>info:srw/diagnostic/1/64</uri></diagnostic>"),
            hits=3,
            version="2.0",
            more=f"<facetedResults><facet><index>dc.date</index>{_TERMS}</facet></facetedResults>",
        ),
        response(hits=0, more=diagnostic(16, "dc.foo", "Unsupported index"), version="1.1"),
        f'<scanResponse xmlns="{ZING}"><terms><term><value>a</value><numberOfRecords>1</numberOfRecords></term></terms>'
        "</scanResponse>",
        '<explainResponse><version>1.1</version><record><recordData><explain><serverInfo version="1.2"><host>a</host>'
        '<port>80</port></serverInfo><indexInfo><set name="dc" identifier="x"/><index sort="true"><map><name set="dc">'
        "title</name></map></index></indexInfo><configInfo><setting type='maximumRecords'>5</setting></configInfo>"
        "</explain></recordData></record></explainResponse>",
    )
)
_SCRAPS = (
    b"<", b">", b"&", b"</s:record>", b"<s:record>", b"<!DOCTYPE a>", b"<![CDATA[", b"\xff", b"\x00", b"&#0;", b"&lt;",
    b"<!--", b"<?xml version='1.0'?>", b"xmlns:s=''", b"9" * 40, b"<a>" * 70, b'"', b"recordData",
)  # fmt: skip


def damaged(rng: random.Random) -> bytes:
    """A whole answer with one to four faults in it."""
    data = bytearray(rng.choice(WHOLE))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                data[at : at + rng.randint(1, 40)] = b""
            case 1:
                data[at:at] = rng.choice(_SCRAPS)
            case 2:
                del data[at:]
            case 3:
                piece = data[at : at + rng.randint(1, 200)]
                where = rng.randrange(len(data) + 1)
                data[where:where] = piece
            case _:
                if at < len(data):
                    data[at] = rng.randrange(256)
    return bytes(data)


def outcome(data: bytes) -> str:
    """How each reader takes it; anything but an answer or LinkFailed is a fault of ours."""
    said = []
    for read in (answers.search, answers.scan, zeerex.explanation):
        try:
            read(answers.root_of(data))
            said.append("read")
        except LinkFailed as failed:
            said.append(failed.code)
    return " ".join(said)


def outcomes(count: int, seed: int) -> Counter[str]:
    rng = random.Random(seed)
    return Counter(outcome(damaged(rng)) for _ in range(count))


def test_whole_answers_are_read_by_their_readers() -> None:
    assert [outcome(one).split().count("read") >= 1 for one in WHOLE] == [True] * len(WHOLE)


def test_damaged_answers_end_in_a_named_result() -> None:
    found = outcomes(300, 1)
    assert {code for one in found for code in one.split()} <= {"read", "protocol", "lost", "too_big"}
    assert len(found) > 3


@pytest.mark.slow
def test_five_thousand_damaged_answers_end_in_a_named_result() -> None:
    before = time.process_time()
    found = outcomes(5000, 2)
    assert sum(found.values()) == 5000
    assert {code for one in found for code in one.split()} <= {"read", "protocol", "lost", "too_big"}
    assert time.process_time() - before < 60
