"""Addresses, patience, dates and encodings: the small rules of talking to providers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester import datestamps, decoding, lists, plan
from harvester.address import address, query
from harvester.errors import NotOai, OutOfPatience, Stopped
from harvester.patience import Patience, retry_after

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_token_is_encoded_exactly_once(token: str) -> None:
    asked = address("http://x/oai", {"resumptionToken": token, "verb": "ListRecords"})
    assert asked.startswith("http://x/oai?verb=ListRecords&")
    assert parse_qs(urlsplit(asked).query, keep_blank_values=True, encoding="utf-8")["resumptionToken"] == [
        token
    ]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://x/oai", "http://x/oai?verb=Identify"),
        ("http://x/oai?", "http://x/oai?verb=Identify"),
        ("http://x/csw?mode=oaipmh", "http://x/csw?mode=oaipmh&verb=Identify"),
        ("http://x/csw?mode=oaipmh&", "http://x/csw?mode=oaipmh&verb=Identify"),
        ("http://x/oai#top", "http://x/oai?verb=Identify"),
    ],
)
def test_a_base_address_keeps_its_own_query(base: str, expected: str) -> None:
    assert address(base, {"verb": "Identify"}) == expected


def test_the_other_forms_of_a_token() -> None:
    assert query({"resumptionToken": "a/b|c d"}, form="verbatim") == "resumptionToken=a/b|c%20d"
    assert query({"resumptionToken": "a%2Fb"}, form="decoded") == "resumptionToken=a%2Fb"
    assert query({"resumptionToken": "a%2Fb"}) == "resumptionToken=a%252Fb"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Tue, 24 Nov 2026 03:02:00 GMT", 120.0),
        ("Tue, 24 Nov 2026 02:00:00 GMT", 0.0),
        ("Tuesday, 24-Nov-26 03:02:00 GMT", 120.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("1e9", None),
        ("99999999999999999999", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


def test_patience_bounds_all_waiting_together() -> None:
    slept: list[float] = []
    patience = Patience(10, sleep=slept.append)
    patience.wait(4, "a")
    patience.spend(3)
    assert patience.left == 3
    with pytest.raises(OutOfPatience) as caught:
        patience.wait(4, "b")
    assert caught.value.retry_after == 4
    assert sum(slept) == 4
    patience.pause(100)
    assert patience.left == 3


def test_waiting_ends_when_somebody_asks() -> None:
    asked = iter([False, False, True])
    with pytest.raises(Stopped):
        Patience(100, sleep=lambda _: None, stop=lambda: next(asked)).wait(50, "x")


def test_backing_off_doubles_in_proportion_to_the_budget() -> None:
    patience = Patience(60)
    assert 0.3 <= patience.back_off(1) <= 0.5
    assert 2.5 <= patience.back_off(4) <= 3.9
    assert Patience(3600).back_off(1) <= 6
    assert Patience(1e6).back_off(30) <= 144


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("2026-11-24T03:00:00Z", NOW),
        ("2026-11-24 03:00:00", NOW),
        ("2026-11-24T03:00:00.123456Z", NOW),
        ("2026-11-24T10:00:00+07:00", NOW),
        ("2026-11-24T10:00:00+0700", NOW),
        ("2026-11-23T22:00:00-05:00", NOW),
        ("2026-11-24T03:00Z", NOW),
        ("", None),
        ("2026-13-40", None),
        ("yesterday", None),
        ("0000-00-00 00:00:00", None),
    ],
)
def test_datestamps_are_read_as_providers_write_them(text: str, at: datetime | None) -> None:
    assert datestamps.read(text) == at


def test_the_earliest_clock_counts() -> None:
    later = (NOW + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    date = "Tue, 24 Nov 2026 02:59:30 GMT"
    assert datestamps.earliest_clock(later, date, NOW) == (NOW - timedelta(seconds=30), True)
    assert datestamps.earliest_clock("2026-11-24T02:59:00Z", date, NOW) == (
        NOW - timedelta(seconds=60),
        False,
    )
    assert datestamps.earliest_clock("", "", NOW) == (NOW, False)
    assert datestamps.earliest_clock(later, "", NOW) == (NOW, True)


def test_dates_in_the_other_granularity() -> None:
    seconds = {"metadataPrefix": "p", "from": "2026-11-24T03:00:00Z", "until": "2026-11-25T03:00:00Z"}
    assert plan.other_granularity(seconds) == (
        "day", {"metadataPrefix": "p", "from": "2026-11-24", "until": "2026-11-25"},
    )  # fmt: skip
    days = {"metadataPrefix": "p", "from": "2026-11-24", "until": "2026-11-24"}
    assert plan.other_granularity(days) == (
        "seconds", {"metadataPrefix": "p", "from": "2026-11-24T00:00:00Z", "until": "2026-11-24T23:59:59Z"},
    )  # fmt: skip
    assert plan.other_granularity({"metadataPrefix": "p"}) is None


TEXT = '<?xml version="1.0" encoding="{}"?><a>é “kutip”</a>'


@pytest.mark.parametrize(
    ("data", "expected", "odd"),
    [
        (TEXT.format("UTF-8").encode(), "é “kutip”", None),
        (b"\xef\xbb\xbf" + TEXT.format("UTF-8").encode(), "é “kutip”", None),
        (TEXT.format("UTF-16").encode("utf-16"), "é “kutip”", None),
        (TEXT.format("UTF-16").encode("utf-16-be"), "é “kutip”", None),
        (TEXT.format("UTF-8").encode("utf-16"), "é “kutip”", "encoding_not_as_declared"),
        (TEXT.format("UTF-16").encode(), "é “kutip”", "encoding_not_as_declared"),
        (TEXT.format("windows-1252").encode("cp1252"), "é “kutip”", None),
        (TEXT.format("ISO-8859-1").encode("cp1252"), "é “kutip”", None),
        (TEXT.format("x-mars").encode(), "é “kutip”", "unknown_encoding"),
    ],
)
def test_pages_become_utf8(data: bytes, expected: str, odd: str | None) -> None:
    heard: list[str] = []
    chunks = [data[at : at + 7] for at in range(0, len(data), 7)]
    out = b"".join(decoding.utf8(chunks, lambda code, _: heard.append(code)))
    assert expected.encode() in out
    assert heard == ([odd] if odd else [])


def test_a_page_without_end_is_refused() -> None:
    with pytest.raises(NotOai):
        list(decoding.utf8((b"<a>" for _ in range(1000)), lambda *_: None, limit=2000))


def test_forms_that_look_the_same_are_not_tried_twice() -> None:
    plain = ("once", False, False)
    needs_prefix = ("once", False, True)
    assert lists._forms(lists.Next(text="abc", raw_text="abc"), plain) == [plain, needs_prefix]
    assert lists._forms(lists.Next(text="abc", raw_text="abc"), needs_prefix) == [needs_prefix, plain]
    assert ("once", True, False) in lists._forms(lists.Next(text="abc", raw_text=" abc"), plain)
    assert ("verbatim", False, False) in lists._forms(lists.Next(text="a/b", raw_text="a/b"), plain)
