"""Accounts, roles, patrons and one-time links."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from foundation import libraries, people
from foundation.db import Database
from foundation.libraries import Changed
from foundation.people import Person, Role, UnknownPerson
from foundation.tables import one_time_link
from tests.conftest import TestClock


def a_library(db: Database, clock: TestClock, code: str = "MLT") -> str:
    with db.begin() as c:
        return libraries.add(c, clock(), code=code, symbol=f"NPP:{code}", name=code).id


def test_logins_are_the_same_in_either_case(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        made = people.add_user(c, clock(), login=" Sari@Melati.id ", name="Sari", email="Sari@melati.id")
        assert people.by_login(c, "sari@melati.ID") == made
        assert people.by_email(c, "sari@MELATI.id") == (made,)
        assert people.by_email(c, " ") == ()
    with pytest.raises(IntegrityError), db.begin() as c:
        people.add_user(c, clock(), login="SARI@melati.id", name="x")


def test_accounts_change_one_at_a_time(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        made = people.add_user(c, clock(), login="a", name="A")
        people.set_password_hash(c, made.id, "hash")
        changed = people.change_user(c, made.id, made.version, state="disabled")
        assert (changed.state, changed.password_hash) == ("disabled", "hash")
        with pytest.raises(Changed):
            people.change_user(c, made.id, made.version, name="B")
        with pytest.raises(UnknownPerson):
            people.set_password_hash(c, "nobody", "hash")


def test_roles_are_at_a_library_except_the_admins(db: Database, clock: TestClock) -> None:
    home = a_library(db, clock)
    with db.begin() as c:
        sari = people.add_user(c, clock(), login="sari", name="Sari")
        assert people.grant(c, sari.id, "librarian", home)
        assert not people.grant(c, sari.id, "librarian", home)
        assert people.grant(c, sari.id, "admin")
        assert not people.grant(c, sari.id, "admin")
        assert people.roles_of(c, sari.id) == (
            Role(role="admin", library_id=None),
            Role(role="librarian", library_id=home),
        )
        assert [one.login for one in people.staff(c, home)] == ["sari"]
        assert people.staff(c, home, "head") == ()
        for role, library in (("admin", home), ("librarian", None), ("king", home)):
            with pytest.raises(ValueError):
                people.grant(c, sari.id, role, library)
        assert people.revoke(c, sari.id, "admin")
        assert not people.revoke(c, sari.id, "admin")


def test_accounts_are_searched_by_text_role_and_library(db: Database, clock: TestClock) -> None:
    home = a_library(db, clock)
    with db.begin() as c:
        for name in ("Ani", "Budi 100%", "Citra"):
            made = people.add_user(c, clock(), login=name, name=name)
            if name != "Citra":
                people.grant(c, made.id, "patron", home)
        assert [one.name for one in people.users(c, text="i")] == ["Ani", "Budi 100%", "Citra"]
        assert [one.name for one in people.users(c, text="0%")] == ["Budi 100%"]
        assert [one.name for one in people.users(c, text="_")] == []
        assert [one.name for one in people.users(c, role="patron", library_id=home)] == ["Ani", "Budi 100%"]


def test_a_patron_is_a_person_in_one_table_that_can_be_erased(db: Database, clock: TestClock) -> None:
    home = a_library(db, clock)
    with db.begin() as c:
        made = people.add_patron(
            c, clock(), home, Person(name="Dewi", email="d@x.id"), number="M-1", expires_on=date(2027, 1, 1)
        )
        assert people.by_number(c, home, " M-1 ") == made
        people.change_person(c, made.id, Person(name="Dewi Lestari"))
        assert people.person(c, made.id) == Person(name="Dewi Lestari")
        assert people.erase_person(c, made.id)
        assert people.person(c, made.id) is None
        assert people.patrons(c, home) == ((made, None),)
        blocked = people.change_patron(c, made.id, made.version, blocked=True, block_reason="lost_book")
        assert blocked.blocked
        with pytest.raises(Changed):
            people.change_patron(c, made.id, made.version, blocked=False)


def test_patrons_are_listed_for_their_own_library_only(db: Database, clock: TestClock) -> None:
    home, other = a_library(db, clock), a_library(db, clock, "KNG")
    with db.begin() as c:
        user = people.add_user(c, clock(), login="ani", name="Ani")
        people.add_patron(c, clock(), home, Person(name="Ani"), number="1", user_id=user.id)
        people.add_patron(c, clock(), home, Person(name="Budi"), number="2", state="pending")
        people.add_patron(c, clock(), other, Person(name="Citra"), number="1")
        assert [who.name for _, who in people.patrons(c, home) if who] == ["Ani", "Budi"]
        assert [who.name for _, who in people.patrons(c, home, text="bud") if who] == ["Budi"]
        assert [who.name for _, who in people.patrons(c, home, state="pending") if who] == ["Budi"]
        assert people.count_patrons(c, home, state="pending") == 1
        assert [one.library_id for one in people.patrons_of_user(c, user.id)] == [home]


def test_a_link_works_once_and_not_for_ever(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        user = people.add_user(c, clock(), login="a", name="A")
        old = people.make_link(c, clock(), "reset", user_id=user.id, hours=1)
        new = people.make_link(c, clock(), "reset", user_id=user.id, hours=1, data={"x": 1})
        assert people.look_at_link(c, clock(), old) is None, "a newer link ends the older"
        found = people.look_at_link(c, clock(), new)
        assert found is not None
        assert (found.user_id, found.data) == (user.id, {"x": 1})
        assert people.use_link(c, clock(), new) == found
        assert people.use_link(c, clock(), new) is None
        late = people.make_link(c, clock(), "setup", hours=1)
        clock.go(hours=1)
        assert people.use_link(c, clock(), late) is None
        assert new not in str(c.execute(select(one_time_link)).all())


def test_of_eight_that_use_a_link_one_gets_in(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        token = people.make_link(c, clock(), "setup", hours=1)
    got: list[bool] = []
    gate = threading.Barrier(8)

    def run() -> None:
        gate.wait(10)
        with db.begin() as c:
            got.append(people.use_link(c, clock(), token) is not None)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(got) == [False] * 7 + [True]
