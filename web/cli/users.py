"""silang user: accounts and roles from the command line."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from sqlalchemy import Connection

from foundation import libraries, people
from web.auth import passwords, sessions
from web.cli import Place, pass_place
from web.cli.setup import address

ROLES = click.Choice(["patron", "librarian", "head", "admin"])


@click.group()
def user() -> None:
    """Accounts: add, list, give or take a role, disable, make a new one-time link."""


def _library_id(c: Connection, code: str | None) -> str | None:
    if not code:
        return None
    try:
        return libraries.by_code(c, code).id
    except libraries.UnknownLibrary:
        raise click.ClickException(f"There is no library {code}.") from None


def _account(c: Connection, login: str) -> people.User:
    try:
        return people.by_login(c, login)
    except people.UnknownPerson:
        raise click.ClickException(f"There is no account {login}.") from None


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="Name as others see it.")
@click.option("--email", default="", help="Where mail goes.")
@click.option("--role", "role_name", type=ROLES, help="First role.")
@click.option("--library", help="Code of the library the role is for.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of a link."
)
@pass_place
def add(
    place: Place,
    login: str,
    name: str,
    email: str,
    role_name: str | None,
    library: str | None,
    password_stdin: bool,
) -> None:
    """Add an account and print the link with which its owner chooses a password."""
    parts = place.ready()
    secret = sys.stdin.readline().rstrip("\n") if password_stdin else None
    if secret is not None and (fault := passwords.fault(secret, login)):
        raise click.ClickException(f"This password cannot be used ({fault}).")
    now = parts.clock()
    with parts.db.begin() as c:
        account = people.add_user(c, now, login=login, name=name, email=email)
        if role_name:
            people.grant(c, account.id, role_name, _library_id(c, library))
        if secret is not None:
            people.set_password_hash(c, account.id, passwords.hash_of(secret))
            return
        token = people.make_link(c, now, "setup", user_id=account.id, hours=72)
    click.echo(f"{address(parts)}/link/{token}")


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def listing(place: Place, as_json: bool) -> None:
    """List accounts with their roles."""
    parts = place.ready()
    rows: list[dict[str, Any]] = []
    with parts.db.read() as c:
        codes = {item.id: item.code for item in libraries.every(c)}
        for account in people.users(c, limit=100_000):
            roles = [
                f"{r.role}:{codes.get(r.library_id, '?')}" if r.library_id else r.role
                for r in people.roles_of(c, account.id)
            ]
            rows.append(
                {"login": account.login, "name": account.name, "state": account.state, "roles": sorted(roles)}
            )
    if as_json:
        click.echo(json.dumps({"users": rows}, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['login']:<30} {row['state']:<9} {row['name']:<30} {' '.join(row['roles'])}")


@user.command()
@click.argument("login")
@click.argument("role_name", metavar="ROLE", type=ROLES)
@click.option("--library", help="Code of the library the role is for.")
@click.option("--take", is_flag=True, help="Take the role away instead.")
@pass_place
def role(place: Place, login: str, role_name: str, library: str | None, take: bool) -> None:
    """Give an account a role (patron, librarian, head: in a library; admin: of the network)."""
    if (role_name == "admin") == bool(library):
        raise click.ClickException("An admin has no library; every other role needs --library.")
    parts = place.ready()
    with parts.db.begin() as c:
        account = _account(c, login)
        library_id = _library_id(c, library)
        if take:
            people.revoke(c, account.id, role_name, library_id)
        else:
            people.grant(c, account.id, role_name, library_id)


@user.command()
@click.argument("login")
@pass_place
def link(place: Place, login: str) -> None:
    """Print a new one-time link with which the owner chooses a password."""
    parts = place.ready()
    with parts.db.begin() as c:
        token = people.make_link(c, parts.clock(), "setup", user_id=_account(c, login).id, hours=72)
    click.echo(f"{address(parts)}/link/{token}")


@user.command()
@click.argument("login")
@pass_place
def disable(place: Place, login: str) -> None:
    """Disable an account and end its sessions at once."""
    parts = place.ready()
    with parts.db.begin() as c:
        account = _account(c, login)
        people.change_user(c, account.id, account.version, state="disabled")
        sessions.end_all(c, account.id)
