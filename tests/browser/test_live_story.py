"""Searching elsewhere too, in a browser, against yaz-ztest: with JavaScript in Indonesian, without it in English."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from foundation.settings import FetchSettings
from index.targets import flat, store
from tests.browser.conftest import Site
from tests.peers.live.catalogues import ZTest
from tests.web.conftest import World

pytestmark = pytest.mark.peers


@pytest.fixture
def around(site: Site, ztest: ZTest) -> Iterator[World]:
    """yaz-ztest as a catalogue that anybody may search."""
    world = site.world
    parts = world.parts
    parts.settings = replace(parts.settings, fetch=FetchSettings(allow=("127.0.0.1/32",)))
    parts.cache.pop("live_ways", None)  # made under the settings before
    said = {"name": "Katalog Uji", "url": f"z3950://{ztest.host}:{ztest.port}/Default", "most_records": 40}
    with parts.db.begin() as c:
        for one in store.listed(c, enabled_only=True):
            if not one.provisioned:
                store.set_enabled(c, one.id, False)
        store.add(c, flat.read(said | {"code": "uji"}), password=None, seal=parts.seal, at=parts.clock())
    yield world
    if (live := parts.cache.pop("live_engine", None)) is not None:
        live.close()


def test_pencarian_di_tempat_lain_datang_sendiri(site: Site, around: World) -> None:
    page = site.context().new_page()
    page.goto(f"{site.root}/search?q=komputer")
    page.get_by_role("button", name="Cari di sana").click()
    page.wait_for_url("**/live/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hasil di sini dan di tempat lain")
    expect(page.locator("#live-said")).to_contain_text("Selesai:")
    expect(page.locator("#live-targets")).to_contain_text("Katalog Uji")
    expect(page.locator("#live-hits .hit")).to_have_count(20)
    page.locator("#live-hits .hit-t a").first.click()
    expect(page.locator("main")).to_contain_text("Dari Katalog Uji, diperiksa")
    expect(page.get_by_role("link", name="Seperti dikirim")).to_have_count(0)


def test_a_cataloguer_takes_a_record_along_without_javascript(site: Site, around: World) -> None:
    context = site.context("lala", java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site.root}/search?q=xyzzy&lang=en")
    page.get_by_role("button", name="Search there").click()
    expect(page.locator("#live-said")).to_contain_text("Finished:")  # the page shows itself anew until then
    expect(page.locator('meta[http-equiv="refresh"]')).to_have_count(0)
    page.locator("#live-hits .hit-t a").first.click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="MARC", exact=True).click()
    data = taken.value.path().read_bytes()
    assert data[-1:] == b"\x1d"
    assert int(data[:5]) == len(data)
