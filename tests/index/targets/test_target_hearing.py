"""The conversation with a target in words, without what proves who we are, in whatever form it comes."""

from __future__ import annotations

import pytest

from index.rpn import pqf
from index.targets.hearing import HIDDEN, LONGEST, MOST_LINES, Heard, blotted, described, spellings
from index.targets.probing.notes import Notes
from index.z3950.apdu import (
    CqlQuery,
    IdPass,
    InitRequest,
    PresentResponse,
    RawRecord,
    SearchRequest,
    SearchResponse,
)
from index.z3950.apdu.records import Delivered
from index.z3950.diagnostics import Diagnostic
from index.z3950.oids import USMARC

SECRET = "r4h&s ia/<x>"


@pytest.mark.parametrize(
    "told",
    [
        f"<x>{SECRET}</x>",
        "x-password=r4h%26s%20ia/%3Cx%3E&y",
        "r4h%26s+ia%2F%3Cx%3E",
        "r4h&amp;s ia/&lt;x&gt;",
    ],
)
def test_a_secret_is_blotted_out_however_it_is_spelled(told: str) -> None:
    assert "ia" not in blotted(told, spellings(SECRET))
    heard = Heard(SECRET)
    heard.add(False, "answer", told)
    assert HIDDEN in heard.lines[0].text


def test_without_a_secret_nothing_is_blotted_out() -> None:
    assert blotted("abc", spellings("")) == "abc"


def test_a_probe_writes_down_no_secret_that_a_server_sends_back() -> None:
    notes = Notes(report=lambda *_: None, stages=("init",), secrets=spellings(SECRET))
    notes.add("init", "", asked=SECRET, answered=f"no such user x/{SECRET}", verdict="refused")
    assert SECRET not in str(notes.card().value())


@pytest.mark.parametrize("who", ["user/r4h4sia", IdPass(user="user", password="r4h4sia")])
def test_an_init_tells_no_password(who: IdPass | str) -> None:
    assert "r4h4sia" not in described(InitRequest(authentication=who))


def test_requests_and_answers_say_what_matters() -> None:
    search = described(SearchRequest(databases=("a", "b"), query=pqf.parse("@attr 1=4 batik"), syntax=USMARC))
    assert "@attr 1=4 batik" in search
    assert f"usmarc ({USMARC})" in search
    assert "dc.title = batik" in described(
        SearchRequest(databases=("a",), query=CqlQuery(text="dc.title = batik"))
    )
    assert "hits: 42" in described(SearchResponse(hits=42))
    records = (RawRecord(syntax=USMARC, payload=b"x" * 1234), RawRecord(diagnostic=Diagnostic(condition=14)))
    present = described(PresentResponse(records=Delivered(records=records)))
    assert "usmarc 1,234 bytes" in present
    assert "14: " in present


def test_a_long_conversation_is_cut() -> None:
    heard = Heard()
    for _ in range(MOST_LINES + 5):
        heard.add(True, "x", "y" * (LONGEST + 1))
    assert len(heard.lines) == MOST_LINES
    assert len(heard.lines[0].text) == LONGEST + 2
