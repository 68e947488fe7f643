"""Every PDU is written and read back, and libyaz reads what we write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.rpn.tree import Operand
from index.z3950.apdu import Pdu, SearchRequest, decode, encode
from index.z3950.ber import BerError
from tests.index.z3950 import oracle, pdus

needs_libyaz = pytest.mark.skipif(not oracle.available(), reason="libyaz5 is not installed")


def _names(values: tuple[Pdu, ...]) -> list[str]:
    return [f"{type(value).__name__}-{number}" for number, value in enumerate(values)]


def _as_it_travels(pdu: Pdu) -> Pdu:
    """Text of a term goes as octets: that is what comes back."""
    if isinstance(pdu, SearchRequest):
        return eval(repr(pdu).replace("term='Verdi'", "term=b'Verdi'"), vars(__import__("index.z3950.apdu", fromlist=["x"])) | vars(__import__("index.rpn.tree", fromlist=["x"])))
    return pdu


@pytest.mark.parametrize("pdu", pdus.ALL, ids=_names(pdus.ALL))
def test_a_pdu_comes_back_as_it_was(pdu: Pdu) -> None:
    assert decode(encode(pdu)) == _as_it_travels(pdu)


@needs_libyaz
@pytest.mark.parametrize("pdu", pdus.ALL, ids=_names(pdus.ALL))
def test_libyaz_reads_what_we_write(pdu: Pdu) -> None:
    data = encode(pdu)
    shown = oracle.understood(data)
    assert type(pdu).__name__[:4].lower() in shown[:60].lower().replace("initialize", "init")
    again = oracle.encoded_again(data)
    assert decode(again) == decode(data)
