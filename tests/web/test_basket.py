"""One basket: signed in a cookie for guests, rows for accounts; its files, its list by mail."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from foundation.ids import uuid7
from foundation.tables import basket_item, outbox
from index.tables import cluster
from tests.web import samples
from tests.web.conftest import Client, World
from web import mailing
from web.taking import kept

pytestmark = pytest.mark.slow


@pytest.fixture
def batik(world: World) -> str:
    samples.store_all(world)
    return samples.cluster(world, "KNG", "batik")


@pytest.fixture
def thesis(world: World, batik: str) -> str:
    return samples.cluster(world, "KNG", "tesis")


def stored(world: World) -> list[tuple[str, str]]:
    with world.parts.db.read() as c:
        return [(row.user_id, row.cluster_id) for row in c.execute(select(basket_item))]


def test_a_guest_keeps_titles_in_a_signed_cookie_alone(world: World, batik: str, thesis: str) -> None:
    client = world.client()
    assert "Keranjang masih kosong" in client.page("/basket")
    answer = client.send("/basket/add", id=batik, next=f"/record/{batik}")
    assert (answer.status_code, answer.location) == (303, f"/record/{batik}")
    assert "Di keranjang" in client.page(f"/record/{batik}")
    client.send("/basket/add", id=thesis)
    page = client.page("/basket")
    assert "2 judul di keranjang" in page
    assert page.index("Batik Pesisir") < page.index("Motif Batik")
    assert stored(world) == []
    client.send("/basket/remove", id=batik)
    assert "1 judul di keranjang" in client.page("/basket")
    client.send("/basket/clear")
    assert "Keranjang masih kosong" in client.page("/basket")
    assert client.get_cookie(kept.COOKIE) is None


def test_a_cookie_that_was_tampered_with_is_an_empty_basket(world: World, batik: str) -> None:
    client = world.client()
    client.send("/basket/add", id=batik)
    cookie = client.get_cookie(kept.COOKIE)
    assert cookie
    for value in (cookie.value[:-2] + "xx", "A" + cookie.value, "x", "%%%.a"):
        client.set_cookie(kept.COOKIE, value)
        assert "Keranjang masih kosong" in client.page("/basket")


def test_what_is_no_title_does_not_come_in(client: Client, batik: str) -> None:
    for id in ("x", uuid7(), batik.upper(), "../" + batik, ""):
        client.send("/basket/add", id=id)
    assert "Keranjang masih kosong" in client.page("/basket")


def test_a_whole_page_of_hits_comes_in_with_one_button(world: World, batik: str) -> None:
    client = world.client("rani")
    page = client.page("/search?q=batik")
    found = re.search(r'<button class="btn btn-s" form="keep" name="id" value="([^"]+ [^"]*)"', page)
    assert found
    client.send("/basket/add", id=found[1], next="/search?q=batik")
    assert len(stored(world)) == 3
    assert client.page("/search?q=batik").count('formaction="/basket/remove"') == 3


def test_an_account_has_the_same_basket_in_every_browser_and_nobody_elses(world: World, batik: str) -> None:
    world.client("rani").send("/basket/add", id=batik)
    assert stored(world) == [(world.user["rani"], batik)]
    assert "1 judul di keranjang" in world.client("rani").page("/basket")
    assert "Keranjang masih kosong" in world.client("kuni").page("/basket")
    world.client("kuni").send("/basket/remove", id=batik)
    world.client("kuni").send("/basket/clear")
    assert len(stored(world)) == 1


def test_what_a_guest_laid_aside_is_there_after_signing_in(world: World, batik: str, thesis: str) -> None:
    client = world.client("rani")
    guest = world.client()
    guest.send("/basket/add", id=batik)
    cookie = guest.get_cookie(kept.COOKIE)
    assert cookie
    client.set_cookie(kept.COOKIE, cookie.value)
    assert "1 judul di keranjang" in client.page("/basket")
    assert stored(world) == []  # looking writes nothing
    client.send("/basket/add", id=thesis)
    assert {one for _, one in stored(world)} == {batik, thesis}
    assert client.get_cookie(kept.COOKIE) is None


def test_a_guest_has_room_for_a_hundred(world: World, batik: str) -> None:
    ids = [uuid7() for _ in range(130)]
    with world.parts.db.begin() as c:
        row = {"created_at": world.parts.clock(), "position": 0}
        c.execute(cluster.insert(), [{"id": id, **row} for id in ids])
    client = world.client()
    client.send("/basket/add", id=" ".join(ids[:60]))
    client.send("/basket/add", id=" ".join(ids[60:]))
    page = client.page("/basket")
    assert "Keranjang penuh: ada 100 judul" in page
    assert "100 judul di keranjang" in page
    cookie = client.get_cookie(kept.COOKIE)
    assert cookie
    assert len(cookie.value) < 3_000
    assert "50 judul sudah tidak ada" in page  # of the fifty on this page: they have no descriptions
    assert 'href="/basket?page=2"' in page
    assert "50 judul sudah tidak ada" in client.page("/basket?page=99")


def test_the_files_hold_the_whole_basket(world: World, batik: str, thesis: str) -> None:
    client = world.client("rani")
    client.send("/basket/add", id=f"{thesis} {batik}")
    text = client.page("/basket.ris")
    assert text.count("TY  - ") == 2
    assert text.index("Motif Batik") < text.index("Batik Pesisir:")
    answer = client.get("/basket.bib")
    assert 'filename="silang.bib"' in answer.headers["Content-Disposition"]
    assert answer.text.count("@") == 2


def test_the_list_is_mailed_to_ones_own_address_and_not_too_often(world: World, batik: str) -> None:
    client = world.client("rani")
    client.send("/basket/add", id=batik)
    assert "rani@mlt.example" in client.page("/basket")
    for _ in range(5):
        assert client.send("/basket/mail", to="thief@evil.example").status_code == 303
    answer = client.send("/basket/mail")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    with world.parts.db.read() as c:
        rows = c.execute(select(outbox).where(outbox.c.channel == "mail")).all()
    assert len(rows) == 5
    message = mailing.compose(world.parts, rows[0].payload, rows[0].effect_key)
    assert message is not None
    assert message["To"] == "Rani <rani@mlt.example>"
    body = message.get_content()
    assert "Tirtaningrum, Laras. Batik Pesisir: Warna, Laut, dan Niaga. Samudra Aksara. 2019\n" in body
    assert f"http://localhost/record/{batik}\n" in body


def test_an_empty_list_is_not_mailed(world: World) -> None:
    world.client("rani").send("/basket/mail")
    with world.parts.db.read() as c:
        assert c.execute(select(outbox)).all() == []


def test_a_guest_cannot_send_mail(world: World, batik: str) -> None:
    client = world.client()
    client.send("/basket/add", id=batik)
    assert "/sign-in" in (client.send("/basket/mail").location or "")


def test_going_back_never_leads_away(client: Client, batik: str) -> None:
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert client.send("/basket/add", id=batik, next=target).location == "/"
