"""Queues, filters, bulk actions, slips and scanning, through the pages of the desk."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select, update

from broker import tables as t
from foundation import people
from tests.web import samples
from tests.web.conftest import Client, World
from tests.web.desk_world import Forms, ask, carry, catalogue, press, state_of, supply_of, third_library

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]


def several(world: World, lala: Client, number: int) -> list[str]:
    """Requests for that many titles that KNG has; their addresses."""
    third_library(world)
    samples.take(world, "KNG", **{f"t{n}": samples.plain(n) for n in range(number)})
    return [ask(world, lala, samples.cluster(world, "KNG", f"t{n}")) for n in range(number)]


def row_of(world: World, address: str) -> str:
    """What a list sends for this request: id and version."""
    request_id = address.rsplit("/", 1)[1]
    with world.parts.db.read() as c:
        version = c.execute(select(t.request.c.version).where(t.request.c.id == request_id)).scalar_one()
    return f"{request_id}:{version}"


def test_a_desk_alone_is_entered_at_once_and_several_are_offered(world: World, visit: Visit) -> None:
    third_library(world)
    assert visit("lala").get("/desk").location == "/desk/MLT"
    with world.parts.db.begin() as c:
        people.grant(c, world.user["lala"], "head", world.library["TRT"])
    page = visit("lala").page("/desk")
    assert "/desk/MLT" in page
    assert "/desk/TRT" in page
    assert "/desk/KNG" not in page
    assert "bekerja di meja mana pun" in visit("rani").page("/desk")


def test_empty_queues_say_what_will_appear(visit: Visit) -> None:
    desk = visit("lala")
    assert "Semua sudah dikerjakan" in desk.page("/desk/MLT")
    assert "Semua sudah dikerjakan" in desk.page("/desk/MLT/borrowing")
    assert "Belum ada yang selesai" in desk.page("/desk/MLT/lending?tab=done")
    assert "Hapus sebagian saringan" in desk.page("/desk/MLT/lending?text=tidak+ada")


@pytest.mark.parametrize("query", ["queue=nothing", "tab=nothing", "queue=to_ship"])
def test_an_unknown_queue_is_no_page(visit: Visit, query: str) -> None:
    assert visit("lala").get(f"/desk/MLT/borrowing?{query}").status_code == 404


def test_counts_and_lists_agree_and_filters_live_in_the_address(world: World, visit: Visit) -> None:
    lala = visit("lala")
    requests = several(world, lala, 3)
    page = lala.page("/desk/MLT/borrowing?queue=new")
    assert page.count("data-row") == 3
    assert re.search(r'queue=new" aria-current="page">[^<]*<span class="n do">3<', page)
    press(lala, requests[0], "place")
    carry(world)
    assert lala.page("/desk/MLT/borrowing?queue=new").count("data-row") == 2
    assert lala.page("/desk/MLT/borrowing?queue=asked").count("data-row") == 1
    kng, trt = world.library["KNG"], world.library["TRT"]
    assert lala.page(f"/desk/MLT/borrowing?queue=asked&other={kng}").count("data-row") == 1
    assert lala.page(f"/desk/MLT/borrowing?queue=asked&other={trt}").count("data-row") == 0
    assert lala.page(f"/desk/MLT/borrowing?queue=new&branch={world.branch['MLT']}").count("data-row") == 2
    assert lala.page(f"/desk/MLT/borrowing?queue=new&branch={world.branch['KNG']}").count("data-row") == 0
    found = lala.page("/desk/MLT/borrowing?queue=new&text=Desa+2&sort=title")
    assert found.count("data-row") == 1
    assert 'value="Desa 2"' in found
    assert '<option value="title" selected>' in found
    assert 'name="queue" value="new"' in found


def test_a_long_queue_has_pages_that_keep_the_filters(world: World, visit: Visit) -> None:
    lala = visit("lala")
    one = ask(world, lala, catalogue(world)).rsplit("/", 1)[1]
    with world.parts.db.begin() as c:
        row = dict(c.execute(select(t.request).where(t.request.c.id == one)).mappings().one())
        for n in range(60):
            c.execute(t.request.insert().values({**row, "id": f"copy-{n}", "code": f"SL-2026-9{n:05d}"}))
    first = lala.page("/desk/MLT/borrowing?queue=new&sort=oldest")
    assert first.count("data-row") == 50
    assert "sort=oldest&amp;page=2" in first
    assert lala.page("/desk/MLT/borrowing?queue=new&sort=oldest&page=2").count("data-row") == 11
    assert lala.page("/desk/MLT/borrowing?queue=new&page=99").count("data-row") == 0
    assert lala.page("/desk/MLT/borrowing?queue=new&rows=200").count("data-row") == 61
    assert lala.page("/desk/MLT/borrowing?queue=new&rows=100000").count("data-row") == 50
    assert lala.page("/desk/MLT/borrowing?tab=all&rows=500").count("data-row") == 61


def test_a_row_that_needs_more_leads_to_its_page(world: World, visit: Visit) -> None:
    lala = visit("lala")
    request = ask(world, lala, catalogue(world))
    where = f"/desk/MLT/patrons/{world.patron['rani']}/act"
    lala.send(where, action="block", version=1, reason="Denda")
    answer = lala.send("/desk/MLT/borrowing/bulk", one=f"place|{row_of(world, request)}")
    assert answer.location == request
    page = lala.page(request)
    assert "Alasan tetap mengirim" in page
    assert "Diblokir: Denda" in page
    assert 'name="despite"' in page


def test_the_button_of_a_row_does_its_next_step(world: World, visit: Visit) -> None:
    lala = visit("lala")
    (request,) = several(world, lala, 1)
    page = lala.page("/desk/MLT/borrowing?queue=new")
    (form,) = (f for f in Forms(page).forms if f["action"].endswith("/bulk"))
    (button,) = (value for name, value in form["buttons"] if name == "one")
    answer = lala.post(form["action"], data={**form["values"], "one": button})
    assert answer.location == "/desk/MLT/borrowing?queue=new"
    assert state_of(world, request)[0] == "sourcing"


def test_one_action_on_many_gives_a_result_a_row_and_a_csv(world: World, visit: Visit) -> None:
    lala, kiki = visit("lala"), visit("kiki")
    requests = several(world, lala, 4)
    rows = [row_of(world, one) for one in requests]
    lala.send(f"{requests[0]}/act", action="cancel", reason="bought", version="1")
    rows[0] = row_of(world, requests[0])
    rows[1] = rows[1].partition(":")[0] + ":99"
    answer = lala.send(
        "/desk/MLT/borrowing/bulk", action="place", row=rows, back="/desk/MLT/borrowing?tab=waiting"
    )
    page = lala.page(answer.location)
    assert "2 berhasil, 2 tidak" in page
    assert "Tidak bisa dalam keadaannya sekarang" in page
    assert "diubah orang lain" in page
    assert 'href="/desk/MLT/borrowing?tab=waiting"' in page
    table = list(csv.reader(io.StringIO(lala.get(answer.location + ".csv").data.decode("utf-8-sig"))))
    assert len(table) == 5
    assert sum(line[1] == "Berhasil" for line in table) == 2
    carry(world)
    with world.parts.db.read() as c:
        supplies = c.execute(select(t.attempt.c.id, t.attempt.c.supply_version)).all()
    rows = [f"{one.id}:{one.supply_version}" for one in supplies]
    missing = kiki.send("/desk/KNG/lending/bulk", action="decline", row=rows)
    assert "Ada isian yang kurang" in kiki.page(missing.location)
    done = kiki.send("/desk/KNG/lending/bulk", action="decline", row=rows, reason="not_on_shelf")
    assert "2 berhasil, 0 tidak" in kiki.page(done.location)


def test_a_bulk_action_without_rows_or_with_too_many_does_nothing(world: World, visit: Visit) -> None:
    lala = visit("lala")
    (request,) = several(world, lala, 1)
    assert lala.send("/desk/MLT/borrowing/bulk", action="place").location == "/desk/MLT/borrowing"
    assert "Pilih dulu" in lala.page("/desk/MLT/borrowing")
    many = [row_of(world, request)] * 501
    lala.send("/desk/MLT/borrowing/bulk", action="place", row=many)
    assert "Paling banyak 500" in lala.page("/desk/MLT/borrowing")
    assert state_of(world, request)[0] == "review"
    assert lala.send("/desk/MLT/nothing/bulk", action="place").status_code == 404
    foreign = lala.send("/desk/MLT/borrowing/bulk", row="x:1", back="https://elsewhere.example/")
    assert foreign.location == "/desk/MLT/borrowing"


def read_slips(pdf: bytes) -> tuple[str, list[str]]:
    """The text of a file of slips, and the codes that a scanner reads on it."""
    document = pypdfium2.PdfDocument(pdf)
    text, codes = "", []
    for page in document:
        text += page.get_textpage().get_text_bounded()
        codes += [found.text for found in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]
    return text, codes


def test_slips_are_printed_for_all_that_have_none_and_can_be_scanned(world: World, visit: Visit) -> None:
    lala, kiki = visit("lala"), visit("kiki")
    for request in several(world, lala, 5):
        press(lala, request, "place")
    carry(world)
    page = kiki.page("/desk/KNG/lending?queue=new")
    assert "Cetak 5 slip" in page
    printed = kiki.send("/desk/KNG/slips", all="unprinted")
    assert printed.status_code == 303
    text, codes = read_slips(kiki.get(printed.location).data)
    with world.parts.db.read() as c:
        known = set(c.execute(select(t.attempt.c.code)).scalars())
    assert set(codes) == known
    assert "630.0 PUR l" in text
    assert "Perpustakaan Universitas Melati" in text
    page = kiki.page("/desk/KNG/lending?queue=new")
    assert "Sudah dicetak" in page
    assert "Cetak 5 slip" not in page
    kiki.send("/desk/KNG/slips", all="unprinted")
    assert "Tidak ada slip" in kiki.page("/desk/KNG/lending")


def scan(desk: Client, code: str, text: str) -> str:
    assert desk.send(f"/desk/{code}/scan", text=text).location == f"/desk/{code}/scan"
    return desk.page(f"/desk/{code}/scan")


def test_a_loan_is_carried_by_scans_alone(world: World, visit: Visit) -> None:
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, catalogue(world))
    press(lala, request, "place")
    carry(world)
    with world.parts.db.read() as c:
        code = c.execute(select(t.attempt.c.code)).scalar_one()
    for desk, library, leg in (
        (kiki, "KNG", "shipped"),
        (lala, "MLT", "received"),
        (lala, "MLT", "checked_out"),
        (lala, "MLT", "checked_in"),
        (lala, "MLT", "returned"),
        (kiki, "KNG", "completed"),
    ):
        assert "Tidak ada yang dicatat" not in scan(desk, library, code)
        carry(world)
        world.parts.clock.go(minutes=1)  # type: ignore[attr-defined]
        assert state_of(world, request)[1] == leg
    assert "Tidak ada yang dicatat" in scan(kiki, "KNG", code)


def test_the_wrong_book_for_a_slip_records_nothing(world: World, visit: Visit) -> None:
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, catalogue(world))
    press(lala, request, "place")
    carry(world)
    with world.parts.db.begin() as c:
        code = c.execute(select(t.attempt.c.code)).scalar_one()
        c.execute(update(t.attempt).values(barcode="KNG0048812"))
    kiki.send("/desk/KNG/scan", mode="pair")
    assert "Sekarang pindai bukunya" in scan(kiki, "KNG", code)
    wrong = scan(kiki, "KNG", "KNG0051107")
    assert "bukan buku untuk permintaan ini" in wrong
    assert "Tidak ada yang dicatat" in wrong
    assert state_of(world, request) == ("active", "sent")
    scan(kiki, "KNG", code)
    assert (
        "Tidak ada yang dicatat"
        not in scan(kiki, "KNG", "KNG0048812").partition("Pindaian terakhir")[2].partition("</li>")[0]
    )
    carry(world)
    assert state_of(world, request) == ("active", "shipped")


@pytest.mark.parametrize(
    ("text", "told"),
    [("SL-2026-000001-A", "salah baca"), ("SL-9", "salah baca"), ("<b>x</b>", "tidak dikenal")],
)
def test_what_is_no_code_of_this_desk_records_nothing(visit: Visit, text: str, told: str) -> None:
    page = scan(visit("lala"), "MLT", text)
    assert told in page
    assert "Tidak ada yang dicatat" in page
    assert "<b>x</b>" not in page


def test_a_whole_code_goes_to_its_page(world: World, visit: Visit) -> None:
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, catalogue(world))
    with world.parts.db.read() as c:
        code = c.execute(select(t.request.c.code)).scalar_one()
    assert lala.get(f"/desk/MLT/find?q={code}").location == request
    press(lala, request, "place")
    carry(world)
    supply = supply_of(world, "KNG")
    assert kiki.get(f"/desk/KNG/find?q={code}.1").location == supply
    assert "Tidak ada permintaan yang cocok" in kiki.page("/desk/KNG/find?q=zzz")
