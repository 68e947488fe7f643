"""web.elsewhere: who may search which targets, how they are asked, what our own index gives."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from index.live.link import LinkFailed
from index.live.snapshot import UNION, SearchState
from index.parse import parse
from index.search import IndexDoc
from index.targets import store
from index.targets.profile import Limits, Policy, Presentation, Profile
from index.targets.urls import read
from tests.conftest import TestClock
from tests.web.conftest import World
from web import duties, elsewhere


def _profile(code: str, **more: object) -> Profile:
    plain = Profile(code=code, address=read("z3950://127.0.0.1:1/db"), presentation=Presentation(name=code))
    return replace(plain, **more)  # type: ignore[arg-type]  # fields of Profile


def _add(world: World, *profiles: Profile, enabled: bool = True) -> dict[str, str]:
    parts = world.parts
    with parts.db.begin() as c:
        return {
            one.code: store.add(
                c,
                replace(one, policy=replace(one.policy, enabled=enabled)),
                password=None,
                seal=parts.seal,
                at=parts.clock(),
            ).id
            for one in profiles
        }


def test_each_audience_searches_what_it_may(world: World) -> None:
    _add(world, *(_profile(who, policy=Policy(searchers=who)) for who in ("public", "signed_in", "staff")))
    _add(world, _profile("off"), enabled=False)
    with world.parts.db.read() as c:
        found = {
            who: [one.code for one in elsewhere.searchable(world.parts, c, who)] for who in elsewhere.MAY
        }
    assert found == {
        "public": ["public"],
        "signed_in": ["public", "signed_in"],
        "staff": ["public", "signed_in", "staff"],
    }


def test_a_target_is_known_by_its_library_and_asked_within_its_hours(world: World, clock: TestClock) -> None:
    symbol = Presentation(name="Kenanga", symbol="ISIL:ID-KNG")
    ids = _add(
        world,
        _profile("open", presentation=symbol),
        _profile("shut", limits=Limits(hours=("mon 00:00-00:01",), zone="UTC")),
    )
    aim = elsewhere.aim_of(world.parts, ids["open"])
    assert aim is not None
    assert (aim.name, aim.library, aim.closed) == ("Kenanga", "KNG", "")
    shut = elsewhere.aim_of(world.parts, ids["shut"])
    assert shut is not None
    assert shut.closed == "outside_hours"
    assert elsewhere.aim_of(world.parts, "unknown") is None


def test_addresses_that_the_configuration_does_not_open_are_not_reached(world: World) -> None:
    aim = elsewhere.aim_of(world.parts, _add(world, _profile("inside"))["inside"])
    assert aim is not None

    async def opened() -> None:
        await aim.open(asyncio.get_running_loop().time() + 5)

    with pytest.raises(LinkFailed) as failed:
        asyncio.run(opened())
    assert failed.value.code == "forbidden"


def test_our_own_index_is_searched_first_and_forgotten_when_nobody_looks(
    world: World, clock: TestClock
) -> None:
    parts = world.parts
    parts.engine.write(
        [IndexDoc(id="c1", title=("kertas",), any=("kertas",), brief='{"title":"Kertas"}')], [], position=1
    )
    engine = elsewhere.live_engine(parts)
    try:
        assert elsewhere.live_engine(parts) is engine
        search = engine.start(parse("kertas"), [], owner="me")
        found = engine.snapshot(search, "me")
        assert found is not None
        assert [(one.union_id, one.holders[0].target) for one in found.clusters] == [("c1", UNION)]
        while found is not None and found.state is not SearchState.FINISHED:
            engine.wait(search, "me", found.version, 10)
            found = engine.snapshot(search, "me")
        clock.go(hours=2)
        duties.tidy(parts, "me")
        assert engine.snapshot(search, "me") is None
    finally:
        parts.cache.pop("live_engine").close()
