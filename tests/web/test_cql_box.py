"""The box for CQL on the page of the advanced search: results, facets, pages, and errors with their place."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web import samples
from tests.web.conftest import Client, World


@pytest.fixture(autouse=True)
def _filled(world: World) -> None:
    samples.fill(world.parts.engine, many=60)


def page(client: Client, cql: str, **more: str) -> str:
    answer = client.get("/search", query_string={"cql": cql, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def refused(client: Client, cql: str, **more: str) -> str:
    answer = client.get("/search", query_string={"cql": cql, **more})
    assert answer.status_code == 400
    return str(answer.text)


def total(text: str) -> int:
    found = re.search(r"<h1>\s*([\d.,]+)", text)
    return int(re.sub(r"\D", "", found[1])) if found else 0


def test_cql_finds_what_the_box_finds(client: Client) -> None:
    box = client.get("/search", query_string={"q": "ti:batik"}).text
    assert total(page(client, "dc.title = batik")) == total(box) > 0
    marks = client.get("/search", query_string={"q": "batik"}).text.count("<mark>")
    assert page(client, "batik").count("<mark>") == marks > 0


def test_the_advanced_page_has_the_box_and_keeps_the_query(client: Client) -> None:
    text = client.get("/search/advanced").text
    assert '<textarea class="area mono" id="cql" name="cql"' in text
    kept = client.get("/search/advanced", query_string={"cql": 'dc.title = "a<b"', "from": "1990"}).text
    assert "dc.title = &#34;a&lt;b&#34;</textarea>" in kept
    assert '<input type="hidden" name="from" value="1990">' in kept.partition('id="cql-form"')[2]


def test_paging_facets_and_order_keep_the_query(client: Client) -> None:
    text = page(client, "cql.allRecords = 1", size="10", format="book")
    links = [unescape(link) for link in re.findall(r'href="(/search\?[^"]*page=2[^"]*)"', text)]
    assert links
    asked = parse_qs(urlsplit(links[0]).query)
    assert asked["cql"] == ["cql.allRecords = 1"]
    assert asked["format"] == ["book"]
    assert "q" not in asked
    assert client.get(links[0]).status_code == 200
    filters = text.partition('id="filters"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="cql" value="cql.allRecords = 1">' in filters
    assert 'name="format" value="book" checked' in filters
    order = text.partition('class="sort"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="cql" value="cql.allRecords = 1">' in order
    assert "/search/advanced?cql=" in text


def test_sortby_orders_unless_the_page_does(client: Client) -> None:
    def titles(**more: str) -> list[str]:
        return re.findall(r'href="/record/([^"?#]+)"', page(client, **more))

    by_date = titles(cql="cql.allRecords = 1 sortby dc.date/sort.descending")
    assert by_date == titles(cql="cql.allRecords = 1", sort="year")
    assert titles(cql="cql.allRecords = 1 sortby dc.date/sort.descending", sort="title") == titles(
        cql="cql.allRecords = 1", sort="title"
    )


@pytest.mark.parametrize(
    ("cql", "marked", "words"),
    [
        ("dc.title = ", "⌄", "kurang atau berlebih"),
        ("dc.titel = batik", "dc.titel", "Indeks “dc.titel”"),
        ("batik and (kopi", "(", "tidak sepasang"),
        ("foo.bar = x", "foo.bar", "Himpunan indeks “foo”"),
        ("batik prox kopi", "prox", "berdekatan"),
        ("ba* or x", "ba", "tiga huruf"),
        ("dc.date = soon", "soon", "empat angka"),
        ("dc.title =/fuzzy x", "dc.title", "“fuzzy”"),
        ("x sortby dc.relation", "dc.relation", "Indeks “dc.relation”"),
        ("<script> = 1", "&lt;", "kurang atau berlebih"),
    ],
)
def test_an_error_says_what_and_where_and_keeps_the_query(
    client: Client, cql: str, marked: str, words: str
) -> None:
    text = refused(client, cql)
    box = text.partition('id="cql-form"')[2].partition("</form>")[0]
    assert words in box
    assert f"<mark>{marked}</mark>" in box.replace("&#34;", '"')
    assert 'aria-invalid="true"' in box
    typed = re.search(r"<textarea[^>]*>\n(.*)</textarea>", box, re.DOTALL)
    assert typed is not None
    assert unescape(typed[1]) == cql.strip()
    assert "<script> =" not in text


def test_errors_are_told_in_english_too(client: Client) -> None:
    text = refused(client, "dc.titel = batik", lang="en")
    assert "There is no index “dc.titel” here. The place: character 1." in text


def test_every_refusal_of_cql_has_words(client: Client) -> None:
    from web import texts
    from web.search.cqlbox import TOLD

    for number in TOLD:
        for language in texts.LANGUAGES:
            assert texts.say(f"cql.wrong.{number}", language, detail="x")


def test_a_query_of_several_lines_is_one(client: Client) -> None:
    assert total(page(client, "dc.title = batik\r\nor dc.title = kopi")) > 0


def test_a_query_that_is_too_long_is_refused(client: Client) -> None:
    assert "2.000" in refused(client, "a or " * 500 + "a")


def test_feeds_and_saved_searches_carry_cql(client: Client) -> None:
    answer = client.get("/search.atom", query_string={"cql": "dc.title = batik"})
    assert answer.status_code == 200
    assert "cql=dc.title" in answer.text
    assert client.get("/search.atom", query_string={"cql": "dc.titel = batik"}).status_code in (400, 404)


def test_the_api_does_not_take_cql(client: Client) -> None:
    assert client.get("/api/v1/search", query_string={"cql": "dc.title = batik"}).status_code == 400


def test_no_page_of_readers_speaks_pqf(client: Client) -> None:
    for address in ("/", "/search?q=batik", "/search/advanced", "/help", "/search?cql=batik"):
        assert "PQF" not in client.get(address).text
        assert "@attr" not in client.get(address).text
