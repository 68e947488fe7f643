"""Sources through the admin pages: looked at, saved, harvested, stopped, held, quarantined, deleted."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from foundation.tables import job as job_table
from harvester import sources, store
from harvester.tables import harvest as harvest_table
from harvester.tables import quarantine as quarantine_table
from harvester.tables import source as source_table
from index.tables import record
from tests.web import admin_world as aw
from tests.web.conftest import Client, World
from tests.web.samples import HOSTILE
from web import jobs, source_jobs

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]


def plain(page: str) -> str:
    """What people read of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def fields(page: str) -> dict[str, str]:
    """What the inputs of a page hold."""
    found = {}
    for tag in re.findall(r"<input[^>]+>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = html.unescape(value[1]) if value else ""
    return found


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_jobs, "PATIENCE", 1.0)


def looked_at(ada: Client, world: World, address: str = "/admin/sources/new", **form: object) -> str:
    """The page of a form after the look that it asked for."""
    where = ada.send(address, do="probe", **form)
    assert where.status_code == 302
    waiting = ada.page(where.location)
    assert "Alamat sedang diperiksa" in plain(waiting)
    assert '<noscript><meta http-equiv="refresh"' in waiting
    while jobs.work_on_one(world.parts, "test", quick=True):
        pass
    return ada.page(where.location)


@pytest.fixture
def odd(world: World) -> Iterator[str]:
    aw.allow_loopback(world)
    with aw.odd_server() as url:
        yield url


@pytest.fixture
def kenanga(world: World, tmp_path: Path) -> Iterator[str]:
    aw.allow_loopback(world)
    with aw.member("TRT", tmp_path / "member") as url:
        yield url


def test_without_sources_the_page_says_what_to_do(visit: Visit) -> None:
    page = visit("ada").page("/admin/sources")
    assert "Belum ada sumber panen" in page
    assert "/admin/sources/new" in page


def test_a_look_shows_who_answers_and_fills_the_form_in(visit: Visit, kenanga: str, world: World) -> None:
    ada = visit("ada")
    page = looked_at(ada, world, url=kenanga, library="KNG", schedule_kind="0 2 * * *")
    text = plain(page)
    assert "Mengenalkan diri" in text
    assert "disarankan" in text
    assert re.search(r"Halaman pertama: \d+ rekaman", text)
    filled = fields(page)
    assert filled["code"] == "KNG"
    assert filled["name"]
    assert filled["url"] == kenanga
    with world.parts.db.read() as c:
        assert sources.listed(c) == ()  # looking saves nothing


def test_a_look_finds_out_which_system_it_is_and_chooses_its_profile(
    visit: Visit, world: World, tmp_path: Path
) -> None:
    aw.allow_loopback(world)
    ada = visit("ada")
    with aw.member("KNG", tmp_path / "inlislite", "inlislite") as url:
        page = looked_at(ada, world, url=url, library="KNG")
        assert "Dikenali sebagai: INLISLite 3." in plain(page)
        assert '<option value="inlislite_oai" selected>' in page
        other = looked_at(ada, world, url=url, library="KNG", profile="koha")
        assert '<option value="koha" selected>' in other
        assert "Anda memilih yang lain" in plain(other)
    saved = ada.send(
        "/admin/sources/new", do="save", url=url, library="KNG", name="K", code="K", profile="inlislite_oai"
    )
    assert saved.status_code == 302
    with world.parts.db.read() as c:
        assert sources.by_code(c, "K").profile == "inlislite_oai"
    assert '<option value="inlislite_oai" selected>' in ada.page("/admin/sources/K/edit")


def test_a_profile_that_nobody_knows_is_refused_with_its_reason(visit: Visit, world: World) -> None:
    answer = visit("ada").send(
        "/admin/sources/new",
        do="save",
        url="https://perpus.example/oai",
        library="KNG",
        name="K",
        code="K",
        profile="aleph",
    )
    assert answer.status_code == 422
    assert "Sistem ini tidak dikenal" in plain(answer.text)


