"""Every page of the URL map: axe finds nothing, nothing scrolls sideways, nothing comes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

from tests.browser.addresses import NO_PAGES, PAGES
from tests.browser.conftest import Site

#: WCAG 2.2 A and AA, and what axe calls good practice.
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}

LOOKS = {
    "wide light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "small phone": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
}


class Windows:
    """One browser profile for each person, kept while the pages are walked."""

    def __init__(self, site: Site, look: str) -> None:
        self.site, self.look = site, look
        self._open: dict[str, BrowserContext] = {}

    def of(self, login: str) -> BrowserContext:
        """The profile of this person."""
        if login not in self._open:
            self._open[login] = self.site.context(login, **LOOKS[self.look])
        return self._open[login]

    def close(self) -> None:
        """Close all of them."""
        for context in self._open.values():
            context.close()


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
        page = windows.of(login).new_page()
        asked: list[str] = []
        page.on("request", lambda one, asked=asked: asked.append(one.url))
        answer = page.goto(windows.site.root + address)
        if answer is None or answer.status >= 500:
            wrong.append(f"{address}: answers {answer.status if answer else 'nothing'}")
        if windows.look != "small phone":
            found = Axe().run(page, options=RULES).response["violations"]
            wrong += [f"{address}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
        widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if widths[0] > widths[1]:
            wrong.append(f"{address}: scrolls sideways, {widths[0]} of {widths[1]}")
        wrong += [f"{address}: asks {url}" for url in asked if not url.startswith(windows.site.root)]
        page.close()
    assert not wrong, "\n".join(wrong)
