"""Mail: the three letters in both languages, addresses found at the last moment, nothing slipped into headers."""

from __future__ import annotations

import asyncio
import email.policy
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import select

from foundation import outbox, people
from foundation.tables import one_time_link
from foundation.tables import outbox as outbox_table
from tests.web.conftest import World
from web import mailing
from web.settings import MailSettings

Sent = list[EmailMessage]


class Wire:
    """Keeps what is sent; fails when told to."""

    def __init__(self, sent: Sent, problem: Exception | None = None) -> None:
        self.sent = sent
        self.problem = problem

    def send_message(self, message: EmailMessage) -> None:
        if self.problem:
            raise self.problem
        self.sent.append(email.message_from_bytes(message.as_bytes(), policy=email.policy.default))  # type: ignore[arg-type]


def wire(sent: Sent, problem: Exception | None = None) -> Any:
    @contextmanager
    def opened(settings: MailSettings) -> Iterator[Wire]:
        yield Wire(sent, problem)

    return opened


@pytest.fixture(autouse=True)
def _server(world: World) -> None:
    world.parts.settings = replace(
        world.parts.settings, mail=MailSettings(host="mail.example", sender="silang@net.example")
    )


@contextmanager
def listening(handler: Any) -> Iterator[int]:
    """An SMTP server on a port of loopback that the system chose."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        server.close()
        loop.close()


def put(world: World, template: str, **payload: Any) -> None:
    with world.parts.db.begin() as c:
        work = outbox.Work(
            channel="mail", effect_key=f"mail:{template}", payload={"template": template, **payload}
        )
        outbox.put(c, work, world.parts.clock())


def row(world: World) -> Any:
    with world.parts.db.read() as c:
        return c.execute(select(outbox_table)).one()


def ready(world: World, **data: Any) -> dict[str, Any]:
    return {
        "to_patron_id": world.patron["rani"],
        "data": {
            "code": "SL-2026-000001-K",
            "title": "Batik Pesisir",
            "branch_id": world.branch["MLT"],
            "until": "2026-12-04",
            **data,
        },
    }


def test_a_reader_is_told_that_it_is_ready_where_and_until_when(world: World) -> None:
    sent: Sent = []
    put(world, "ready_for_pickup", **ready(world))
    assert mailing.send_waiting(world.parts, "me", wire=wire(sent)) == 1
    assert sent[0]["To"] == "Rani Canari <rani@mlt.example>"
    assert sent[0]["From"] == "Silang <silang@net.example>"
    assert sent[0]["Subject"] == "Siap diambil: Batik Pesisir"
    body = sent[0].get_content()
    for part in (
        "Perpustakaan Universitas Melati, Gedung Pusat",
        "Jumat, 4 Desember 2026",
        "SL-2026-000001-K",
    ):
        assert part in body
    assert row(world).state == "done"


@pytest.mark.parametrize(("language", "word"), [("id", "Belum didapat"), ("en", "Not available")])
def test_letters_are_in_the_language_of_the_account(world: World, language: str, word: str) -> None:
    with world.parts.db.begin() as c:
        account = people.by_login(c, "rani")
        people.change_user(c, account.id, account.version, language=language)
    sent: Sent = []
    put(world, "unfilled", **ready(world))
    mailing.send_waiting(world.parts, "me", wire=wire(sent))
    assert word in sent[0]["Subject"]


def test_the_address_is_the_one_of_the_moment_of_sending(world: World) -> None:
    sent: Sent = []
    put(world, "ready_for_pickup", **ready(world))
    with world.parts.db.begin() as c:
        people.change_person(c, world.patron["rani"], people.Person(name="Rani", email="new@example.org"))
    mailing.send_waiting(world.parts, "me", wire=wire(sent))
    assert sent[0]["To"] == "Rani <new@example.org>"
    assert "example.org" not in str(row(world).payload)


def test_a_letter_to_somebody_who_was_forgotten_is_not_sent_and_not_a_failure(world: World) -> None:
    sent: Sent = []
    put(world, "ready_for_pickup", **ready(world))
    with world.parts.db.begin() as c:
        people.erase_person(c, world.patron["rani"])
    mailing.send_waiting(world.parts, "me", wire=wire(sent))
    assert sent == []
    assert row(world).state == "done"


def test_a_link_for_a_new_password_works_and_is_stored_nowhere(world: World) -> None:
    sent: Sent = []
    put(world, "password_reset", to_user_id=world.user["rani"])
    mailing.send_waiting(world.parts, "me", wire=wire(sent))
    found = re.search(r"http://127\.0\.0\.1:8080(/link/(\S+))", sent[0].get_content())
    assert found
    assert "rani" in world.client().page(found[1])
    with world.parts.db.read() as c:
        stored = str([*c.execute(select(outbox_table)), *c.execute(select(one_time_link))])
    assert found[2] not in stored


@pytest.mark.parametrize(
    "title",
    [
        "Batik\r\nBcc: all@example.org",
        "Batik\nContent-Type: text/html\n\n<b>",
        "Batik\u2028Bcc: all@example.org",
        "=?utf-8?q?Batik=0ABcc:_all@example.org?=",
        "Batik\x00\x0b\x85Bcc: all@example.org",
    ],
)
def test_a_title_cannot_become_a_header(world: World, title: str) -> None:
    sent: Sent = []
    put(world, "ready_for_pickup", **ready(world, title=title))
    mailing.send_waiting(world.parts, "me", wire=wire(sent))
    assert "Bcc" not in sent[0]
    assert sent[0].get_content_type() == "text/plain"
    assert len(str(sent[0]["Subject"]).splitlines()) == 1


@pytest.mark.parametrize(
    "address",
    ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "", "a@", "<a@b.example>", "a b@c.d"],
)
def test_an_address_that_is_none_gets_no_letter(world: World, address: str) -> None:
    sent: Sent = []
    with world.parts.db.begin() as c:
        people.change_person(c, world.patron["rani"], people.Person(name="Rani", email=address))
        account = people.by_login(c, "rani")
        people.change_user(c, account.id, account.version, email=address)
    put(world, "ready_for_pickup", **ready(world))
    mailing.send_waiting(world.parts, "me", wire=wire(sent))
    assert sent == []


def test_a_name_cannot_become_a_header_or_a_second_receiver(world: World) -> None:
    sent: Sent = []
    with world.parts.db.begin() as c:
        who = people.Person(name='Rani" <x@y.example>,\r\nBcc: z@y.example', email="rani@mlt.example")
        people.change_person(c, world.patron["rani"], who)
    put(world, "ready_for_pickup", **ready(world))
    mailing.send_waiting(world.parts, "me", wire=wire(sent))
    assert [a.addr_spec for a in sent[0]["To"].addresses] == ["rani@mlt.example"]
    assert "Bcc" not in sent[0]


def test_a_server_that_is_away_is_tried_again_and_the_error_names_nobody(world: World) -> None:
    put(world, "ready_for_pickup", **ready(world))
    away = wire([], ConnectionRefusedError("rani@mlt.example refused"))
    assert mailing.send_waiting(world.parts, "me", wire=away) == 0
    assert row(world).state == "waiting"
    assert "rani" not in row(world).last_error
    busy = smtplib.SMTPResponseException(451, b"rani@mlt.example busy")
    world.parts.clock.go(hours=1)  # type: ignore[attr-defined]
    assert mailing.send_waiting(world.parts, "me", wire=wire([], busy)) == 0
    assert row(world).last_error == "the mail server said 451"


def test_a_refused_address_and_an_unknown_letter_are_dead_at_once(world: World) -> None:
    put(world, "no_such_letter", to_user_id=world.user["rani"])
    mailing.send_waiting(world.parts, "me", wire=wire([]))
    assert row(world).state == "dead"


def test_without_a_server_everything_waits(world: World) -> None:
    world.parts.settings = replace(world.parts.settings, mail=MailSettings())
    put(world, "ready_for_pickup", **ready(world))
    assert mailing.send_waiting(world.parts, "me") == 0
    assert row(world).state == "waiting"


def test_a_real_server_gets_the_letter(world: World) -> None:
    got: list[Any] = []

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            got.append(envelope)
            return "250 OK"

    with listening(Handler()) as port:
        settings = MailSettings(host="127.0.0.1", port=port, sender="silang@net.example")
        world.parts.settings = replace(world.parts.settings, mail=settings)
        put(world, "ready_for_pickup", **ready(world, title="Café au lait – “nila”"))
        assert mailing.send_waiting(world.parts, "me") == 1
    assert got[0].rcpt_tos == ["rani@mlt.example"]
    message = email.message_from_bytes(got[0].content, policy=email.policy.default)
    assert message["Subject"] == "Siap diambil: Café au lait – “nila”"
