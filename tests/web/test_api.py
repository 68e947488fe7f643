"""The JSON interface: the same answers as the pages, and errors that a program can read."""

from __future__ import annotations

import pytest

from tests.web import samples
from tests.web.conftest import Client, World


@pytest.fixture(autouse=True)
def _filled(world: World) -> None:
    samples.fill(world.parts.engine, many=60)


def test_a_search_gives_total_hits_facets_and_the_next_page(client: Client) -> None:
    answer = client.get("/api/v1/search?q=desa&format=book&limit=10").get_json()
    assert answer["total"] == 15
    assert len(answer["hits"]) == 10
    hit = answer["hits"][0]
    assert hit["cluster"].startswith("t")
    assert hit["title"].startswith("Lumbung Benih Desa")
    assert hit["holdings"][0]["library"] in ("MLT", "KNG")
    assert {"value": "MLT", "count": 0} not in answer["facets"]["library"]
    assert sum(one["count"] for one in answer["facets"]["format"]) == 60
    assert set(answer["facets"]) == {
        "library",
        "availability",
        "format",
        "language",
        "year",
        "subject",
        "sale",
    }
    rest = client.get(answer["next"]).get_json()
    assert len(rest["hits"]) == 5
    assert rest["next"] is None
    assert not {one["cluster"] for one in rest["hits"]} & {one["cluster"] for one in answer["hits"]}


def test_counts_can_be_left_out(client: Client) -> None:
    assert client.get("/api/v1/search?q=desa&facets=0").get_json()["facets"] == {}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("q=*a", "bad_parameter"),
        ("q=year:soon", "bad_year"),
        ("q=desa&colour=red", "bad_parameter"),
        ("q=desa&sort=price", "bad_parameter"),
        ("q=" + "x" * 300, "bad_parameter"),
        ("q=desa&page=two", "bad_parameter"),
        ("q=desa&limit=0", "bad_parameter"),
        ("q=desa&q=kota", "bad_parameter"),
    ],
)
def test_errors_are_problems_with_a_code(client: Client, query: str, code: str) -> None:
    answer = client.get(f"/api/v1/search?{query}")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert problem["code"] == code
    assert problem["status"] == 400
    assert problem["detail"]


def test_the_ten_thousandth_hit_is_the_last(client: Client) -> None:
    answer = client.get("/api/v1/search?q=desa&page=400&limit=100")
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "too_far"


def test_unknown_addresses_and_methods_are_problems_too(client: Client) -> None:
    assert client.get("/api/v1/nothing").content_type == "application/problem+json"
    assert client.post("/api/v1/search").content_type == "application/problem+json"
