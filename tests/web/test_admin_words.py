"""What the admin reads of cron text, spans of time, receipts and bytes that nobody can trust."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from flask import g

from harvester import codes
from harvester.sources import Source
from harvester.store import Harvest
from tests.web.conftest import World
from web import texts
from web.admin import words
from web.admin.quarantine import as_text

pytestmark = pytest.mark.slow


@pytest.fixture
def english(world: World) -> Iterator[None]:
    with world.app.test_request_context("/admin"):
        g.language = "en"
        yield


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "only when asked"),
        ("0 2 * * *", "every day 02:00"),
        ("@daily", "every day 02:00"),
        ("15 * * * *", "every hour at 15 past"),
        ("0 */6 * * *", "every 6 hours"),
        ("30 23 * * 0", "every Sunday 23:30"),
        ("30 23 * * 7", "every Sunday 23:30"),
        ("30 23 * * mon", "every Monday 23:30"),
        ("0 2 1 * *", "day 1 of every month, 02:00"),
        ("30 1 * * 1-5", "30 1 * * 1-5"),
        ("0 2 1 1 *", "0 2 1 1 *"),
        ("what", "what"),
    ],
)
@pytest.mark.usefixtures("english")
def test_cron_text_in_words_or_as_it_is(text: str, said: str) -> None:
    assert words.cron(text) == said


def test_the_next_runs_are_in_the_zone_of_the_source() -> None:
    after = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    runs = words.next_runs("0 2 * * *", "Asia/Jakarta", after)
    assert [run.astimezone(UTC).isoformat() for run in runs] == [
        "2026-11-24T19:00:00+00:00",
        "2026-11-25T19:00:00+00:00",
        "2026-11-26T19:00:00+00:00",
    ]
    assert words.next_runs("nonsense", "Asia/Jakarta", after) == []
    assert words.next_runs("", "Asia/Jakarta", after) == []


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("stopped", "Stopped by somebody."),
        (
            "the list goes round; 90 of 1200 announced records came",
            "The list goes round. Only 90 of 1,200 announced records came.",
        ),
        ("HTTP 503, to come back in 60 s", "The server answers with HTTP error 503."),
        ("HTTP 401", "The server turns us away (HTTP 401). Check user name and password."),
        ("the page is cut off: no element found", "The page is cut off."),
        ("badArgument: set? what set", "The server answers with the error badArgument: set? what set."),
        (
            "3000 of 9000 records are missing from the list; held until somebody has looked",
            "3,000 of 9,000 records are missing from the list. Held until somebody has looked.",
        ),
        (
            "ListIdentifiers proves nothing: HTTP 500; something new",
            "Completeness cannot be proven: The server answers with HTTP error 500. something new.",
        ),
        ("", ""),
    ],
)
@pytest.mark.usefixtures("english")
def test_reasons_of_receipts_are_said_to_people(log: str, said: str) -> None:
    assert words.reason(log) == said


@pytest.mark.usefixtures("english")
def test_no_path_of_this_machine_is_told() -> None:
    assert "/srv" not in words.reason("the file of certificates /srv/x.pem cannot be used: no start line")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59.4, "59 seconds"),
        (61, "1 minute"),
        (3600, "1 hour"),
        (7500, "2 hours 5 minutes"),
    ],
)
@pytest.mark.usefixtures("english")
def test_spans_in_the_largest_fitting_words(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


def test_bytes_become_text_that_cannot_deceive() -> None:
    shown = as_text(b"a\x00\x1b[31m\xff" + "\u202eabc".encode())
    assert shown.text == "a\u2400\u241b[31m\\xff\\u202eabc"
    assert not shown.cut
    long = as_text(b"x" * 100_000)
    assert long.cut
    assert len(long.text) == 20_000
    assert long.size == 100_000


def test_every_code_of_the_harvester_has_its_words() -> None:
    said = texts.catalogue()
    without = [f"admin.odd.{code}" for code in codes.ODDITIES if f"admin.odd.{code}" not in said]
    without += [f"admin.reject.{code}" for code in codes.REJECTIONS if f"admin.reject.{code}" not in said]
    assert without == []


@pytest.mark.parametrize(
    ("state", "said"), [("queued", "queued"), ("interrupted", "queued"), ("running", "running")]
)
def test_a_harvest_that_waits_is_not_said_to_run(state: str, said: str) -> None:
    source = cast(Source, SimpleNamespace(health="ok", enabled=True))
    assert words.health(source, cast(Harvest, SimpleNamespace(state=state))) == said
    assert words.health(source, None) == "ok"
