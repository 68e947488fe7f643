"""The OpenAPI document: every route is in it, and a tool that knows nothing but the document finds no fault."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from foundation.libraries import Opening, set_openings
from tests.web import samples
from tests.web.conftest import Client, World


@pytest.fixture(autouse=True)
def _filled(world: World) -> None:
    samples.fill(world.parts.engine, many=60)
    with world.parts.db.begin() as c:
        set_openings(c, world.branch["MLT"], [Opening(weekday=0, opens="08:00", closes="16:00")])


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where the application answers over HTTP."""
    world.app.config.update(TESTING=False)
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)


def _document(client: Client) -> dict[str, Any]:
    return client.get("/api/v1/openapi.json").get_json()


def test_every_route_is_in_the_document(world: World, client: Client) -> None:
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in world.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
    }
    assert set(_document(client)["paths"]) == routes
    assert len(routes) >= 5


def test_operations_have_names_of_their_own_and_say_what_they_are_for(client: Client) -> None:
    operations = [one for path in _document(client)["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all(one["summary"] for one in operations)


def test_a_library_says_where_it_is_and_when(client: Client) -> None:
    one = client.get("/api/v1/libraries/MLT").get_json()
    assert one["symbol"] == "ISIL:ID-MLT"
    assert one["branches"][0]["hours"] == [{"weekday": 0, "opens": "08:00", "closes": "16:00"}]
    assert client.get("/api/v1/libraries/NIX").status_code == 404
    assert {one["code"] for one in client.get("/api/v1/libraries").get_json()["libraries"]} == {"KNG", "MLT"}


def test_a_refused_method_says_which_are_allowed(client: Client) -> None:
    answer = client.delete("/api/v1/search")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert client.post("/search").headers["Allow"]


@pytest.mark.slow
def test_a_tool_that_knows_only_the_document_finds_nothing(address: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{address}/api/v1/openapi.json",
            "--max-examples=30",
            "--seed=7",
            "--workers=1",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
