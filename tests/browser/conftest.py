"""A real Chromium before the real pages: served by waitress on a port of loopback, over a world with a loan in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from foundation.db import Database, metadata
from tests.browser.scene import Scene, play
from tests.conftest import TestClock, needs
from tests.served import served
from tests.web import conftest as pages
from web.auth import passwords

#: Milliseconds to wait for what must come; a busy machine takes its time.
PATIENCE = 30_000

#: What makes a headless Chromium quiet, also as root and in a container.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the pages are, and the world behind them."""

    root: str
    scene: Scene
    browser: Browser

    @property
    def world(self) -> pages.World:
        """Parts, libraries, people."""
        return self.scene.world

    def context(self, login: str = "", **options: object) -> BrowserContext:
        """A fresh browser profile, signed in where a login is given; a page that leaves the site fails the test."""
        context = self.browser.new_context(**{"locale": "id-ID", **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        context.route(lambda address: not address.startswith(self.root), lambda route: route.abort())
        if login:
            page = context.new_page()
            page.goto(f"{self.root}/sign-in")
            page.fill("#login", login)
            page.fill("#password", pages.PASSWORD)
            page.locator("main form button.btn-primary").click()
            page.wait_for_url(lambda address: "/sign-in" not in address)
            page.close()
        return context


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright itself."""
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium."""
    expect.set_options(timeout=PATIENCE)
    path = shutil.which("chromium") or needs("chromium", "apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
    yield browser
    browser.close()


def _site(folder: Path, clock: TestClock, browser: Browser) -> Iterator[Site]:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    slow = passwords._HASHER
    passwords._HASHER = quick
    db = Database(f"sqlite:///{folder / 'silang.db'}")
    metadata.create_all(db.engine)
    world = pages.make_world(pages.make_parts(db, folder, clock), clock)
    world.app.config["TESTING"] = False
    scene = play(world)
    try:
        with served(world.app, threads=6) as host:
            yield Site(f"http://{host}", scene, browser)
    finally:
        db.close()
        passwords._HASHER = slow


@pytest.fixture(scope="session")
def still(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Site]:
    """A site to look at; tests must leave it as it is."""
    from datetime import UTC, datetime

    clock = TestClock(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
    yield from _site(tmp_path_factory.mktemp("still"), clock, chromium)


@pytest.fixture
def site(tmp_path: Path, clock: TestClock, chromium: Browser) -> Iterator[Site]:
    """A site of one's own, for stories that change things."""
    yield from _site(tmp_path, clock, chromium)


@pytest.fixture
def open_page(still: Site) -> Iterator[Callable[..., Page]]:
    """Opens pages of the still site: open_page('rani', '/my/requests', width=390)."""
    contexts: list[BrowserContext] = []

    def opened(login: str, address: str, width: int = 1280, **options: object) -> Page:
        context = still.context(login, viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(still.root + address)
        return page

    yield opened
    for context in contexts:
        context.close()
