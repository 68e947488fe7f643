"""Who can log in to the demo: role names instead of invented people, and one password for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from foundation import libraries, people
from web.auth import passwords

PASSWORD = "silang-demo"  # noqa: S105 - printed on the screen at every start


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """An account with its roles as (role, library code); the admin's library is ''."""

    login: str
    name: str
    roles: tuple[tuple[str, str], ...]


ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount(login="pemustaka.mlt", name="Pemustaka Melati", roles=(("patron", "MLT"),)),
    DemoAccount(login="pustakawan.mlt", name="Pustakawan Melati", roles=(("librarian", "MLT"),)),
    DemoAccount(login="pustakawan.kng", name="Pustakawan Kenanga", roles=(("librarian", "KNG"),)),
    DemoAccount(
        login="pustakawan.agr-trt",
        name="Pustakawan Anggrek dan Teratai",
        roles=(("librarian", "AGR"), ("librarian", "TRT")),
    ),
    DemoAccount(login="pustakawan.cmp", name="Pustakawan Cempaka", roles=(("librarian", "CMP"),)),
    DemoAccount(login="kepala.kng", name="Kepala Perpustakaan Kenanga", roles=(("head", "KNG"),)),
    DemoAccount(login="admin", name="Admin jaringan", roles=(("admin", ""),)),
)


def seed(c: Connection, now: datetime) -> int:
    """Make the accounts that are not there yet; gives back how many were made. Needs the libraries."""
    made = 0
    for account in ACCOUNTS:
        try:
            people.by_login(c, account.login)
        except people.UnknownPerson:
            _make(c, now, account)
            made += 1
    return made


def _make(c: Connection, now: datetime, account: DemoAccount) -> None:
    email = f"{account.login}@silang.example"
    user = people.add_user(c, now, login=account.login, name=account.name, email=email)
    people.set_password_hash(c, user.id, passwords.hash_of(PASSWORD))
    for role, code in account.roles:
        library_id = libraries.by_code(c, code).id if code else None
        people.grant(c, user.id, role, library_id)
        if role == "patron" and library_id:
            who = people.Person(name=account.name, email=email)
            people.add_patron(
                c, now, library_id, who, number="M-2026-0001", user_id=user.id, category="student"
            )
