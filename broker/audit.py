"""What must hold of every request at any time; asked by fsck, and after every kill in the fault tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from broker import tables as t
from broker.states import AT_HAND, LEG, LENT, REQUEST, SUPPLY
from foundation.events import verify
from foundation.tables import event, inbox, outbox, timer


def problems(c: Connection) -> list[str]:
    """Everything that is wrong, in words for a log; empty when all is well."""
    return [
        *_shapes(c),
        *_one_at_a_time(c),
        *_replays(c),
        *_chains(c),
        *_messages(c),
        *_stuck(c),
    ]


def _shapes(c: Connection) -> Iterator[str]:
    """States exist, and who is liable is known."""
    r, a = t.request.c, t.attempt.c
    for row in c.execute(select(r.code, r.state, r.liable_user_id, r.terms)):
        if row.state not in REQUEST.states:
            yield f"{row.code}: state {row.state} does not exist"
        if row.state in ("sourcing", "active", "end_of_rota", "cancelling") and not (
            row.liable_user_id and row.terms
        ):
            yield f"{row.code}: {row.state} without liable librarian or terms"
    for one in c.execute(select(a.code, a.leg, a.supply)):
        if one.leg not in LEG.states or one.supply not in SUPPLY.states:
            yield f"{one.code}: leg {one.leg} or supply {one.supply} does not exist"


def _one_at_a_time(c: Connection) -> Iterator[str]:
    """At most one active attempt and one open patron loan a request; a request that is active has an attempt."""
    a, r = t.attempt.c, t.request.c
    rows = c.execute(
        select(a.request_id, func.count()).where(a.active).group_by(a.request_id).having(func.count() > 1)
    )
    for row in rows:
        yield f"{row[0]}: {row[1]} active attempts"
    loans = c.execute(
        select(a.request_id, func.count())
        .select_from(t.patron_loan.join(t.attempt, a.id == t.patron_loan.c.attempt_id))
        .where(t.patron_loan.c.in_at.is_(None))
        .group_by(a.request_id)
        .having(func.count() > 1)
    )
    for row in loans:
        yield f"{row[0]}: {row[1]} open loans"
    lonely = c.execute(
        select(r.code).where(
            r.state == "active", ~select(a.id).where(a.request_id == r.id, a.active).exists()
        )
    )
    for row in lonely:
        yield f"{row.code}: active, but no library is being asked"


def _replays(c: Connection) -> Iterator[str]:
    """The events of an object lead, step by step, to the state in which it stands."""
    e = event.c
    rows = c.execute(
        select(e.object_type, e.object_id, e.number, e.from_state, e.to_state, e.data)
        .where(e.object_type.in_(("request", "supply")))
        .order_by(e.object_type, e.object_id, e.number)
    )
    at: dict[tuple[str, str], str] = {}
    for row in rows:
        leg = row.data.get("leg")
        key = ("leg", str(leg)) if leg else (row.object_type, row.object_id)
        first = {"request": "draft", "leg": "queued", "supply": "unasked"}[key[0]]
        expected = at.get(key, first)
        if row.from_state != expected:
            yield f"{key[0]} {key[1]} event {row.number}: from {row.from_state}, but it stood in {expected}"
        at[key] = row.to_state
    yield from _differs(c, at)


def _differs(c: Connection, at: Mapping[tuple[str, str], str]) -> Iterator[str]:
    r, a = t.request.c, t.attempt.c
    for row in c.execute(select(r.id, r.code, r.state)):
        if at.get(("request", row.id)) != row.state:
            yield f"{row.code}: stands in {row.state}, its events end in {at.get(('request', row.id))}"
    for one in c.execute(select(a.id, a.code, a.leg, a.supply)):
        if at.get(("leg", one.id)) != one.leg:
            yield f"{one.code}: leg stands in {one.leg}, its events end in {at.get(('leg', one.id))}"
        if at.get(("supply", one.id), "unasked") != one.supply:
            yield f"{one.code}: supply stands in {one.supply}, its events end in {at.get(('supply', one.id))}"


def _chains(c: Connection) -> Iterator[str]:
    for object_type, object_id in c.execute(select(event.c.object_type, event.c.object_id).distinct()):
        yield from verify(c, object_type, object_id)


def _messages(c: Connection) -> Iterator[str]:
    """What was marked as delivered has arrived, with a confirmation; what arrived was sent."""
    arrived = {
        row.message_key: bytes(row.answer)
        for row in c.execute(select(inbox.c.message_key, inbox.c.answer).where(inbox.c.channel == "message"))
    }
    sent = set()
    for row in c.execute(
        select(outbox.c.effect_key, outbox.c.state, outbox.c.payload).where(outbox.c.channel == "message")
    ):
        sent.add(row.effect_key)
        if row.payload.get("kind") == "say" and row.state == "done" and not arrived.get(row.effect_key):
            yield f"message {row.effect_key}: marked as delivered, never arrived"
    for key in arrived:
        if key not in sent:
            yield f"message {key}: arrived, never sent"
    keys = Counter(
        (row.payload.get("template"), str(row.payload.get("data", {}).get("request_id")), row.effect_key)
        for row in c.execute(select(outbox.c.payload, outbox.c.effect_key).where(outbox.c.channel == "mail"))
    )
    for key, number in keys.items():
        if number > 1:
            yield f"mail {key}: {number} times"


def _stuck(c: Connection) -> Iterator[str]:
    """Nothing waits for nobody: a message, a clock, or people must be able to move what is open."""
    waiting: dict[str, int] = defaultdict(int)
    for row in c.execute(
        select(outbox.c.payload).where(outbox.c.channel == "message", outbox.c.state != "done")
    ):
        waiting[str(row.payload.get("request") or row.payload.get("attempt"))] += 1
    clocks = {
        (row.object_type, row.object_id)
        for row in c.execute(select(timer.c.object_type, timer.c.object_id).where(timer.c.done_at.is_(None)))
    }
    r, a = t.request.c, t.attempt.c
    for row in c.execute(select(r.id, r.code, r.state).where(r.state.in_(("draft", "checking", "sourcing")))):
        if not waiting[row.id]:
            yield f"{row.code}: {row.state}, and nothing will move it"
    moving = c.execute(
        select(a.id, a.code, a.leg, a.supply).where(
            a.active, a.leg.not_in(LEG.terminal), a.leg.not_in(AT_HAND)
        )
    )
    for row in moving:
        people = row.leg in ("condition", "retry_offered")
        other_side = row.supply not in SUPPLY.terminal and row.supply not in ("unasked", *LENT)
        if not (people or other_side or waiting[row.id] or ("leg", row.id) in clocks):
            yield f"{row.code}: {row.leg}/{row.supply}, and nothing will move it"


def summary(c: Connection) -> dict[str, Any]:
    """Counts by state, for health pages and fsck."""
    r, a = t.request.c, t.attempt.c
    return {
        "requests": {
            row[0]: int(row[1]) for row in c.execute(select(r.state, func.count()).group_by(r.state))
        },
        "supplies": {
            row[0]: int(row[1]) for row in c.execute(select(a.supply, func.count()).group_by(a.supply))
        },
    }
