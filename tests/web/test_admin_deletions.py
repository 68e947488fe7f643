"""Held deletions in the admin pages: numbers, titles, delete, keep, bring back; what is written down, who may."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

import index.store
from foundation.tables import event, job, outbox
from harvester import store, sweep
from harvester.guard import held
from harvester.sources import Source
from harvester.tables import held as held_table
from index.tables import holding, record
from tests.conftest import TestClock
from tests.web import admin_world as aw
from tests.web.conftest import Client, World
from tests.web.shelf_server import shelf_server
from web import duties, jobs, mailing
from web.alerts import KINDS, teller

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def standing(world: World) -> tuple[int, int]:
    """(living records, copies)."""
    with world.parts.db.read() as c:
        alive = select(func.count()).select_from(record).where(record.c.gone_at.is_(None))
        return (
            int(c.execute(alive).scalar_one()),
            int(c.execute(select(func.count()).select_from(holding)).scalar_one()),
        )


@pytest.fixture
def one(world: World, visit: Visit) -> Iterator[Source]:
    """A source with everything that its library has."""
    aw.allow_loopback(world)
    with shelf_server() as shelf:
        made = aw.add_source(world, shelf.url)
        visit("ada").send("/admin/sources/KNG/run", kind="full")
        aw.work(world)
        yield made


def hold(world: World, of: Source) -> str:
    """As if a list had come with nothing in it."""
    context = world.parts.harvesting()
    assert isinstance(world.parts.clock, TestClock)
    world.parts.clock.go(days=1)
    with world.parts.db.begin() as c:
        mine = store.history(c, of.id, limit=1)[0]
    swept, why = sweep.sweep(context, of, mine, world.parts.clock(), 0)
    assert (swept, "held" in why) == (0, True)
    with world.parts.db.read() as c:
        return held.listed(c, limit=1)[0].id


def do_jobs(world: World) -> None:
    while jobs.work_on_one(world.parts, "test"):
        pass


def test_what_is_held_is_shown_deleted_and_brought_back_with_its_copies(
    visit: Visit, world: World, one: Source
) -> None:
    before = standing(world)
    assert before == (120, 120)
    name = hold(world, one)
    ada = visit("ada")
    assert "Lihat dan putuskan" in plain(ada.page("/admin/sources"))
    assert "Lihat dan putuskan" in plain(ada.page("/admin/sources/KNG"))
    listed = plain(ada.page("/admin/deletions"))
    assert "Daftar kosong" in listed
    page = plain(ada.page(f"/admin/deletions/{name}"))
    assert f"{before[0]:,} dari {before[0]:,} rekaman (100%)".replace(",", ".") in page
    assert "/record/" in ada.page(f"/admin/deletions/{name}")
    assert "page=2" in ada.page(f"/admin/deletions/{name}")
    ada.send(f"/admin/deletions/{name}", action="delete")
    ada.send(f"/admin/deletions/{name}", action="delete")  # a second click changes nothing
    assert "sedang dihapus" in plain(ada.page(f"/admin/deletions/{name}"))
    do_jobs(world)
    assert standing(world) == (0, 0)
    after = plain(ada.page(f"/admin/deletions/{name}"))
    assert "Bisa dibatalkan sampai" in after
    ada.send(f"/admin/deletions/{name}", action="undo")
    do_jobs(world)
    assert standing(world) == before
    with world.parts.db.read() as c:
        told = list(
            c.execute(
                select(event.c.action).where(event.c.action.like("deletion_%")).order_by(event.c.at)
            ).scalars()
        )
        done = list(c.execute(select(job.c.kind, job.c.state).order_by(job.c.queued_at)))
    assert told == ["deletion_delete", "deletion_undo"]
    assert done == [("delete_held", "done"), ("bring_back", "done")]
    assert "penghapusan dibatalkan" in plain(ada.page("/admin/log"))
    assert "dikembalikan" in plain(ada.page("/admin/deletions?view=decided"))


def test_what_is_kept_can_still_be_deleted_and_too_late_is_too_late(
    visit: Visit, world: World, one: Source
) -> None:
    name = hold(world, one)
    ada = visit("ada")
    ada.send(f"/admin/deletions/{name}", action="keep")
    assert "disimpan" in plain(ada.page(f"/admin/deletions/{name}"))
    assert standing(world)[0] > 100
    ada.send(f"/admin/deletions/{name}", action="undo")  # nothing was deleted
    with world.parts.db.read() as c:
        assert held.get(c, name).state == "kept"
    ada.send(f"/admin/deletions/{name}", action="delete")
    do_jobs(world)
    with world.parts.db.begin() as c:
        assert held.get(c, name).state == "deleted"
        c.execute(held_table.update().values(undo_until=world.parts.clock() - timedelta(seconds=1)))
    assert "sudah lewat" in plain(ada.page(f"/admin/deletions/{name}"))
    ada.send(f"/admin/deletions/{name}", action="undo")
    do_jobs(world)
    assert standing(world)[0] == 0
    assert ada.send(f"/admin/deletions/{name}", action="burn").status_code == 400
    assert ada.get("/admin/deletions/nothing").status_code == 404


def test_a_deletion_that_was_stopped_half_way_goes_on_by_itself(
    visit: Visit, world: World, one: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = hold(world, one)
    whole = standing(world)[0]
    monkeypatch.setattr(held, "BATCH", 50)
    visit("ada").send(f"/admin/deletions/{name}", action="delete")
    real, batches = index.store.withdraw, []

    def withdraw(c: Connection, *rest: Any) -> None:
        real(c, *rest)
        batches.append(1)
        if len(batches) == 2:
            c.execute(job.update().values(stop_asked=True))

    monkeypatch.setattr(index.store, "withdraw", withdraw)
    do_jobs(world)
    with world.parts.db.read() as c:
        assert c.execute(select(job.c.state)).scalar_one() == "stopped"
    assert standing(world)[0] == whole - 100
    duties.tidy(world.parts, "test")
    do_jobs(world)
    assert standing(world)[0] == 0


def test_admins_are_told_once_of_what_is_held(world: World, one: Source) -> None:
    tell = teller(world.parts.clock)
    with world.parts.db.begin() as c:
        tell(c, one, "held", {"held": "h1"})
        tell(c, one, "held", {"held": "h1"})
    with world.parts.db.read() as c:
        rows = c.execute(select(outbox.c.payload).where(outbox.c.effect_key.like("source:%"))).scalars().all()
    assert [row["template"] for row in rows] == ["source_held"]
    for what in KINDS.values():
        letter = mailing.compose(world.parts, {**rows[0], "template": what}, "k")
        assert letter is not None
        assert "Kota Kenanga" in str(letter["Subject"])
        assert "/admin/" in letter.get_content()


@pytest.mark.parametrize("who", ["lala", "hadi", "rani"])
def test_nobody_else_may_decide(visit: Visit, world: World, one: Source, who: str) -> None:
    name = hold(world, one)
    other = visit(who)
    assert other.get(f"/admin/deletions/{name}").status_code in (403, 404)
    assert other.send(f"/admin/deletions/{name}", action="delete").status_code in (403, 404)
    with world.parts.db.read() as c:
        assert held.get(c, name).state == "held"
