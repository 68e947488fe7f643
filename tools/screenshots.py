"""Walks the running demo as its people do and takes the pictures of the README: `tools/screenshots.py http://127.0.0.1:8080`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "silang-demo"  # noqa: S105  (the demo prints it)
PATIENCE = 60  # seconds for the worker to carry a message


class Walk:
    """The demo, seen by several people at once."""

    def __init__(self, browser: Browser, root: str) -> None:
        self.browser, self.root = browser, root

    def person(self, login: str = "") -> Page:
        """A browser of its own; signed in when a login is given."""
        page = self.browser.new_context(viewport={"width": 1280, "height": 900}, locale="id-ID").new_page()
        if login:
            page.goto(f"{self.root}/sign-in")
            page.fill('input[name="login"]', login)
            page.fill('input[type="password"]', PASSWORD)
            page.locator("main button").first.click()
            page.wait_for_load_state()
        return page

    def ask(self, reader: Page, words: str, nth: int) -> None:
        """Ask for the nth hit, for the reader's own reasons where the own library has it."""
        reader.goto(f"{self.root}/search?q={words}")
        reader.locator(".hit-t a").nth(nth).click()
        best = reader.locator(".way.best .btn-primary")
        if not best.count() or "/my/request?" not in (best.first.get_attribute("href") or ""):
            return
        best.first.click()
        reader.locator("main form .btn-primary").click()
        reader.wait_for_load_state()

    def press(self, page: Page, action: str, **fields: str) -> bool:
        """Press a button of a request's page; False when it is not there (yet)."""
        button = page.locator(f'button[name="action"][value="{action}"]').first
        if not button.count():
            return False
        form = page.locator("form").filter(has=page.locator(f'button[name="action"][value="{action}"]')).first
        for name, value in fields.items():
            form.locator(f'[name="{name}"]').first.fill(value)
        if not button.is_visible():
            form.locator("xpath=ancestor::details[1]/summary").first.click()
        button.click()
        page.wait_for_load_state()
        return True

    def press_soon(self, page: Page, url: str, action: str, **fields: str) -> None:
        """Press it as soon as the worker has brought the request there."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            page.goto(url)
            if self.press(page, action, **fields):
                return
            time.sleep(0.5)
        raise TimeoutError(f"{action} was never possible at {url}")


def shot(
    page: Page, path: str, name: str, *, width: int = 1280, height: int = 900, dark: bool = False
) -> None:
    """One picture of a page."""
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size({"width": width, "height": height if width > 500 else 844})
    page.goto(path)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(name)


def main(root: str) -> None:
    """Make requests, carry one of them through to its end, and take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        walk = Walk(browser, root)
        guest, reader = walk.person(), walk.person("pemustaka.mlt")
        home, admin = walk.person("pustakawan.mlt"), walk.person("admin")
        lenders = {
            "KNG": walk.person("pustakawan.kng"),
            "AGR": walk.person("pustakawan.agr-trt"),
            "CMP": walk.person("pustakawan.cmp"),
        }
        lenders["TRT"] = lenders["AGR"]
        for nth, words in enumerate(("kopi", "perempuan", "sejarah", "sawah", "air", "hukum")):
            walk.ask(reader, words, nth)

        home.goto(f"{root}/desk/MLT/borrowing?queue=new")
        rows = home.locator("main table a[href*='/requests/'], main table a[href*='/request/']")
        urls = list(dict.fromkeys(root + str(a.get_attribute("href")).split("?")[0] for a in rows.all()))
        print(f"{len(urls)} requests in review")
        for url in urls[:-1]:
            walk.press_soon(home, url, "place")

        story, done = urls[0], False
        end = time.monotonic() + PATIENCE
        while not done and time.monotonic() < end:
            for code, lender in lenders.items():
                lender.goto(f"{root}/desk/{code}/lending?queue=new")
                links = lender.locator("main table a[href*='/supplies/']")
                if links.count():
                    supply = root + str(links.first.get_attribute("href")).split("?")[0]
                    shot(lender, f"{root}/desk/{code}/lending?queue=new", "desk")
                    walk.press_soon(lender, supply, "will_supply")
                    walk.press_soon(lender, supply, "ship", barcode=f"{code}0049001")
                    shot(lender, supply, "desk-request")
                    done = True
                    break
            time.sleep(0.5)
        for url in urls[:-1]:
            home.goto(url)
            if walk.press(home, "receive"):
                story = url
        print(f"story: {story}")

        shot(guest, f"{root}/", "home")
        shot(guest, f"{root}/search?q=batik", "results")
        shot(guest, f"{root}/search?q=batik", "results-phone", width=390, dark=True)
        guest.set_viewport_size({"width": 1280, "height": 900})
        guest.goto(f"{root}/search?q=batik")
        record = root + str(guest.locator(".hit-t a").nth(2).get_attribute("href"))
        shot(reader, record, "record")
        shot(reader, f"{root}/my/requests", "my-requests")
        shot(home, f"{root}/desk/MLT", "desk-borrowing")
        shot(admin, f"{root}/admin/sources", "admin-sources")
        shot(admin, f"{root}/admin/sources/kng-katalog", "source-health", height=1250)
        shot(home, f"{root}/desk/MLT/same", "same-titles", height=760)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
