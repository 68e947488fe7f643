"""Quarantined records read again: from their bytes, from their source, one and all; what is newer is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from foundation.tables import job
from harvester import store
from harvester.guard import talk, turn
from harvester.reprocess import quarantined
from harvester.sources import Source
from harvester.tables import quarantine
from index import crosswalk
from index.packing import unpack
from index.tables import record
from tests.conftest import TestClock
from tests.web import admin_world as aw
from tests.web.conftest import Client, World
from tests.web.shelf_server import Shelf, shelf_server
from web import jobs

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with shelf_server() as one:
        one.titles = dict.fromkeys(range(1, 13), "Judul yang baik")
        one.titles[3] = one.titles[7] = ""  # no title: rejected
        yield one


@pytest.fixture
def one(world: World, visit: Visit, shelf: Shelf) -> Source:
    """A source with ten good records and two in quarantine."""
    aw.allow_loopback(world)
    made = aw.add_source(world, shelf.url)
    visit("ada").send("/admin/sources/KNG/run", kind="full")
    aw.work(world)
    assert (living(world), len(waiting(world))) == (10, 2)
    return made


def living(world: World) -> int:
    with world.parts.db.read() as c:
        return len(c.execute(select(record.c.id).where(record.c.gone_at.is_(None))).all())


def waiting(world: World) -> list[str]:
    with world.parts.db.read() as c:
        rows = select(quarantine.c.id).where(quarantine.c.resolved_at.is_(None))
        return list(c.execute(rows.order_by(quarantine.c.identifier)).scalars())


def do_jobs(world: World) -> list[tuple[str, str]]:
    while jobs.work_on_one(world.parts, "test"):
        pass
    with world.parts.db.read() as c:
        return [(row.kind, row.state) for row in c.execute(select(job).order_by(job.c.queued_at))]


@pytest.fixture
def milder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crosswalk that has learnt to read records without a title."""
    strict = crosswalk.read

    def read(schema: str, element: object, *rest: object) -> object:
        try:
            return strict(schema, element, *rest)  # type: ignore[arg-type]  # passed through
        except crosswalk.BadRecord:
            from index.record import Record

            return Record(title="Tanpa judul")

    monkeypatch.setattr(crosswalk, "read", read)


def test_a_record_that_still_cannot_be_read_stays_and_says_why(
    visit: Visit, world: World, one: Source
) -> None:
    name = waiting(world)[0]
    ada = visit("ada")
    page = ada.page(f"/admin/quarantine/{name}")
    assert "Baca ulang" in page
    assert "Minta lagi dari sumber" in page
    ada.send(f"/admin/quarantine/{name}/retry", do="read")
    assert "Masih belum terbaca" in ada.page(f"/admin/quarantine/{name}")
    assert len(waiting(world)) == 2


def test_a_mended_crosswalk_reads_it_from_its_page_and_from_its_bytes_alone(
    visit: Visit, world: World, one: Source, milder: None
) -> None:
    first, second = waiting(world)
    ada = visit("ada")
    ada.send(f"/admin/quarantine/{first}/retry", do="read")
    assert "Sekarang terbaca" in ada.page(f"/admin/quarantine/{first}")
    context = world.parts.harvesting()
    context.spool.remove(one.id)  # the raw page is gone: the bytes in quarantine are enough
    assert quarantined.retry(context, second).code == "mended"
    assert (living(world), waiting(world)) == (12, [])
    ada.send(f"/admin/quarantine/{first}/retry", do="read")
    assert "sudah selesai" in ada.page(f"/admin/quarantine/{first}")


def test_what_came_well_since_is_not_written_over(
    world: World, one: Source, visit: Visit, shelf: Shelf, milder: None
) -> None:
    first = waiting(world)[0]
    assert isinstance(world.parts.clock, TestClock)
    world.parts.clock.go(days=1)
    shelf.titles[3] = "Judul yang baru"
    visit("ada").send("/admin/sources/KNG/run", kind="full")
    aw.work(world)
    outcome = quarantined.retry(world.parts.harvesting(), first)
    assert outcome.code == "newer", outcome
    with world.parts.db.read() as c:
        body = c.execute(select(record.c.body).where(record.c.identifier == "oai:rak:3")).scalar_one()
    assert unpack(body).title == "Judul yang baru"


def test_a_source_is_asked_for_all_of_them_anew(
    visit: Visit, world: World, one: Source, shelf: Shelf
) -> None:
    shelf.titles[3] = "Sudah diperbaiki"
    del shelf.titles[7]
    shelf.asked.clear()
    ada = visit("ada")
    assert "Minta semua lagi dari sumber" in ada.page("/admin/quarantine?source=KNG")
    ada.send("/admin/quarantine/retry-all", source="KNG", do="ask")
    assert do_jobs(world) == [("retry_quarantine", "done")]
    assert shelf.asked == ["GetRecord", "GetRecord"]
    assert (living(world), waiting(world)) == (11, [])  # one mended, one deleted there
    assert "1" in ada.page("/admin/jobs")


def test_asking_waits_for_nobody_forever(world: World, one: Source) -> None:
    with world.parts.db.begin() as c:
        store.queue(c, one.id, at=world.parts.clock(), asked_by="x")
        assert turn.claim(c, owner="another", at=world.parts.clock(), parallel=9) is not None
    context = world.parts.harvesting()
    with pytest.raises(talk.HostBusy), talk.talk(context, one, wait=0.0):
        pass


@pytest.mark.usefixtures("one")
def test_nobody_else_may_retry(visit: Visit, world: World) -> None:
    name = waiting(world)[0]
    other = visit("lala")
    assert other.send(f"/admin/quarantine/{name}/retry", do="read").status_code in (403, 404)
    assert other.send("/admin/quarantine/retry-all", source="KNG").status_code in (403, 404)
