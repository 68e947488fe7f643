"""silang init: makes the data folder, the tables, what config.yaml lists, and the first admin's link."""

from __future__ import annotations

import json

import click
from sqlalchemy import select

from foundation import people
from foundation.tables import role
from web import migrate, provision
from web.cli import Place, pass_place
from web.settings import BadConfig
from web.wiring import Parts


def address(parts: Parts) -> str:
    """The address that people type, without a slash at the end."""
    web = parts.settings.web
    return (web.public_url or f"http://{web.host}:{web.port}").rstrip("/")


@click.command()
@click.option("--admin", "login", default="admin", show_default=True, help="Login of the first admin.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_place
def init(place: Place, login: str, as_json: bool) -> None:
    """Prepare this installation, or bring it to this version.

    Makes the data folder and the tables, loads the libraries and sources that the configuration lists, and
    prints a one-time link with which the first admin chooses a password. Running it again is safe: nothing
    is overwritten, and a new link is printed only as long as no admin has signed in.
    """
    parts = place.parts
    migrate.upgrade(parts.db)
    try:
        provision.provision(parts)
    except BadConfig as error:
        place.refuse(error)
    link = _first_admin(parts, login)
    if as_json:
        click.echo(
            json.dumps({"data": str(parts.data), "revision": migrate.revision(parts.db), "link": link})
        )
        return
    click.echo(f"Data folder: {parts.data}")
    click.echo(f"Tables:      {migrate.revision(parts.db)}")
    if link:
        click.echo("\nOpen this link once, within 72 hours, to choose the first admin's password:")
        click.echo(f"  {link}")
    click.echo("\nNext: silang serve (pages) and silang worker (harvests, mail), each in its own window.")


def _first_admin(parts: Parts, login: str) -> str | None:
    """A link for the first admin; None once one has a password."""
    now = parts.clock()
    with parts.db.begin() as c:
        admins = [row.user_id for row in c.execute(select(role.c.user_id).where(role.c.role == "admin"))]
        accounts = [people.get_user(c, user_id) for user_id in admins]
        if any(account.password_hash for account in accounts):
            return None
        if accounts:
            account = accounts[0]
        else:
            account = people.add_user(c, now, login=login, name="Admin")
            people.grant(c, account.id, "admin")
        token = people.make_link(c, now, "setup", user_id=account.id, hours=72)
    return f"{address(parts)}/link/{token}"
