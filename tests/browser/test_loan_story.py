"""The whole loan, with three people in three browsers, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from foundation.tables import outbox
from tests.browser.conftest import Site
from tests.web.desk_world import carry

WORDS = {
    "id": {
        "asked": "Kami sedang bertanya ke Perpustakaan Kota Kenanga",
        "promised": "Perpustakaan Kota Kenanga bersedia meminjamkan",
        "on_its_way": "Sedang dikirim dari Perpustakaan Kota Kenanga",
        "ready": "Ambil di Perpustakaan Universitas Melati, Gedung Pusat",
        "with_you": "Kembalikan paling lambat",
        "returned": "Terima kasih sudah mengembalikan",
        "done": "Permintaan ini selesai",
    },
    "en": {
        "asked": "We are asking Perpustakaan Kota Kenanga",
        "promised": "Perpustakaan Kota Kenanga will lend it",
        "on_its_way": "On its way from Perpustakaan Kota Kenanga",
        "ready": "Collect it at Perpustakaan Universitas Melati, Gedung Pusat",
        "with_you": "Return it by",
        "returned": "Thank you for returning it",
        "done": "This request is finished",
    },
}

TITLE = "Motif Batik Pesisiran"


def press(page: Page, action: str, **fields: str) -> None:
    """Fill in what the button's own form wants and press it."""
    button = page.locator(f'button[name="action"][value="{action}"]').first
    form = page.locator("form").filter(has=page.locator(f'button[name="action"][value="{action}"]')).first
    for name, value in fields.items():
        form.locator(f'[name="{name}"]').first.fill(value)
    if not button.is_visible():  # behind "more"
        form.locator("xpath=ancestor::details[1]/summary").first.click()
    button.click()
    page.wait_for_load_state()
    expect(page.locator(".flash.bad")).to_have_count(0)


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_book_goes_from_one_library_to_a_reader_of_another_and_back(site: Site, language: str) -> None:
    words, root = WORDS[language], site.root
    people = {login: site.context(login).new_page() for login in ("rani", "lala", "kiki")}
    reader, home, lender = people["rani"], people["lala"], people["kiki"]
    for page in people.values():
        page.goto(f"{root}/?lang={language}")

    def says(stage: str) -> None:
        carry(site.world)
        reader.goto(f"{root}/my/requests" + ("?view=done" if stage == "done" else ""))
        expect(reader.locator(".req").filter(has_text="Lumbung Benih Desa 9:")).to_contain_text(words[stage])

    # The reader finds it and asks.
    reader.goto(root + "/")
    reader.fill("#q", '"lumbung benih desa 9"')
    reader.keyboard.press("Enter")
    reader.locator(".hit-t a").first.click()
    reader.locator(".way.best .btn-primary").click()
    reader.locator("main form .btn-primary").click()
    reader.wait_for_url("**/my/requests**")

    # The librarian of the home library sends it on and is liable from now on.
    home.goto(f"{root}/desk/MLT/borrowing?queue=new")
    home.get_by_role("link", name="Lumbung Benih Desa 9:").first.click()
    expect(home.locator("main")).to_contain_text("Rani Canari")
    request = home.url.split("?")[0].split("#")[0]
    press(home, "place")
    says("asked")

    # The lender sees the library, never the reader.
    lender.goto(f"{root}/desk/KNG/lending?queue=new")
    lender.get_by_role("link", name="Lumbung Benih Desa 9:").first.click()
    expect(lender.locator("body")).not_to_contain_text("Canari")
    expect(lender.locator("body")).not_to_contain_text("MLT-001")
    supply = lender.url.split("?")[0].split("#")[0]
    press(lender, "will_supply")
    says("promised")
    lender.goto(supply)
    press(lender, "ship", barcode="KNG0048999")
    says("on_its_way")

    # It arrives, is taken home, comes back, goes home.
    home.goto(request)
    press(home, "receive")
    says("ready")
    home.goto(request)
    press(home, "check_out")
    says("with_you")
    home.goto(request)
    press(home, "check_in")
    says("returned")
    home.goto(request)
    press(home, "send_back")
    carry(site.world)
    lender.goto(supply)
    press(lender, "check_in")
    says("done")
    expect(reader.locator(".req").first.locator(".line li")).not_to_have_count(0)

    with site.world.parts.db.read() as c:
        mails = [
            row.payload["template"] for row in c.execute(select(outbox).where(outbox.c.channel == "mail"))
        ]
    assert "ready_for_pickup" in mails
    for page in people.values():
        page.context.close()
