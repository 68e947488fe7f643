"""The admin brings a library's catalogue in and gives somebody a desk, in both languages, with and without scripts."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from foundation import people
from harvester import sources
from tests.browser.conftest import Site
from tests.web import admin_world as aw
from web import jobs, source_jobs

WORDS = {
    "id": {
        "add": "Tambah sumber",
        "test": "Uji sambungan",
        "found": "Mengenalkan diri",
        "wrong": "bukan server OAI-PMH",
        "again": "Uji lagi",
        "save": "Simpan dan panen sekarang",
        "waits": "Menunggu giliran",
        "done": "Lengkap dan terbukti",
        "new_user": "Tambah akun",
        "create": "Simpan dan buat tautan",
        "link": "Tautan sekali pakai",
        "delete": "Hapus dengan rekamannya",
        "really": "Hapus sumber dan rekamannya",
        "exactly": "persis seperti tertulis",
        "gone": "dihapus dari katalog",
    },
    "en": {
        "add": "Add a source",
        "test": "Test the address",
        "found": "Introduces itself",
        "wrong": "not an OAI-PMH server",
        "again": "Test again",
        "save": "Save and harvest now",
        "waits": "Waiting for its turn",
        "done": "Complete, and proven",
        "new_user": "Add an account",
        "create": "Save and make the link",
        "link": "Link that works once",
        "delete": "Delete with its records",
        "really": "Delete the source and its records",
        "exactly": "exactly as it is written",
        "gone": "taken out of the catalogue",
    },
}


def press(page: Page, name: str) -> None:
    """Press the button of this name in the main part of the page."""
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()


def again(page: Page) -> None:
    """See the page anew; one that waits may be renewing itself at that moment, which is as good."""
    with contextlib.suppress(Error):
        page.reload()


def look(site: Site, page: Page, name: str) -> None:
    """Have an address looked at: the page that waits renews itself."""
    press(page, name)
    page.wait_for_url(re.compile(r"[?&]look="))
    while jobs.work_on_one(site.world.parts, "test", quick=True):
        pass


@pytest.mark.parametrize(("language", "scripts"), [("id", True), ("en", False)])
def test_a_catalogue_comes_in_and_goes_again(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, scripts: bool
) -> None:
    monkeypatch.setattr(source_jobs, "PATIENCE", 2.0)
    aw.allow_loopback(site.world)
    words = WORDS[language]
    page = site.context("ada", java_script_enabled=scripts).new_page()
    page.goto(f"{site.root}/admin/sources?lang={language}")
    page.get_by_role("link", name=words["add"]).first.click()
    with aw.odd_server() as odd, aw.member("AGR", tmp_path / "member") as url:
        page.fill("#url", f"{odd}/selamat")
        page.select_option("#library", "KNG")
        look(site, page, words["test"])
        expect(page.locator("main")).to_contain_text(words["wrong"])
        page.fill("#url", url)
        page.fill("#name", "")
        page.fill("#code", "")
        look(site, page, words["again"])
        expect(page.locator("main")).to_contain_text(words["found"])
        assert page.input_value("#code") == "KNG"
        assert page.input_value("#name")
        page.fill("#name", "Katalog uji")
        press(page, words["save"])
        page.wait_for_url(re.compile(r"/admin/harvests/"))
        expect(page.locator("main")).to_contain_text(words["waits"])
        aw.work(site.world)
        if not scripts:
            again(page)  # a reader's page does so by itself, a few seconds later
        expect(page.locator("main")).to_contain_text(words["done"])
    page.goto(f"{site.root}/admin/sources/KNG")
    page.get_by_role("link", name=words["delete"]).click()
    page.fill("#typed", "kng")
    press(page, words["really"])
    expect(page.locator("main")).to_contain_text(words["exactly"])
    assert page.input_value("#typed") == "kng"
    page.fill("#typed", "KNG")
    press(page, words["really"])
    page.wait_for_url(re.compile(r"/admin/harvests/"))
    aw.work(site.world)
    if not scripts:
        again(page)
    expect(page.locator("main")).to_contain_text(words["gone"])
    with site.world.parts.db.read() as c:
        assert all(one.code != "KNG" for one in sources.listed(c))


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_new_librarian_is_let_in_with_a_link(site: Site, language: str) -> None:
    words = WORDS[language]
    page = site.context("ada", viewport={"width": 390, "height": 800}).new_page()
    page.goto(f"{site.root}/admin/users?lang={language}")
    page.get_by_role("link", name=words["new_user"]).click()
    page.fill("#name", "Nirmala")
    page.fill("#login", "nirmala@kng.example")
    page.select_option("#library", "KNG")
    press(page, words["create"])
    expect(page.locator("#link")).to_contain_text(words["link"])
    link = page.input_value("#once")
    page.reload()
    assert page.locator("#once").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    guest = site.context().new_page()
    guest.goto(link.replace(link.split("/link/")[0], site.root))
    expect(guest.locator("input[type=password]").first).to_be_visible()
    with site.world.parts.db.read() as c:
        made = people.by_login(c, "nirmala@kng.example")
        assert [role.role for role in people.roles_of(c, made.id)] == ["librarian"]


def test_hostile_words_of_a_provider_run_nowhere(site: Site) -> None:
    aw.allow_loopback(site.world)
    page = site.context("ada").new_page()
    faults: list[str] = []
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(f"{site.root}/admin/sources/new")
    with aw.odd_server() as odd:
        page.fill("#url", f"{odd}/oai")
        page.select_option("#library", "KNG")
        look(site, page, WORDS["id"]["test"])
        expect(page.locator("main")).to_contain_text("<script>")
        press(page, WORDS["id"]["save"])
        page.wait_for_url(re.compile(r"/admin/harvests/"))
        aw.work(site.world)
    for address in ("/admin/sources", "/admin/sources/KNG", "/admin/quarantine", "/admin/log", "/admin"):
        page.goto(site.root + address)
        assert page.evaluate("window.__xss") is None, address
    assert faults == []


def test_the_keyboard_reaches_the_search_and_the_first_action(site: Site) -> None:
    page = site.context("ada").new_page()
    page.goto(f"{site.root}/admin/sources")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "gq"
