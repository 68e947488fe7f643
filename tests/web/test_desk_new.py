"""New requests made at the desk: for a patron or the library, from a record or typed, and edited."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from broker import tables as t
from foundation import people
from tests.web import samples
from tests.web.conftest import Client, World
from tests.web.desk_world import ask, buttons, carry, catalogue, press, state_of, supply_of

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]


def wish(world: World, **more: str) -> dict[str, str]:
    return {
        "do": "create",
        "for": "library",
        "title": "Tata Air Sawah",
        "service_type": "loan",
        "purpose": "education",
        "pickup": world.branch["MLT"],
        **more,
    }


def test_a_blank_request_for_the_library_itself(world: World, visit: Visit) -> None:
    lala = visit("lala")
    answer = lala.send("/desk/MLT/new", **wish(world, author="Kalimasada", year="2011"))
    assert answer.status_code == 302
    page = lala.page(answer.location)
    assert "Tata Air Sawah" in page
    assert "Untuk perpustakaan" in page
    assert "place" in buttons(page)
    with world.parts.db.read() as c:
        row = c.execute(select(t.request)).one()
    assert (row.patron_id, row.cluster_id, row.state, row.liable_user_id) == (None, None, "review", None)


def test_from_a_record_the_form_knows_what_it_says(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    page = visit("lala").page(f"/desk/MLT/new?cluster={cluster}")
    assert "Batik Pesisir: Warna, Laut, dan Niaga" in page
    assert "9786239999902" in page
    gone = visit("lala").page("/desk/MLT/new?cluster=unknown")
    assert "tidak ada lagi di katalog" in gone


def test_a_patron_is_found_by_part_of_the_name(world: World, visit: Visit) -> None:
    lala = visit("lala")
    found = lala.send("/desk/MLT/new", **wish(world, **{"do": "find", "for": "patron", "patron": "rani"}))
    assert found.status_code == 200
    assert "MLT-001" in found.text
    assert 'value="Tata Air Sawah"' in found.text
    several = lala.send("/desk/MLT/new", **wish(world, **{"for": "patron", "patron": "canari"}))
    assert several.status_code == 422
    assert "MLT-001" in several.text
    nobody = lala.send("/desk/MLT/new", **wish(world, **{"for": "patron", "patron": "KNG-001"}))
    assert nobody.status_code == 422
    assert "Buat pemustaka baru" in nobody.text
    assert "Kuni" not in nobody.text
    done = lala.send("/desk/MLT/new", **wish(world, **{"for": "patron", "patron": "MLT-001"}))
    assert done.status_code == 302


def test_every_fault_is_said_and_nothing_typed_is_lost(world: World, visit: Visit) -> None:
    answer = visit("lala").send(
        "/desk/MLT/new",
        **wish(
            world,
            title="",
            author="Kalimasada",
            isbn="978-623-99999-0-3",
            need_by="2020-01-01",
            pickup="nowhere",
            note="Untuk kelas",
            service_type="copy",
        ),
    )
    assert answer.status_code == 422
    for name in ("title", "isbn", "need_by", "pickup", "pages"):
        assert f'href="#{name}"' in answer.text, name
    assert 'value="Kalimasada"' in answer.text
    assert "Untuk kelas" in answer.text
    assert "<title>Kesalahan:" in answer.text
    with world.parts.db.read() as c:
        assert c.execute(select(t.request.c.id)).first() is None


def test_what_stands_on_the_own_shelf_is_said_first(world: World, visit: Visit) -> None:
    samples.take(world, "MLT", batik=samples.BATIK)
    samples.take(world, "KNG", batik=samples.BATIK)
    cluster = samples.cluster(world, "MLT", "batik")
    lala = visit("lala")
    told = lala.send("/desk/MLT/new", **wish(world, cluster=cluster))
    assert told.status_code == 409
    assert "746.662 TIR b" in told.text
    assert 'name="override_reason"' in told.text
    fetched = lala.send("/desk/MLT/new", **wish(world, cluster=cluster, fetch="yes"))
    assert fetched.status_code == 302
    assert "fill_local" in buttons(lala.page(fetched.location))
    other = lala.send("/desk/MLT/new", **wish(world, cluster=cluster, override_reason="Rusak"))
    assert other.status_code == 302
    assert "Rusak" in lala.page(other.location)


def test_a_second_request_for_the_same_title_is_named(world: World, visit: Visit) -> None:
    lala, cluster = visit("lala"), catalogue(world)
    first = ask(world, lala, cluster)
    again = wish(world, **{"for": "patron", "patron": "MLT-001", "cluster": cluster})
    told = lala.send("/desk/MLT/new", **again)
    assert told.status_code == 409
    assert first in told.text
    assert lala.send("/desk/MLT/new", **again, again="yes").status_code == 302


def test_a_request_is_edited_before_it_is_sent_and_not_after(world: World, visit: Visit) -> None:
    lala, cluster = visit("lala"), catalogue(world)
    request = ask(world, lala, cluster)
    page = lala.page(f"{request}/edit")
    assert "Batik Pesisir" in page
    values = wish(world, title="Batik Pesisir, jilid 2", purpose="research", any_edition="yes", version="1")
    assert lala.send(f"{request}/edit", **values).status_code == 302
    page = lala.page(request)
    assert "Batik Pesisir, jilid 2" in page
    assert "edisi mana saja" in page
    late = lala.send(f"{request}/edit", **{**values, "title": "Lain lagi"})
    assert late.status_code == 409
    assert 'value="Lain lagi"' in late.text
    press(lala, request, "place")
    assert lala.get(f"{request}/edit").status_code == 409


def test_who_sends_it_is_told_to_be_liable_and_is(world: World, visit: Visit) -> None:
    lala, cluster = visit("lala"), catalogue(world)
    request = ask(world, lala, cluster)
    page = lala.page(request)
    assert "menjadi penanggung jawab" in page
    assert "Perpustakaan Kota Kenanga" in page
    assert "Bisa ditanya" in page
    press(lala, request, "place")
    with world.parts.db.read() as c:
        assert c.execute(select(t.request.c.liable_user_id)).scalar_one() == world.user["lala"]


def test_a_copy_names_its_pages_and_is_answered_without_a_return(world: World, visit: Visit) -> None:
    lala, kiki, cluster = visit("lala"), visit("kiki"), catalogue(world)
    copy = wish(world, cluster=cluster, service_type="copy", pages="12-30")
    request = lala.send("/desk/MLT/new", **copy).location
    press(lala, request, "place")
    carry(world)
    supply = supply_of(world, "KNG")
    page = kiki.page(supply)
    assert "12-30" in page
    assert "ship" not in buttons(page)
    press(kiki, supply, "deliver_copy")
    carry(world)
    assert state_of(world, request)[0] == "delivered"


def test_a_pending_patron_cannot_be_asked_for_at_once(world: World, visit: Visit) -> None:
    with world.parts.db.begin() as c:
        people.add_patron(
            c,
            world.parts.clock(),
            world.library["MLT"],
            people.Person(name="Baru"),
            number="B-1",
            state="pending",
        )
    lala = visit("lala")
    answer = lala.send("/desk/MLT/new", **wish(world, **{"for": "patron", "patron": "B-1"}))
    assert answer.status_code in (302, 409)
    if answer.status_code == 302:
        refused = press(lala, answer.location, "place")
        assert refused.status_code == 422
        assert "belum dikonfirmasi" in refused.text
