"""The rule of the receipt, as a table: which ends of a list prove that everything came."""

from __future__ import annotations

import pytest

from harvester import receipt
from harvester.errors import OutOfPatience, Stopped, Unreachable
from harvester.receipt import Audit, Counts

THIRTY = Counts(records=27, deleted=1, rejected=1, nameless=1)
TWENTY = Counts(records=20)
NOTHING = Counts()
WHOLE = Audit(whole=True, named=30, lacking=0)
SHORT = Audit(whole=True, named=30, lacking=10)
BLIND = Audit(whole=False, named=20, lacking=0, why="it goes round")


@pytest.mark.parametrize(
    ("end", "counts", "expected", "audit", "state"),
    [
        (receipt.SINGLE, THIRTY, None, None, "complete"),
        (receipt.SINGLE, THIRTY, 30, None, "complete"),
        (receipt.EMPTY_TOKEN, THIRTY, None, None, "complete"),
        (receipt.EMPTY_TOKEN, THIRTY, 30, None, "complete"),
        (receipt.EMPTY_TOKEN, THIRTY, 29, None, "complete"),
        (receipt.EMPTY_TOKEN, TWENTY, 30, None, "incomplete"),
        (receipt.EMPTY_TOKEN, TWENTY, 30, BLIND, "incomplete"),
        (receipt.EMPTY_TOKEN, TWENTY, 30, SHORT, "incomplete"),
        (receipt.EMPTY_TOKEN, TWENTY, 30, Audit(whole=True, named=20, lacking=0), "complete"),
        (receipt.NOTHING, NOTHING, None, None, "complete"),
        (receipt.TAIL, THIRTY, 30, None, "complete"),
        (receipt.TAIL, THIRTY, None, None, "incomplete"),
        (receipt.TAIL, TWENTY, 30, None, "incomplete"),
        (receipt.TAIL, THIRTY, None, WHOLE, "complete"),
        *[
            (end, counts, expected, audit, state)
            for end in (receipt.STOPS, receipt.ROUND, receipt.EMPTIES, receipt.BAD_TOKEN, receipt.UNREADABLE)
            for counts, expected, audit, state in (
                (THIRTY, 30, None, "incomplete"),
                (THIRTY, None, None, "incomplete"),
                (THIRTY, 30, BLIND, "incomplete"),
                (THIRTY, None, SHORT, "incomplete"),
                (THIRTY, None, WHOLE, "complete"),
                (NOTHING, None, None, "failed"),
            )
        ],
        ("", NOTHING, None, None, "failed"),
        (receipt.SINGLE, TWENTY, None, SHORT, "incomplete"),
    ],
)
def test_each_end_of_a_list(
    end: str, counts: Counts, expected: int | None, audit: Audit | None, state: str
) -> None:
    said, reason = receipt.verdict(end, counts, expected, audit)
    assert said == state
    assert bool(reason) == (state in ("incomplete",) or (state == "failed" and bool(end)))


@pytest.mark.parametrize("end", ["", receipt.SINGLE, receipt.EMPTY_TOKEN, receipt.STOPS])
@pytest.mark.parametrize("audit", [None, WHOLE])
def test_a_run_that_failed_is_never_complete(end: str, audit: Audit | None) -> None:
    assert receipt.verdict(end, THIRTY, 30, audit, Unreachable("gone"))[0] == "incomplete"
    assert receipt.verdict(end, NOTHING, None, audit, Unreachable("gone"))[0] == "failed"
    assert receipt.verdict(end, THIRTY, 30, audit, Stopped("asked"))[0] == "stopped"


def test_the_reason_says_when_to_come_back() -> None:
    said = receipt.verdict("", NOTHING, None, None, OutOfPatience("HTTP 503", 86400))
    assert said == ("failed", "HTTP 503; come back in 86400 s")