def test_saved_and_harvested_to_the_receipt(visit: Visit, kenanga: str, world: World) -> None:
    ada = visit("ada")
    answer = ada.send(
        "/admin/sources/new",
        do="save_run",
        url=kenanga,
        library="KNG",
        name="Kenanga",
        code="KNG",
        schedule_kind="0 */6 * * *",
        zone="Asia/Jakarta",
    )
    assert answer.status_code == 302
    where = answer.location
    waiting = ada.page(where)
    assert "Menunggu giliran" in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    aw.work(world)
    done = plain(ada.page(where))
    assert "Lengkap dan terbukti" in done
    assert "Akhir daftar" in done
    slip = json.loads(ada.get(where + "/receipt.json").text)
    assert slip["state"] == "complete"
    assert slip["records"] > 100
    assert f"{slip['records']:,}".replace(",", ".") in done
    far = json.loads(ada.get(where + "/progress").text)
    assert far["open"] is False
    listed = plain(ada.page("/admin/sources"))
    assert "Sehat" in listed
    assert "setiap 6 jam" in listed
    one = plain(ada.page("/admin/sources/KNG"))
    assert "Lengkap sampai" in one
    english = plain(visit("ada", "en").page(where))
    assert "Complete, and proven" in english
    assert "Kenanga" in plain(ada.page("/admin"))


def test_a_web_page_instead_of_oai_is_called_that_and_may_be_saved_anyway(
    visit: Visit, odd: str, world: World
) -> None:
    ada = visit("ada")
    form = {"url": odd + "/selamat", "library": "KNG", "name": "Salah", "code": "salah"}
    page = looked_at(ada, world, **form)
    assert "bukan server OAI-PMH" in plain(page)
    assert "Simpan walaupun gagal" in page
    assert ada.send("/admin/sources/new", do="save", **form).status_code == 302
    assert ada.send("/admin/sources/salah/run", kind="full").status_code == 302
    aw.work(world)
    one = plain(ada.page("/admin/sources/salah"))
    assert "Gagal" in one
    assert "bukan server OAI-PMH" in one
    with world.parts.db.read() as c:
        run = c.execute(select(harvest_table)).one()
    assert run.state == "failed"
    assert "bukan server OAI-PMH" in plain(ada.page(f"/admin/harvests/{run.id}"))


def test_hostile_words_of_a_provider_stay_words(visit: Visit, odd: str, world: World) -> None:
    ada = visit("ada")
    seen = looked_at(ada, world, url=odd + "/oai", library="KNG")
    assert HOSTILE in html.unescape(seen)
    name = fields(seen)["name"]
    assert name == HOSTILE
    answer = ada.send(
        "/admin/sources/new", do="save_run", url=odd + "/oai", library="KNG", name=name, code="x"
    )
    aw.work(world)
    with world.parts.db.read() as c:
        bad = c.execute(select(quarantine_table.c.id)).scalar_one()
    addresses = [
        answer.location,
        "/admin",
        "/admin/sources",
        "/admin/sources/x",
        "/admin/sources/x/edit",
        "/admin/sources/x/delete",
        "/admin/quarantine",
        f"/admin/quarantine/{bad}",
        "/admin/libraries/KNG",
        "/admin/log",
    ]
    for address in addresses:
        page = ada.page(address)
        assert "<script>window" not in page, address
        assert "<img src=x" not in page, address
    raw = ada.get(f"/admin/quarantine/{bad}/raw")
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert raw.mimetype == "application/octet-stream"
    assert "sandbox" in raw.headers["Content-Security-Policy"]


