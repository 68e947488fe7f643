"""What monitors ask, and what the log says: never who, always which request."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.web import samples
from tests.web.conftest import ROOMS, Client, World
from web import health_check, logs
from web.app import create_app
from web.settings import LogSettings, WebSettings


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged as JSON, and the logging as it was afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up(LogSettings(level="info", format="json"), stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_it_is_alive_and_ready(client: Client) -> None:
    assert client.get("/health/live").get_json() == {"status": "alive"}
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.get_json()["database"] == "ok"


def test_without_its_database_it_is_alive_but_not_ready(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client()

    def broken() -> None:
        raise OSError("disk")

    monkeypatch.setattr(world.parts.db, "read", broken)
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json()["database"] == "failed"
    assert "disk" not in answer.text


def test_tables_of_another_version_or_a_full_disk_make_it_not_ready(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client()
    assert client.get("/health/ready").get_json() == {
        "status": "ready",
        "database": "ok",
        "index": "ok",
        "tables": "ok",
        "disk": "ok",
    }
    monkeypatch.setattr(health_check.shutil, "disk_usage", lambda _: SimpleNamespace(free=1, total=1000))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()["disk"]) == (503, "failed")
    monkeypatch.undo()
    monkeypatch.setattr(health_check.migrate, "revision", lambda _: "0000")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()["tables"]) == (503, "failed")


def test_figures_for_prometheus_count_answers_work_and_titles(world: World) -> None:
    world.app = create_app(world.parts, ROOMS)  # one that has answered nobody yet
    world.app.config["TESTING"] = True
    samples.store_all(world)
    client = world.client()
    client.page("/search?q=batik")
    client.get("/nothing")
    page = client.page("/metrics")
    assert 'silang_http_answers_total{route="search.search",status="200"} 1.0' in page
    assert 'silang_http_answers_total{route="none",status="404"} 1.0' in page
    assert 'silang_outbox_rows{channel="mail",state="waiting"} 0.0' in page
    assert "silang_clusters 3.0" in page
    assert "silang_index_behind 0.0" in page
    assert "silang_ready 1.0" in page


def test_figures_are_for_this_machine_or_whoever_has_the_token(world: World) -> None:
    far = world.client()
    far.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert far.get("/metrics").status_code == 404
    through = world.client().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert through.status_code == 404  # a proxy on this machine is not this machine
    world.parts.settings = replace(world.parts.settings, web=WebSettings(metrics_token="geheim-7"))
    assert far.get("/metrics", headers={"Authorization": "Bearer geheim-7"}).status_code == 200
    assert far.get("/metrics", headers={"Authorization": "Bearer geheim"}).status_code == 404
    assert world.client().get("/metrics").status_code == 404


def test_each_answer_is_one_line_with_the_id_that_the_answer_carries(world: World, log: io.StringIO) -> None:
    client = world.client("rani")
    log.truncate(0)
    log.seek(0)
    answer = client.get("/search?q=rahasia")
    (line,) = [one for one in lines(log) if one["logger"] == "silang.access"]
    assert line["request"] == answer.headers["X-Request-Id"]
    assert line["route"] == "/search"
    assert line["status"] == 200
    assert isinstance(line["milliseconds"], float)
    assert "rahasia" not in log.getvalue()
    assert "rani" not in log.getvalue().lower()


def test_a_crash_is_logged_with_its_request_and_shown_with_its_number(
    world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("boom")

    world.app.config["TESTING"] = False
    monkeypatch.setattr(world.parts.engine, "search", broken)
    answer = world.client().get("/search?q=x")
    assert answer.status_code == 500
    assert "boom" not in answer.text
    number = answer.headers["X-Request-Id"]
    assert number in answer.text
    (line,) = [one for one in lines(log) if one["level"] == "error"]
    assert line["request"] == number
    assert "ZeroDivisionError" in str(line["error"])


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_that_is_logged_can_start_a_line_of_its_own(form: str) -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.set_up(LogSettings(level="info", format=form), stream)  # type: ignore[arg-type]
        logging.getLogger("x").info("bad\r\nERROR forged", extra={"title": "a\nb\x1b[31m"})
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()
