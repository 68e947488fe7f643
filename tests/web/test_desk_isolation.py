"""The supplier sees no patron, and nobody sees what is another library's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pypdfium2
import pytest
from sqlalchemy import select

from broker import tables as t
from foundation.tables import event, inbox, message, outbox
from tests.web.conftest import Client, World
from tests.web.desk_world import CANARIES, ask, carry, catalogue, press, state_of, supply_of

#: Every step of a loan, seen from every desk: run after the fast tests.
pytestmark = pytest.mark.slow

Visit = Callable[..., Client]

#: What can be looked at on the supplying side, by what is to be filled in.
PAGES = (
    "/desk/KNG",
    "/desk/KNG/lending",
    "/desk/KNG/lending?tab=waiting",
    "/desk/KNG/lending?tab=done",
    "/desk/KNG/lending?overdue=1",
    "/desk/KNG/find?q=Canari",
    "/desk/KNG/scan",
    "/desk/KNG/messages",
    "/desk/KNG/borrowing",
    "/desk/KNG/borrowing?tab=done",
    "/desk/KNG/patrons",
    "/desk/KNG/patrons?q=rani",
    "/desk/KNG/new?patron=MLT-001",
)


def without_what_was_typed(page: str) -> str:
    """The page without the words that the visitor asked for."""
    page = re.sub(r'value="(Canari|MLT-001|rani)"', "", page)
    return re.sub(r"“(Canari|rani)”|q=(Canari|rani|MLT-001)|patron=MLT-001", "", page)


def assert_no_canary(text: str, where: str) -> None:
    for canary in CANARIES:
        assert canary.casefold() not in text.casefold(), (canary, where)


def tuti_sees_nothing(desk: Client, address: str) -> bool:
    """Whether a file of KNG's desk is unknown to TRT, by its own address and by ours."""
    answers = (desk.get(address), desk.get(address.replace("/KNG/", "/TRT/")))
    return [answer.status_code for answer in answers] == [404, 404]


def look_around(desk: Client, supply: str) -> None:
    for address in (*PAGES, supply):
        assert_no_canary(without_what_was_typed(desk.page(address)), address)
    found = desk.get("/desk/KNG/find?q=Batik", follow_redirects=True)
    assert found.status_code == 200
    assert_no_canary(found.text, "find")


def test_no_step_of_a_loan_shows_the_patron_to_the_supplier(world: World, visit: Visit) -> None:
    """A name, a number, an address and a note that only the home library may read are looked for everywhere."""
    cluster = catalogue(world)
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, cluster)
    lala.send(
        f"/desk/MLT/patrons/{world.patron['rani']}/act", action="block", version=1, reason="rahasia-kenari"
    )
    assert all(canary in lala.page(request) for canary in ("Rani Canari", "MLT-001", "rahasia-kenari"))
    press(lala, request, "place", despite="rahasia-kenari")
    carry(world)
    supply = supply_of(world, "KNG")
    look_around(kiki, supply)
    printed = kiki.send("/desk/KNG/slips", row=f"{supply.rsplit('/', 1)[1]}:1")
    assert tuti_sees_nothing(visit("tuti"), printed.location)
    slip = kiki.get(printed.location)
    assert slip.status_code == 200
    assert slip.mimetype == "application/pdf"
    assert_no_canary(_text_of(slip.data), "slip")
    look_around(kiki, supply)
    for action, desk, address in (
        ("will_supply", kiki, supply),
        ("ship", kiki, supply),
        ("receive", lala, request),
        ("check_out", lala, request),
        ("renew", lala, request),
        ("check_in", lala, request),
        ("send_back", lala, request),
        ("check_in", kiki, supply),
    ):
        assert press(desk, address, action).status_code == 302, action
        carry(world)
        look_around(kiki, supply)
    assert state_of(world, request)[0] == "completed"
    _nothing_was_stored_for_the_supplier(world)


