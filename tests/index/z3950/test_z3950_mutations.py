"""Messages that were changed at random end in a named result: a PDU, or one of our errors."""

from __future__ import annotations

import contextlib
import json
import random

import pytest

from index.z3950 import grs1, opac
from index.z3950.apdu import PresentResponse, RawRecord, decode, encode
from index.z3950.asking.conversation import Conversation
from index.z3950.ber import BerError, parse
from index.z3950.errors import Z3950Failed
from index.z3950.userinfo import read_facets, read_report
from tests.index.z3950 import pdus
from tests.index.z3950.replay import RECORDED
from tests.index.z3950.test_z3950_ber import _loosened


def _messages() -> list[bytes]:
    """All PDUs in definite and indefinite lengths, and what real servers sent."""
    ours = [encode(pdu) for pdu in pdus.ALL]
    recorded = [
        bytes.fromhex(came)
        for path in sorted(RECORDED.glob("*.json"))
        for _, came in json.loads(path.read_text("utf-8"))
        if 0 < len(came) < 6_000
    ]
    return [*ours, *(_loosened(parse(data)) for data in ours), *recorded]


def _changed(data: bytes, dice: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(out))
        match dice.randrange(6):
            case 0:
                out[at] = dice.randrange(256)
            case 1:
                out[at] ^= 1 << dice.randrange(8)
            case 2:
                del out[at : at + dice.randint(1, 20)]
            case 3:
                out[at:at] = dice.randbytes(dice.randint(1, 20))
            case 4:
                out[at:at] = out[dice.randrange(len(out)) :][: dice.randint(1, 60)]
            case 5:
                out[at] = dice.choice((0x00, 0x7F, 0x80, 0x81, 0x84, 0x9F, 0xBF, 0xFF))
        out = out or bytearray(b"\xb9")
    return bytes(out)


def _read(record: RawRecord) -> None:
    for reader in (opac.decode, grs1.decode, grs1.sutrs):
        with contextlib.suppress(BerError):
            reader(record.payload)


def _named_result(data: bytes, answered: type) -> str:
    conversation = Conversation()
    conversation._expected = answered
    try:
        pdu = conversation.receive(data)
    except Z3950Failed as error:
        return type(error).__name__
    if pdu is None:
        return "more"
    repr(pdu)
    read_facets(getattr(pdu, "additional", None))
    read_report(getattr(pdu, "additional", None))
    if isinstance(pdu, PresentResponse) and pdu.records is not None:
        for record in pdu.records.records:
            _read(record)
        for diagnostic in pdu.records.diagnostics:
            str(diagnostic)
    return type(pdu).__name__


def _run(count: int, seed: int) -> dict[str, int]:
    dice = random.Random(seed)
    messages = _messages()
    results: dict[str, int] = {}
    for _ in range(count):
        data = dice.choice(messages)
        try:
            answered = type(decode(data))
        except BerError:
            answered = PresentResponse
        result = _named_result(_changed(data, dice), answered)
        results[result] = results.get(result, 0) + 1
    return results


def test_changed_messages_end_in_a_named_result() -> None:
    results = _run(400, 1)
    assert {"Garbled", "more", "PresentResponse"} <= set(results)


@pytest.mark.slow
def test_twenty_thousand_changed_messages_end_in_a_named_result() -> None:
    results = _run(20_000, 2)
    assert sum(results.values()) == 20_000
    assert len(results) > 10
