"""Many hands at the same time: one wins, the others are told so, and nothing happens twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from broker import audit
from broker.errors import BrokerError
from broker.tables import attempt, request
from foundation.tables import outbox
from tests.broker.world import World

pytestmark = pytest.mark.slow

HANDS = 8


def together(*hands: Callable[[], object]) -> list[str]:
    """Run all at the same moment; 'ok' or the name of the refusal of each."""
    gate = threading.Barrier(len(hands))
    results: list[str] = []

    def run(hand: Callable[[], object]) -> None:
        gate.wait(20)
        try:
            hand()
            results.append("ok")
        except BrokerError as problem:
            results.append(type(problem).__name__)

    threads = [threading.Thread(target=run, args=(hand,)) for hand in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == len(hands), "somebody failed by a fault of ours"
    return results


def in_order(world: World) -> None:
    with world.db.read() as c:
        assert audit.problems(c) == []


def test_a_request_is_placed_once(world: World) -> None:
    view = world.submitted()
    mlt = world.staff("MLT")
    results = together(*[lambda: world.broker.place(mlt, view.id, view.version)] * HANDS)
    assert Counter(results) == {"ok": 1, "Stale": HANDS - 1}
    world.pump()
    with world.db.read() as c:
        assert c.execute(select(func.count()).select_from(attempt)).scalar_one() == 1
    in_order(world)


def test_a_book_is_shipped_once_or_declined_once_and_never_both(world: World) -> None:
    view = world.asked()
    supply = world.supply(view.id)
    kng = world.staff("KNG")
    ship = lambda: world.broker.answer(kng, supply.id, "ship", supply.version)  # noqa: E731  # one line a hand
    decline = lambda: world.broker.answer(  # noqa: E731  # one line a hand
        kng, supply.id, "decline", supply.version, reason="not_held"
    )
    results = together(*[ship, decline] * (HANDS // 2))
    assert Counter(results) == {"ok": 1, "Stale": HANDS - 1}
    world.pump()
    in_order(world)
    legs = {one.leg for one in world.seen(view.id).attempts}
    assert legs in ({"shipped"}, {"unfilled", "sent"})


def test_a_cancel_and_a_shipment_at_the_same_time_end_well(world: World) -> None:
    for _ in range(4):
        view = world.asked(again=True)
        supply = world.supply(view.id)
        version = world.seen(view.id).version
        together(
            lambda v=view, n=version: world.broker.cancel(world.patron, v.id, n),
            lambda s=supply: world.broker.answer(world.staff("KNG"), s.id, "ship", s.version),
            lambda: world.broker.deliver_messages("one"),
            lambda: world.broker.deliver_messages("two"),
        )
        world.clock.go(minutes=2)
        world.pump()
        after = world.seen(view.id)
        here = (after.state, [one.leg for one in after.attempts], world.supply(view.id).state)
        assert here in (
            ("active", ["shipped"], "shipped"),
            ("cancelled", ["cancelled"], "cancelled"),
        )
        in_order(world)


def test_eight_workers_carry_each_message_once(world: World) -> None:
    views = [world.submitted(again=True) for _ in range(10)]
    for view in views:
        world.broker.place(world.staff("MLT"), view.id, view.version)

    def work(name: str) -> None:
        for _ in range(12):
            world.broker.deliver_messages(name, limit=3)

    together(*[lambda n=number: work(f"w{n}") for number in range(HANDS)])
    world.clock.go(minutes=2)
    world.pump()
    with world.db.read() as c:
        states = c.execute(select(request.c.state).distinct()).scalars().all()
        assert list(states) == ["active"]
        assert c.execute(select(func.count()).select_from(attempt)).scalar_one() == 10
        left = select(func.count()).select_from(outbox).where(outbox.c.state != "done")
        assert c.execute(left).scalar_one() == 0
    in_order(world)


def test_eight_readers_submit_at_the_same_time_and_get_numbers_of_their_own(world: World) -> None:
    results = together(*[lambda: world.submitted(again=True)] * HANDS)
    assert results == ["ok"] * HANDS
    with world.db.read() as c:
        codes = c.execute(select(request.c.code).order_by(request.c.code)).scalars().all()
    assert [code[:14] for code in codes] == [f"SL-2026-{number:06d}"[:14] for number in range(1, HANDS + 1)]
    in_order(world)


def test_a_timer_fires_once_whoever_looks(small_world: World) -> None:
    world = small_world
    view = world.asked()
    world.clock.go(days=1, minutes=1)
    together(*[lambda n=number: world.broker.run_timers(f"w{n}") for number in range(HANDS)])
    world.pump()
    assert [one.library_id for one in world.seen(view.id).attempts] == [
        world.library["KNG"],
        world.library["AGR"],
    ]
    in_order(world)
