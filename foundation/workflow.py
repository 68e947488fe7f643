"""Workflows as tables: one type that makes the engine, the buttons, the picture and the check of every one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")

#: Roles of rows that no person takes: the other side's messages, and the system itself.
PEER, SYSTEM = "peer", "system"


class NotNow(Exception):
    """The action is not legal in this state, or not for this role."""


class Missing(Exception):
    """Required fields are empty; `fields` names them."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__("missing: " + ", ".join(fields))
        self.fields = tuple(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule: in one of `states`, `action` by one of `roles` leads to `next` ('' stays).

    Of several rows for the same state and action the first whose `guard` holds counts ('' always holds).
    `needs` are fields that must be filled in, `takes` fields that may be.
    `effects` and `notices` are names for the caller to carry out.
    `late` rows may leave a terminal state: an answer that came late. `main` marks the usual next step, `grave`
    what deserves a second look.
    """

    states: tuple[str, ...]
    action: str
    roles: tuple[str, ...]
    next: str = ""
    side: str = ""
    guard: str = ""
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    late: bool = False
    main: bool = False
    grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A clock that starts when a state is entered, however it was: after so many days `action` is taken.

    Days are working days of `whose` calendar unless `working` is False.
    """

    action: str
    days: int
    working: bool = True
    whose: str = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An action as it arrives: by whom, and with which fields."""

    action: str
    role: str
    fields: Mapping[str, Any] = field(default_factory=dict)


Guard = Callable[[Any, Event], bool]


class Step(NamedTuple, Generic[T]):
    """What came of an event. `row` is None when it was recorded and changed nothing."""

    thing: T
    row: Row | None
    effects: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


def _move(thing: Any, state: str) -> Any:
    return replace(thing, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Generic[T]):
    """A workflow: its states, the first of `states` being the initial one, and its rows.

    `recorded` are actions that are always legal: where no row says otherwise they change nothing.
    `state_of` and `moved` say where a thing keeps its state.
    """

    name: str
    states: tuple[str, ...]
    terminal: frozenset[str]
    rows: tuple[Row, ...]
    guards: Mapping[str, Guard] = field(default_factory=dict)
    effects: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    deadlines: Mapping[str, tuple[Deadline, ...]] = field(default_factory=dict)
    recorded: frozenset[str] = frozenset()
    state_of: Callable[[T], str] = attrgetter("state")
    moved: Callable[[T, str], T] = _move
    found: Mapping[tuple[str, str], tuple[Row, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sorts the rows by state and action, so that a step need not read the whole table."""
        found: dict[tuple[str, str], tuple[Row, ...]] = {}
        for row in self.rows:
            for state in row.states:
                found[state, row.action] = (*found.get((state, row.action), ()), row)
        object.__setattr__(self, "found", found)

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action that may arrive, in the order of the rows."""
        return tuple(dict.fromkeys([row.action for row in self.rows] + sorted(self.recorded)))


def step(machine: Machine[T], thing: T, event: Event, now: datetime) -> Step[T]:
    """What an event makes of a thing. Pure: the caller stores the result and carries the effects out.

    Raises NotNow, Missing. `now` is handed to guards as the event's field 'now'.
    """
    state = machine.state_of(thing)
    found = _find(machine, thing, state, event, now)
    if found is None:
        if event.action in machine.recorded:
            return Step(thing, None)
        raise NotNow(f"{machine.name}: {event.action} in {state} by {event.role}")
    empty = [name for name in found.needs if event.fields.get(name) in (None, "", (), [])]
    if empty:
        raise Missing(empty)
    target = found.next or state
    changed = thing if target == state else machine.moved(thing, target)
    clocks = machine.deadlines.get(target, ()) if target != state else ()
    return Step(changed, found, found.effects, found.notices, tuple(clocks))


def _find(machine: Machine[T], thing: T, state: str, event: Event, now: datetime) -> Row | None:
    for row in machine.found.get((state, event.action), ()):
        if event.role not in row.roles:
            continue
        if not row.guard:
            return row
        if machine.guards[row.guard](thing, replace(event, fields={**event.fields, "now": now})):
            return row
    return None


def legal(machine: Machine[T], thing: T, roles: Sequence[str], now: datetime) -> tuple[Row, ...]:
    """The rows that one of these roles may take now: what buttons are drawn from. One row per action."""
    found: dict[str, Row] = {}
    for row in machine.rows:
        if row.action in found or machine.state_of(thing) not in row.states:
            continue
        role = next((role for role in roles if role in row.roles), None)
        if role is None:
            continue
        event = Event(action=row.action, role=role, fields={"now": now})
        if not row.guard or machine.guards[row.guard](thing, event):
            found[row.action] = row
    return tuple(found.values())


def lint(machine: Machine[Any]) -> list[str]:
    """What is wrong with a machine's tables; empty when nothing is."""
    problems = [*_names(machine), *_ways(machine), *_shadows(machine)]
    return [f"{machine.name}: {problem}" for problem in problems]


def _names(m: Machine[Any]) -> list[str]:
    problems = []
    known = set(m.states)
    if len(known) != len(m.states):
        problems.append("a state is listed twice")
    problems += [f"terminal state {state} is unknown" for state in m.terminal - known]
    for row in m.rows:
        where = f"{row.action} in {'/'.join(row.states)}"
        problems += [
            f"{where}: state {state} is unknown"
            for state in (*row.states, row.next)
            if state and state not in known
        ]
        problems += [
            f"{where}: effect {effect} is unknown" for effect in row.effects if effect not in m.effects
        ]
        problems += [
            f"{where}: notice {notice} is unknown" for notice in row.notices if notice not in m.notices
        ]
        if not row.roles:
            problems.append(f"{where}: nobody may")
        if row.guard and row.guard not in m.guards:
            problems.append(f"{where}: guard {row.guard} is unknown")
        leaves = m.terminal & set(row.states) if row.next and not row.late else frozenset()
        problems += [f"{where}: leaves terminal {state}" for state in leaves if state != row.next]
    used = {row.guard for row in m.rows}
    problems += [f"guard {guard} is never used" for guard in m.guards if guard not in used]
    for state, clocks in m.deadlines.items():
        for clock in clocks:
            if not any(row.action == clock.action and state in row.states for row in m.rows):
                problems.append(f"deadline {clock.action} in {state}: no row")
    return problems


def _ways(m: Machine[Any]) -> list[str]:
    ways: dict[str, set[str]] = {state: set() for state in m.states}
    for row in m.rows:
        for state in row.states:
            ways.setdefault(state, set()).add(row.next or state)
    reached = _closure({m.states[0]}, ways)
    problems = [f"state {state} is never reached" for state in m.states if state not in reached]
    for state in m.states:
        if state not in m.terminal and not _closure({state}, ways) & m.terminal:
            problems.append(f"state {state} never ends")
    return problems


def _closure(start: set[str], ways: Mapping[str, set[str]]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for state in ways.get(todo.pop(), set()) - reached:
            reached.add(state)
            todo.append(state)
    return reached


def _shadows(m: Machine[Any]) -> list[str]:
    problems, settled = [], set()
    for row in m.rows:
        for state in row.states:
            for role in row.roles:
                key = (state, row.action, role)
                if key in settled:
                    problems.append(f"{row.action} in {state} by {role}: an earlier row always wins")
                if not row.guard:
                    settled.add(key)
    return problems


def picture(machine: Machine[Any]) -> str:
    """The machine as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", f"    [*] --> {machine.states[0]}"]
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in machine.rows:
        for state in row.states:
            if row.next and row.next != state:
                arrows.setdefault((state, row.next), []).append(row.action)
    for (state, target), actions in arrows.items():
        lines.append(f"    {state} --> {target}: {', '.join(dict.fromkeys(actions))}")
    lines += [f"    {state} --> [*]" for state in machine.states if state in machine.terminal]
    return "\n".join(lines) + "\n"
