"""A reader finds a title, asks for it and follows it, in both languages, with a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site

WORDS = {
    "id": {
        "h1": "Satu pencarian",
        "apply": "Terapkan saringan",
        "none": "Perpustakaan Universitas Melati sedang memeriksa permintaan Anda",
        "cancel": "Batalkan",
        "yes": "Ya, batalkan",
        "gone": "Permintaan dibatalkan.",
        "error": "Kesalahan:",
    },
    "en": {
        "h1": "One search",
        "apply": "Apply filters",
        "none": "Perpustakaan Universitas Melati is checking your request",
        "cancel": "Cancel",
        "yes": "Yes, cancel it",
        "gone": "The request is cancelled.",
        "error": "Error:",
    },
}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_from_the_first_page_to_the_request_and_back(site: Site, language: str, scripts: bool) -> None:
    words = WORDS[language]
    context = site.context("rani", java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{site.root}/?lang={language}")
    expect(page.locator("h1")).to_contain_text(words["h1"])
    expect(page.locator("html")).to_have_attribute("lang", language)

    page.fill("#q", "lumbung benih")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    expect(page.locator("h1")).to_contain_text("60")
    page.locator('input[name="library"][value="KNG"]').check()
    page.locator('input[name="format"][value="journal"]').check()
    page.get_by_role("button", name=words["apply"]).click()
    page.wait_for_url("**library=KNG**")
    expect(page.locator("h1")).to_contain_text("15")
    expect(page.locator("input[type=checkbox][name=library][value=KNG]")).to_be_checked()
    page.locator(".chips .chip").last.click()
    expect(page.locator("h1")).to_contain_text("30")

    page.goto(f"{site.root}/record/{site.scene.cluster['tesis']}")
    page.goto(f"{site.root}/record/{site.scene.cluster['t1']}")
    page.locator(".way.best .btn-primary").click()
    page.wait_for_url("**/my/request?**")
    page.locator("textarea[name=note]").fill("Untuk bab dua")
    page.locator("#need_by").fill("2026-11-20")
    page.locator("#again").check()
    page.locator("main form .btn-primary").click()
    assert page.title().startswith(words["error"])
    expect(page.locator("textarea[name=note]")).to_have_value("Untuk bab dua")
    page.locator(".flash.bad a").first.click()
    expect(page.locator("#need_by")).to_be_visible()
    page.locator("#need_by").fill("2026-12-20")
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/my/requests**")
    expect(page.locator(".flash.ok")).to_be_visible()
    first = page.locator(".req").first
    expect(first).to_contain_text(words["none"])
    first.get_by_role("link", name=words["cancel"]).click()
    page.wait_for_url("**/cancel")
    page.get_by_role("button", name=words["yes"]).click()
    page.wait_for_url("**/my/requests")
    expect(page.locator(".flash.ok")).to_contain_text(words["gone"])
    context.close()


def test_everything_can_be_reached_with_the_keyboard(site: Site) -> None:
    context = site.context()
    page = context.new_page()
    page.goto(site.root + "/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_class("skip")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_id("q")
    page.keyboard.type("batik")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=batik")
    page.locator("input[name=library]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**library=**")
    context.close()


def test_the_filters_are_a_sheet_on_a_phone(site: Site) -> None:
    context = site.context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.root}/search?q=lumbung")
    expect(page.locator("#filters")).not_to_be_visible()
    page.locator(".sheet-open").click()
    expect(page.locator("#filters")).to_be_visible()
    page.locator("input[name=library]").first.check()
    page.locator(".sheet-foot button").click()
    page.wait_for_url("**library=**")
    expect(page.locator("#filters")).not_to_be_visible()
    context.close()


def test_hostile_titles_run_nothing_anywhere(site: Site) -> None:
    """The record with scripts in every field, on every page that shows it, as everybody who may see it."""
    evil = site.scene.cluster["evil"]
    for login, addresses in {
        "": ["/search?q=batik", f"/record/{evil}", "/", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"],
        "rani": [f"/record/{evil}", f"/my/request?cluster={evil}"],
        "lala": [f"/record/{evil}", f"/desk/MLT/new?cluster={evil}"],
    }.items():
        context = site.context(login)
        page = context.new_page()
        said: list[str] = []
        page.on("dialog", lambda dialog, said=said: said.append(dialog.message))
        page.on("console", lambda line, said=said: said.append(line.text) if line.type == "error" else None)
        for address in addresses:
            page.goto(site.root + address)
            assert page.evaluate("window.__xss") is None, address
        assert said == []
        context.close()
