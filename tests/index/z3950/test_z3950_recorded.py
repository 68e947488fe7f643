"""Sessions that were recorded of yaz-ztest and Zebra, played again: in one piece, in threes, byte by byte."""

from __future__ import annotations

import pytest

from index.z3950.asking.session import Session
from tests.index.z3950.replay import Scripted, replayed
from tests.index.z3950.sessions import STORIES


class Told(Scripted):
    """A scripted server with a session, as stories want it."""

    def __init__(self, name: str, piece: int) -> None:
        opening = STORIES[name][1]
        super().__init__(replayed(name, piece), version=opening.version)
        self.session = Session(opening)


@pytest.mark.parametrize("piece", [0, 1021])
@pytest.mark.parametrize("name", STORIES)
def test_a_recorded_session_ends_as_it_did(name: str, piece: int) -> None:
    STORIES[name][2](Told(name, piece))


@pytest.mark.parametrize("name", ["zebra_refused", "ztest_lists_and_names"])
def test_bytes_may_come_one_by_one(name: str) -> None:
    STORIES[name][2](Told(name, 1))
