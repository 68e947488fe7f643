"""Every code of a loan that staff can meet has a label in both languages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from broker import desk
from broker.agreements import REFUSALS
from broker.intake import GRAVE
from broker.messages import CONDITIONS, RETRY, UNFILLED
from broker.roles import STAFF
from broker.states import MACHINES
from broker.views import PURPOSES, SERVICE_TYPES
from web import texts
from web.desk import fields, words

REQUEST_CODE = Path(words.__file__).parents[2] / "broker" / "request.py"


def wanted() -> set[str]:
    keys = {f"{m.name}.{state}" for m in MACHINES for state in m.states}
    keys |= {f"action.{m.name}.{r.action}" for m in MACHINES for r in m.rows if set(r.roles) & set(STAFF)}
    keys |= {f"event.{m.name}.{action}" for m in MACHINES for action in m.actions}
    keys |= {f"reason.{code}" for code in (*UNFILLED, *RETRY)}
    keys |= {f"reason.{code}" for codes in fields.REASONS.values() for code in codes}
    keys |= {f"condition.{code}" for code in CONDITIONS}
    keys |= {f"refusal.{code}" for code in (*REFUSALS, *GRAVE, "limit_reached", "duplicate")}
    keys |= {f"purpose.{code}" for code in PURPOSES} | {f"service.{code}" for code in SERVICE_TYPES}
    keys |= {f"queue.borrowing.{name}" for name in desk.BORROWING}
    keys |= {f"queue.lending.{name}" for name in desk.LENDING}
    keys |= {f"desk.tab.{name}" for name in desk.TABS} | {f"desk.sort.{name}" for name in desk.SORTS}
    names = {name for takes in fields.TAKES.values() for name in takes}
    keys |= {f"field.{name}" for name in names - {"currency", "message", "today"}}
    attends = re.findall(r'(?:attend|_attends)\("(\w+)"\)', REQUEST_CODE.read_text(encoding="utf-8"))
    return keys | {f"attention.{code}" for code in attends}


@pytest.mark.parametrize("key", sorted(wanted()))
def test_every_code_has_a_label(key: str) -> None:
    for language in texts.LANGUAGES:
        assert texts.say(key, language, n=1)


def test_a_queue_offers_only_what_its_machine_knows() -> None:
    for side, queues in fields.QUEUE_ACTIONS.items():
        for actions in queues.values():
            for action in filter(None, actions):
                assert (fields.machine_of(side, action), action) in fields.TAKES


def test_a_queue_offers_what_is_legal_in_one_of_its_states() -> None:
    rows = {(m.name, r.action): set() for m in MACHINES for r in m.rows}
    for machine in MACHINES:
        for row in machine.rows:
            rows[machine.name, row.action] |= set(row.states)
    for queue, actions in fields.QUEUE_ACTIONS["lending"].items():
        states = set(desk.LENDING[queue][1])
        for action in filter(None, actions):
            assert rows["supply", action] & states, (queue, action)
    for queue, actions in fields.QUEUE_ACTIONS["borrowing"].items():
        _, states, legs = desk.BORROWING[queue]
        for action in filter(None, actions):
            machine = fields.machine_of("borrowing", action)
            assert rows[machine, action] & set(states if machine == "request" else legs), (queue, action)


NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "id", "en"),
    [
        (datetime(2026, 11, 24, 2, 12, tzinfo=UTC), "hari ini, 09.12", "today, 09:12"),
        (datetime(2026, 11, 23, 17, 30, tzinfo=UTC), "hari ini, 00.30", "today, 00:30"),
        (datetime(2026, 11, 23, 8, 2, tzinfo=UTC), "kemarin, 15.02", "yesterday, 15:02"),
        (datetime(2026, 11, 21, 7, 3, tzinfo=UTC), "21 Nov, 14.03", "21 Nov, 14:03"),
        (datetime(2025, 1, 1, 5, 0, tzinfo=UTC), "1 Jan 2025, 12.00", "1 Jan 2025, 12:00"),
        (date(2026, 11, 25), "besok", "tomorrow"),
    ],
)
def test_times_near_to_now_are_said_as_people_say_them(value: datetime | date, id: str, en: str) -> None:
    assert words.near(value, "id", "Asia/Jakarta", NOW) == id
    assert words.near(value, "en", "Asia/Jakarta", NOW) == en


def test_lateness_counts_days() -> None:
    today = date(2026, 11, 24)
    assert words.lateness(date(2026, 11, 21), today, "id") == "lewat 3 hari"
    assert words.lateness(date(2026, 11, 23), today, "en") == "1 day late"
    assert words.lateness(today, today, "id") == "hari ini"
    assert words.lateness(date(2026, 12, 5), today, "en") == "5 Dec"
