"""Handing a request over on the desk's pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from broker import tables as t
from foundation import people
from tests.web.conftest import HASHED, Client, World
from tests.web.desk_world import Forms, ask, carry, catalogue, press

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("language", "asked", "done"),
    [
        ("id", "Anda diminta menjadi", "Tanggung jawab diterima"),
        ("en", "You are asked to be", "Liability accepted"),
    ],
)
def test_a_request_goes_to_a_colleague_who_accepts(
    world: World, visit: Callable[..., Client], language: str, asked: str, done: str
) -> None:
    with world.parts.db.begin() as c:
        user = people.add_user(c, world.parts.clock(), login="mira", name="Mira Melati")
        people.set_password_hash(c, user.id, HASHED)
        people.grant(c, user.id, "librarian", world.library["MLT"])
    lala = visit("lala", language)
    request = ask(world, lala, catalogue(world))
    press(lala, request, "place")
    carry(world)

    def form_of(desk: Client, do: str) -> dict[str, str]:
        (form,) = (one for one in Forms(desk.page(request)).forms if ("do", do) in one["buttons"])
        values: dict[str, str] = form["values"]
        return {**values, "do": do}

    mira = visit("mira", language)
    assert not any(("do", "offer") in one["buttons"] for one in Forms(mira.page(request)).forms)
    lala.post(f"{request}/liable", data={**form_of(lala, "offer"), "to": "nobody"})
    lala.post(f"{request}/liable", data={**form_of(lala, "offer"), "to": user.id})
    assert "Mira Melati" in lala.page(request)
    assert request in mira.page("/desk/MLT")
    assert asked in mira.page(request)
    mira.post(f"{request}/liable", data=form_of(mira, "take_over"))
    page = mira.page(request)
    assert done in page
    assert asked not in page
    with world.parts.db.read() as c:
        row = c.execute(select(t.request)).one()
    assert (row.liable_user_id, row.offered_to) == (user.id, None)
    assert visit("kiki").send(f"{request}/liable", do="take_over", version="1").status_code == 404
