"""Saved searches of an account, and searches as Atom feeds."""

from __future__ import annotations

import feedparser
import pytest
from lxml import etree

from tests.conftest import TestClock
from tests.web import samples
from tests.web.conftest import Client, World
from web.following import searches

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def filled(world: World, clock: TestClock) -> World:
    samples.store_all(world)
    clock.go(hours=2)
    samples.take(world, "MLT", baru=samples.plain(7))
    return world


def test_a_search_is_saved_shown_and_deleted(filled: World) -> None:
    client = filled.client("rani")
    assert "Belum ada pencarian tersimpan" in client.page("/my/searches")
    assert "Simpan pencarian ini" in client.page("/search?q=batik&library=KNG")
    for _ in range(2):
        client.send("/my/searches", search="/search?q=batik&library=KNG&from=2000&page=3&evil=1")
    page = client.page("/my/searches")
    assert page.count('href="/search?q=batik&amp;library=KNG&amp;from=2000"') == 1
    assert 'href="/search.atom?q=batik&amp;library=KNG&amp;from=2000"' in page
    assert "evil" not in page
    assert "Pencarian ini sudah tersimpan" in page
    assert "Belum ada" in filled.client("kuni").page("/my/searches")
    id = page.split('name="id" value="')[1].split('"')[0]
    filled.client("kuni").send("/my/searches/delete", id=id)
    assert "batik" in client.page("/my/searches")
    client.send("/my/searches/delete", id=id)
    assert "Belum ada" in client.page("/my/searches")


def test_an_account_has_room_for_so_many(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST", 2)
    client = filled.client("rani")
    for word in ("satu", "dua", "tiga"):
        client.send("/my/searches", search=f"?q={word}")
    page = client.page("/my/searches")
    assert "Paling banyak 2 pencarian" in page
    assert ">tiga<" not in page


def test_guests_are_not_offered_to_save(filled: World) -> None:
    page = filled.client().page("/search?q=batik")
    assert "Simpan pencarian ini" not in page
    assert 'href="/search.atom?q=batik"' in page


def test_a_feed_names_the_newest_first(filled: World, clock: TestClock) -> None:
    answer = filled.client().get("/search.atom?q=")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(answer.data)
    assert not feed.bozo
    assert feed.version == "atom10"
    assert len(feed.entries) == 4
    assert feed.entries[0].title == "Lumbung Benih Desa 7: Catatan Sepuluh Musim"
    assert feed.entries[0].updated == "2026-11-24T05:00:00Z"
    assert feed.feed.updated == "2026-11-24T05:00:00Z"
    assert feed.entries[0].link.startswith("http://localhost/record/")
    assert "Purwakala, Dewanti 7" in feed.entries[0].summary


def test_a_feed_has_what_atom_demands(filled: World) -> None:
    """RFC 4287, 4.1.1 and 4.1.2: one id, title, updated each; an author; a link to itself and to the page."""
    root = etree.fromstring(filled.client().get("/search.atom?q=batik&library=KNG&lang=en").data)
    for element in (root, *root.iterfind("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", ATOM)) == 1
        assert element.find("a:link[@rel='alternate']", ATOM) is not None
    assert root.findtext("a:author/a:name", namespaces=ATOM) == "Silang"
    own = root.find("a:link[@rel='self']", ATOM)
    assert own is not None
    assert own.get("href") == "http://localhost/search.atom?q=batik&library=KNG&sort=added&lang=en"
    ids = [one.findtext("a:id", namespaces=ATOM) for one in root.iterfind("a:entry", ATOM)]
    assert len(ids) == len(set(ids)) == 3
    assert "New titles for batik" in str(root.findtext("a:title", namespaces=ATOM))


def test_a_feed_may_be_kept_and_is_not_sent_twice(filled: World) -> None:
    first = filled.client().get("/search.atom?q=batik")
    assert first.headers["Cache-Control"] == "public, max-age=900"
    assert "Set-Cookie" not in first.headers
    again = filled.client().get("/search.atom?q=batik", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    samples.take(filled, "KNG", satu=samples.BATIK.__class__(title="Batik Baru"))
    changed = filled.client().get("/search.atom?q=batik", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_hostile_titles_and_broken_searches_keep_a_feed_whole(filled: World, client: Client) -> None:
    feed = feedparser.parse(client.get("/search.atom?q=batik&library=KNG").data)
    assert not feed.bozo
    assert client.get("/search.atom?q=*a").status_code == 400
    assert feedparser.parse(client.get("/search.atom?q=xyzzy").data).entries == []
