"""Every PDU is written and read back, and libyaz reads what we write."""

from __future__ import annotations

import os

import pytest

from index.rpn.tree import Operand, Rpn
from index.z3950.apdu import Pdu, SearchRequest, decode, encode
from tests.index.z3950 import oracle, pdus

needs_libyaz = pytest.mark.skipif(
    not oracle.available() and not os.environ.get("CI"), reason="libyaz5 is not installed"
)


def _names(values: tuple[Pdu, ...]) -> list[str]:
    return [f"{type(value).__name__}-{number}" for number, value in enumerate(values)]


@pytest.mark.parametrize("pdu", pdus.ALL, ids=_names(pdus.ALL))
def test_a_pdu_comes_back_as_it_was(pdu: Pdu) -> None:
    assert decode(encode(pdu)) == pdu


@needs_libyaz
@pytest.mark.parametrize("pdu", pdus.ALL, ids=_names(pdus.ALL))
def test_libyaz_reads_what_we_write(pdu: Pdu) -> None:
    data = encode(pdu)
    shown = oracle.understood(data)
    assert type(pdu).__name__[:4].lower() in shown[:60].lower().replace("initialize", "init")
    again = oracle.encoded_again(data)
    assert decode(again) == decode(data)


def test_text_of_a_term_travels_as_octets_since_servers_read_no_other_form() -> None:
    request = SearchRequest(query=Rpn(root=Operand(term="aïda")))
    read = decode(encode(request))
    assert isinstance(read, SearchRequest)
    assert read.query == Rpn(root=Operand(term="aïda".encode()))
