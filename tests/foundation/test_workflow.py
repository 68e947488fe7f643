"""A machine does what its tables say, and its lint finds tables that say nonsense."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from foundation.workflow import Deadline, Event, Machine, Missing, NotNow, Row, legal, lint, picture, step

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True)
class Door:
    state: str = "open"
    broken: bool = False


DOOR: Machine[Door] = Machine(
    name="door",
    states=("open", "shut", "gone"),
    terminal=frozenset({"gone"}),
    rows=(
        Row(
            states=("open",),
            action="shut",
            roles=("librarian",),
            next="shut",
            guard="whole",
            effects=("bang",),
        ),
        Row(states=("open",), action="shut", roles=("librarian",)),
        Row(states=("shut",), action="open", roles=("librarian", "system"), next="open", needs=("key",)),
        Row(states=("open", "shut"), action="remove", roles=("head",), next="gone", notices=("gone",)),
        Row(states=("gone",), action="hears_found", roles=("peer",), next="open", late=True),
    ),
    guards={"whole": lambda door, _: not door.broken},
    effects=frozenset({"bang"}),
    notices=frozenset({"gone"}),
    deadlines={"shut": (Deadline(action="open", days=1),)},
    recorded=frozenset({"hears_knock"}),
)


def go(door: Door, action: str, role: str = "librarian", **fields: Any) -> Any:
    return step(DOOR, door, Event(action=action, role=role, fields=fields), NOW)


def test_a_row_moves_the_thing_and_names_what_must_be_done() -> None:
    result = go(Door(), "shut")
    assert result.thing == Door(state="shut")
    assert result.effects == ("bang",)
    assert [clock.action for clock in result.deadlines] == ["open"]


def test_the_first_row_whose_guard_holds_counts() -> None:
    result = go(Door(broken=True), "shut")
    assert result.thing.state == "open"
    assert result.effects == ()


def test_an_action_without_a_row_or_role_is_refused() -> None:
    with pytest.raises(NotNow):
        go(Door("shut"), "shut")
    with pytest.raises(NotNow):
        go(Door(), "remove", "librarian")


def test_empty_required_fields_are_named() -> None:
    with pytest.raises(Missing) as problem:
        go(Door("shut"), "open", key="")
    assert problem.value.fields == ("key",)


def test_recorded_actions_change_nothing_where_no_row_says_otherwise() -> None:
    for state in DOOR.states:
        result = go(Door(state), "hears_knock", "peer")
        assert (result.thing, result.row) == (Door(state), None)


def test_buttons_are_the_rows_that_may_be_taken_now() -> None:
    assert [row.action for row in legal(DOOR, Door(), ["librarian"], NOW)] == ["shut"]
    assert [row.action for row in legal(DOOR, Door(), ["librarian", "head"], NOW)] == ["shut", "remove"]
    assert legal(DOOR, Door("gone"), ["librarian", "head"], NOW) == ()


def test_a_sound_machine_passes_the_lint() -> None:
    assert lint(DOOR) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"states": (*DOOR.states, "ajar")}, "state ajar is never reached"),
        ({"states": (*DOOR.states, "ajar")}, "state ajar never ends"),
        ({"states": ("open", "open", "shut", "gone")}, "listed twice"),
        ({"rows": (*DOOR.rows, Row(states=("open",), action="x", roles=()))}, "nobody may"),
        (
            {"rows": (*DOOR.rows, Row(states=("open",), action="x", roles=("head",), next="up"))},
            "up is unknown",
        ),
        (
            {"rows": (*DOOR.rows, Row(states=("gone",), action="x", roles=("head",), next="open"))},
            "leaves terminal",
        ),
        ({"effects": frozenset()}, "effect bang is unknown"),
        ({"notices": frozenset()}, "notice gone is unknown"),
        ({"guards": {}}, "guard whole is unknown"),
        ({"guards": {**DOOR.guards, "odd": lambda *_: True}}, "guard odd is never used"),
        ({"rows": (*DOOR.rows, DOOR.rows[1])}, "an earlier row always wins"),
        ({"deadlines": {"gone": (Deadline(action="open", days=1),)}}, "deadline open in gone"),
    ],
)
def test_the_lint_finds(change: dict[str, Any], says: str) -> None:
    assert any(says in problem for problem in lint(replace(DOOR, **change)))


def test_the_picture_shows_every_state_and_arrow() -> None:
    drawn = picture(DOOR)
    assert drawn.startswith("stateDiagram-v2\n    [*] --> open\n")
    assert "open --> shut: shut" in drawn
    assert "gone --> [*]" in drawn
