"""Targets through the admin pages: entered, changed, copied, imported, probed, tried; no page shows a password."""

from __future__ import annotations

import html
import io
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from foundation.settings import FetchSettings
from foundation.tables import event, job
from index.live.asking.health import Health
from index.live.keeping.file import File
from index.live.keeping.writing import remember
from index.targets import flat, probes, store
from index.targets.card import Card
from index.targets.probing import run
from index.targets.store import Target
from tests.peers.live.catalogues import Peer, ZTest
from tests.web.conftest import Client, World
from tests.web.samples import HOSTILE
from web import duties, jobs, target_jobs

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]

SECRET = "r4h4sia-sekali"
PLAIN: dict[str, object] = {
    "url": "z3950://katalog.example:2100/Buku",
    "name": "Katalog Kota",
    "code": "kota",
    "authentication": "none",
    "searchers": "public",
    "verify": "yes",
    "enabled": "yes",
    "query": "rpn",
    "query_charset": "utf-8",
    "operators": "and, or, not",
    "sru_method": "auto",
    "piggyback": "yes",
    "named_sets": "yes",
    "syntax_in_search": "yes",
    "syntaxes": "usmarc, xml, sutrs",
    "elements": "F",
    "flavour": "auto",
    "holdings": "auto",
    "word": "4=2",
    "phrase": "4=1",
    "prefix": "5=1",
    "year": "4=4",
    "below": "2=2",
    "above": "2=4",
}


