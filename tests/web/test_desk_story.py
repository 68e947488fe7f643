"""A loan from the click to the return, through the pages of both desks."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from foundation.tables import event
from tests.web.conftest import Client, World
from tests.web.desk_world import ask, buttons, carry, catalogue, press, state_of, supply_of

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_loan_goes_out_and_comes_back(world: World, visit: Visit, language: str) -> None:
    cluster = catalogue(world)
    lala, kiki = visit("lala", language), visit("kiki", language)
    request = ask(world, lala, cluster)
    assert "Rani Canari" in lala.page(request)
    assert press(lala, request, "place").status_code == 302
    carry(world)
    assert state_of(world, request) == ("active", "sent")
    assert "Lala" in lala.page(request)

    assert "Batik Pesisir" in kiki.page("/desk/KNG/lending?queue=new")
    supply = supply_of(world, "KNG")
    assert press(kiki, supply, "will_supply").status_code == 302
    carry(world)
    assert state_of(world, request) == ("active", "promised")
    assert press(kiki, supply, "ship", barcode="KNG0048812").status_code == 302
    carry(world)
    assert state_of(world, request) == ("active", "shipped")

    assert "Batik Pesisir" in lala.page("/desk/MLT/borrowing?queue=arriving")
    assert press(lala, request, "receive").status_code == 302
    carry(world)
    assert press(lala, request, "check_out").status_code == 302
    assert press(lala, request, "check_in").status_code == 302
    assert press(lala, request, "send_back").status_code == 302
    carry(world)
    assert "Batik Pesisir" in kiki.page("/desk/KNG/lending?queue=coming_back")
    assert press(kiki, supply, "check_in").status_code == 302
    carry(world)
    assert state_of(world, request) == ("completed", "completed")
    assert buttons(lala.page(request)) == set()
    assert "Batik Pesisir" in lala.page("/desk/MLT/borrowing?tab=done")
    assert "Batik Pesisir" in kiki.page("/desk/KNG/lending?tab=done")


def test_a_decline_asks_the_next_library_by_itself(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala, kiki, tuti = visit("lala"), visit("kiki"), visit("tuti")
    request = ask(world, lala, cluster)
    press(lala, request, "place")
    carry(world)
    supply = supply_of(world, "KNG")
    missing = press(kiki, supply, "decline")
    assert missing.status_code == 422
    assert 'href="#decline-reason"' in missing.text
    assert press(kiki, supply, "decline", reason="not_on_shelf").status_code == 302
    carry(world)
    assert state_of(world, request) == ("active", "sent")
    assert "Batik Pesisir" in tuti.page("/desk/TRT/lending?queue=new")
    page = lala.page(request)
    assert "Tidak ada di rak" in page
    assert "Balai Riset Teratai" in page


def test_when_everybody_declined_the_desk_gives_up_or_searches_again(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala, kiki, tuti = visit("lala"), visit("kiki"), visit("tuti")
    request = ask(world, lala, cluster)
    press(lala, request, "place")
    carry(world)
    press(kiki, supply_of(world, "KNG"), "decline", reason="not_on_shelf")
    carry(world)
    press(tuti, supply_of(world, "TRT"), "decline", reason="on_loan")
    carry(world)
    assert state_of(world, request)[0] == "end_of_rota"
    assert {"search_again", "give_up"} <= buttons(lala.page(request))
    assert "Batik Pesisir" in lala.page("/desk/MLT/borrowing?queue=end_of_rota")
    assert press(lala, request, "give_up", reason="not_held").status_code == 302
    assert state_of(world, request)[0] == "unfilled"


def test_a_request_is_cancelled_before_it_is_shipped(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, cluster)
    press(lala, request, "place")
    carry(world)
    assert press(lala, request, "cancel", reason="not_needed").status_code == 302
    carry(world)
    assert state_of(world, request)[0] == "cancelled"
    assert "will_supply" not in buttons(kiki.page(supply_of(world, "KNG")))


def test_what_changed_meanwhile_is_shown_and_what_was_typed_is_kept(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, cluster)
    press(lala, request, "place")
    carry(world)
    supply = supply_of(world, "KNG")
    press(kiki, supply, "will_supply")
    late = kiki.send(f"{supply}/act", action="ship", version="1", note="di rak pajang", barcode="B1")
    assert late.status_code == 409
    assert "di rak pajang" in late.text
    assert "Akan dikirim" in late.text
    assert lala.send(f"{request}/act", action="place", version="1").status_code == 409


def test_a_note_reaches_the_other_desk_and_an_empty_one_does_not(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, cluster)
    press(lala, request, "place")
    carry(world)
    supply = supply_of(world, "KNG")
    attempt = supply.rsplit("/", 1)[1]
    assert lala.send(f"{request}/notes", attempt_id=attempt, body=" ").status_code == 422
    assert lala.send(f"{request}/notes", attempt_id=attempt, body="Masih diperlukan?").status_code == 302
    carry(world)
    assert "1 pesan" in kiki.page("/desk/KNG")
    letters = kiki.page("/desk/KNG/messages")
    assert "Masih diperlukan?" in letters
    assert "Belum dibaca" in letters
    assert "Masih diperlukan?" not in visit("tuti").page("/desk/TRT/messages")
    assert "Masih diperlukan?" in kiki.page(supply)
    assert "Belum dibaca" not in kiki.page("/desk/KNG/messages")
    assert kiki.send(f"{supply}/notes", body="Rabu dikirim").status_code == 302
    carry(world)
    assert "Rabu dikirim" in lala.page(request)


def test_the_last_step_can_be_taken_back(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, cluster)
    press(lala, request, "place")
    carry(world)
    press(kiki, supply_of(world, "KNG"), "ship")
    carry(world)
    press(lala, request, "receive")
    carry(world)
    press(lala, request, "check_out")
    assert state_of(world, request) == ("active", "checked_out")
    page = lala.page(request)
    assert "/undo" in page
    version = re.search(r'/undo">.*?name="version" value="(\d+)"', page, re.DOTALL)
    assert version
    assert lala.send(f"{request}/undo", version=version[1]).status_code == 302
    assert state_of(world, request) == ("active", "received")


def test_a_blocked_patron_is_placed_only_with_a_reason(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala = visit("lala")
    request = ask(world, lala, cluster)
    lala.send(
        f"/desk/MLT/patrons/{world.patron['rani']}/act", action="block", version=1, reason="Denda belum lunas"
    )
    refused = press(lala, request, "place")
    assert refused.status_code == 422
    assert 'name="despite"' in refused.text
    assert press(lala, request, "place", despite="Dosen pembimbing menjamin").status_code == 302
    assert state_of(world, request)[0] != "review"


def test_of_many_who_press_at_once_one_ships_and_the_others_are_told(world: World, visit: Visit) -> None:
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, catalogue(world))
    press(lala, request, "place")
    carry(world)
    supply = supply_of(world, "KNG")
    press(kiki, supply, "will_supply")
    carry(world)
    version = re.search(r'name="version" value="(\d+)"', kiki.page(supply))
    assert version
    desks = [visit("kiki") for _ in range(6)]
    tokens = [re.search(r'name="csrf_token" value="([^"]+)"', one.page(supply)) for one in desks]

    def ship(number: int) -> int:
        token = tokens[number]
        assert token
        values = {"csrf_token": token[1], "action": "ship", "version": version[1], "barcode": f"B{number}"}
        return desks[number].post(f"{supply}/act", data=values).status_code

    with ThreadPoolExecutor(len(desks)) as pool:
        answers = sorted(pool.map(ship, range(len(desks))))
    assert answers == [302, *[409] * (len(desks) - 1)]
    with world.parts.db.read() as c:
        shipped = c.execute(
            select(event.c.id).where(event.c.object_type == "supply", event.c.action == "ship")
        ).all()
    assert len(shipped) == 1
