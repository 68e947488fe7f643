"""INLISLite, Koha, DSpace and a server by the book: every title and copy comes, and a look says what each is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.members.conftest import Member, World, copies_of
from web.demo.dialects import DIALECTS, dspace, inlislite, koha
from web.demo.dialects.reply import Places
from web.demo.shelf import Shelf

pytestmark = pytest.mark.slow

Start = Callable[..., Member]


def system(world: World, name: str, page_size: int = 100) -> Callable[[Shelf, str], Places]:
    return lambda shelf, site: DIALECTS[name](shelf, site, world.ctx.clock, page_size)


def titles(world: World) -> dict[int, str]:
    found = {}
    for name, record in world.records().items():
        found[int(name.rpartition("/")[2].rpartition(":")[2])] = record.title
    return found


# --- INLISLite -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["inlislite_oai", "generic"])
def test_inlislite_gives_all_and_not_a_hundred(world: World, member: Start, profile: str) -> None:
    kng = member("KNG", system(world, "inlislite"))
    done = world.harvest(world.source(kng.server.url, profile, prefix="marc21"))
    assert (done.state, done.records, done.rejected) == ("complete", len(kng.living), 0), done.reason
    assert done.records > 250
    for number, title in titles(world).items():
        entry = kng.living[number]
        # What the server makes up has title and subtitle in one.
        assert title == entry.title or (inlislite.is_bare(entry) and title.startswith(entry.title))
    with_own = {n: e for n, e in kng.living.items() if not inlislite.is_bare(e)}
    assert {code for code, _ in world.copies()} == {code for code, _ in copies_of(with_own)}


def test_the_profile_knows_beforehand_what_else_costs_a_refusal(world: World, member: Start) -> None:
    kng = member("KNG", system(world, "inlislite"))
    world.harvest(world.source(kng.server.url, "inlislite_oai"))
    lists = kng.asked("resumptionToken=")
    assert lists
    assert all("metadataPrefix=marc21" in line for line in lists)


def test_text_that_was_never_escaped_costs_no_record(world: World, member: Start) -> None:
    kng = member("KNG", system(world, "inlislite"))
    assert any(inlislite.is_unescaped(entry) for entry in kng.living.values())
    done = world.harvest(world.source(kng.server.url, "inlislite_oai"))
    assert done.rejected == 0
    number = next(n for n, entry in kng.living.items() if inlislite.is_unescaped(entry))
    record = world.records()[f"oai:kenanga.example:{number}"]
    assert "Tanya & jawab" in record.notes
    assert "mended_record" in {one["code"] for one in done.oddities}


def test_a_record_that_inlislite_makes_up_has_its_call_number(world: World, member: Start) -> None:
    kng = member("KNG", system(world, "inlislite"))
    world.harvest(world.source(kng.server.url, "inlislite_oai"))
    number, entry = next((n, e) for n, e in kng.living.items() if inlislite.is_bare(e) and e.items)
    assert entry.call_number in world.records()[f"oai:kenanga.example:{number}"].call_numbers


def test_new_titles_that_nobody_edited_come_with_the_whole_list(world: World, member: Start) -> None:
    kng = member("KNG", system(world, "inlislite"))
    source = world.source(kng.server.url, "inlislite_oai")
    kng.change("delete", 70)
    world.harvest(source)
    kng.change("delete", 71)
    world.later(days=7)
    done = world.harvest(source)
    assert done.state == "complete", done.reason
    assert set(titles(world)) == set(kng.living)


def test_dublin_core_of_inlislite_is_no_full_text(world: World, member: Start) -> None:
    kng = member("KNG", system(world, "inlislite"))
    done = world.harvest(world.source(kng.server.url, "inlislite_oai", prefix="oai_dc"))
    assert (done.state, done.records) == ("complete", len(kng.living)), done.reason
    records = world.records()
    assert not any(record.online for record in records.values())
    for number, entry in kng.living.items():
        if entry.call_number:
            assert entry.call_number in records[f"oai:kenanga.example:{number}"].call_numbers


# --- Koha ----------------------------------------------------------------------------------------------


def test_koha_gives_titles_copies_and_what_can_be_done_with_them(world: World, member: Start) -> None:
    agr = member("AGR", system(world, "koha", 50))
    done = world.harvest(world.source(agr.server.url, "koha"))
    assert (done.state, done.records, done.rejected) == ("complete", len(agr.living), 0), done.reason
    assert titles(world) == {number: entry.title for number, entry in agr.living.items()}
    assert world.copies() == copies_of(agr.living)
    states = world.states()
    items = [item for entry in agr.living.values() for item in entry.items]
    assert len(states) == len(items)
    for item in items:
        if item.status == "on_loan":
            assert states[item.barcode] == ("on_loan", item.lendable, item.due)
        elif item.status == "available":
            assert states[item.barcode][0] == ("available" if item.lendable else "on_site")


def test_koha_tells_of_deletions_and_edits_since(world: World, member: Start) -> None:
    agr = member("AGR", system(world, "koha", 50))
    source = world.source(agr.server.url, "koha")
    world.harvest(source)
    agr.change("delete", 15)
    agr.change("update", 16, title="Judul yang diperbaiki")
    agr.forget()
    done = world.harvest(source, "incremental")
    assert (done.state, done.deleted) == ("complete", 1), done.reason
    assert 15 not in titles(world)
    assert titles(world)[16] == "Judul yang diperbaiki"
    assert len(agr.asked("verb=ListRecords")) == 1


def test_a_koha_without_items_gives_titles_and_no_copies(world: World, member: Start) -> None:
    agr = member(
        "AGR",
        lambda shelf, site: koha.Koha(
            shelf=shelf, base_url=f"{site}{koha.PATH}", now=world.ctx.clock, items=False
        ).places(),
    )
    done = world.harvest(world.source(agr.server.url, "koha"))
    assert (done.state, done.records) == ("complete", len(agr.living)), done.reason
    assert world.copies() == set()


# --- DSpace --------------------------------------------------------------------------------------------


def test_dspace_gives_its_items_and_their_tombstones(world: World, member: Start) -> None:
    trt = member("TRT", system(world, "dspace"))
    source = world.source(trt.server.url, "dspace")
    done = world.harvest(source)
    assert (done.state, done.records) == ("complete", len(trt.living)), done.reason
    assert titles(world) == {number: entry.title for number, entry in trt.living.items()}
    number = next(iter(trt.living))
    record = world.records()[f"oai:teratai.example:{dspace.HANDLES}/{number}"]
    assert record.year == trt.living[number].work.year
    trt.change("delete", number)
    assert world.harvest(source, "incremental").deleted == 1
    assert number not in titles(world)


# --- a look before saving --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "name", "profile"),
    [
        ("KNG", "inlislite", "inlislite_oai"),
        ("AGR", "koha", "koha"),
        ("TRT", "dspace", "dspace"),
        ("KNG", "plain", "generic"),
    ],
)
def test_a_look_says_which_system_it_is(
    world: World, member: Start, code: str, name: str, profile: str
) -> None:
    running = member(code, system(world, name))
    found = world.look(running.server.url)
    assert found.works, found.reason
    assert found.suggested == profile
