"""Whatever a supplier can open, and every mail that leaves the house, is searched for the patron's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from broker import tables as t
from foundation import people
from foundation.tables import outbox
from tests.web.conftest import Client, World
from tests.web.desk_world import ask, carry, catalogue, press, state_of, supply_of
from tests.web.test_desk_isolation import assert_no_canary
from tests.web.test_mailing import Sent, wire
from web import mailing
from web.settings import MailSettings

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]

#: Answered with what was typed, or kept open for ever.
_NOT_WALKED = ("/static/",)


def addresses(world: World, known: Mapping[str, str]) -> Iterator[str]:
    """Every address that can be read, as KNG's librarian would fill it in; what is not known is a guess."""
    for rule in world.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(_NOT_WALKED):
            continue
        values = {name: known.get(name, "unknown") for name in rule.arguments}
        for library in ("KNG", "MLT") if "library" in values else ("",):
            filled = values | ({"library": library} if library else {})
            try:
                _, path = rule.build(filled)  # type: ignore[misc]  # None only for values it does not take
            except (TypeError, ValueError):  # a number is wanted: there is none of a patron
                continue
            yield path


def walk(world: World, desk: Client, request: str, supply: str) -> int:
    """Open everything; how many answers there were with something in them."""
    with world.parts.db.read() as c:
        cluster = c.execute(select(t.request.c.cluster_id)).scalars().first()
    known = {
        "cluster_id": str(cluster),
        "cluster": str(cluster),
        "request_id": request.rsplit("/", 1)[1],
        "attempt_id": supply.rsplit("/", 1)[1],
        "patron_id": world.patron["rani"],
        "user_id": world.user["rani"],
        "code": "KNG",
        "side": "lending",
    }
    opened = 0
    for address in addresses(world, known):
        answer = desk.get(address)
        opened += answer.status_code == 200
        if answer.mimetype in ("application/pdf", "application/octet-stream"):
            continue  # slips are read by their own test
        assert_no_canary(answer.get_data(as_text=True), address)
    return opened


@pytest.mark.parametrize("login", ["kiki", "", "ada"])
def test_no_page_feed_or_answer_of_the_interface_shows_the_patron(
    world: World, visit: Visit, login: str
) -> None:
    """Every route there is, for the supplier's desk, a guest, and the network's admin."""
    cluster = catalogue(world)
    lala, kiki = visit("lala"), visit("kiki")
    request = ask(world, lala, cluster)
    assert all(canary in lala.page(request) for canary in ("Rani Canari", "MLT-001", "rahasia-kenari"))
    press(lala, request, "place")
    carry(world)
    supply = supply_of(world, "KNG")
    looking = visit(login)
    if login == "ada":  # the admin looks after accounts, and sees those: not whose wish it was
        with world.parts.db.begin() as c:
            user = people.get_user(c, world.user["rani"])
            people.change_user(c, user.id, user.version, name="A reader", email="a@reader.example")
    assert walk(world, looking, request, supply) > 10
    for action in ("will_supply", "ship"):
        press(kiki, supply, action)
        carry(world)
    press(lala, request, "receive")
    carry(world)
    assert walk(world, looking, request, supply) > 10


def test_the_interface_for_programs_tells_no_library_of_anothers_patrons(world: World, visit: Visit) -> None:
    cluster = catalogue(world)
    request = ask(world, visit("lala"), cluster)
    kiki = visit("kiki")
    for address in (
        "/api/v1/search?q=canari",
        "/api/v1/search?q=rani",
        "/api/v1/search?q=MLT-001",
        f"/api/v1/records/{cluster}",
        f"/api/v1/records/{request.rsplit('/', 1)[1]}",
        "/api/v1/libraries",
        "/api/v1/openapi.json",
    ):
        answer = kiki.get(address).get_data(as_text=True)
        for typed in ("q=canari", "q=rani", "q=MLT-001"):
            answer = answer.replace(typed, "")
        assert_no_canary(answer, address)


def test_mails_name_the_patron_to_the_patron_alone(world: World, visit: Visit) -> None:
    """A loan that arrives and one that nobody fills: every mail, and every row from which one is made."""
    world.parts.settings = replace(
        world.parts.settings, mail=MailSettings(host="mail.example", sender="silang@net.example")
    )
    cluster = catalogue(world)
    lala, kiki, tuti = visit("lala"), visit("kiki"), visit("tuti")
    request = ask(world, lala, cluster)
    press(lala, request, "place")
    carry(world)
    press(kiki, supply_of(world, "KNG"), "ship")
    carry(world)
    press(lala, request, "receive")
    carry(world)
    press(lala, request, "check_out")
    press(lala, request, "check_in")
    press(lala, request, "send_back")
    carry(world)
    press(kiki, supply_of(world, "KNG"), "check_in")
    carry(world)
    again = ask(world, lala, cluster)
    press(lala, again, "place")
    carry(world)
    for desk, code in ((kiki, "KNG"), (tuti, "TRT")):
        press(desk, _newest(world, code), "decline", reason="not_on_shelf", note="Habis.")
        carry(world)
    press(lala, again, "give_up", reason="not_held")
    assert state_of(world, again)[0] == "unfilled"
    with world.parts.db.read() as c:
        stored = c.execute(select(outbox.c.payload).where(outbox.c.channel == "mail")).scalars().all()
    assert_no_canary(str(stored), "waiting mails")
    sent: Sent = []
    while mailing.send_waiting(world.parts, "me", wire=wire(sent)):
        pass
    assert {_first(mail["To"]) for mail in sent} == {"rani@mlt.example"}
    assert len(sent) == 2
    for mail in sent:
        said = _whole(mail).replace("Rani Canari", "").replace("rani@mlt.example", "")
        assert_no_canary(said, str(mail["Subject"]))
    assert all(canary not in _whole(mail) for mail in sent for canary in ("MLT-001", "rahasia-kenari"))


def _newest(world: World, code: str) -> str:
    a = t.attempt.c
    query = select(a.id).where(a.library_id == world.library[code]).order_by(a.id.desc())
    with world.parts.db.read() as c:
        return f"/desk/{code}/supplies/{c.execute(query).scalars().first()}"


def _first(to: str) -> str:
    return str(to).rsplit("<", 1)[-1].rstrip(">")


def _whole(mail: EmailMessage) -> str:
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), mail.get_content()])