def test_addresses_inside_are_refused_in_one_voice(visit: Visit, world: World) -> None:
    ada = visit("ada")
    told = set()
    for inside in ("http://127.0.0.1:22/", "http://127.0.0.1:1/", "http://10.0.0.1/", "http://[::1]:9/"):
        page = plain(looked_at(ada, world, url=inside, library="KNG"))
        place = inside.split("/")[2]
        said = re.search(r"Alamat \S+ (tidak diizinkan\.[^.]*\.)", page)
        assert said, page
        told.add(said[1])
        assert place.split(":")[0].strip("[]") in page
    assert len(told) == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("url", "ftp://x.example/", "http:// atau https://"),
        ("url", "http://u:p@x.example/", "isian tersendiri"),
        ("schedule", "setiap hari", "Teks cron ini tidak terbaca"),
        ("schedule", "99 * * * *", "Teks cron ini tidak terbaca"),
        ("headers", "tanpa titik dua", "Nama: nilai"),
        ("ca_pem", "bukan sertifikat", "PEM"),
        ("delay_ms", "-1", "0 sampai 60000"),
        ("delay_ms", "lambat", "0 sampai 60000"),
        ("code", "a b", "Kode terdiri"),
        ("library", "XYZ", "Pilih perpustakaan"),
        ("name", "", "Tulis nama"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    visit: Visit, world: World, field: str, value: str, said: str
) -> None:
    ada = visit("ada")
    form = {
        "url": "https://x.example/oai",
        "library": "KNG",
        "name": "Kenanga kota",
        "code": "KNG",
        "schedule_kind": "other",
        "schedule": "30 1 * * 1-5",
        "headers": "X-Kunci: abc",
        "delay_ms": "250",
        "username": "pemanen",
        field: value,
    }
    answer = ada.send("/admin/sources/new", do="save", **form)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert "Kesalahan:" in answer.text or "field-bad" in answer.text
    kept = html.unescape(answer.text)
    for name, typed in form.items():
        if name not in ("library", "schedule_kind") and typed:
            assert typed in kept, name
    with world.parts.db.read() as c:
        assert sources.listed(c) == ()


def test_a_password_is_never_sent_back_and_survives_the_look(visit: Visit, odd: str, world: World) -> None:
    ada = visit("ada")
    form = {"url": odd + "/oai", "library": "KNG", "name": "Rahasia", "code": "r", "username": "u"}
    seen = looked_at(ada, world, password="sangat-rahasia", **form)
    assert "sangat-rahasia" not in seen
    kept = fields(seen)["kept"]
    assert ada.send("/admin/sources/new", do="save", kept=kept, **form).status_code == 302
    with world.parts.db.read() as c:
        one = sources.by_code(c, "r")
    assert one.secret is not None
    assert world.parts.seal.open(one.secret) == "sangat-rahasia"
    edit = ada.page("/admin/sources/r/edit")
    assert "sangat-rahasia" not in edit
    form["headers"] = "Authorization: Bearer xyz-kunci"
    assert ada.send("/admin/sources/r/edit", do="save", version=one.version, **form).status_code == 302
    edit = ada.page("/admin/sources/r/edit")
    assert "xyz-kunci" not in edit
    form["headers"] = html.unescape(re.search(r"Authorization: [^\n<]+", edit)[0])  # type: ignore[index]
    assert ada.send("/admin/sources/r/edit", do="save", version=one.version + 1, **form).status_code == 302
    with world.parts.db.read() as c:
        one = sources.by_code(c, "r")
    assert one.headers == {"Authorization": "Bearer xyz-kunci"}
    assert one.secret is not None
    assert world.parts.seal.open(one.secret) == "sangat-rahasia"
    stale = ada.send("/admin/sources/r/edit", do="save", version=1, **form)
    assert stale.status_code == 409
    assert (
        ada.send(
            "/admin/sources/r/edit", do="save", version=one.version, password_remove="yes", **form
        ).status_code
        == 302
    )
    with world.parts.db.read() as c:
        assert sources.by_code(c, "r").secret is None


def test_a_run_is_stopped_resumed_and_a_second_one_is_not_begun(
    visit: Visit, world: World, kenanga: str
) -> None:
    aw.add_source(world, kenanga)
    ada = visit("ada")
    first = ada.send("/admin/sources/KNG/run", kind="full").location
    assert ada.send("/admin/sources/KNG/run", kind="incremental").location == first
    assert ada.send(first + "/stop").status_code == 302
    assert "Dihentikan" in plain(ada.page(first))
    assert ada.send(first + "/resume").location == first
    aw.work(world)
    assert "Lengkap dan terbukti" in plain(ada.page(first))
    with world.parts.db.read() as c:
        assert len(store.history(c, sources.by_code(c, "KNG").id)) == 1


