"""Searching elsewhere too: from the page of results to the hit, for each who may and nobody else."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator

import pytest

from broker import seen
from broker.shelves import held
from index.record import Availability, Holding
from index.search import IndexDoc
from tests.conftest import TestClock
from tests.web import samples
from tests.web.conftest import World
from tests.web.live_world import Elsewhere, marc, searching
from web.live import events


@pytest.fixture
def around(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    with searching(world, monkeypatch) as made:
        yield made


BOOK = marc("Kertas lontar", "Sutasoma, Rangga", 2001, "9789790000018")


def test_nothing_is_offered_where_there_is_nothing_to_search(world: World, around: Elsewhere) -> None:
    assert 'action="/live"' not in world.client().page("/search?q=lontar")
    answer = world.client().send("/live", q="lontar")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/search?q=lontar")


def test_targets_are_offered_to_those_who_may_search_them(world: World, around: Elsewhere) -> None:
    around.add("orang", BOOK, searchers="signed_in")
    around.add("staf", BOOK, searchers="staff")
    assert 'action="/live"' not in world.client().page("/search?q=lontar")
    assert "1 katalog" in world.client("rani").page("/search?q=lontar")
    lala = world.client("lala", "en")
    assert "2 catalogues" in lala.page("/search?q=lontar")
    page = around.wait(lala, around.start(lala, "lontar"))
    assert page.count("1 of one hit") == 2
    kuni = world.client("rani")
    page = around.wait(kuni, around.start(kuni, "lontar"))
    assert "Katalog orang" in page
    assert "Katalog staf" not in page


def test_our_own_hits_stand_there_at_once_and_the_page_looks_again_until_all_is_done(
    world: World, around: Elsewhere
) -> None:
    gate = threading.Event()
    around.add("lambat", BOOK, gate=gate)
    around.add("mati", fails=["refused"])
    world.parts.engine.write(
        [IndexDoc(id="c1", title=("lontar",), any=("lontar",), brief=json.dumps({"title": "Lontar Bali"}))],
        [],
        position=1,
    )
    client = world.client()
    address = around.start(client, "lontar")
    page = client.page(address)
    assert "Lontar Bali" in page
    assert 'href="/record/c1"' in page
    assert f'<noscript><meta http-equiv="refresh" content="2;url={address}"></noscript>' in page
    assert "Sedang mencari: " in page
    gate.set()
    page = around.wait(client, address)
    assert "http-equiv" not in page
    assert "Kertas lontar" in page
    assert "1 dari 1 hasil" in page
    assert "Servernya menolak sambungan." in page
    assert "Coba lagi" in page
    around.targets["mati"].records.append(marc("Lontar dari yang bangun lagi"))
    mati = around.ids["mati"]
    assert client.send(f"{address}/retry", target=mati).headers["Location"] == address
    assert "Lontar dari yang bangun lagi" in around.wait(client, address)
    assert around.targets["lambat"].searches == 1  # the other one is not asked again


def test_a_search_can_be_stopped(world: World, around: Elsewhere) -> None:
    around.add("diam", silent=True)
    client = world.client()
    address = around.start(client, "lontar")
    client.send(f"{address}/stop")
    assert "Dihentikan" in around.wait(client, address)


def test_nobody_sees_the_search_of_somebody_else(world: World, around: Elsewhere) -> None:
    around.add("luar", BOOK)
    rani = world.client("rani")
    address = around.start(rani, "lontar")
    around.wait(rani, address)
    hit = re.search(rf'href="({address}/\d+)"', rani.page(address))
    assert hit
    for login in ("", "kuni", "lala", "ada"):
        other = world.client(login)
        for path in (address, hit[1], f"{address}.json", f"{address}/events", f"/api/v1{address}"):
            assert other.get(path).status_code == 404, (login, path)
        if login in ("lala", "ada"):
            for path in (f"{hit[1]}.mrc", f"{hit[1]}/raw"):
                assert other.get(path).status_code == 404, (login, path)
        assert other.send(f"{address}/stop").status_code == 404
    assert world.client("rani").get(address).status_code == 200  # the account, in whichever browser


def test_what_is_over_offers_to_search_again(world: World, around: Elsewhere, clock: TestClock) -> None:
    around.add("luar", BOOK)
    client = world.client()
    address = around.start(client, "lontar")
    around.wait(client, address)
    clock.go(hours=2)
    world.parts.cache["live_engine"].clean()
    page = client.page(address, 404)
    assert "Pencarian ini sudah tidak ada" in page
    assert 'role="search"' in page


def test_guests_do_not_burden_other_catalogues(world: World, around: Elsewhere) -> None:
    around.add("luar", BOOK)
    client = world.client()
    for number in range(20):
        around.start(client, f"lontar{number % 2}")
    answer = client.send("/live", q="lontar")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    around.start(world.client("rani"), "lontar")  # an account has a count of its own


def test_filters_order_and_new_results_have_addresses(world: World, around: Elsewhere) -> None:
    around.add("luar", *(marc(f"Lontar {n:02d}", year=1950 + n) for n in range(30)))
    client = world.client("", "en")
    address = around.start(client, "lontar")
    page = around.wait(client, address)
    assert f'href="{address}?page=2"' in page
    page = client.page(f"{address}?sort=title&page=2")
    assert "Lontar 20" in page
    assert "Lontar 19" not in page
    page = client.page(f"{address}?year=1977")
    assert "Lontar 27" in page
    assert "Lontar 26" not in page
    assert "Year: 1977" in page
    answer = client.send(f"{address}/fresh?sort=title&page=2")
    assert answer.headers["Location"] == f"{address}?sort=title&page=2"


def test_events_hold_no_more_than_half_of_the_threads(world: World, around: Elsewhere) -> None:
    around.add("luar", BOOK)
    client = world.client()
    address = around.start(client, "lontar")
    around.wait(client, address)
    with world.app.app_context():
        free = events.seats()
    taken = 0
    while free.acquire(blocking=False):
        taken += 1
    assert taken == world.parts.settings.web.threads // 2
    try:
        assert client.get(f"{address}/events").status_code == 503
    finally:
        for _ in range(taken):
            free.release()
    said = client.get(f"{address}/events")
    assert said.mimetype == "text/event-stream"
    assert "event: end" in said.text


def test_programs_start_and_watch_a_search_as_json(world: World, around: Elsewhere) -> None:
    around.add("luar", BOOK)
    client = world.client()
    assert client.post("/api/v1/live", data={"q": "lontar"}).status_code == 400
    assert client.post("/api/v1/live", json={"q": "("}).status_code in (200, 400)
    answer = client.post("/api/v1/live", json={"q": "lontar", "sort": "title"})
    assert answer.status_code == 200
    address = answer.get_json()["url"]
    around.wait(client, address.removeprefix("/api/v1"))
    told = client.get(address).get_json()
    assert told["state"] == "finished"
    assert [one["name"] for one in told["targets"] if one["id"] != "union"] == ["Katalog luar"]
    assert all("url" not in one for one in told["targets"])
    assert told["clusters"][0]["brief"]["title"] == "Kertas lontar"
    assert client.get(f"{address}?page=x").status_code == 400
    assert client.get(f"{address.removeprefix('/api/v1')}.json").get_json()["total"] == 1
    assert client.get("/api/v1/live/unknown").status_code == 404


def test_a_hit_is_shown_whole_with_its_copies_and_when_they_were_checked(
    world: World, around: Elsewhere
) -> None:
    around.add("kng", BOOK, symbol="ISIL:ID-KNG")
    around.copies["kng", 1] = (
        Holding(branch="Pusat", call_number="091 SUT", availability=Availability.AVAILABLE),
        Holding(branch="Pusat", call_number="091 SUT", availability=Availability.ON_LOAN, due="2026-12-01"),
    )
    lala = world.client("lala", "en")
    address = around.start(lala, "lontar")
    hit = re.search(rf'href="({address}/\d+)"', around.wait(lala, address))
    assert hit
    page = lala.page(hit[1])
    assert "Sutasoma, Rangga" in page
    assert "091 SUT" in page
    assert re.search(r"checked \d\d:\d\d WIB", page)
    taken = lala.get(f"{hit[1]}.mrc")
    assert taken.data == BOOK
    assert "attachment" in taken.headers["Content-Disposition"]
    assert b"Kertas lontar" in lala.get(f"{hit[1]}.marcxml").data
    sent = lala.get(f"{hit[1]}/raw")
    assert (sent.data, sent.mimetype) == (BOOK, "text/plain")
    assert "/raw" not in world.client().page("/search?q=lontar")
    rani = world.client("rani")
    mine = around.start(rani, "lontar")
    around.wait(rani, mine)
    hit = re.search(rf'href="({mine}/\d+)"', rani.page(mine))
    assert hit
    assert "/raw" not in rani.page(hit[1])
    assert rani.get(f"{hit[1]}.mrc").status_code == 403


def test_a_broken_record_costs_its_page_no_more_than_the_description(world: World, around: Elsewhere) -> None:
    around.add("luar", BOOK, b"00999nam  22000001  4500garbage")
    client = world.client()
    page = around.wait(client, around.start(client, "lontar"))
    assert "Kertas lontar" in page


def test_what_a_target_takes_no_requests_for_cannot_be_asked(world: World, around: Elsewhere) -> None:
    around.add("kng", BOOK, symbol="ISIL:ID-KNG")
    rani = world.client("rani")
    address = around.start(rani, "lontar")
    hit = re.search(rf'href="({address}/\d+)"', around.wait(rani, address))
    assert hit
    assert "/my/request/live" not in rani.page(hit[1])
    assert rani.get(f"/my/request{hit[1]}").status_code == 404


def test_a_live_hit_is_requested_and_its_library_asked(world: World, around: Elsewhere) -> None:
    samples.store_all(world)
    around.add("kng", BOOK, symbol="ISIL:ID-KNG", requests=True)
    around.copies["kng", 1] = (Holding(call_number="091 SUT", availability=Availability.AVAILABLE),)
    guest = world.client()
    address = around.start(guest, "lontar")
    hit = re.search(rf'href="({address}/\d+)"', around.wait(guest, address))
    assert hit
    wanted = re.search(r'href="(/my/request/live[^"]+)"', guest.page(hit[1]))
    assert wanted
    assert guest.get(wanted[1]).status_code == 302  # sign in first; the search stays with this browser
    rani = world.client("rani")
    mine = around.start(rani, "lontar")
    hit = re.search(rf'href="({mine}/\d+)"', around.wait(rani, mine))
    assert hit
    form = f"/my/request{hit[1]}"
    page = rani.page(form)
    assert "Kertas lontar" in page
    assert "Perpustakaan Kenanga" in page or "KNG" in page
    answer = rani.send(
        form, service_type="loan", edition_choice="this", pickup=world.branch["MLT"], purpose="other"
    )
    assert answer.status_code == 302, answer.text[:3000]
    lala = world.client("lala")
    request = re.search(r'href="(/desk/MLT/requests/[^"]+)"', lala.page("/desk/MLT/borrowing"))
    assert request
    page = lala.page(request[1])
    assert "Kertas lontar" in page
    with world.parts.db.read() as c:
        from sqlalchemy import select

        from broker import tables as t

        row = c.execute(select(t.request)).one()
        assert row.holder["library_id"] == world.library["KNG"]
        assert row.holder["shelves"][0]["call_number"] == "091 SUT"
        assert "blank_form" not in row.attention


def test_a_title_is_checked_at_the_catalogue_of_its_library_and_the_rota_knows(
    world: World, around: Elsewhere, clock: TestClock
) -> None:
    """BATIK is on loan at MLT by what was harvested; its own catalogue says that it came back."""
    samples.store_all(world)
    cluster = samples.cluster(world, "KNG", "batik")
    isbn = samples.BATIK.values("isbn")[0]
    client = world.client("", "en")
    assert "Check now" not in client.page(f"/record/{cluster}")
    target = around.add("mlt", marc("Batik", isbn=isbn), symbol="ISIL:ID-MLT")
    around.copies["mlt", 1] = (Holding(call_number="746.6 SAR", availability=Availability.AVAILABLE),)
    assert "Check now" in client.page(f"/record/{cluster}")
    answer = client.send(f"/record/{cluster}/check")
    assert answer.headers["Location"] == f"/record/{cluster}#holdings"
    world.parts.cache["live_check"].join(60)
    page = client.page(f"/record/{cluster}")
    assert page.count("checked 1") + page.count("checked 0") == 1
    assert 'http-equiv="refresh"' not in page
    client.send(f"/record/{cluster}/check")
    assert target.searches == 1  # it was asked a moment ago
    with world.parts.db.read() as c:
        shelves = {
            one.library_id: one
            for one in seen.over(held(c, cluster), seen.checks(c, cluster, clock()), clock())
        }
    here = shelves[world.library["MLT"]]
    assert (here.live, here.availability, here.available) == (True, "available", 1)
    clock.go(hours=1)
    assert "checked" not in client.page(f"/record/{cluster}")
    with world.parts.db.read() as c:
        assert seen.checks(c, cluster, clock()) == []


def test_a_catalogue_that_does_not_answer_changes_nothing(world: World, around: Elsewhere) -> None:
    samples.store_all(world)
    cluster = samples.cluster(world, "KNG", "batik")
    around.add("mlt", symbol="ISIL:ID-MLT", fails=["refused"])
    client = world.client("", "en")
    client.send(f"/record/{cluster}/check")
    world.parts.cache["live_check"].join(60)
    page = client.page(f"/record/{cluster}")
    assert "One catalogue did not answer." in page
    assert "checked" not in page