def test_a_cancelled_and_a_declined_wish_show_no_patron_either(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala, kiki, tuti = visit("lala"), visit("kiki"), visit("tuti")
    request = ask(world, lala, cluster)
    press(lala, request, "place")
    carry(world)
    first = supply_of(world, "KNG")
    press(kiki, first, "decline", reason="not_on_shelf", note="Habis.")
    carry(world)
    press(lala, request, "cancel", reason="not_needed")
    carry(world)
    look_around(kiki, first)
    assert_no_canary(tuti.page(supply_of(world, "TRT")), "TRT")
    _nothing_was_stored_for_the_supplier(world)


def _text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def _nothing_was_stored_for_the_supplier(world: World) -> None:
    """Messages, talk, attempts and the supplier's events are what could leave the house."""
    with world.parts.db.read() as c:
        sent = c.execute(select(outbox.c.payload).where(outbox.c.channel == "message")).scalars()
        talk = c.execute(select(message.c.body)).scalars()
        heard = c.execute(select(inbox.c.body)).scalars()
        events = c.execute(select(event.c.note, event.c.data).where(event.c.object_type == "supply")).all()
        attempts = [dict(row._mapping) for row in c.execute(select(t.attempt))]
        for text in (*map(json.dumps, sent), *talk, *(bytes(b).decode("utf-8", "replace") for b in heard)):
            assert_no_canary(text, "message")
        assert_no_canary(json.dumps([list(row) for row in events], default=str), "events")
        assert_no_canary(json.dumps(attempts, default=str), "attempts")


@pytest.mark.parametrize("login", ["", "rani", "kuni", "ada", "kiki"])
def test_a_request_is_unknown_to_everybody_but_its_own_desk(world: World, visit: Visit, login: str) -> None:
    request = ask(world, visit("lala"), catalogue(world))
    request_id = request.rsplit("/", 1)[1]
    client, refused = visit(login), 404 if login else 302
    for code in ("MLT", "KNG"):
        base = f"/desk/{code}/requests/{request_id}"
        for path in ("", "/edit"):
            answer = client.get(base + path)
            assert answer.status_code == refused, (code, path)
            assert_no_canary(answer.text, path)
        for path in ("/act", "/undo", "/notes", "/edit"):
            answer = client.send(base + path, action="place", version="1", body="x", title="x")
            assert answer.status_code == refused, (code, path)
            assert_no_canary(answer.text, path)
    assert state_of(world, request)[0] == "review"


@pytest.mark.parametrize("login", ["", "rani", "kuni", "ada", "lala", "tuti"])
def test_a_supply_is_unknown_to_everybody_but_its_own_desk(world: World, visit: Visit, login: str) -> None:
    cluster = catalogue(world)
    lala = visit("lala")
    request = ask(world, lala, cluster)
    press(lala, request, "place")
    carry(world)
    attempt_id = supply_of(world, "KNG").rsplit("/", 1)[1]
    client, refused = visit(login), 404 if login else 302
    for code in ("KNG", "MLT", "TRT"):
        base = f"/desk/{code}/supplies/{attempt_id}"
        assert client.get(base).status_code == refused, code
        for path in ("/act", "/undo", "/notes"):
            answer = client.send(base + path, action="will_supply", version="1", body="x")
            assert answer.status_code == refused, (code, path)
    assert state_of(world, request) == ("active", "sent")


def test_bulk_actions_slips_and_scans_reach_only_the_own_library(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala, tuti = visit("lala"), visit("tuti")
    request = ask(world, lala, cluster)
    request_id = request.rsplit("/", 1)[1]
    tuti.send("/desk/TRT/borrowing/bulk", action="place", row=f"{request_id}:1")
    assert state_of(world, request)[0] == "review"
    press(lala, request, "place")
    carry(world)
    attempt_id = supply_of(world, "KNG").rsplit("/", 1)[1]
    tuti.send("/desk/TRT/lending/bulk", action="will_supply", row=f"{attempt_id}:1")
    slip = tuti.send("/desk/TRT/slips", row=f"{attempt_id}:1")
    assert slip.location == "/desk/TRT/lending"
    with world.parts.db.read() as c:
        code = c.execute(select(t.attempt.c.code)).scalar_one()
    tuti.send("/desk/TRT/scan", text=code)
    assert "tidak dikenal" in tuti.page("/desk/TRT/scan")
    assert state_of(world, request) == ("active", "sent")
    assert "Batik" not in tuti.page("/desk/TRT/find?q=" + code)


def test_results_of_a_bulk_action_belong_to_the_desk_that_did_it(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    lala, kiki = visit("lala"), visit("kiki")
    one = ask(world, lala, cluster).rsplit("/", 1)[1]
    answer = lala.send("/desk/MLT/borrowing/bulk", action="place", row=[f"{one}:1", "unknown:1"])
    assert answer.status_code == 302
    where = answer.location
    assert lala.get(where).status_code == 200
    for address in (where, where + ".csv"):
        assert kiki.get(address).status_code == 404
        assert kiki.get(address.replace("/MLT/", "/KNG/")).status_code == 404


def test_every_route_of_the_desk_asks_for_a_role_in_its_library(world: World) -> None:
    """A route that names a library is guarded in that library; a new one without a guard fails here."""
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint.startswith("desk."):
            action = world.app.view_functions[rule.endpoint].action  # type: ignore[attr-defined]
            named = "library" in rule.arguments
            assert action.startswith("desk_") == named, rule
