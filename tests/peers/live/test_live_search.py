"""Live searches of catalogues from other hands, by `silang live` and by links alone."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from foundation.fetch import FetchPolicy
from index.live.aims import Ways
from index.live.lean import read
from index.live.link import Fetched, Found, LinkFailed
from index.parse import parse
from index.record import Availability
from index.targets.profile import Authentication, Profile, Retrieval
from index.targets.urls import read as address
from tests.peers.live.catalogues import Peer, ZTest

pytestmark = pytest.mark.peers

ManyPorts = Any


def _live(*arguments: str, seconds: float = 60.0) -> tuple[int, dict[str, Any], str]:
    """Exit status, the JSON object, and what was said beside it."""
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "live", *arguments, "--json"],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.stdout.count("\n") == 1, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def _z3950(peer: Peer, database: str = "Default") -> str:
    return f"z3950://{peer.host}:{peer.port}/{database}"


def _target(url: str, *arguments: str) -> Sequence[str]:
    return ("--target", url, *arguments)


def test_silang_live_prints_one_object_and_says_who_answered(ztest: ZTest, zebra_marcxml: Peer) -> None:
    status, told, beside = _live("title:aida", *_target(_z3950(zebra_marcxml)), *_target(_z3950(ztest)))
    assert status == 0
    assert "any address" in beside
    assert [one["state"] for one in told["targets"]] == ["ok", "ok"]
    zebra = told["targets"][0]
    assert (zebra["hits"], zebra["fetched"], zebra["diagnostics"]) == (3, 3, [])
    aida = [one for one in told["clusters"] if _z3950(zebra_marcxml) in [h["target"] for h in one["holders"]]]
    assert sorted(h["position"] for one in aida for h in one["holders"]) == [1, 2, 3]
    assert all("aida" in one["title"].lower() and one["authors"] and one["year"] for one in aida)
    assert 0 < told["first_seconds"] <= told["seconds"]


def test_silang_live_tells_of_dead_and_wrong_targets_and_ends_with_1(ztest: ZTest) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"z3950://127.0.0.1:{closed.getsockname()[1]}/db"
        status, told, _ = _live(
            "word",
            *_target(dead),
            *_target(_z3950(ztest)),
            *_target(_z3950(ztest, "Unknown")),
            *_target("gopher://x"),
            *_target(dead.replace("z3950", "sru+http")),
        )
    assert status == 1
    assert [one["state"] for one in told["targets"]] == ["failed", "ok", "failed", "failed", "failed"]
    codes = [[said["code"] for said in one["diagnostics"]] for one in told["targets"]]
    assert codes[0] == ["refused"]
    assert codes[2] == ["109"]
    assert codes[3] == ["bad_url"]
    assert next(one["hits"] for one in told["targets"]) is None
    assert told["clusters"]


def test_a_silent_target_ends_with_the_budget(ztest: ZTest) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = f"z3950://127.0.0.1:{silent.getsockname()[1]}/db"
        status, told, _ = _live("word", *_target(mute), *_target(_z3950(ztest)), "--budget", "1")
    assert status == 1
    assert [one["state"] for one in told["targets"]] == ["timeout", "ok"]
    assert 0.9 <= told["targets"][0]["seconds"] < 10
    assert told["clusters"]


def test_the_same_records_by_both_protocols_are_the_same_editions(ztest: ZTest) -> None:
    sru = f"sru+http://{ztest.host}:{ztest.port}/Default"
    status, told, _ = _live("computer", *_target(_z3950(ztest)), *_target(sru))
    assert status == 0
    assert all(one["hits"] == one["fetched"] for one in told["targets"])
    both = [one for one in told["clusters"] if len({h["target"] for h in one["holders"]}) == 2]
    assert len(both) >= 0.9 * told["total"]


def test_a_login_stands_in_the_address_and_is_never_shown(zebra_iso2709: Peer) -> None:
    url = _z3950(zebra_iso2709)
    status, told, _ = _live("title:the", *_target(url))
    assert status == 1
    assert "1011" in [said["code"] for said in told["targets"][0]["diagnostics"]]
    status, told, _ = _live("title:the", *_target(url.replace("//", "//reader:secret@")))
    assert status == 0
    assert told["targets"][0]["hits"] == 10
    assert "secret" not in json.dumps(told)


def test_people_get_a_table(ztest: ZTest) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "live", "computer", "--target", _z3950(ztest)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("ok ")
    assert "The Computer Bible" in done.stdout


# --- links ------------------------------------------------------------------------------------------


def _ask(
    profile: Profile, query: str, *, secret: str = "", sort: str = "", count: int = 10
) -> tuple[Found, tuple[Fetched, ...]]:
    """What a link finds, and all records up to `count`."""

    async def run() -> tuple[Found, tuple[Fetched, ...]]:
        ways = Ways(FetchPolicy(any_address=True, user_agent="test"))
        deadline = asyncio.get_running_loop().time() + 30
        link = await ways.aim("t", profile, lambda: secret).open(deadline)
        try:
            found = await link.search(parse(query), deadline=deadline, first=min(count, 5), sort=sort)
            have = len(found.records)
            more: tuple[Fetched, ...] = ()
            if have < min(count, found.hits or 0):
                more = await link.fetch(have + 1, count - have, deadline=deadline)
            return found, found.records + more
        finally:
            await link.close()

    return asyncio.run(run())


def _profile(peer: Peer, database: str = "Default", **more: Any) -> Profile:
    return Profile(code="t", address=address(_z3950(peer, database)), **more)


def test_records_come_in_order_with_and_without_the_answer(ztest: ZTest) -> None:
    found, records = _ask(_profile(ztest), "title:42", count=42)
    assert found.hits == 42
    assert len(found.records) == 5
    assert [one.position for one in records] == list(range(1, 43))
    assert read(records[3]).title == "The Computer Bible"


def test_an_access_point_that_is_refused_is_replaced_and_told(zebra_marcxml: Peer) -> None:
    found, records = _ask(_profile(zebra_marcxml), "aida")
    assert found.hits
    assert records
    assert [one.code for one in found.diagnostics]
    assert not any(one.fatal for one in found.diagnostics)
    assert "attributes_changed" in [one.code for one in found.diagnostics]


def test_copies_come_beside_records_of_the_opac_syntax(ztest: ZTest) -> None:
    found, records = _ask(_profile(ztest, retrieval=Retrieval(holdings="opac")), "title:3", count=3)
    assert found.hits == 3
    holdings = records[0].holdings
    assert holdings
    assert {one.availability for one in holdings} <= {
        Availability.AVAILABLE,
        Availability.ON_LOAN,
        Availability.UNKNOWN,
    }
    assert read(records[0]).holdings == holdings


def test_a_syntax_that_the_target_has_not_is_followed_by_the_next(zebra_iso2709: Peer) -> None:
    profile = _profile(
        zebra_iso2709,
        retrieval=Retrieval(syntaxes=("opac", "unimarc", "usmarc")),
        authentication=Authentication(kind="open", user="reader"),
    )
    _, records = _ask(profile, "title:the", secret="secret")
    assert len(records) == 10
    assert all(read(one).title for one in records)


@pytest.mark.parametrize("syntax", ["sutrs", "grs1", "xml"])
def test_other_syntaxes_can_be_read(zebra_iso2709: Peer, syntax: str) -> None:
    profile = _profile(
        zebra_iso2709,
        retrieval=Retrieval(syntaxes=(syntax,)),
        authentication=Authentication(kind="open", user="reader"),
    )
    _, records = _ask(profile, "title:the", secret="secret", count=3)
    assert [read(one).title != "" for one in records] == [True] * 3


def test_a_target_sorts_where_it_can_and_says_where_it_cannot(
    zebra_iso2709: Peer, zebra_marcxml: Peer
) -> None:
    signed = _profile(zebra_iso2709, authentication=Authentication(kind="open", user="reader"))
    found, records = _ask(signed, "title:the", secret="secret", sort="title")
    titles = [read(one).title.lower() for one in records]
    assert titles == sorted(titles)
    assert found.diagnostics == ()
    found, _ = _ask(_profile(zebra_marcxml), "title:aida", sort="year")
    assert [one.code for one in found.diagnostics] == ["sort_dropped"]


def test_a_word_with_accents_is_tried_without_them_too(zebra_marcxml: Peer) -> None:
    found, _ = _ask(_profile(zebra_marcxml), "title:áidá")
    assert found.hits == 3


def test_what_a_target_has_no_way_for_is_said(ztest: ZTest) -> None:
    profile = _profile(ztest)
    poor = replace(
        profile, dialect=replace(profile.dialect, access={"title": profile.dialect.access["title"]})
    )
    with pytest.raises(LinkFailed) as failed:
        _ask(poor, "author:someone")
    assert failed.value.code == "unsupported"
    assert [one.code for one in failed.value.diagnostics] == ["no_access_point"]
    found, _ = _ask(poor, "title:7 author:someone")
    assert found.hits == 7
    assert [one.code for one in found.diagnostics] == ["no_access_point"]
