"""Style sheets and scripts are small on the way, and the same when unpacked."""

from __future__ import annotations

import gzip

import pytest

from tests.web.conftest import World

pytestmark = pytest.mark.slow


def test_a_first_page_with_its_style_and_script_stays_under_60_kb(world: World) -> None:
    client = world.app.test_client()
    accepts = {"Accept-Encoding": "gzip, br"}
    whole = [client.get(path, headers=accepts) for path in ("/", "/static/silang.css", "/static/silang.js")]
    assert [one.status_code for one in whole] == [200, 200, 200]
    assert sum(len(one.data) for one in whole) <= 60_000


def test_what_is_compressed_is_the_file_and_says_so(world: World) -> None:
    client = world.app.test_client()
    plain = client.get("/static/silang.css")
    small = client.get("/static/silang.css", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert "Accept-Encoding" in small.headers["Vary"]
    again = client.get(
        "/static/silang.css", headers={"Accept-Encoding": "gzip", "If-None-Match": small.headers["ETag"]}
    )
    assert again.status_code == 304


def test_pages_and_ranges_are_left_as_they_are(world: World) -> None:
    client = world.app.test_client()
    assert "Content-Encoding" not in client.get("/", headers={"Accept-Encoding": "gzip"}).headers
    some = client.get("/static/silang.css", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert some.status_code == 206
    assert len(some.data) == 10
