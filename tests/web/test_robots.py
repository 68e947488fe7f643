"""A map for good robots, bounds for others; people with an account never meet them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.robotparser import RobotFileParser

import pytest
from lxml import etree
from werkzeug.test import TestResponse

from foundation.ids import uuid7
from index.tables import cluster
from tests.conftest import TestClock
from tests.web import samples
from tests.web.conftest import Client, World
from web.robots import maps
from web.robots.buckets import Buckets
from web.settings import GuestSettings

MAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def ask(client: Client, path: str, address: str = "203.0.113.9") -> TestResponse:
    return client.get(path, environ_overrides={"REMOTE_ADDR": address})


def bounded(world: World, **bounds: object) -> None:
    guests = replace(GuestSettings(), **bounds)  # type: ignore[arg-type]  # fields by name
    world.parts.settings = replace(world.parts.settings, guests=guests)


# --- the map -------------------------------------------------------------------------------------


def test_the_map_leads_to_every_title_and_its_last_change(world: World, client: Client) -> None:
    samples.store_all(world)
    index = etree.fromstring(client.get("/sitemap.xml").data)
    [place] = [one.text for one in index.iterfind("s:sitemap/s:loc", MAP)]
    assert str(place).startswith("http://localhost/sitemap/")
    page = etree.fromstring(client.get(str(place).removeprefix("http://localhost")).data)
    urls = {one.findtext("s:loc", namespaces=MAP): one for one in page.iterfind("s:url", MAP)}
    batik = samples.cluster(world, "KNG", "batik")
    assert len(urls) == 3
    assert (
        urls[f"http://localhost/record/{batik}"].findtext("s:lastmod", namespaces=MAP)
        == "2026-11-24T03:00:00Z"
    )
    for url in urls:
        assert client.get(str(url).removeprefix("http://localhost")).status_code == 200


def test_an_empty_catalogue_has_an_empty_map(client: Client) -> None:
    assert etree.fromstring(client.get("/sitemap.xml").data).findall("s:sitemap", MAP) == []
    assert client.get("/sitemap/x.xml").status_code == 404


def test_pages_of_the_map_hold_each_title_once_and_nothing_that_is_gone(world: World) -> None:
    ids = sorted(uuid7() for _ in range(25))
    now = world.parts.clock()
    with world.parts.db.begin() as c:
        rows = [
            {"id": id, "created_at": now, "position": 0, "gone_at": now if at % 5 == 0 else None}
            for at, id in enumerate(ids)
        ]
        c.execute(cluster.insert(), rows)
        starts = maps.starts(c, 10)
        assert starts == (ids[0], ids[10], ids[20])
        found = [id for start in starts for id, _ in maps.titles(c, start, 10)]
    assert found == [id for at, id in enumerate(ids) if at % 5]


def test_robots_are_told_what_to_leave_alone(client: Client) -> None:
    text = client.page("/robots.txt")
    assert "Sitemap: http://localhost/sitemap.xml" in text
    reader = RobotFileParser()
    reader.parse(text.splitlines())
    for closed in (
        "/search?q=a&library=MLT",
        "/search/advanced",
        "/api/v1/search?q=a",
        "/basket",
        "/my/searches",
    ):
        assert not reader.can_fetch("anybot", closed), closed
    for open_ in ("/", "/record/x", "/libraries", "/sitemap.xml", "/sitemap/x.xml"):
        assert reader.can_fetch("anybot", open_), open_


def test_pages_say_which_address_is_theirs_and_lists_are_not_indexed(world: World, client: Client) -> None:
    samples.store_all(world)
    batik = samples.cluster(world, "KNG", "batik")
    for path in (f"/record/{batik}", f"/record/{batik}?home=MLT&lang=en", f"/record/{batik}/cite"):
        assert re.search(
            rf'<link rel="canonical" href="(http://localhost)?/record/{batik}">', client.page(path)
        )
    for path in ("/search?q=batik", "/search/advanced", "/browse/authors", "/basket"):
        assert 'name="robots" content="noindex' in client.page(path), path
    assert client.get(f"/record/{batik}.ris").headers["X-Robots-Tag"] == "noindex"


# --- bounds --------------------------------------------------------------------------------------


def test_a_bucket_refills_with_time(clock: TestClock) -> None:
    buckets = Buckets()
    for _ in range(60):
        assert buckets.take([("a", 60.0)], 1, clock()) == 0
    assert buckets.take([("a", 60.0)], 1, clock()) == 1.0
    assert buckets.take([("b", 60.0)], 1, clock()) == 0
    clock.go(seconds=1)
    assert buckets.take([("a", 60.0)], 1, clock()) == 0
    assert buckets.take([("a", 60.0)], 5, clock()) == 5.0


def test_an_empty_bucket_takes_nothing_from_the_others(clock: TestClock) -> None:
    buckets = Buckets()
    assert buckets.take([("a", 10.0), ("all", 100.0)], 10, clock()) == 0
    for _ in range(50):
        assert buckets.take([("a", 10.0), ("all", 100.0)], 10, clock()) > 0
    assert buckets.take([("b", 100.0), ("all", 100.0)], 90, clock()) == 0


def test_what_costs_more_than_a_bucket_holds_is_had_for_a_full_one(clock: TestClock) -> None:
    buckets = Buckets()
    assert buckets.take([("a", 10.0)], 50, clock()) == 0
    assert buckets.take([("a", 10.0)], 50, clock()) == 60.0


def test_the_table_of_buckets_does_not_grow_without_end(clock: TestClock) -> None:
    buckets = Buckets(keys=100)
    for number in range(1_000):
        buckets.take([(f"a:{number}", 10.0)], 1, clock())
    assert len(buckets) == 100


def test_an_address_that_asks_too_much_waits_and_is_let_in_again(world: World, clock: TestClock) -> None:
    bounded(world, per_minute=10.0)
    client = world.client()
    for _ in range(4):  # two points each, and a tenth for the page
        assert ask(client, "/search?q=batik").status_code == 200
    answer = ask(client, "/search?q=batik")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3"
    assert "Terlalu banyak percobaan" in answer.text
    assert ask(client, "/help").status_code == 200
    assert ask(client, "/search?q=batik", "198.51.100.7").status_code == 200
    clock.at += timedelta(seconds=3)
    assert ask(client, "/search?q=batik").status_code == 200


def test_the_interface_for_programs_says_it_as_a_problem(world: World) -> None:
    bounded(world, per_minute=2.5)
    client = world.client()
    assert ask(client, "/api/v1/search?q=batik").status_code == 200
    answer = ask(client, "/api/v1/search?q=batik")
    assert answer.status_code == 429
    assert answer.content_type == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0


def test_a_network_of_many_addresses_is_bounded_too(world: World) -> None:
    bounded(world, per_minute=100.0, network_per_minute=20.0)
    client = world.client()
    answers = [ask(client, "/search?q=batik", f"203.0.113.{n}").status_code for n in range(30)]
    assert answers.count(200) == 9
    assert ask(client, "/search?q=batik", "203.0.112.1").status_code == 200


def test_whoever_is_signed_in_is_never_counted(world: World) -> None:
    """A crowd of robots takes everything that guests have; readers and staff search on."""
    bounded(world, all_per_minute=50.0)
    robot = world.client()
    answers = [ask(robot, "/search?q=batik", f"198.51.{n % 250}.{n // 250}").status_code for n in range(100)]
    assert answers.count(200) == 23
    assert answers.count(429) == 77
    for login in ("rani", "lala", "ada"):
        client = world.client(login)
        for _ in range(12):
            assert (
                ask(
                    client, "/search?q=batik&library=MLT&library=KNG&format=book&format=map&from=1"
                ).status_code
                == 200
            )


DEEP = "/search?q=batik&library=MLT&library=KNG&format=book&format=map&from=1990"


@pytest.mark.parametrize("path", [DEEP, "/search?q=batik&page=21"])
def test_odd_combinations_ask_for_one_click(world: World, path: str) -> None:
    client = world.client()
    answer = ask(client, path)
    assert answer.status_code == 403
    assert "Satu klik lagi" in answer.text
    back = re.search(r'name="next" value="([^"]+)"', answer.text)
    assert back
    where = client.send("/go-on", next=back[1].replace("&amp;", "&")).location
    assert where == path
    assert ask(client, path).status_code == 200


def test_nothing_is_searched_for_whoever_has_not_clicked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(*_: object) -> None:
        raise AssertionError("searched")

    monkeypatch.setattr(world.parts.engine, "search", search)
    assert ask(world.client(), DEEP).status_code == 403


def test_few_filters_need_no_click(world: World) -> None:
    assert ask(world.client(), "/search?q=a&library=MLT&library=KNG&format=book&from=1990").status_code == 200


def test_it_can_be_switched_off(world: World) -> None:
    bounded(world, guard=False, per_minute=1.0)
    client = world.client()
    assert {ask(client, DEEP).status_code for _ in range(20)} == {200}
    bounded(world, per_minute=0.0, network_per_minute=0.0, all_per_minute=0.0, filters=0, pages=0)
    assert {ask(client, DEEP).status_code for _ in range(20)} == {200}


def test_loopback_is_not_counted(world: World) -> None:
    bounded(world, per_minute=1.0)
    client = world.client()
    for address in ("127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"):
        assert {ask(client, "/search?q=a", address).status_code for _ in range(5)} == {200}
