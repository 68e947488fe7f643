"""The page about the loan says what the tables say."""

from __future__ import annotations

from pathlib import Path

from broker.pictures import page
from broker.states import MACHINES

PAGE = Path(__file__).parents[2] / "docs/reference/loan.md"


def test_the_page_is_as_the_tables_make_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m broker.pictures > docs/reference/loan.md"
    )


def test_every_state_and_action_stands_on_it() -> None:
    text = page()
    for machine in MACHINES:
        for word in (*machine.states, *(row.action for row in machine.rows)):
            assert word in text
