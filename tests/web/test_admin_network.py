"""Libraries, branches, holidays, accounts, post and background work through the admin pages."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from foundation import libraries, outbox, people
from foundation import tables as t
from foundation.db import Database, metadata
from foundation.libraries import Opening
from foundation.outbox import Work
from harvester import sources
from tests.conftest import TestClock
from tests.web import admin_world as aw
from tests.web.conftest import PASSWORD, Client, World, make_parts, make_world
from web import jobs

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]

PAGES = [
    "/admin",
    "/admin/sources",
    "/admin/sources/new",
    "/admin/quarantine",
    "/admin/files",
    "/admin/libraries",
    "/admin/libraries/new",
    "/admin/libraries/KNG",
    "/admin/libraries/KNG/edit",
    "/admin/libraries/KNG/retire",
    "/admin/libraries/KNG/branches/new",
    "/admin/holidays",
    "/admin/users",
    "/admin/users/new",
    "/admin/outbox",
    "/admin/jobs",
    "/admin/log",
]


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_answers_the_admin_in_both_languages(visit: Visit, language: str) -> None:
    ada = visit("ada", language)
    for address in PAGES:
        page = ada.page(address)
        assert f'<html lang="{language}">' in page
        assert page.count("<h1") == 1, address
        assert page.count("btn-primary") <= 1, address


@pytest.mark.parametrize("login", ["rani", "lala", "hadi"])
def test_nobody_else_sees_or_changes_anything(visit: Visit, world: World, login: str) -> None:
    other = visit(login)
    for address in PAGES:
        assert other.get(address).status_code == 403, address
    before = world.user["hadi"]
    assert other.send(f"/admin/users/{before}/state", do="disable").status_code == 403
    assert other.send(f"/admin/users/{world.user[login]}/roles", role="admin").status_code == 403
    assert other.send("/admin/libraries/KNG/retire", typed="KNG", records="remove").status_code == 403
    with world.parts.db.read() as c:
        assert people.get_user(c, before).state == "active"
        assert libraries.by_code(c, "KNG").state == "active"
        assert all(role.role != "admin" for role in people.roles_of(c, world.user[login]))


def test_a_guest_is_asked_to_sign_in_first(client: Client) -> None:
    answer = client.get("/admin/sources")
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")


# --- libraries -------------------------------------------------------------------------------------


def typed(**changes: str) -> dict[str, str]:
    return {
        "code": "TRT",
        "symbol": "ISIL:ID-TRT",
        "name": "Balai Riset Teratai",
        "kind": "special",
        "region": "Jawa Barat",
        "zone": "Asia/Makassar",
        "state": "active",
        "lends": "yes",
        "transit_days": "4",
        "pickup_days": "12",
        "retention_days": "60",
        "request_limit": "7",
        "latitude": "-6,2",
        "longitude": "106.8",
        **changes,
    }


def test_a_library_is_added_with_a_branch_changed_and_kept_safe_from_late_savers(
    visit: Visit, world: World
) -> None:
    ada = visit("ada")
    assert ada.send("/admin/libraries/new", **typed()).status_code == 302
    with world.parts.db.read() as c:
        one = libraries.by_code(c, "TRT")
        places = libraries.branches(c, one.id)
    assert (one.transit_days, one.pickup_days, one.request_limit, one.zone) == (4, 12, 7, "Asia/Makassar")
    assert (one.latitude, one.longitude, one.lends) == (-6.2, 106.8, True)
    assert [place.name for place in places] == ["Balai Riset Teratai"]
    changed = typed(name="Balai Teratai", lends="", version=str(one.version), code="LAIN")
    assert ada.send("/admin/libraries/TRT/edit", **changed).status_code == 302
    with world.parts.db.read() as c:
        after = libraries.get(c, one.id)
    assert (after.name, after.lends, after.code) == ("Balai Teratai", False, "TRT")
    late = ada.send("/admin/libraries/TRT/edit", **typed(name="Terlambat", version=str(one.version)))
    assert late.status_code == 409
    assert "Terlambat" in late.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("code", "x", "2 sampai 16"),
        ("code", "KNG", "sudah dipakai"),
        ("symbol", "apa saja", "Tulis simbol"),
        ("symbol", "ISIL:ID-KNG", "sudah dipakai perpustakaan lain"),
        ("name", "", "Tulis nama"),
        ("email", "bukan surel", "nama@example.org"),
        ("opac_url", "javascript:alert(1)", "http:// atau https://"),
        ("zone", "Mars/Olympus", "Pilih zona waktu"),
        ("transit_days", "seminggu", "bilangan dari"),
        ("latitude", "200", "derajat"),
        ("state", "left", "Pilih keadaan"),
        ("places_itself", "yes", "bertanggung jawab"),
        ("liable_user_id", "somebody", "bertanggung jawab"),
    ],
)
def test_a_wrong_library_is_explained_and_kept(
    visit: Visit, world: World, field: str, value: str, said: str
) -> None:
    answer = visit("ada").send("/admin/libraries/new", **typed(**{field: value}))
    assert answer.status_code == 422
    text = html.unescape(answer.text)
    assert said in text
    assert "Jawa Barat" in text
    with world.parts.db.read() as c:
        assert len(libraries.every(c)) == 2


def test_one_from_the_file_is_marked_and_read_only(visit: Visit, world: World) -> None:
    with world.parts.db.begin() as c:
        c.execute(t.library.update().where(t.library.c.code == "KNG").values(provisioned=True))
    ada = visit("ada")
    page = ada.page("/admin/libraries/KNG")
    assert "dari config.yaml" in page
    assert "/admin/libraries/KNG/edit" not in page
    branch = world.branch["KNG"]
    for address, values in (
        ("/admin/libraries/KNG/edit", typed()),
        ("/admin/libraries/KNG/retire", {"typed": "KNG", "records": "keep"}),
        ("/admin/libraries/KNG/branches/new", {"code": "B", "name": "Baru"}),
        (f"/admin/libraries/KNG/branches/{branch}", {"name": "Lain"}),
    ):
        assert ada.send(address, **values).status_code == 302
    with world.parts.db.read() as c:
        one = libraries.by_code(c, "KNG")
        assert (one.name, one.state) == ("Perpustakaan Kota Kenanga", "active")
        assert [place.name for place in libraries.branches(c, one.id)] == ["Gedung Pusat"]


def test_a_branch_has_hours_names_and_an_end(visit: Visit, world: World) -> None:
    ada = visit("ada")
    form = {
        "code": "UTR",
        "name": "Cabang Utara",
        "zone": "Asia/Jayapura",
        "pickup": "yes",
        "lends": "yes",
        "state": "active",
        "aliases": "Utara\nUTARA-1\nUtara",
        "day0": "08.00-12.00, 13:00-16:00",
        "day5": "09:00-24:00",
    }
    assert ada.send("/admin/libraries/KNG/branches/new", **form).status_code == 302
    with world.parts.db.read() as c:
        made = next(one for one in libraries.branches(c, world.library["KNG"]) if one.code == "UTR")
        hours = libraries.openings(c, made.id)
    assert made.aliases == ("Utara", "UTARA-1")
    assert hours == (
        Opening(weekday=0, opens="08:00", closes="12:00"),
        Opening(weekday=0, opens="13:00", closes="16:00"),
        Opening(weekday=5, opens="09:00", closes="24:00"),
    )
    again = ada.send("/admin/libraries/KNG/branches/new", **form)
    assert again.status_code == 422
    assert "sudah punya cabang" in again.text
    for wrong in ("pagi", "16:00-08:00", "08:00-12:00, 11:00-13:00", "08:00-25:00"):
        bad = ada.send(f"/admin/libraries/KNG/branches/{made.id}", **{**form, "day1": wrong})
        assert bad.status_code == 422, wrong
        assert wrong in bad.text
    assert (
        ada.send(f"/admin/libraries/KNG/branches/{made.id}", **{**form, "state": "closed"}).status_code == 302
    )
    assert "Ditutup" in ada.page("/admin/libraries/KNG")
    assert ada.get(f"/admin/libraries/MLT/branches/{made.id}").status_code == 404


def test_closures_are_added_and_removed(visit: Visit, world: World) -> None:
    ada = visit("ada")
    wrong = ada.send(
        "/admin/libraries/KNG/closures", first_day="2026-12-05", last_day="2026-12-01", reason="Cat"
    )
    assert wrong.status_code == 422
    assert "sebelum hari pertama" in wrong.text
    assert "Cat" in wrong.text
    other = world.branch["MLT"]
    assert ada.send("/admin/libraries/KNG/closures", first_day="2026-12-05", branch=other).status_code == 422
    assert (
        ada.send("/admin/libraries/KNG/closures", first_day="2026-12-05", reason="Pindah").status_code == 302
    )
    with world.parts.db.read() as c:
        (made,) = libraries.closures(c, world.library["KNG"])
    assert (made.first_day, made.last_day) == (date(2026, 12, 5), date(2026, 12, 5))
    assert "Pindah" in ada.page("/admin/libraries/KNG")
    ada.send(f"/admin/libraries/MLT/closures/{made.id}/remove")
    with world.parts.db.read() as c:
        assert libraries.closures(c, world.library["KNG"])
    ada.send(f"/admin/libraries/KNG/closures/{made.id}/remove")
    with world.parts.db.read() as c:
        assert libraries.closures(c, world.library["KNG"]) == ()


def test_holidays_are_added_taken_out_and_put_back(visit: Visit, world: World) -> None:
    ada = visit("ada")
    assert ada.send("/admin/holidays", day="2026-11-30", kind="added").status_code == 422
    ada.send("/admin/holidays", day="2026-11-30", kind="added", name="Hari jadi")
    assert "Hari jadi" in ada.page("/admin/holidays?year=2026")
    assert ada.send("/admin/holidays", day="2026-11-27", kind="removed").status_code == 422
    ada.send("/admin/holidays", day="2026-12-25", kind="removed")
    with world.parts.db.read() as c:
        told = {one.kind: one for one in libraries.holidays(c)}
    assert told["removed"].day == date(2026, 12, 25)
    ada.send(f"/admin/holidays/{told['removed'].id}/forget")
    with world.parts.db.read() as c:
        assert [one.kind for one in libraries.holidays(c)] == ["added"]
    assert ada.get("/admin/holidays?year=1").status_code == 404


@pytest.mark.parametrize("choice", ["keep", "remove"])
def test_a_library_that_leaves_neither_lends_nor_borrows(visit: Visit, world: World, choice: str) -> None:
    source = aw.add_source(world, "https://x.example/oai")
    ada = visit("ada")
    wrong = ada.send("/admin/libraries/KNG/retire", typed="KN", records=choice)
    assert wrong.status_code == 422
    assert ada.send("/admin/libraries/KNG/retire", typed="KNG").status_code == 422  # no choice made
    assert ada.send("/admin/libraries/KNG/retire", typed="KNG", records=choice).status_code == 302
    with world.parts.db.read() as c:
        one = libraries.by_code(c, "KNG")
        after = sources.get(c, source.id)
    assert (one.state, one.lends) == ("left", False)
    assert not after.enabled
    assert (after.deleted_at is not None) == (choice == "remove")
    ada.send("/admin/libraries/KNG/return")
    with world.parts.db.read() as c:
        assert libraries.by_code(c, "KNG").state == "active"


# --- accounts --------------------------------------------------------------------------------------


def test_a_new_account_gets_a_link_that_is_shown_once_and_works_once(visit: Visit, world: World) -> None:
    ada = visit("ada")
    made = ada.send(
        "/admin/users/new",
        login="Nina@KNG.example",
        name="Nina",
        email="nina@kng.example",
        language="id",
        role="librarian",
        library="KNG",
        state="disabled",  # not a field of the form
    )
    assert made.status_code == 302
    where = made.location.split("#")[0]
    first = ada.page(where)
    link = re.search(r'value="http://localhost(/link/[^"]+)"', first)
    assert link
    assert "/link/" not in ada.page(where)
    guest = world.client()
    secret = "kebun teh di lereng gunung"
    page = guest.page(link[1])
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    chosen = guest.post(link[1], data={"csrf_token": token[1], "password": secret, "again": secret})
    assert chosen.status_code == 302, chosen.text[-3000:]
    assert world.client().send("/sign-in", login="nina@kng.example", password=secret).status_code == 302
    with world.parts.db.read() as c:
        one = people.by_login(c, "nina@kng.example")
        assert [role.role for role in people.roles_of(c, one.id)] == ["librarian"]
        assert one.state == "active"


def test_a_wrong_account_is_explained_and_kept(visit: Visit) -> None:
    ada = visit("ada")
    form = {"login": "baru", "name": "Baru", "language": "id", "role": "librarian", "library": "KNG"}
    for field, value, said in (
        ("login", "", "Tulis nama masuk"),
        ("login", "lala", "sudah dipakai"),
        ("login", "a b", "tanpa spasi"),
        ("name", "", "Tulis nama"),
        ("email", "x", "nama@example.org"),
        ("role", "patron", "Pilih peran"),
        ("role", "root", "Pilih peran"),
        ("library", "", "tempat peran ini berlaku"),
    ):
        answer = ada.send("/admin/users/new", **{**form, field: value})
        assert answer.status_code == 422, field
        assert said in html.unescape(answer.text)
        if field != "name":
            assert "Baru" in answer.text


def test_roles_are_given_and_taken_per_library(visit: Visit, world: World) -> None:
    ada, lala = visit("ada"), world.user["lala"]
    desk = visit("lala")
    assert desk.get("/desk/KNG").status_code == 404
    assert ada.send(f"/admin/users/{lala}/roles", role="head", library="KNG").status_code == 302
    assert desk.get("/desk/KNG").status_code == 302  # her old session has ended
    assert visit("lala").get("/desk/KNG").status_code == 200
    kng = world.library["KNG"]
    ada.send(f"/admin/users/{lala}/roles", do="take", role="head", library=kng)
    assert visit("lala").get("/desk/KNG").status_code == 404
    assert ada.send(f"/admin/users/{lala}/roles", role="head").status_code == 422
    assert ada.send(f"/admin/users/{lala}/roles", role="patron", library="KNG").status_code == 422
    assert ada.send(f"/admin/users/{lala}/roles", do="take", role="patron", library=kng).status_code == 400


def test_disabling_ends_sessions_and_links(visit: Visit, world: World) -> None:
    desk, ada, lala = visit("lala"), visit("ada"), world.user["lala"]
    ada.send(f"/admin/users/{lala}/link")
    link = re.search(r'value="http://localhost(/link/[^"]+)"', ada.page(f"/admin/users/{lala}"))
    assert link
    ada.send(f"/admin/users/{lala}/state", do="disable")
    assert desk.get("/desk/MLT").status_code == 302
    assert 'name="password"' not in world.client().get(link[1]).text
    refused = world.client().send("/sign-in", login="lala", password=PASSWORD)
    assert refused.status_code != 302
    ada.send(f"/admin/users/{lala}/link")
    assert "/link/" not in ada.page(f"/admin/users/{lala}")
    ada.send(f"/admin/users/{lala}/state", do="enable")
    assert visit("lala").get("/desk/MLT").status_code == 200


def test_the_last_admin_cannot_go(visit: Visit, world: World) -> None:
    ada, me = visit("ada"), world.user["ada"]
    assert ada.send(f"/admin/users/{me}/roles", do="take", role="admin").status_code == 422
    ada.send(f"/admin/users/{me}/state", do="disable")
    with world.parts.db.read() as c:
        assert people.get_user(c, me).state == "active"
        assert [role.role for role in people.roles_of(c, me)] == ["admin"]
    hadi = world.user["hadi"]
    ada.send(f"/admin/users/{hadi}/roles", role="admin")
    ada.send(f"/admin/users/{hadi}/state", do="disable")  # a disabled admin is none
    assert ada.send(f"/admin/users/{me}/roles", do="take", role="admin").status_code == 422
    ada.send(f"/admin/users/{hadi}/state", do="enable")
    assert ada.send(f"/admin/users/{me}/roles", do="take", role="admin").status_code == 302
    assert ada.get("/admin").status_code in (302, 403)


def test_readers_are_accounts_here_and_never_people(visit: Visit, world: World) -> None:
    ada = visit("ada")
    with world.parts.db.begin() as c:
        work = Work(
            channel="mail",
            effect_key="k",
            payload={"template": "ready_for_pickup", "to_patron_id": world.patron["rani"], "data": {}},
        )
        outbox.put(c, work, world.parts.clock())
        to_user = {"template": "password_reset", "to_user_id": world.user["rani"]}
        outbox.put(c, Work(channel="mail", effect_key="k2", payload=to_user), world.parts.clock())
    pages = [
        *PAGES,
        "/admin/users?view=patrons",
        f"/admin/users/{world.user['rani']}",
        "/admin/libraries/MLT",
    ]
    for address in pages:
        text = ada.page(address)
        for secret in ("Canari", "MLT-001", "rani@mlt.example"):
            assert secret not in text, address
    assert "rani" in ada.page("/admin/users?view=patrons")
    assert "Rani" not in ada.page(f"/admin/users/{world.user['rani']}")
    assert ada.get(f"/admin/users/{world.user['rani']}/edit").status_code == 404
    assert "rani" not in plain(ada.page("/admin/users?view=patrons&q=canari"))
    assert "pemustaka" in plain(ada.page("/admin/outbox?view=waiting"))


# --- post and background work ----------------------------------------------------------------------


def test_dead_letters_are_sent_again_or_settled(visit: Visit, world: World) -> None:
    now = world.parts.clock()
    with world.parts.db.begin() as c:
        for key in ("a", "b", "c"):
            outbox.put(c, Work(channel="message", effect_key=key, payload={}), now)
        for row in outbox.lease(c, "message", "w", now):
            outbox.failed(c, row.id, "w", now, "no <b>peer</b>", final=True)
        ids = [row.id for row in outbox.dead(c)]
    ada = visit("ada")
    page = ada.page("/admin/outbox")
    assert "no &lt;b&gt;peer" in page
    assert page.count("Kirim lagi<") >= 3
    ada.send(f"/admin/outbox/{ids[0]}/act", do="resend")
    ada.send(f"/admin/outbox/{ids[1]}/act", do="settle")
    ada.send(f"/admin/outbox/{ids[0]}/act", do="resend")
    assert "tidak menunggu keputusan" in ada.page("/admin/outbox")
    with world.parts.db.read() as c:
        states = dict(c.execute(select(t.outbox.c.id, t.outbox.c.state)).all())
    assert [states[one] for one in ids] == ["waiting", "done", "dead"]
    ada.send("/admin/outbox/resend-all")
    with world.parts.db.read() as c:
        assert outbox.dead(c) == ()
    assert ada.send(f"/admin/outbox/{ids[0]}/act", do="explode").status_code == 400


def test_a_test_mail_goes_to_oneself_alone(
    visit: Visit, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web import mailing

    sent: list[str] = []
    monkeypatch.setattr(mailing, "send_test", lambda parts, to, language: sent.append(to))
    visit("ada").send("/admin/mail/test", to="orang@lain.example")
    assert sent == ["ada@net.example"]


def test_without_a_mail_server_the_page_says_so(visit: Visit) -> None:
    ada = visit("ada")
    assert "mail.host" in ada.page("/admin/outbox")
    ada.send("/admin/mail/test")
    assert "tidak terkirim" in ada.page("/admin/outbox")


def test_the_overview_says_which_engine_is_in_use(visit: Visit) -> None:
    assert "memory is in use, with" in plain(visit("ada", "en").page("/admin"))
    assert "memory dipakai, dengan" in plain(visit("ada", "id").page("/admin"))


def test_the_index_is_rebuilt_as_a_job_that_can_be_stopped(visit: Visit, world: World) -> None:
    ada = visit("ada")
    ada.send("/admin/jobs/reindex")
    ada.send("/admin/jobs/reindex")
    with world.parts.db.read() as c:
        (row,) = jobs.recent(c)
    assert row.asked_by == world.user["ada"]
    page = ada.page("/admin/jobs")
    assert 'http-equiv="refresh"' in page
    assert ada.get(f"/admin/jobs/{row.id}/progress").json["open"] is True  # type: ignore[index]
    ada.send(f"/admin/jobs/{row.id}/stop")
    assert "Dihentikan" in ada.page("/admin/jobs")
    ada.send("/admin/jobs/reindex")
    assert jobs.work_on_one(world.parts, "w")
    assert "Judul:" in ada.page("/admin/jobs")
    assert ada.send("/admin/jobs/nothing/stop").status_code == 404


def test_what_admins_do_is_written_down(visit: Visit, world: World) -> None:
    ada = visit("ada")
    ada.send("/admin/jobs/reindex")
    ada.send(f"/admin/users/{world.user['lala']}/roles", role="head", library="KNG")
    log = plain(ada.page("/admin/log"))
    assert "peran diberikan (Kepala perpustakaan, Perpustakaan Kota Kenanga)" in log
    assert "pembuatan ulang indeks diminta" in log


@pytest.mark.postgres
def test_the_pages_stand_on_postgresql_too(postgres: str, tmp_path: Path, clock: TestClock) -> None:
    db = Database(postgres)
    metadata.drop_all(db.engine)
    metadata.create_all(db.engine)
    try:
        world = make_world(make_parts(db, tmp_path, clock), clock)
        aw.add_source(world, "https://x.example/oai")
        ada, lala = world.client("ada"), world.user["lala"]
        more = ["/admin/sources/KNG", "/admin/deletions", f"/admin/users/{lala}"]
        searches = ["/admin/users?q=la&role=librarian&library=MLT", "/admin/users?view=patrons&q=x"]
        for address in (*PAGES, *more, *searches):
            ada.page(address)
        run = ada.send("/admin/sources/KNG/run", kind="full").location
        ada.send(run + "/stop")
        ada.send(run + "/resume")
        assert "Terputus" in ada.page(run)
        ada.send(f"/admin/users/{lala}/roles", role="admin")
        assert ada.send(f"/admin/users/{lala}/roles", do="take", role="admin").status_code == 302
        last = ada.send(f"/admin/users/{world.user['ada']}/roles", do="take", role="admin")
        assert last.status_code == 422
    finally:
        db.close()
