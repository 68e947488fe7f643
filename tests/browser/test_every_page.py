"""Every page of the URL map: axe finds nothing, nothing scrolls sideways, nothing comes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.addresses import NO_PAGES, PAGES
from tests.browser.conftest import Site

#: WCAG 2.2 A and AA, and what axe calls good practice.
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}

#: In the other colours only these can differ.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}

LOOKS = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}

#: Below this width nothing may scroll sideways.
NARROW = 320


class Windows:
    """One browser profile for each person, kept while the pages are walked."""

    def __init__(self, site: Site, look: str) -> None:
        self.site, self.look = site, look
        self._open: dict[str, Page] = {}
        self.asked: list[str] = []

    def of(self, login: str) -> Page:
        """The window of this person."""
        if login not in self._open:
            page = self.site.context(login, **LOOKS[self.look]).new_page()
            page.on("request", lambda one: self.asked.append(one.url))
            self._open[login] = page
        return self._open[login]

    def close(self) -> None:
        """Close all of them."""
        for page in self._open.values():
            page.context.close()


@pytest.fixture
def windows(still: Site, request: pytest.FixtureRequest) -> Iterator[Windows]:
    found = Windows(still, request.param)
    yield found
    found.close()


def test_every_page_of_the_url_map_is_looked_at(still: Site) -> None:
    pages = {
        rule.rule
        for rule in still.world.app.url_map.iter_rules()
        if rule.endpoint != "static" and "GET" in (rule.methods or set())
    }
    assert sorted(pages - NO_PAGES - {rule for rule, _, _ in PAGES}) == []


@pytest.mark.parametrize("windows", LOOKS, indirect=True)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(windows: Windows) -> None:
    wrong: list[str] = []
    for _, login, where in PAGES:
        address = where(windows.site.scene)
        page = windows.of(login)
        answer = page.goto(windows.site.root + address)
        if answer is None or answer.status >= 500:
            wrong.append(f"{address}: answers {answer.status if answer else 'nothing'}")
            continue
        wrong += [f"{address}: {fault}" for fault in _faults(page, RULES)]
        page.emulate_media(color_scheme="dark")
        wrong += [f"{address} in the dark: {fault}" for fault in _faults(page, COLOURS)]
        page.emulate_media(color_scheme="light")
        if windows.look == "phone":
            wide = page.viewport_size
            page.set_viewport_size({"width": NARROW, "height": 640})
            wrong += [f"{address}: {fault}" for fault in _sideways(page)]
            page.set_viewport_size(wide or {"width": 390, "height": 844})
        wrong += [f"{address}: {fault}" for fault in _sideways(page)]
    wrong += [f"asks {url}" for url in windows.asked if not url.startswith(windows.site.root)]
    assert not wrong, "\n".join(wrong)


def _faults(page: Page, rules: dict[str, object]) -> list[str]:
    found = Axe().run(page, options=rules).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def _sideways(page: Page) -> list[str]:
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return [f"scrolls sideways, {wide} of {window}"] if wide > window else []
