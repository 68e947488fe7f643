"""After whatever random hands do, the audit finds nothing; and what somebody breaks, it finds."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import delete, insert, update

from broker import audit
from broker.tables import attempt, request
from foundation.ids import uuid7
from foundation.tables import event, inbox, outbox, timer
from tests.broker.test_desk import press_something
from tests.broker.world import World


def problems(world: World) -> list[str]:
    with world.db.read() as c:
        return audit.problems(c)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_random_hands_break_nothing(small_world: World, seed: int) -> None:
    world = small_world
    dice = random.Random(seed)
    views = [world.submitted(again=True) for _ in range(3)]
    for _ in range(40):
        press_something(world, dice.choice(views).id, dice)
        if dice.random() < 0.15:
            world.tick(days=dice.randrange(1, 9))
    assert problems(world) == []


def test_a_world_at_rest_is_in_order_on_both_databases(world: World) -> None:
    view = world.asked()
    world.answer(view.id, "decline", reason="not_held")
    world.answer(view.id, "ship", barcode="B-1")
    assert problems(world) == []
    with world.db.read() as c:
        assert audit.summary(c) == {"requests": {"active": 1}, "supplies": {"unfilled": 1, "shipped": 1}}


def test_what_is_broken_is_found(small_world: World) -> None:
    world = small_world
    view = world.asked()
    breaks = {
        "its events end in": update(request).values(state="completed"),
        "leg stands in": update(attempt).values(leg="shipped"),
        "supply stands in": update(attempt).values(supply="will"),
        "does not exist": update(attempt).values(leg="flying"),
        "no library is being asked": update(attempt).values(active=False),
        "without liable librarian or terms": update(request).values(terms=None),
        "was changed": update(event).values(note="x"),
        "does not follow": delete(event).where(event.c.number == 2),
        "never arrived": delete(inbox),
        "never sent": delete(outbox),
    }
    for says, change in breaks.items():
        with pytest.raises(Undone), world.db.begin() as c:
            c.execute(change)
            assert any(says in one for one in audit.problems(c)), says
            raise Undone
    assert problems(world) == []
    with world.db.begin() as c:
        c.execute(
            insert(inbox).values(
                id=uuid7(),
                channel="message",
                peer="x",
                message_key="ghost",
                body_hash="",
                body=b"",
                received_at=world.clock(),
                answer=b"OK",
            )
        )
    assert problems(world) == ["message ghost: arrived, never sent"]
    assert view.state == "active"


def test_what_nothing_will_move_is_found(small_world: World) -> None:
    world = small_world
    view = world.submitted()
    world.broker.place(world.staff("MLT"), view.id, view.version)
    with pytest.raises(Undone), world.db.begin() as c:
        c.execute(delete(outbox))
        assert any("nothing will move it" in one for one in audit.problems(c))
        raise Undone
    world.pump()
    with pytest.raises(Undone), world.db.begin() as c:
        c.execute(delete(timer))
        c.execute(update(attempt).values(supply="completed"))
        assert any("nothing will move it" in one for one in audit.problems(c))
        raise Undone


class Undone(Exception):
    """Takes a transaction back."""
