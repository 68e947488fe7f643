"""Completions, lists to walk through, the advanced form, other spellings: each works without JavaScript or beside it."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.engines.memory import MemoryEngine
from index.parse import parse, write
from index.plan import plan
from index.query import All, BadQuery
from index.search import SearchRequest
from tests.web import samples
from tests.web.conftest import Client, World
from web.search.rows import Row, _flat, rows_of, text_of


@pytest.fixture(autouse=True)
def _filled(world: World) -> None:
    samples.fill(world.parts.engine, many=60)


def lines(client: Client, text: str) -> list[dict[str, str]]:
    """What the box offers."""
    answer = client.get("/suggest", query_string={"q": text})
    assert answer.status_code == 200
    found: list[dict[str, str]] = answer.json["lines"]  # type: ignore[index]  # it is JSON
    return found


def test_a_box_completes_titles_authors_and_subjects_with_counts(client: Client) -> None:
    assert lines(client, "b") == []
    assert [(one["kind"], one["text"], one["count"]) for one in lines(client, "batik")][-1] == (
        "Subjek",
        "Batik",
        "2",
    )
    first = lines(client, "batik pes")[0]
    assert (first["kind"], first["address"]) == ("Judul", "/record/batik")
    assert first["text"].startswith("Batik Pesisir")
    people = [one for one in lines(client, "purwakala") if one["kind"] == "Pengarang"]
    assert len(people) == 4
    assert client.get(people[0]["address"]).status_code == 200
    natural = [one["text"] for one in lines(client, "dewanti 7")]
    assert natural == ["Dewanti 7 Purwakala"]


@pytest.mark.parametrize(
    "text", ["", '"', "*", "((((((", "a" * 5000, "ti:batik", "%00", samples.HOSTILE, "des* OR x"]
)
def test_nothing_typed_makes_completions_fail(client: Client, text: str) -> None:
    start = process_time()
    for line in lines(client, text):
        assert client.get(line["address"]).status_code == 200
    assert process_time() - start < 5


def test_every_line_of_a_list_leads_to_as_many_titles_as_it_says(client: Client) -> None:
    seen: list[str] = []
    for name in ("authors", "subjects", "call-numbers"):
        address = f"/browse/{name}"
        while address:
            page = client.page(address)
            seen += (
                rows := re.findall(
                    r'<li><a href="(/search\?[^"]+)"[^>]*>.*?</a><span class="num muted">(\d+)<', page
                )
            )
            for place, count in rows[:3]:
                result = client.page(place.replace("&amp;", "&"))
                assert f"<h1>{count} hasil" in result, place
            after = re.search(r'<a class="push" href="([^"]+)" rel="next">', page)
            address = after[1].replace("&amp;", "&") if after else ""
    assert len(seen) > 120


def test_a_list_can_be_entered_anywhere_and_left_both_ways(client: Client) -> None:
    page = client.page("/browse/call-numbers?at=630.3")
    first = re.search(r'class="mono">([^<]+)<', page)
    assert first
    assert first[1] == "630.3 PUR l"
    before = re.search(r'<a href="([^"]+)" rel="prev">', page)
    assert before
    assert "630.29 PUR l" in client.page(before[1].replace("&amp;", "&"))
    assert "Tidak ada lagi" in client.page("/browse/authors?at=zzzz")
    assert client.get("/browse/shoes").status_code == 404
    assert client.get("/browse").headers["Location"].endswith("/browse/authors")
    for key in ("%00", "%F0%9F", "a" * 3000):
        client.page(f"/browse/authors?from={key}")
        client.page(f"/browse/authors?before={key}")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ({"w1": "batik pesisir", "f1": "title"}, "ti:batik ti:pesisir"),
        ({"w1": "batik pesisir", "m1": "phrase"}, '"batik pesisir"'),
        ({"w1": "batik tenun", "m1": "any", "f1": "subject"}, "su:batik OR su:tenun"),
        ({"w1": "batik", "w2": "peta", "j2": "not"}, "batik -peta"),
        ({"w1": "batik", "w2": "tenun", "j2": "or", "w3": "jawa", "f3": "title"}, "(batik OR tenun) ti:jawa"),
        ({"w2": "desa*"}, "desa*"),
        ({"w1": 'a"b (c) OR AND ti:x -y'}, "a b c or and ti y"),
    ],
)
def test_the_form_asks_what_the_box_would_and_says_so(
    client: Client, typed: dict[str, str], text: str
) -> None:
    answer = client.get(
        "/search/advanced", query_string={**typed, "do": "search", "from": "1990", "size": "50"}
    )
    assert answer.status_code == 302
    shown = client.get(answer.headers["Location"])
    assert shown.request.args["q"] == text
    assert (shown.request.args["from"], shown.request.args["size"]) == ("1990", "50")
    page = client.get("/search/advanced", query_string=dict(shown.request.args)).text
    assert re.search(rf'<a class="mono" href="[^"]+">{re.escape(text.replace(chr(34), "&#34;"))}</a>', page)
    again = client.get("/search/advanced", query_string={**shown.request.args, "do": "search"})
    assert again.headers["Location"] == answer.headers["Location"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ti:(batik pesisir) -peta", Row(text="batik pesisir", field="title")),
        (
            "(batik OR tenun) (jawa OR bali) 1990..2000",
            Row(text="(batik OR tenun) (jawa OR bali) 1990..2000", mode="typed"),
        ),
        ("batik OR -tenun OR (a OR (b c))", Row(text="batik OR -tenun OR (a OR (b c))", mode="typed")),
        ('au:"toer ananta" OR ti:bumi', Row(text="toer ananta", field="author", mode="phrase")),
        ("978-0-306-40615-7", Row(text="9780306406157", field="isbn")),
        ("x " * 150, Row(text="x " * 150, mode="typed")),
    ],
)
def test_a_search_of_the_box_comes_into_the_form_as_it_is(text: str, first: Row) -> None:
    rows = rows_of(text)
    assert rows[0] == first
    if len(text) < 200:
        assert MemoryEngine().search(SearchRequest(query=parse(text_of(rows)))).total == 0
        assert plan(parse(text_of(rows))) == plan(parse(text_of(rows_of(text_of(rows)))))
    assert rows_of("") == []


@given(st.text(alphabet='ab "():*-ORti.1', max_size=40))
def test_no_text_is_changed_by_the_form(text: str) -> None:
    try:
        query = parse(text)
    except BadQuery:
        return
    rows = rows_of(text)
    assert write(parse(text_of(rows))) == write(_flat(query)) or rows[0].mode == "typed"
    text_of(rows_of(text_of(rows)))


def test_the_form_keeps_what_was_typed_and_refuses_what_the_box_refuses(client: Client) -> None:
    page = client.page("/search/advanced?w1=pesisir+batik&f1=title&m1=any&library=KNG&from=1960")
    assert 'value="pesisir batik"' in page
    assert re.search(r'name="library" value="KNG" checked', page)
    assert '<option value="any" selected>salah satu kata' in page
    wrong = client.get("/search/advanced", query_string={"w1": "*a", "w2": "x " * 90, "do": "search"})
    assert wrong.status_code == 400
    assert 'role="alert"' in wrong.text
    assert "x x x" in wrong.text


def test_the_number_of_hits_a_page_is_kept(client: Client) -> None:
    page = client.page("/search?q=desa&size=10&page=2")
    assert page.count('class="hit"') == 10
    assert '<ol start="11">' in page
    assert 'href="/search?q=desa&amp;size=10&amp;page=3"' in page
    assert 'name="size" value="10"' in page
    assert client.page("/search?q=desa&size=7").count('class="hit"') == 20


def test_what_is_found_rarely_is_questioned_and_only_then(client: Client, world: World) -> None:
    assert "Mungkin maksud" not in client.page("/search?q=lumbung")
    page = client.page("/search?q=lumbumg&format=book&library=MLT")
    assert "lumbung</a>?" in page
    assert world.parts.engine.search(SearchRequest(query=All())).total == 63


def test_nothing_found_offers_each_filter_less_with_its_count(client: Client) -> None:
    page = client.page("/search?q=batik&format=thesis&from=1800&to=1900")
    assert 'href="/search?q=batik&amp;format=thesis"' in page
    assert re.search(r"Tanpa saringan Tahun terbit: 1800–1900</a> <span class=\"muted\">\(1 hasil\)", page)
    assert "Salah satu kata saja" in client.page("/search?q=batik+silsilah+perahu")
