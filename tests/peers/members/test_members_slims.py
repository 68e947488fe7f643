"""A SLiMS by each of its three doors: every title, copy and call number comes, and what goes, goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harvester import sources
from tests.peers.members.conftest import Member, World, copies_of
from web.demo.catalogue import Entry
from web.demo.dialects.reply import Places
from web.demo.dialects.slims import Slims
from web.demo.shelf import Shelf

pytestmark = pytest.mark.slow

Start = Callable[..., Member]


def slims(world: World, **more: Any) -> Callable[[Shelf, str], Places]:
    return lambda shelf, site: Slims(shelf=shelf, site=site, now=world.ctx.clock, **more).places()


def number_of(identifier: str) -> int:
    return int(identifier.rpartition("/")[2].rpartition("-")[2])


def titles(world: World) -> dict[int, str]:
    return {number_of(name): record.title for name, record in world.records().items()}


def written(entries: dict[int, Entry]) -> dict[int, str]:
    return {number: entry.title for number, entry in entries.items()}


# --- oai2.php ------------------------------------------------------------------------------------------


def test_oai2_gives_every_title_and_its_pages_every_copy(world: World, member: Start) -> None:
    mlt = member("MLT", slims(world))
    done = world.harvest(world.source(mlt.server.url, "slims_oai2"))
    assert (done.state, done.records, done.rejected) == ("complete", len(mlt.living), 0), done.reason
    assert titles(world) == written(mlt.living)
    assert world.copies() == copies_of(mlt.living)
    assert len(mlt.asked("p=show_detail")) == len(mlt.living)


def test_a_selection_of_more_than_a_page_comes_whole_from_oai2(world: World, member: Start) -> None:
    mlt = member("MLT", slims(world, pages=False))
    since = sorted(e.created for e in mlt.living.values())[-250]
    source = world.source(mlt.server.url, "slims_oai2")
    with world.ctx.db.begin() as c:
        c.execute(sources.source.update().values(watermark=since))
    done = world.harvest(source, "incremental")
    assert done.state == "complete", done.reason
    wanted = {number for number, entry in mlt.living.items() if entry.created >= since}
    assert len(wanted) == 250
    assert wanted <= set(titles(world))
    # The token went back as it was printed, so the second page was not empty.
    assert any(
        "resumptionToken" in line and "+AND+input_date" in line for line in mlt.asked("verb=ListRecords")
    )


def test_the_same_selection_comes_whole_without_knowing_the_system(world: World, member: Start) -> None:
    mlt = member("MLT", slims(world, pages=False))
    since = sorted(e.created for e in mlt.living.values())[-250]
    source = world.source(mlt.server.url, "generic")
    with world.ctx.db.begin() as c:
        c.execute(sources.source.update().values(watermark=since))
    done = world.harvest(source, "incremental")
    assert done.state == "complete", done.reason
    assert {n for n, entry in mlt.living.items() if entry.created >= since} <= set(titles(world))


def test_what_is_hidden_or_removed_goes_and_what_is_edited_changes(world: World, member: Start) -> None:
    mlt = member("MLT", slims(world))
    source = world.source(mlt.server.url, "slims_oai2")
    world.harvest(source)
    mlt.change("hide", 10)
    mlt.change("delete", 11)
    mlt.change("update", 12, title="Judul yang diperbaiki")
    world.later(days=7)
    done = world.harvest(source)
    assert done.state == "complete", done.reason
    found = titles(world)
    assert 10 not in found
    assert 11 not in found
    assert found[12] == "Judul yang diperbaiki"
    assert world.copies() == copies_of(mlt.living)


def test_without_pages_oai2_still_gives_every_title(world: World, member: Start) -> None:
    mlt = member("MLT", slims(world, pages=False))
    done = world.harvest(world.source(mlt.server.url, "slims_oai2"))
    assert (done.state, done.records) == ("complete", len(mlt.living)), done.reason
    assert titles(world) == written(mlt.living)
    assert world.copies() == set()
    assert "copies_not_given" in {one["code"] for one in done.oddities}
    assert len(mlt.asked("p=show_detail")) == 5  # after so many refusals nobody asks any more


def test_harvesting_the_same_again_changes_nothing(world: World, member: Start) -> None:
    mlt = member("CMP", slims(world))
    source = world.source(f"{mlt.server.site}/oai2.php", "slims_oai2")
    world.harvest(source)
    from sqlalchemy import func, select

    from index.tables import record

    with world.ctx.db.read() as c:
        before = c.execute(select(func.max(record.c.changed_at))).scalar_one()
    world.later(days=7)
    assert world.harvest(source).state == "complete"
    with world.ctx.db.read() as c:
        assert c.execute(select(func.max(record.c.changed_at))).scalar_one() == before


# --- oai.php -------------------------------------------------------------------------------------------


def test_oai_gives_titles_as_they_were_typed_and_the_codes_of_copies(world: World, member: Start) -> None:
    mlt = member("MLT", slims(world))
    accented = "Études sur les épices d'Ambon"
    mlt.change("update", 30, title=accented)
    done = world.harvest(world.source(f"{mlt.server.site}/oai.php", "slims_oai"))
    assert (done.state, done.records, done.rejected) == ("complete", len(mlt.living), 0), done.reason
    assert titles(world) == written(mlt.living)
    assert titles(world)[30] == accented
    assert {barcode for barcode, _ in world.copies()} == {b for b, _ in copies_of(mlt.living)}
    assert {number for _, number in world.copies()} == {e.call_number for e in mlt.living.values() if e.items}
    assert not mlt.asked("from=")


def test_a_hidden_title_costs_no_other_title_of_its_page(world: World, member: Start) -> None:
    cmp = member("CMP", slims(world))
    cmp.change("hide", 40)
    done = world.harvest(world.source(f"{cmp.server.site}/oai.php", "slims_oai"))
    assert titles(world) == written(cmp.living)
    assert 40 not in titles(world)
    assert done.state == "complete", done.reason


def test_what_is_removed_from_oai_goes_by_the_sweep(world: World, member: Start) -> None:
    cmp = member("CMP", slims(world))
    source = world.source(f"{cmp.server.site}/oai.php", "slims_oai")
    world.harvest(source)
    cmp.change("delete", 50)
    world.later(days=1)
    done = world.harvest(source)
    assert done.state == "complete", done.reason
    assert titles(world) == written(cmp.living)


def test_warnings_of_php_above_the_page_are_no_loss(world: World, member: Start) -> None:
    cmp = member("CMP", slims(world, notices=True))
    done = world.harvest(world.source(f"{cmp.server.site}/oai.php", "slims_oai"))
    assert (done.state, done.records) == ("complete", len(cmp.living)), done.reason
    assert "junk_before_xml" in {one["code"] for one in done.oddities}


# --- pages alone ---------------------------------------------------------------------------------------


def test_pages_alone_give_every_title_with_its_copies(world: World, member: Start) -> None:
    trt = member("TRT", slims(world))
    done = world.harvest(world.source(f"{trt.server.site}/index.php", "slims_p2p"))
    assert (done.state, done.records) == ("complete", len(trt.living)), done.reason
    assert titles(world) == written(trt.living)
    assert world.copies() == copies_of(trt.living)
    assert not trt.asked("verb=")


def test_what_leaves_the_pages_leaves_the_catalogue(world: World, member: Start) -> None:
    trt = member("TRT", slims(world))
    source = world.source(f"{trt.server.site}/index.php", "slims_p2p")
    world.harvest(source)
    trt.change("delete", 20)
    trt.change("hide", 21)
    trt.change("update", 22, title="Judul yang diperbaiki")
    world.later(days=7)
    done = world.harvest(source, "incremental")
    assert done.state == "complete", done.reason
    done = world.harvest(source)
    assert done.state == "complete", done.reason
    assert titles(world) == written(trt.living)


def test_the_nightly_sweep_reads_names_and_no_page_of_a_title(world: World, member: Start) -> None:
    trt = member("TRT", slims(world))
    source = world.source(f"{trt.server.site}/index.php", "slims_p2p")
    world.harvest(source)
    trt.change("delete", 20)
    trt.change("hide", 21)
    trt.forget()
    world.later(days=1)
    done = world.harvest(source, "sweep")
    assert done.state == "complete", done.reason
    assert titles(world) == written(trt.living)
    assert not trt.asked("show_detail")


def test_pages_that_are_switched_off_are_a_failure_and_remove_nothing(world: World, member: Start) -> None:
    trt = member("TRT", slims(world))
    source = world.source(f"{trt.server.site}/index.php", "slims_p2p")
    world.harvest(source)
    before = titles(world)
    switched_off = Slims(
        shelf=trt.server.shelf, site=trt.server.site, now=world.ctx.clock, pages=False
    ).places()
    trt.server.places = switched_off
    done = world.harvest(source)
    assert done.state in ("failed", "incomplete")
    assert titles(world) == before


def test_a_library_may_go_from_pages_to_oai2_without_losing_an_identifier(
    world: World, member: Start
) -> None:
    trt = member("TRT", slims(world))
    pages = world.look(f"{trt.server.site}/index.php")
    assert pages.works, pages.reason
    assert all(number_of(one.identifier) in trt.living for one in pages.samples)
    assert pages.samples[0].identifier.rpartition(":")[2].startswith("slims-")


# --- a look before saving --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "profile"),
    [("/oai2.php", "slims_oai2"), ("/oai.php", "slims_oai"), ("/index.php", "slims_p2p")],
)
def test_a_look_says_which_door_it_is(world: World, member: Start, path: str, profile: str) -> None:
    mlt = member("MLT", slims(world))
    found = world.look(f"{mlt.server.site}{path}")
    assert found.works, found.reason
    assert found.suggested == profile
    assert len(mlt.asked("p=show_detail")) <= 5
