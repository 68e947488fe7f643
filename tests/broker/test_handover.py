"""Liability moves to a colleague who accepts it, and to nobody else."""

from __future__ import annotations

import pytest

from broker import audit
from broker.errors import Missing, NotNow, Stale, UnknownRequest
from broker.liability import handover
from broker.views import Actor
from foundation import people
from tests.broker.world import World


def colleague(world: World, login: str, role: str = "librarian", code: str = "MLT") -> Actor:
    with world.db.begin() as c:
        user = people.add_user(c, world.clock(), login=login, name=login.title())
        people.grant(c, user.id, role, world.library[code])
    return Actor(user_id=user.id, role=role, library_id=world.library[code])


def told(actor: Actor) -> str:
    assert actor.user_id is not None
    return actor.user_id


def test_a_colleague_who_accepts_is_liable_and_the_supplier_sees_it(world: World) -> None:
    mira, view = colleague(world, "mira"), world.asked()
    asked = world.broker.offer(world.staff("MLT"), view.id, view.version, told(mira))
    assert (asked.offered_to, asked.liable_user_id) == (mira.user_id, world.user["MLT"])
    with world.db.read() as c:
        assert [row.id for row in handover.offered(c, mira.library_id, told(mira))] == [view.id]
    after = world.broker.take_over(mira, view.id, asked.version)
    assert (after.offered_to, after.liable_user_id) == (None, mira.user_id)
    assert world.supply(view.id).liable_user_id == mira.user_id
    history = world.broker.history(mira, "request", view.id)
    last = [(line.action, line.user_id, line.data.get("to_user_id")) for line in history[-2:]]
    assert last == [("offer", world.user["MLT"], mira.user_id), ("take_over", mira.user_id, mira.user_id)]
    with world.db.read() as c:
        assert audit.problems(c) == []
        assert handover.offered(c, mira.library_id, told(mira)) == ()
    world.answer(view.id, "ship", barcode="KNG-1")
    assert world.seen(view.id).liable_user_id == mira.user_id


def test_it_stays_with_whoever_is_liable_when_the_colleague_declines(small_world: World) -> None:
    world = small_world
    mira, view = colleague(world, "mira"), world.asked()
    asked = world.broker.offer(world.staff("MLT"), view.id, view.version, told(mira))
    after = world.broker.refuse_offer(mira, view.id, asked.version)
    assert (after.offered_to, after.liable_user_id) == (None, world.user["MLT"])
    with pytest.raises(NotNow):
        world.broker.take_over(mira, view.id, after.version)
    again = world.broker.offer(world.staff("MLT"), view.id, after.version, told(mira))
    assert world.broker.refuse_offer(world.staff("MLT"), view.id, again.version).offered_to is None


def test_only_who_is_liable_or_a_head_hands_over(small_world: World) -> None:
    world = small_world
    mira, joko, head = (
        colleague(world, "mira"),
        colleague(world, "joko"),
        colleague(world, "hadi", role="head"),
    )
    view = world.asked()
    with pytest.raises(NotNow):
        world.broker.offer(joko, view.id, view.version, told(mira))
    with pytest.raises(NotNow):
        world.broker.take_over(joko, view.id, view.version)
    with pytest.raises(UnknownRequest):
        world.broker.offer(world.staff("KNG"), view.id, view.version, told(mira))
    with pytest.raises(NotNow):
        world.broker.offer(world.patron, view.id, view.version, told(mira))
    asked = world.broker.offer(head, view.id, view.version, told(mira))
    with pytest.raises(NotNow):
        world.broker.take_over(joko, view.id, asked.version)
    with pytest.raises(Stale):
        world.broker.take_over(mira, view.id, view.version)
    taken = world.broker.offer(head, view.id, asked.version, told(head))
    assert taken.liable_user_id == head.user_id, "a head takes it herself at once"


def test_a_head_who_acts_as_a_librarian_is_still_a_head(small_world: World) -> None:
    world = small_world
    head, view = colleague(world, "hadi", role="head"), world.asked()
    acts = Actor(user_id=head.user_id, role="librarian", library_id=head.library_id)
    assert world.broker.offer(acts, view.id, view.version, told(head)).liable_user_id == head.user_id


def test_it_is_handed_to_nobody_else_and_not_before_or_after(small_world: World) -> None:
    world = small_world
    stranger, gone = colleague(world, "kuni", code="KNG"), colleague(world, "lama")
    with world.db.begin() as c:
        user = people.get_user(c, told(gone))
        people.change_user(c, user.id, user.version, state="disabled")
    view = world.submitted()
    mira = colleague(world, "mira")
    with pytest.raises(NotNow):  # nobody is liable yet
        world.broker.offer(world.staff("MLT"), view.id, view.version, told(mira))
    world.press(view.id, "place")
    seen = world.seen(view.id)
    for nobody in (told(stranger), told(gone), world.user["MLT"], world.user["patron"], ""):
        with pytest.raises(Missing):
            world.broker.offer(world.staff("MLT"), view.id, seen.version, nobody)
    asked = world.broker.offer(world.staff("MLT"), view.id, seen.version, told(mira))
    closed = world.broker.act(world.staff("MLT"), view.id, "close", asked.version, reason="other")
    with pytest.raises(NotNow):
        world.broker.take_over(mira, view.id, closed.version)
