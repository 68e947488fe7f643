"""Accounts: signing in, links that work once, registering, sessions that can be ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from foundation import people
from foundation.tables import outbox, session, user
from tests.conftest import TestClock
from tests.web.conftest import PASSWORD, Client, World
from web.app import safe_next
from web.auth import links, sessions

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]


def test_the_right_password_opens_a_session_and_a_wrong_one_does_not(world: World) -> None:
    client = world.client()
    wrong = client.send("/sign-in", login="rani", password="salah sekali")
    assert wrong.status_code == 422
    assert "<title>Kesalahan: Masuk" in wrong.text
    assert 'value="rani"' in wrong.text  # what was typed stays
    assert "salah sekali" not in wrong.text  # but for the password
    right = client.send("/sign-in", login=" RANI ", password=PASSWORD)
    assert right.status_code == 302
    assert "Rani" in client.page("/account")


@pytest.mark.parametrize("login", ["rani@mlt.example", "MLT-001"])
def test_an_address_or_a_member_number_is_as_good_as_the_login(client: Client, login: str) -> None:
    assert client.send("/sign-in", login=login, password=PASSWORD).status_code == 302


def test_a_member_number_that_two_libraries_gave_out_needs_the_library(world: World) -> None:
    with world.parts.db.begin() as c:
        card = people.by_number(c, world.library["KNG"], "KNG-001")
        people.change_patron(c, card.id, card.version, number="MLT-001")
    client = world.client()
    assert client.send("/sign-in", login="MLT-001", password=PASSWORD).status_code == 422
    answer = client.send("/sign-in", login="MLT-001", library="KNG", password=PASSWORD)
    assert answer.status_code == 302
    assert "Kuni" in client.page("/account")


def test_unknown_and_known_accounts_get_the_same_answer(client: Client) -> None:
    known = client.send("/sign-in", login="rani", password="salah sekali").text
    unknown = client.send("/sign-in", login="rono", password="salah sekali").text
    unlike = [a for a, b in zip(known.split("<"), unknown.split("<"), strict=True) if a != b]
    assert all("rani" in part or "csrf_token" in part for part in unlike)


def test_guessing_is_stopped_and_goes_on_after_a_while(world: World, clock: TestClock) -> None:
    client = world.client()
    for _ in range(6):
        assert client.send("/sign-in", login="rani", password="salah sekali").status_code == 422
    stopped = client.send("/sign-in", login="rani", password=PASSWORD)
    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) == 600
    assert client.send("/sign-in", login="kuni", password=PASSWORD).status_code == 302
    clock.go(minutes=11)
    assert world.client().send("/sign-in", login="rani", password=PASSWORD).status_code == 302


def test_a_stranger_who_guesses_does_not_lock_the_owner_out(world: World) -> None:
    stranger = world.client()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    for _ in range(7):
        stranger.send("/sign-in", login="rani", password="salah sekali")
    assert world.client().send("/sign-in", login="rani", password=PASSWORD).status_code == 302


def test_a_disabled_account_cannot_sign_in_and_its_sessions_end(world: World) -> None:
    client = world.client("rani")
    with world.parts.db.begin() as c:
        account = people.by_login(c, "rani")
        people.change_user(c, account.id, account.version, state="disabled")
    assert client.get("/account").status_code == 302
    assert world.client().send("/sign-in", login="rani", password=PASSWORD).status_code == 422


def test_a_session_key_set_beforehand_is_never_taken_over(world: World) -> None:
    client = world.client()
    client.set_cookie("silang", "a-key-that-somebody-planted")
    answer = client.send("/sign-in", login="rani", password=PASSWORD)
    assert "a-key-that-somebody-planted" not in answer.headers["Set-Cookie"]
    key = client.get_cookie("silang")
    assert key is not None
    assert key.value != "a-key-that-somebody-planted"
    assert key.http_only
    assert key.same_site == "Lax"
    with world.parts.db.read() as c:
        assert c.execute(select(session.c.id_hash)).scalar_one() == sessions.digest(key.value)


def test_signing_out_ends_the_session_on_the_server(world: World) -> None:
    client = world.client("rani")
    key = client.get_cookie("silang")
    assert key is not None
    assert client.send("/sign-out").status_code == 302
    thief = world.client()
    thief.set_cookie("silang", key.value)
    assert thief.get("/account").status_code == 302


def test_sessions_end_when_idle_and_when_old(world: World, clock: TestClock) -> None:
    client = world.client("lala")
    clock.go(hours=7)
    client.page("/account")
    clock.go(hours=6)  # twelve hours are the most for staff, however busy
    assert client.get("/account").status_code == 302
    idle = world.client("rani")
    clock.go(days=4)
    assert idle.get("/account").status_code == 302


def test_a_new_password_ends_all_other_sessions(world: World) -> None:
    here, elsewhere = world.client("rani"), world.client("rani")
    new = "hujan di atas atap seng"
    answer = here.send("/account/password", current=PASSWORD, password=new, again=new)
    assert answer.status_code == 302
    here.page("/account")
    assert elsewhere.get("/account").status_code == 302
    assert world.client().send("/sign-in", login="rani", password=new).status_code == 302


@pytest.mark.parametrize(
    ("current", "new", "again", "said"),
    [
        ("salah sekali", "hujan di atas atap", "hujan di atas atap", "tidak cocok"),
        (PASSWORD, "pendek", "pendek", "paling sedikit 10"),
        (PASSWORD, "rahasia123", "rahasia123", "terlalu mudah"),
        (PASSWORD, "hujan di atas atap", "hujan di bawah atap", "tidak sama"),
    ],
)
def test_a_password_is_changed_only_when_all_is_right(
    visit: Visit, current: str, new: str, again: str, said: str
) -> None:
    answer = visit("rani").send("/account/password", current=current, password=new, again=again)
    assert answer.status_code == 422
    assert said in answer.text


def test_other_sessions_are_listed_and_can_be_ended(world: World) -> None:
    here, elsewhere = world.client("rani"), world.client("rani")
    stranger = world.client("kuni")
    key = elsewhere.get_cookie("silang")
    assert key is not None
    theirs = sessions.digest(key.value)
    assert theirs in here.page("/account/sessions")
    stranger.send("/account/sessions/end", session=theirs)
    elsewhere.page("/account")  # only one's own can be ended
    here.send("/account/sessions/end", session=theirs)
    assert elsewhere.get("/account").status_code == 302
    third = world.client("rani")
    here.send("/account/sessions/end-others")
    assert third.get("/account").status_code == 302
    here.page("/account")


def test_a_forgotten_password_puts_one_mail_into_the_outbox_and_no_secret(world: World) -> None:
    client = world.client()
    known = client.send("/reset", email="RANI@mlt.example")
    unknown = client.send("/reset", email="rono@mlt.example")
    assert known.status_code == unknown.status_code == 200
    with world.parts.db.read() as c:
        rows = c.execute(select(outbox)).all()
        assert [row.payload for row in rows] == [
            {"template": "password_reset", "to_user_id": world.user["rani"]}
        ]
        assert not c.execute(select(func.count()).select_from(people.t.one_time_link)).scalar()


def test_asking_for_many_links_is_stopped(client: Client) -> None:
    for _ in range(3):
        assert client.send("/reset", email="rani@mlt.example").status_code == 200
    assert client.send("/reset", email="rani@mlt.example").status_code == 429


def test_a_link_is_used_by_post_only_and_only_once(world: World, clock: TestClock) -> None:
    elsewhere = world.client("rani")
    with world.parts.db.begin() as c:
        path = links.make(c, clock(), "reset", world.user["rani"])
    client = world.client()
    for _ in range(3):  # mail scanners open every link
        assert "rani" in client.page(path)
    new = "hujan di atas atap seng"
    assert client.send(path, password=new, again="lain sama sekali").status_code == 422
    assert client.send(path, password=new, again=new).status_code == 302
    assert elsewhere.get("/account").status_code == 302
    assert client.get(path).status_code == 410
    assert client.send(path, password=new, again=new).status_code == 410
    assert client.send("/sign-in", login="rani", password=new).status_code == 302


def test_an_old_link_and_one_of_another_time_do_nothing(world: World, clock: TestClock) -> None:
    with world.parts.db.begin() as c:
        first = links.make(c, clock(), "reset", world.user["rani"])
        second = links.make(c, clock(), "reset", world.user["rani"])
    client = world.client()
    assert client.get(first).status_code == 410  # the newer one ended it
    client.page(second)
    clock.go(hours=3)
    assert client.get(second).status_code == 410
    assert client.get("/link/nothing").status_code == 410


def test_who_registers_waits_for_the_library(world: World) -> None:
    client = world.client()
    assert "MLT" in client.page("/register")
    answer = client.send(
        "/register",
        library="MLT",
        number="MLT-77",
        name="Siti Baru",
        email="siti@example.org",
        phone="",
        password=PASSWORD,
        role="admin",
        state="confirmed",
    )
    assert answer.status_code == 302
    page = client.page("/account")
    assert "Menunggu perpustakaan" in page
    with world.parts.db.read() as c:
        card = people.by_number(c, world.library["MLT"], "MLT-77")
        assert card.state == "pending"
        account = people.by_login(c, "siti@example.org")
        assert [role.role for role in people.roles_of(c, account.id)] == ["patron"]


def test_a_registration_with_mistakes_keeps_what_was_typed_and_lists_them_first(world: World) -> None:
    client = world.client()
    answer = client.send("/register", library="XXX", number="", name="Siti", email="siti@", password="x")
    assert answer.status_code == 422
    page = answer.text
    assert "<title>Kesalahan: " in page
    assert 'value="Siti"' in page
    assert 'value="siti@"' in page
    for name in ("library", "number", "email", "password"):
        assert f'href="#{name}"' in page
        assert f'id="{name}-e"' in page
    assert page.index("flash bad") < page.index("<form")


def test_a_registered_address_or_number_cannot_be_registered_again(world: World) -> None:
    client = world.client()
    form = {"library": "MLT", "name": "Siti", "password": PASSWORD}
    known = client.send("/register", number="MLT-9", email="RANI", **form)
    assert known.status_code == 422
    again = client.send("/register", number="MLT-001", email="other@example.org", **form)
    assert again.status_code == 422
    assert "sudah terdaftar" in again.text
    with world.parts.db.read() as c:
        assert c.execute(select(func.count()).select_from(user)).scalar() == 6


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "///evil.example",
        "/%5cevil.example/..//evil.example\\",
        "evil.example",
        "?next=//evil",
        "@evil.example",
        "/\r\nSet-Cookie: a=b",
        "/\x00//evil.example",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(visit: Visit, target: str) -> None:
    assert safe_next(target) == "/"
    answer = visit().send("/sign-in", login="rani", password=PASSWORD, next=target)
    assert answer.headers["Location"] == "/"


def test_one_comes_back_to_where_one_wanted_to_go(world: World) -> None:
    client = world.client()
    answer = client.get("/account/sessions?x=1")
    assert answer.headers["Location"] == "/sign-in?next=/account/sessions?x%3D1"
    answer = client.send("/sign-in", login="rani", password=PASSWORD, next="/account/sessions?x=1")
    assert answer.headers["Location"] == "/account/sessions?x=1"


def test_the_language_is_kept_with_the_account(world: World) -> None:
    client = world.client("rani")
    answer = client.send("/account/language", language="en")
    assert "My account" in client.page(answer.headers["Location"])
    with world.parts.db.read() as c:
        assert people.by_login(c, "rani").language == "en"


def test_staying_signed_in_is_a_choice(world: World) -> None:
    client = world.client()
    client.send("/sign-in", login="rani", password=PASSWORD)
    here = client.get_cookie("silang")
    assert here is not None
    assert here.max_age is None
    client.send("/sign-in", login="rani", password=PASSWORD, remember="yes")
    kept = client.get_cookie("silang")
    assert kept is not None
    assert kept.max_age == timedelta(days=14).total_seconds()
