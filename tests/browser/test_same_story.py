"""A librarian decides with the keyboard which records are one title, and takes it back; both pages are fit for everybody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from index.record import Record
from tests.browser.conftest import Site
from tests.browser.test_every_page import COLOURS, RULES, _faults, _sideways
from tests.index.arrivals import book
from tests.web import samples


def _thin(title: str) -> Record:
    return replace(book(title), publisher="", place="", extent="")


@pytest.fixture
def pairs(site: Site) -> Site:
    """Two pairs that may be the same, between MLT and KNG."""
    for code in ("MLT", "KNG"):
        samples.take(
            site.world,
            code,
            **{f"{code}{n}": _thin(title) for n, title in enumerate(("Untuk yang sakit", "Puisi baru"))},
        )
    return site


def _fit(page: Page) -> list[str]:
    found = _faults(page, RULES) + _sideways(page)
    page.emulate_media(color_scheme="dark")
    return found + _faults(page, COLOURS)


def _decide(page: Page, key: str) -> None:
    """Choose the first row and press a key; a page listens only once its script has run."""
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    expect(page.locator("[data-row].cur")).to_have_count(1)
    page.keyboard.press(key)


def test_pairs_are_decided_with_keys_and_taken_back(pairs: Site) -> None:
    page = pairs.context("lala", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{pairs.root}/desk/MLT/same?lang=en")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    page.keyboard.press("y")  # no row is chosen yet: nothing happens
    expect(rows).to_have_count(2)
    _decide(page, "y")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("status").or_(page.locator(".flash")).first).to_contain_text("one title now")
    _decide(page, "n")
    expect(rows).to_have_count(0)

    page.get_by_role("link", name="Decided here").click()
    page.wait_for_url("**decided**")
    expect(rows).to_have_count(2)
    _decide(page, "u")
    expect(rows).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 390])
def test_both_pages_are_fit_for_everybody(pairs: Site, width: int) -> None:
    page = pairs.context("lala", viewport={"width": width, "height": 900}).new_page()
    wrong = []
    page.goto(f"{pairs.root}/desk/MLT/same")
    wrong += _fit(page)
    page.emulate_media(color_scheme="light")
    page.goto(f"{pairs.root}/desk/MLT/titles/{pairs.scene.cluster['batik']}")
    wrong += _fit(page)
    assert not wrong, "\n".join(wrong)


def test_without_scripts_the_buttons_do_the_same(pairs: Site) -> None:
    page = pairs.context("lala", java_script_enabled=False).new_page()
    page.goto(f"{pairs.root}/desk/MLT/same?lang=en")
    page.get_by_role("button", name="Same edition").first.click()
    expect(page.locator("[data-row]")).to_have_count(1)
