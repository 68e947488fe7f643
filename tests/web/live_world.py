"""Other catalogues for pages: targets that stand in the table like real ones, and do as a test tells them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from index.live.asking.aim import Aim
from index.live.link import Fetched
from index.record import Holding
from index.targets import store
from index.targets.profile import Limits, Policy, Presentation, Profile
from index.targets.store import Target as Stored
from index.targets.urls import read
from tests.index.live import scripted
from tests.index.live.scripted import Target, marc
from tests.web.conftest import Client, World
from web import elsewhere
from web.wiring import Parts

__all__ = ["Elsewhere", "Target", "marc", "searching"]


@dataclass(slots=True)
class Elsewhere:
    """Targets by code, and what their copies are: by code and position in its result."""

    world: World
    targets: dict[str, Target] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    copies: dict[tuple[str, int], tuple[Holding, ...]] = field(default_factory=dict)

    def add(
        self,
        code: str,
        *records: bytes,
        symbol: str = "",
        searchers: str = "public",
        requests: bool = False,
        **how: object,
    ) -> Target:
        """One more target with these records."""
        profile = Profile(
            code=code,
            address=read("z3950://127.0.0.1:1/db"),
            presentation=Presentation(name=f"Katalog {code}", symbol=symbol),
            policy=Policy(searchers=searchers, requests=requests),
            limits=Limits(whole_seconds=30.0, search_seconds=30.0),
        )
        parts = self.world.parts
        with parts.db.begin() as c:
            one = store.add(c, profile, password=None, seal=parts.seal, at=parts.clock())
        self.ids[code] = one.id
        self.targets[code] = Target(name=code, records=list(records), **how)  # type: ignore[arg-type]  # its fields
        return self.targets[code]

    def start(self, client: Client, text: str) -> str:
        """Start a search as a form does; where it leads."""
        answer = client.send("/live", q=text)
        assert answer.status_code == 303, answer.text[:500]
        return answer.headers["Location"]

    def wait(self, client: Client, address: str) -> str:
        """The page of a search once nothing more comes."""
        version, until = "", time.monotonic() + 60
        while time.monotonic() < until:
            said = client.get(f"{address}/events?version={version}").text
            if "event: end" in said:
                return client.page(address)
            if news := re.search(r"^id: (\d+)$", said, re.MULTILINE):
                version = news[1]
        raise AssertionError(f"{address} has not come to its end")


@contextmanager
def searching(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """The little world with catalogues around it."""
    made = Elsewhere(world)
    real = elsewhere._aim

    def aim(parts: Parts, one: Stored, code: str) -> Aim:
        return replace(real(parts, one, code), open=made.targets[one.code].open)

    def record(link: object, number: int) -> Fetched:
        target: Target = link.target  # type: ignore[attr-defined]  # of scripted._Link
        copies = made.copies.get((target.name, number), ())
        return Fetched(
            position=number,
            syntax="1.2.840.10003.5.10",
            payload=target.records[number - 1],
            holdings=copies,
        )

    monkeypatch.setattr(elsewhere, "_aim", aim)
    monkeypatch.setattr(scripted._Link, "_record", record)
    try:
        yield made
    finally:
        live = world.parts.cache.pop("live_engine", None)
        if live is not None:
            live.close()
