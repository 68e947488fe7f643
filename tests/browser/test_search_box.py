"""The search box as a combobox: by keyboard alone, said to screen readers, and a plain box without JavaScript."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Site
from tests.web import samples


def test_the_box_completes_by_keyboard(site: Site) -> None:
    samples.fill(site.world.parts.engine, many=30)
    page = site.context().new_page()
    page.goto(f"{site.root}/search?q=")
    box = page.get_by_role("combobox", name="Judul, pengarang, subjek, atau ISBN")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("batik")
    options = page.get_by_role("listbox", name="Judul").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("p[role=status].vh")).to_have_text("Ada saran. Pilih dengan panah atas dan bawah.")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "q-list-0")
    box.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("batik")
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    page.wait_for_url("**/search?q=&topic=**")
    expect(page.locator(".chip")).to_have_count(1)


def test_without_javascript_the_box_and_the_form_search(site: Site) -> None:
    samples.fill(site.world.parts.engine, many=30)
    page = site.context(java_script_enabled=False).new_page()
    page.goto(f"{site.root}/")
    page.get_by_label("Judul, pengarang, subjek, atau ISBN").fill("lumbung benih")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("hasil")
    page.get_by_role("link", name="Pencarian rinci").click()
    expect(page.locator("input[name=w1]")).to_have_value("lumbung benih")
    page.locator("input[name=from]").fill("1990")
    form = page.locator("form[action='/search/advanced']")
    form.get_by_role("button", name="Cari", exact=True).click()
    page.wait_for_url("**/search?q=lumbung+benih&from=1990")
