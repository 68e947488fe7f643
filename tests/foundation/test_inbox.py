"""A message is applied once and always told the same."""

from __future__ import annotations

import threading

import pytest

from foundation.db import Database
from foundation.inbox import AnotherBody, accept
from tests.conftest import TestClock


def test_a_message_that_comes_again_is_told_the_same_and_changes_nothing(
    db: Database, clock: TestClock
) -> None:
    applied: list[int] = []

    def apply() -> bytes:
        applied.append(1)
        return b"answer %d" % len(applied)

    answers = []
    for _ in range(3):
        with db.begin() as c:
            answers.append(accept(c, "iso", "KNG", "m1", b"body", clock(), apply))
    assert answers == [b"answer 1"] * 3
    assert applied == [1]


def test_the_same_key_from_another_peer_is_another_message(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        assert accept(c, "iso", "KNG", "m1", b"x", clock(), lambda: b"1") == b"1"
        assert accept(c, "iso", "TRT", "m1", b"x", clock(), lambda: b"2") == b"2"


def test_a_key_with_another_body_is_refused(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        accept(c, "iso", "KNG", "m1", b"x", clock(), lambda: b"1")
    with pytest.raises(AnotherBody), db.begin() as c:
        accept(c, "iso", "KNG", "m1", b"y", clock(), lambda: b"1")


def test_a_message_whose_change_failed_may_come_again(db: Database, clock: TestClock) -> None:
    def fail() -> bytes:
        raise RuntimeError

    with pytest.raises(RuntimeError), db.begin() as c:
        accept(c, "iso", "KNG", "m1", b"x", clock(), fail)
    with db.begin() as c:
        assert accept(c, "iso", "KNG", "m1", b"x", clock(), lambda: b"ok") == b"ok"


def test_eight_at_the_same_time_are_applied_once(db: Database, clock: TestClock) -> None:
    applied: list[str] = []
    answers: list[bytes] = []
    gate = threading.Barrier(8)

    def run(name: str) -> None:
        def apply() -> bytes:
            applied.append(name)
            return name.encode()

        gate.wait(10)
        with db.begin() as c:
            answers.append(accept(c, "iso", "KNG", "m1", b"x", clock(), apply))

    threads = [threading.Thread(target=run, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(applied) == 1
    assert answers == [applied[0].encode()] * 8
