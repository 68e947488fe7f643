"""The patrons of a library, through the pages of its desk."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from foundation import events, people
from foundation import tables as t
from tests.web.conftest import Client, World

Visit = Callable[..., Client]

LIST = (
    b"Nomor Anggota;Nama;Surel;Berlaku sampai\nMLT-100;Suteja;suteja@example.org;31-12-2027\nMLT-101;Dewi;;\n"
)


def upload(client: Client, data: bytes, library: str = "MLT") -> TestResponse:
    page = client.page(f"/desk/{library}/patrons/import")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return client.post(
        f"/desk/{library}/patrons/import",
        data={"csrf_token": token[1], "file": (io.BytesIO(data), "anggota.csv")},
        content_type="multipart/form-data",
    )


def test_a_new_patron_is_made_found_and_changed(world: World, visit: Visit) -> None:
    desk = visit("lala")
    made = desk.send("/desk/MLT/patrons/new", number="MLT-9", name="Wening", email="w@example.org")
    assert made.status_code == 302
    assert "Wening" in desk.page("/desk/MLT/patrons?q=wen")
    assert "Wening" not in desk.page("/desk/MLT/patrons?q=tidak+ada")
    where = made.location
    with world.parts.db.read() as c:
        card = people.by_number(c, world.library["MLT"], "MLT-9")
    answer = desk.send(
        f"{where}/edit",
        number="MLT-9",
        name="Wening S.",
        category="student",
        expires_on="31-12-2027",
        version=card.version,
    )
    assert answer.status_code == 302
    assert "Wening S." in desk.page(where)
    stale = desk.send(f"{where}/edit", number="MLT-9", name="Lain", version=card.version)
    assert stale.status_code == 409
    with world.parts.db.read() as c:
        person = people.person(c, card.id)
        assert person is not None
        assert person.name == "Wening S."
        assert [e.action for e in events.of(c, "patron", card.id)] == ["patron_created", "patron_changed"]


def test_a_wrong_form_keeps_what_was_typed(visit: Visit) -> None:
    answer = visit("lala").send("/desk/MLT/patrons/new", number="", name="Wening", email="bukan")
    assert answer.status_code == 422
    assert 'value="Wening"' in answer.text
    assert "<title>Kesalahan:" in answer.text
    assert 'href="#number"' in answer.text
    assert 'href="#email"' in answer.text


def test_a_number_is_taken_once_in_a_library(visit: Visit) -> None:
    answer = visit("lala").send("/desk/MLT/patrons/new", number="MLT-001", name="Lain")
    assert answer.status_code == 422
    assert "sudah dipakai" in answer.text


def test_blocking_needs_a_reason_and_can_be_lifted(world: World, visit: Visit) -> None:
    desk, where = visit("lala"), f"/desk/MLT/patrons/{world.patron['rani']}"
    assert desk.send(f"{where}/act", action="block", version=1).status_code == 422
    desk.send(f"{where}/act", action="block", version=1, reason="Buku belum kembali")
    assert "Buku belum kembali" in desk.page(where)
    assert "Rani Canari" in desk.page("/desk/MLT/patrons?view=blocked")
    assert desk.send(f"{where}/act", action="unblock", version=1).status_code == 409
    assert desk.send(f"{where}/act", action="unblock", version=2).status_code == 302
    assert "Rani Canari" not in desk.page("/desk/MLT/patrons?view=blocked")


def test_who_registered_themselves_is_confirmed_here(world: World, visit: Visit) -> None:
    with world.parts.db.begin() as c:
        card = people.add_patron(
            c,
            world.parts.clock(),
            world.library["MLT"],
            people.Person(name="Baru Saja"),
            number="X1",
            state="pending",
        )
    desk = visit("lala")
    assert "Baru Saja" in desk.page("/desk/MLT/patrons?view=pending")
    desk.send(f"/desk/MLT/patrons/{card.id}/act", action="confirm", version=1)
    with world.parts.db.read() as c:
        assert people.get_patron(c, card.id).state == "confirmed"


def test_an_invitation_makes_an_account_whose_link_is_shown_once(world: World, visit: Visit) -> None:
    desk = visit("lala")
    where = desk.send("/desk/MLT/patrons/new", number="MLT-9", name="Wening").location
    answer = desk.send(f"{where}/invite")
    page = desk.page(answer.location.partition("#")[0])
    link = re.search(r'value="http://localhost(/link/[^"]+)"', page)
    assert link
    assert "MLT-9@MLT".lower() in page.lower()
    assert "/link/" not in desk.page(where)
    assert world.client().get(link[1]).status_code == 200
    with world.parts.db.read() as c:
        account = people.by_login(c, "mlt-9@mlt")
        assert people.roles_of(c, account.id)[0].role == "patron"


@pytest.mark.parametrize("login", ["", "rani", "ada", "kiki"])
def test_nobody_else_sees_the_patrons_of_a_library(world: World, visit: Visit, login: str) -> None:
    client = visit(login)
    card = world.patron["rani"]
    for path in ("", "/new", "/import", f"/{card}", f"/{card}/edit"):
        answer = client.get(f"/desk/MLT/patrons{path}")
        assert answer.status_code == (404 if login else 302), path
        assert "Canari" not in answer.text
    for path in (f"/{card}/act", f"/{card}/invite", "/new", "/import"):
        answer = client.send(f"/desk/MLT/patrons{path}", action="close", version=1)
        assert answer.status_code in ((404,) if login else (302,)), path
    with world.parts.db.read() as c:
        assert people.get_patron(c, card).state == "confirmed"


def test_a_patron_of_another_library_is_unknown_at_this_desk(world: World, visit: Visit) -> None:
    desk, card = visit("kiki"), world.patron["rani"]
    assert desk.get(f"/desk/KNG/patrons/{card}").status_code == 404
    assert desk.get(f"/desk/KNG/patrons/{card}/edit").status_code == 404
    assert desk.send(f"/desk/KNG/patrons/{card}/act", action="close", version=1).status_code == 404
    assert desk.send(f"/desk/KNG/patrons/{card}/invite").status_code == 404
    assert "Canari" not in desk.page("/desk/KNG/patrons?q=rani")


def test_an_import_is_looked_at_first_and_then_done_whole(world: World, visit: Visit) -> None:
    desk = visit("lala")
    answer = upload(desk, LIST)
    assert answer.status_code == 302
    preview = desk.page(answer.location)
    assert "Suteja" in preview
    with world.parts.db.read() as c:
        assert people.count_patrons(c, world.library["MLT"]) == 1
    columns = {"c0": "number", "c1": "name", "c2": "email", "c3": "expires_on"}
    assert desk.send(answer.location, **columns).status_code == 302
    with world.parts.db.read() as c:
        card = people.by_number(c, world.library["MLT"], "MLT-100")
        assert str(card.expires_on) == "2027-12-31"
        assert people.count_patrons(c, world.library["MLT"]) == 3
    assert desk.get(answer.location).status_code == 404


def test_rows_with_problems_stay_behind_only_when_that_was_said(world: World, visit: Visit) -> None:
    desk = visit("lala")
    where = upload(desk, LIST + b"MLT-102;;;\n").location
    refused = desk.send(where)
    assert refused.status_code == 302
    assert "Belum ada yang diimpor" in desk.page(refused.location)
    with world.parts.db.read() as c:
        assert people.count_patrons(c, world.library["MLT"]) == 1
    done = desk.send(where, without_bad="yes")
    assert done.status_code == 200
    assert "nama kosong" in done.text
    with world.parts.db.read() as c:
        assert people.count_patrons(c, world.library["MLT"]) == 3


def test_a_second_import_changes_what_changed_and_takes_nothing_away(world: World, visit: Visit) -> None:
    desk = visit("lala")
    desk.send(upload(desk, LIST).location)
    desk.send(upload(desk, b"nomor,nama,surel\nMLT-100,Suteja Baru,\n").location)
    with world.parts.db.read() as c:
        card = people.by_number(c, world.library["MLT"], "MLT-100")
        assert people.person(c, card.id) == people.Person(name="Suteja Baru", email="suteja@example.org")


def test_an_upload_belongs_to_the_desk_that_sent_it(world: World, visit: Visit) -> None:
    where = upload(visit("lala"), LIST).location
    other = visit("kiki")
    assert other.get(where).status_code == 404
    assert other.get(where.replace("/MLT/", "/KNG/")).status_code == 404
    assert other.send(where.replace("/MLT/", "/KNG/")).status_code == 404
    with world.parts.db.read() as c:
        assert people.count_patrons(c, world.library["KNG"]) == 1


@pytest.mark.parametrize(
    ("data", "told"), [(b"", "kosong"), (b"PK\x03\x04", "lembar kerja"), (b'a,b\n"x,y\n', "baris 2")]
)
def test_a_file_that_is_no_list_says_why(visit: Visit, data: bytes, told: str) -> None:
    answer = upload(visit("lala"), data)
    assert answer.status_code == 422
    assert told in answer.text


@pytest.mark.slow
def test_a_list_larger_than_other_forms_may_be_is_taken(world: World, visit: Visit) -> None:
    rows = "".join(
        f"N{n},Orang ke-{n} dengan nama yang cukup panjang,Jalan Panjang Sekali {n}\n" for n in range(19_000)
    )
    data = f"nomor,nama,alamat\n{rows}".encode()
    assert len(data) > 1_000_000
    desk = visit("lala")
    answer = upload(desk, data)
    assert answer.status_code == 302
    assert desk.send(answer.location).status_code == 302
    with world.parts.db.read() as c:
        assert people.count_patrons(c, world.library["MLT"]) == 19_001
        person = c.execute(
            select(t.patron_person.c.name).where(t.patron_person.c.name.like("Orang ke-18999%"))
        )
        assert person.first() is not None