def test_what_comes_from_the_file_is_marked_and_cannot_be_changed(visit: Visit, world: World) -> None:
    aw.add_source(world, "https://x.example/oai", provisioned=True)
    ada = visit("ada")
    page = ada.page("/admin/sources/KNG")
    assert "dari config.yaml" in page
    assert "/admin/sources/KNG/edit" not in page
    ada.send("/admin/sources/KNG/edit", name="Lain")
    ada.send("/admin/sources/KNG/enabled", on="")
    ada.send("/admin/sources/KNG/delete", typed="KNG")
    with world.parts.db.read() as c:
        one = sources.by_code(c, "KNG")
    assert (one.name, one.enabled, one.deleted_at) == ("Kota Kenanga", True, None)


def test_a_switched_off_source_is_not_harvested(visit: Visit, world: World) -> None:
    aw.add_source(world, "https://x.example/oai")
    ada = visit("ada")
    ada.send("/admin/sources/KNG/enabled", on="")
    assert "Dimatikan" in plain(ada.page("/admin/sources"))
    ada.send("/admin/sources/KNG/run", kind="full")
    ada.send("/admin/sources/run-all")
    with world.parts.db.read() as c:
        assert store.running(c) == ()


def test_a_source_goes_with_its_records_once_its_code_is_typed(
    visit: Visit, world: World, kenanga: str
) -> None:
    one = aw.add_source(world, kenanga)
    ada = visit("ada")
    ada.send("/admin/sources/KNG/run", kind="full")
    aw.work(world)
    wrong = ada.send("/admin/sources/KNG/delete", typed="kng")
    assert wrong.status_code == 422
    assert "persis seperti tertulis" in wrong.text
    where = ada.send("/admin/sources/KNG/delete", typed="KNG").location
    assert ada.get("/admin/sources/KNG").status_code == 404
    assert "penghapusan" in plain(ada.page(where))
    aw.work(world)
    assert "dihapus dari katalog" in plain(ada.page(where))
    with world.parts.db.read() as c:
        alive = c.execute(select(record.c.id).where(record.c.source_id == one.id, record.c.gone_at.is_(None)))
        assert alive.first() is None
        assert c.execute(select(record.c.id).where(record.c.source_id == one.id)).first()  # tombstones


def test_quarantine_is_paged_filtered_and_marked_as_seen(visit: Visit, world: World) -> None:
    import zstandard

    one = aw.add_source(world, "https://x.example/oai")
    packed = zstandard.ZstdCompressor().compress(b"<record>\x00\xff\xe2\x80\xae</record>")
    with world.parts.db.begin() as c:
        for number in range(60):
            c.execute(
                quarantine_table.insert().values(
                    id=f"q{number:03d}",
                    source_id=one.id,
                    identifier=f"oai:k:{number}",
                    position="page 1, record 1",
                    reason="no_title",
                    raw=packed,
                    at=world.parts.clock(),
                )
            )
    ada = visit("ada")
    first = ada.page("/admin/quarantine")
    assert first.count('name="row"') == 50
    assert "page=2" in first
    assert ada.page("/admin/quarantine?page=2").count('name="row"') == 10
    assert ada.get("/admin/quarantine?source=nobody").status_code == 404
    shown = ada.page("/admin/quarantine/q001")
    assert "Judul kosong" in shown
    assert "\\xff" in shown
    assert "\\u202e" in shown
    assert "\u202e" not in shown
    assert ada.get("/admin/quarantine/q001/raw").data == b"<record>\x00\xff\xe2\x80\xae</record>"
    ada.send("/admin/quarantine", row=["q001", "q002"])
    assert ada.page("/admin/quarantine?page=2").count('name="row"') == 8
    ada.send("/admin/quarantine", do="all", source="KNG")
    assert "Tidak ada rekaman di karantina" in ada.page("/admin/quarantine")
    assert ada.get("/admin/quarantine/nothing").status_code == 404


def test_an_unreachable_source_says_so_on_the_page(visit: Visit, world: World) -> None:
    aw.allow_loopback(world)
    aw.add_source(world, "http://127.0.0.1:9/oai")
    ada = visit("ada")
    where = ada.send("/admin/sources/KNG/run", kind="full").location
    aw.work(world)
    page = plain(ada.page(where))
    assert "Gagal" in page
    assert "127.0.0.1:9/oai tidak bisa dihubungi" in page
    assert "tidak ada yang dihapus" in page


