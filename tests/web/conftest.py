"""A small world for the pages: two libraries, people of every role, and a browser without a screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from broker.blank.titles import finder
from broker.peers.outside import Outside, by_http
from broker.service import Broker
from foundation import libraries, people
from foundation.db import Database
from foundation.fetch import Fetcher
from foundation.seal import seal_in
from index.engines.memory import MemoryEngine
from tests.conftest import TestClock
from web import app as app_module
from web import wiring
from web.app import create_app
from web.auth import passwords
from web.settings import Settings

#: Hashing is meant to be slow, but not for hundreds of sign-ins of tests.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

#: Everybody's password here.
PASSWORD = "kertas basah di rak"
HASHED = QUICK.hash(PASSWORD)


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", QUICK)
    monkeypatch.setattr(passwords, "_NOBODY", QUICK.hash("nobody has this password"))


ROOMS = tuple(name for name in app_module.ROOMS if hasattr(import_module(name), "blueprint"))


class _Compiled(BytecodeCache):
    """Templates compiled by one test serve the next ones: each test makes an application of its own."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled from the same source."""
        if code := self.kept.get(f"{bucket.key}-{bucket.checksum}"):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        self.kept[f"{bucket.key}-{bucket.checksum}"] = bucket.bytecode_to_string()


@dataclass(slots=True)
class World:
    """The parts, the application over them, ids of libraries by code and of people by login."""

    parts: wiring.Parts
    app: Flask
    library: dict[str, str] = field(default_factory=dict)
    branch: dict[str, str] = field(default_factory=dict)
    user: dict[str, str] = field(default_factory=dict)
    patron: dict[str, str] = field(default_factory=dict)

    def client(self, login: str = "", language: str = "id") -> Client:
        """A browser, signed in when a login is named."""
        client = Client(self.app)
        client.set_cookie("silang-lang", language)
        if login:
            answer = client.send("/sign-in", login=login, password=PASSWORD)
            assert answer.status_code == 302, answer.text
        return client


class Client(FlaskClient):
    """Sends forms as a page would: with the token that the page carries."""

    token = ""

    def page(self, address: str, status: int = 200) -> str:
        """The text of a page that answers so."""
        answer = self.get(address)
        assert answer.status_code == status, (address, answer.status_code, answer.text[:800])
        return answer.text

    def send(self, address: str, **values: object) -> TestResponse:
        """Send a form with the token of this session."""
        if not self.token:
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/sign-in").text)
            found = found or re.search(r'name="csrf_token" value="([^"]+)"', self.get("/account").text)
            assert found
            self.token = found[1]
        answer = self.post(address, data={"csrf_token": self.token, **values})
        self.token = ""
        return answer


def make_parts(db: Database, folder: Path, clock: TestClock) -> wiring.Parts:
    """The parts over an empty database and an engine in memory."""
    settings = Settings()
    engine = MemoryEngine()
    fetcher, seal = Fetcher(wiring.policy(settings)), seal_in(folder)
    outside = Outside(seal=seal, post=by_http(fetcher))
    return wiring.Parts(
        settings=settings,
        data=folder,
        db=db,
        engine=engine,
        fetcher=fetcher,
        seal=seal,
        clock=clock,
        broker=Broker(db, clock, settings.agreement, find=finder(engine), outside=outside),
    )


@pytest.fixture
def parts(sqlite_db: Database, tmp_path: Path, clock: TestClock) -> wiring.Parts:
    """The parts over an empty database and an engine in memory."""
    return make_parts(sqlite_db, tmp_path, clock)


@pytest.fixture
def world(parts: wiring.Parts, clock: TestClock) -> World:
    """The little world, and its application in test mode."""
    made = make_world(parts, clock, _application(parts))
    made.app.config["TESTING"] = True
    return made


@dataclass(slots=True)
class _Kept:
    """The application of this process, and how it was configured at first."""

    app: Flask | None = None
    config: dict[str, object] = field(default_factory=dict)


_KEPT = _Kept()


def _application(parts: wiring.Parts) -> Flask:
    """One application for all tests of a process, over the parts of this one: to register 160 routes takes longest."""
    if _KEPT.app is None:
        _KEPT.app = create_app(parts, ROOMS)
        _KEPT.config = dict(_KEPT.app.config)
    app = _KEPT.app
    app.config.clear()
    app.config.update(_KEPT.config)
    app.extensions["silang"] = parts
    return app


def make_world(parts: wiring.Parts, clock: TestClock, app: Flask | None = None) -> World:
    """MLT and KNG with branches; rani reads and lala works at MLT, kiki works at and hadi heads KNG, ada is admin."""
    made = World(parts=parts, app=app or create_app(parts, ROOMS))
    with parts.db.begin() as c:
        for code, name in (("MLT", "Perpustakaan Universitas Melati"), ("KNG", "Perpustakaan Kota Kenanga")):
            one = libraries.add(c, clock(), code=code, symbol=f"ISIL:ID-{code}", name=name)
            made.library[code] = one.id
            made.branch[code] = libraries.add_branch(c, one.id, code="PST", name="Gedung Pusat").id
        for login, role, code in (
            ("rani", "patron", "MLT"),
            ("kuni", "patron", "KNG"),
            ("lala", "librarian", "MLT"),
            ("kiki", "librarian", "KNG"),
            ("hadi", "head", "KNG"),
            ("ada", "admin", None),
        ):
            address = f"{login}@{(code or 'net').lower()}.example"
            user = people.add_user(c, clock(), login=login, name=login.title(), email=address)
            people.set_password_hash(c, user.id, HASHED)
            people.grant(c, user.id, role, made.library[code] if code else None)
            made.user[login] = user.id
            if role == "patron" and code:
                person = people.Person(name=f"{login.title()} Canari", email=address)
                card = people.add_patron(
                    c, clock(), made.library[code], person, number=f"{code}-001", user_id=user.id
                )
                made.patron[login] = card.id
    return made


@pytest.fixture
def client(world: World) -> Client:
    """A browser of somebody who is not signed in."""
    return world.client()


@pytest.fixture
def visit(world: World) -> Callable[..., Client]:
    """Makes browsers: visit('rani')."""
    return world.client