def plain(page: str) -> str:
    """What people read of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def added(world: World, **more: Any) -> Target:
    """A target, saved as the pages would."""
    said = {"code": "kota", "name": "Katalog Kota", "url": "z3950://katalog.example:2100/Buku"} | more
    password = said.pop("password", None)
    with world.parts.db.begin() as c:
        return store.add(c, flat.read(said), password=password, seal=world.parts.seal, at=world.parts.clock())


def stored(world: World, code: str = "kota") -> Target:
    with world.parts.db.read() as c:
        return store.by_code(c, code)


def done(world: World) -> list[str]:
    """What admins did with targets, in order."""
    with world.parts.db.read() as c:
        rows = c.execute(select(event.c.action).where(event.c.object_type == "target").order_by(event.c.id))
        return list(rows.scalars())


def work(world: World) -> None:
    while jobs.work_on_one(world.parts, "test", quick=True):
        pass


def open_loopback(world: World) -> None:
    world.parts.settings = replace(world.parts.settings, fetch=FetchSettings(allow=("127.0.0.1/32",)))


def test_without_targets_the_page_says_what_to_do_and_offers_samples(visit: Visit) -> None:
    page = plain(visit("ada").page("/admin/targets"))
    assert "Belum ada katalog luar" in page
    assert "Library of Congress" in page
    assert "periksa sebelum dipakai" in page


def test_a_target_is_added_and_its_password_never_shown(world: World, visit: Visit) -> None:
    ada = visit("ada")
    login = {"authentication": "idpass", "username": "silang", "password": SECRET}
    answer = ada.send("/admin/targets/new", do="save", **PLAIN | login)
    assert answer.status_code == 302
    one = stored(world)
    assert one.password(world.parts.seal) == SECRET
    usual = flat.read({"code": "kota", "name": "Katalog Kota", "url": PLAIN["url"]})
    assert replace(one.profile, authentication=usual.authentication) == usual
    for path in ("", "/edit", "/try", "/delete"):
        assert SECRET not in ada.page(f"/admin/targets/kota{path}")
    assert SECRET not in ada.page("/admin/targets")
    assert SECRET not in ada.page("/admin/log")
    assert done(world) == ["added"]


def test_whatever_is_wrong_everything_typed_stays(world: World, visit: Visit) -> None:
    ada = visit("ada")
    wrong = {
        "url": "ftp://x",
        "code": "a b",
        "most_records": "banyak",
        "attributes": "warna: 1=4",
        "name": "",
    }
    answer = ada.send("/admin/targets/new", **PLAIN | wrong | {"password": SECRET, "note": "catatan saya"})
    assert answer.status_code == 422
    page = plain(answer.text)
    assert "Ada 5 isian yang perlu diperbaiki" in page
    assert "Titik akses ini tidak ada: warna" in page
    assert "catatan saya" in answer.text
    assert "warna: 1=4" in answer.text
    assert SECRET not in answer.text
    kept = re.search(r'name="kept" value="([^"]+)"', answer.text)
    assert kept is not None
    right = ada.send(
        "/admin/targets/new", **PLAIN | {"authentication": "open", "username": "x", "kept": kept[1]}
    )
    assert right.status_code == 302
    assert stored(world).password(world.parts.seal) == SECRET


def test_a_change_keeps_the_password_and_a_stale_form_is_told(world: World, visit: Visit) -> None:
    added(world, password=SECRET, authentication="open", username="a")
    ada = visit("ada")
    form = PLAIN | {"authentication": "open", "username": "b", "version": 1}
    assert ada.send("/admin/targets/kota/edit", **form).status_code == 302
    assert stored(world).password(world.parts.seal) == SECRET
    stale = ada.send("/admin/targets/kota/edit", **form | {"username": "c"})
    assert stale.status_code == 409
    assert 'value="c"' in stale.text
    gone = ada.send("/admin/targets/kota/edit", **form | {"version": 2, "password_remove": "yes"})
    assert gone.status_code == 302
    assert stored(world).secret is None


def test_one_from_the_file_is_read_only(world: World, visit: Visit) -> None:
    profile = flat.read({"code": "berkas", "name": "Dari berkas", "url": "z3950://x.example"})
    with world.parts.db.begin() as c:
        store.provision(c, [(profile, SECRET)], seal=world.parts.seal, at=world.parts.clock())
    ada = visit("ada")
    assert "dari config.yaml" in plain(ada.page("/admin/targets/berkas"))
    for path, form in (("edit", PLAIN), ("enabled", {"on": ""}), ("delete", {"typed": "berkas"})):
        assert ada.send(f"/admin/targets/berkas/{path}", **form).status_code == 302
    assert stored(world, "berkas").enabled
    assert "Ubah di berkas itu" in plain(ada.page("/admin/targets/berkas"))


def test_it_is_switched_off_and_on_copied_and_deleted(world: World, visit: Visit) -> None:
    added(world, password=SECRET, authentication="open", username="a", always="2=3")
    ada = visit("ada")
    ada.send("/admin/targets/kota/enabled", on="")
    assert not stored(world).enabled
    ada.send("/admin/targets/kota/enabled", on="yes")
    assert stored(world).enabled
    copy = ada.page("/admin/targets/new?copy=kota")
    assert 'value="kota-2"' in copy
    assert 'value="2=3"' in copy
    assert "Kata sandi tidak ikut disalin" in plain(copy)
    assert ada.send("/admin/targets/kota/delete", typed="salah").status_code == 422
    assert ada.send("/admin/targets/kota/delete", typed="kota").status_code == 302
    ada.page("/admin/targets/kota", 404)
    assert done(world) == ["switched_off", "switched_on", "target_deleted"]


def test_a_sample_is_copied_switched_off(world: World, visit: Visit) -> None:
    ada = visit("ada")
    page = ada.page("/admin/targets/new?sample=bnf-sru")
    assert "periksa dulu sebelum dipakai" in plain(page)
    assert "title: bib.title" in page
    assert not re.search(r'id="enabled"[^>]*checked', page)
    ada.page("/admin/targets/new?sample=nonsense")


KOHA = (
    "id,host,port,db,userid,password,servername,checked,rank,syntax,timeout,servertype,encoding,recordtype\n"
    f"1,kat.example,210,buku,silang,{SECRET},Perpustakaan Kota,1,0,USMARC,5,zed,utf8,biblio\n"
    "2,,210,x,,,Tanpa host,1,0,USMARC,5,zed,utf8,biblio\n"
    f'3,lain.example,210,x,,,"Nama {HOSTILE.replace(chr(34), chr(39))}",1,0,USMARC,5,zed,utf8,biblio\n'
)


def test_a_list_of_koha_is_looked_at_before_it_is_taken_in(world: World, visit: Visit) -> None:
    ada = visit("ada")
    look = ada.send(
        "/admin/targets/import", kind="koha", do="look", file=(io.BytesIO(KOHA.encode()), "z.csv")
    )
    assert look.status_code == 200
    assert "3 katalog di daftar ini" in plain(look.text)
    assert "dengan kata sandi" in plain(look.text)
    assert "Ini bukan alamat Z39.50" in plain(look.text)
    assert SECRET not in look.text
    assert "<script>window" not in look.text
    with world.parts.db.read() as c:
        assert store.listed(c) == ()
    kept = re.search(r'name="kept" value="([^"]+)"', look.text)
    assert kept is not None
    nothing = ada.send("/admin/targets/import", kind="koha", do="take", kept=kept[1])
    assert nothing.status_code == 422
    taken = ada.send("/admin/targets/import", kind="koha", do="take", kept=kept[1], row="1")
    assert taken.status_code == 302
    one = stored(world, "perpustakaan-kota")
    assert one.password(world.parts.seal) == SECRET
    assert not one.enabled
    assert done(world) == ["imported"]
    again = ada.send(
        "/admin/targets/import", kind="koha", do="look", file=(io.BytesIO(KOHA.encode()), "z.csv")
    )
    assert "Sudah ada: Perpustakaan Kota" in plain(again.text)
    assert not re.search(r'value="1"[^>]* checked', again.text)
    forged = ada.send("/admin/targets/import", kind="koha", do="take", kept="AAAA", row="1")
    assert forged.status_code == 422


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("koha", "nama,warna\nx,merah\n", "bukan nama kolom z3950servers"),
        ("koha", "", "Pilih berkas atau tempelkan isinya"),
        ("pazpar2", "<settings", "bukan XML yang bisa dibaca"),
        ("zeerex", "<html/>", "bukan jawaban explain"),
        ("ftp", "x", "Pilih jenis daftarnya"),
    ],
)
def test_what_is_no_list_says_why(visit: Visit, kind: str, text: str, said: str) -> None:
    answer = visit("ada").send("/admin/targets/import", kind=kind, do="look", pasted=text)
    assert answer.status_code == 422
    assert said in plain(answer.text)


EXPLAIN = """<explain xmlns="http://explain.z3950.org/dtd/2.0/"><serverInfo version="1.2"><host>sru.example</host>
<port>8080</port><database>db</database></serverInfo><databaseInfo><title>Katalog</title></databaseInfo>
<indexInfo><index search="true"><map><name set="dc">title</name></map></index></indexInfo>
<schemaInfo><schema identifier="info:srw/schema/1/marcxml-v1.1" name="marcxml"><title>M</title></schema></schemaInfo>
</explain>"""


def test_an_explanation_becomes_a_target(world: World, visit: Visit) -> None:
    ada = visit("ada")
    look = ada.send("/admin/targets/import", kind="zeerex", do="look", pasted=EXPLAIN)
    kept = re.search(r'name="kept" value="([^"]+)"', look.text)
    assert kept is not None
    ada.send("/admin/targets/import", kind="zeerex", do="take", kept=kept[1], row="Katalog", enabled="yes")
    profile = stored(world, "katalog").profile
    assert profile.address.url == "sru+http://sru.example:8080/db"
    assert profile.dialect.indexes["title"] == ("dc.title",)
    assert (profile.retrieval.schema, profile.dialect.sru_version) == ("marcxml", "1.2")
    assert profile.policy.enabled


# --- probing and trying ------------------------------------------------------------------------------


def test_a_dead_target_is_seen_as_such_everywhere(world: World, visit: Visit) -> None:
    open_loopback(world)
    ada = visit("ada")
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        added(world, url=f"z3950://127.0.0.1:{taken.getsockname()[1]}/x")
        ada.send("/admin/targets/kota/probe")
        waiting = ada.page("/admin/targets/kota")
        assert "Sedang diperiksa" in plain(waiting)
        assert '<noscript><meta http-equiv="refresh"' in waiting
        work(world)
    assert stored(world).health == "failing"
    assert "sambungan ditolak" in plain(ada.page("/admin/targets/kota"))
    assert "Katalog Kota tidak menjawab" in plain(ada.page("/admin/targets"))
    assert "1 katalog luar bermasalah" in plain(ada.page("/admin"))
    ada.page("/admin/targets/kota/card.json", 404)


def test_a_probe_that_waits_is_stopped_before_it_begins(world: World, visit: Visit) -> None:
    one = added(world)
    ada = visit("ada")
    ada.send("/admin/targets/kota/probe")
    with world.parts.db.read() as c:
        asked = jobs.open_about(c, "target_probe", one.id)
    ada.send(f"/admin/jobs/{asked}/stop")
    work(world)
    assert stored(world).health == "new"
    assert "Sedang diperiksa" not in plain(ada.page("/admin/targets/kota"))


def test_a_fault_of_ours_ends_a_probe_and_is_told(
    world: World, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = added(world)

    def broken(*args: object, **more: object) -> Card:
        raise ZeroDivisionError

    monkeypatch.setattr(run, "probe", broken)
    ada = visit("ada")
    ada.send("/admin/targets/kota/probe")
    work(world)
    with world.parts.db.read() as c:
        assert probes.listed(c, one.id)[0].state == "failed"
    assert "kesalahan di pihak kita" in plain(ada.page("/admin/targets/kota"))


def test_one_that_the_engine_leaves_alone_is_shown_as_resting(world: World, visit: Visit) -> None:
    one = added(world)
    file = File(world.parts.data / "live.db")
    later = (world.parts.clock() + timedelta(minutes=5)).timestamp()
    with file.begin() as c:
        remember(c, one.id, Health(failures=4, rests_until=later))
    file.close()
    page = plain(visit("ada").page("/admin/targets"))
    assert "Katalog Kota sedang diistirahatkan" in page


@pytest.mark.parametrize(
    ("hour", "age", "due"),
    [(19, 24, True), (18, None, True), (17, 24, False), (22, 24, False), (19, 3, False)],
)
def test_the_short_probe_is_due_at_night_where_the_target_is(
    world: World, hour: int, age: int | None, due: bool
) -> None:
    """01 to 05 in Jakarta is 18 to 22 UTC."""
    now = datetime(2026, 11, 24, hour, 30, tzinfo=UTC) - timedelta(minutes=30)
    one = added(world)
    probed = now - timedelta(hours=age) if age is not None else None
    assert target_jobs.due(replace(one, probed_at=probed), now) is due


def test_one_that_did_not_answer_is_asked_again_by_the_hour(world: World) -> None:
    noon = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    one = replace(added(world), health="failing", probed_at=noon)
    assert not target_jobs.due(one, noon + timedelta(minutes=59))
    assert target_jobs.due(one, noon + timedelta(hours=1))


def test_one_with_hours_is_looked_at_in_them(world: World) -> None:
    one = added(world, hours=["mon-fri 08:00-16:00"])
    tuesday = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # 10.00 WIB
    assert target_jobs.due(one, tuesday)
    assert not target_jobs.due(one, tuesday + timedelta(hours=16))


def test_at_night_each_target_is_looked_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def probe(profile: object, *args: object, whole: bool, **more: object) -> Card:
        asked.append(whole)
        return Card(whole=whole)

    monkeypatch.setattr(run, "probe", probe)
    added(world)
    added(world, code="mati", enabled=False)
    monkeypatch.setattr(world.parts, "clock", lambda: datetime(2026, 11, 24, 19, 0, tzinfo=UTC))
    while duties.targets(world.parts, "test"):
        pass
    assert asked == [False]
    assert stored(world).health == "ok"


@pytest.mark.peers
def test_a_probe_fills_the_card_and_its_findings_are_taken_into_the_profile(
    world: World, visit: Visit, zebra_iso2709: Peer
) -> None:
    open_loopback(world)
    ada = visit("ada")
    form = {
        "url": f"z3950://127.0.0.1:{zebra_iso2709.port}/Default",
        "authentication": "idpass",
        "username": zebra_iso2709.user,
        "password": zebra_iso2709.password,
    }
    answer = ada.send("/admin/targets/new", do="save_probe", **PLAIN | form)
    assert answer.status_code == 302
    work(world)
    page = ada.page("/admin/targets/kota")
    assert "Zebra Information Server" in page
    assert "Yang disarankan pemeriksaan" in plain(page)
    assert zebra_iso2709.password not in page
    with world.parts.db.read() as c:
        last = probes.last(c, stored(world).id)
    assert last is not None
    card = ada.page(f"/admin/targets/kota/probes/{last.id}")
    assert "114: the server does not know this access point (7)" in card
    assert zebra_iso2709.password not in card
    assert '"target":"kota"' in ada.page("/admin/targets/kota/card.json").replace(": ", ":")
    taken = ada.send("/admin/targets/kota/take", probe=last.id, version=1, value=["attributes", "syntaxes"])
    assert taken.status_code == 302
    profile = stored(world).profile
    assert profile.dialect.access["isbn"] == ()
    assert profile.retrieval.syntaxes == ("usmarc", "xml", "sutrs")
    assert stored(world).health == "ok"
    stale = ada.send("/admin/targets/kota/take", probe=last.id, version=1, value=["attributes"])
    assert stale.status_code == 302
    assert stored(world).version == 2
    assert done(world) == ["added", "took_probe"]


@pytest.mark.peers
def test_a_test_search_is_carried_out_by_the_worker_and_shown_to_whoever_asked(
    world: World, visit: Visit, ztest: ZTest
) -> None:
    open_loopback(world)
    added(world, url=f"z3950://127.0.0.1:{ztest.port}/Default", syntaxes=["opac", "usmarc"])
    ada = visit("ada")
    assert ada.send("/admin/targets/kota/try", query="", language="box").status_code == 422
    asked = ada.send("/admin/targets/kota/try", query="@attr 1=4 42", language="pqf")
    assert asked.status_code == 302
    waiting = ada.page(asked.location)
    assert "Sedang bertanya kepada server" in plain(waiting)
    work(world)
    page = ada.page(asked.location)
    assert "42 temuan" in plain(page)
    assert "How to program a computer" in page
    assert "SearchRequest" in page
    with world.parts.db.begin() as c:
        c.execute(job.update().values(asked_by="somebody else"))
    ada.page(asked.location, 404)