def test_a_look_belongs_to_who_asked_can_be_stopped_and_hides_what_was_typed(
    visit: Visit, world: World, odd: str
) -> None:
    ada = visit("ada")
    form = {
        "url": odd + "/oai",
        "library": "KNG",
        "name": "Nama saya",
        "code": "r",
        "blackout": "22:00-05:00",
    }
    where = ada.send("/admin/sources/new", do="probe", password="sangat-rahasia", **form).location
    with world.parts.db.read() as c:
        row = c.execute(select(job_table)).one()
    assert "sangat-rahasia" not in str(row.payload)
    assert "Nama saya" not in str(row.payload)
    assert visit("lala").get(where).status_code in (403, 404)
    assert ada.get("/admin/sources/new?look=nothing").status_code == 404
    ada.send(f"/admin/jobs/{row.id}/stop")
    page = html.unescape(ada.page(where))
    assert "coba sekali lagi" in page
    for typed in ("Nama saya", "22:00-05:00", odd):
        assert typed in page
    assert "sangat-rahasia" not in page


def test_the_look_before_saving_is_the_first_health_card(visit: Visit, world: World, odd: str) -> None:
    ada = visit("ada")
    form = {"url": odd + "/oai", "library": "KNG", "name": "Rak", "code": "r", "full_days": "30"}
    page = plain(looked_at(ada, world, **form))
    assert "Saran cara memanen" in page
    with world.parts.db.read() as c:
        look = c.execute(select(job_table.c.id)).scalar_one()
    assert ada.send(f"/admin/sources/new?look={look}", do="save", **form).status_code == 302
    with world.parts.db.read() as c:
        one = sources.by_code(c, "r")
    assert (one.full_days, one.sweep_days, one.blackout) == (30, None, "")
    page = plain(ada.page("/admin/sources/r"))
    assert "Kartu kesehatan" in page
    assert "Seluruh daftar dibaca lagi setiap 30 hari" in page
    card = json.loads(ada.get("/admin/sources/r/health.json").text)
    assert {"id", "en"} == set(card["strategy"][0]["words"])
    ada.send("/admin/sources/r/look")
    assert "Sedang diperiksa" in plain(ada.page("/admin/sources/r"))
    while jobs.work_on_one(world.parts, "test", quick=True):
        pass
    assert "Sedang diperiksa" not in plain(ada.page("/admin/sources/r"))
    assert visit("lala").get("/admin/sources/r/health.json").status_code in (403, 404)
    assert visit("lala").send("/admin/sources/r/look").status_code in (403, 404)


def test_a_source_that_rests_says_until_when_and_can_be_tried_now(
    visit: Visit, world: World, kenanga: str
) -> None:
    one = aw.add_source(world, kenanga)
    ada = visit("ada")
    with world.parts.db.begin() as c:
        rests = world.parts.clock() + timedelta(hours=2)
        values = {"failures": 4, "health": "failing", "health_reason": "HTTP 503", "rests_until": rests}
        c.execute(source_table.update().values(**values))
        store.queue(c, one.id, at=world.parts.clock())
    page = ada.page("/admin/sources/KNG")
    assert "gagal berulang kali" in plain(page)
    assert "Coba sekarang" in page
    aw.work(world)
    with world.parts.db.read() as c:
        assert store.open_one(c, one.id) is not None  # it rests
    ada.send("/admin/sources/KNG/run", kind="incremental")
    aw.work(world)
    with world.parts.db.read() as c:
        after = sources.get(c, one.id)
    assert (after.health, after.failures, after.rests_until) == ("ok", 0, None)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("blackout", "malam hari", "22:00-05:00"),
        ("blackout", "00:00-24:00", "tidak menyisakan"),
        ("full_days", "-3", "0 sampai 3660"),
        ("sweep_days", "9999", "0 sampai 3660"),
    ],
)
def test_hours_and_days_that_cannot_be_are_said(visit: Visit, field: str, value: str, said: str) -> None:
    form = {"url": "https://x.example/oai", "library": "KNG", "name": "Rak", "code": "r", field: value}
    answer = visit("ada").send("/admin/sources/new", do="save", **form)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert value in html.unescape(answer.text)


def test_a_worker_that_has_no_pages_can_look_at_endpoints() -> None:
    words = [sys.executable, "-c", "import web.source_jobs"]
    subprocess.run(words, check=True, timeout=60, capture_output=True)
