"""What may be entered as a target, what a change means, and what the file and the pages may do to each other's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from foundation.db import Database
from foundation.seal import Seal, seal_in
from index.targets import checking, flat, store
from index.targets.errors import BadTarget, ReadOnlyTarget, StaleTarget, UnknownTarget
from index.targets.tables import target
from tests.conftest import TestClock

PLAIN: dict[str, Any] = {"code": "ui", "name": "Katalog UI", "url": "z3950://katalog.example:2100/Buku"}
SRU = PLAIN | {"url": "https://katalog.example/sru"}


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return seal_in(tmp_path)


def test_a_profile_survives_being_written_down() -> None:
    for given in (PLAIN, SRU):
        profile = flat.read(given)
        assert list(checking.faults(profile)) == []
        assert flat.read(flat.write(profile)) == profile
    full = PLAIN | {
        "attributes": {"title": ["1=4 4=1", "1=33"], "any": "1=1035", "subject": []},
        "always": "2=3",
        "hours": ["mon-fri 08:00-16:00"],
        "syntaxes": ["opac", "usmarc"],
        "query_charset": "windows-1250",
        "strip": True,
        "search_seconds": 3.5,
        "verify": False,
    }
    profile = flat.read(full)
    assert profile.dialect.access["subject"] == ()
    assert flat.read(flat.write(profile)) == profile


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"code": "a b"}, "code", "bad_code"),
        ({"name": ""}, "name", "required"),
        ({"url": ""}, "url", "required"),
        ({"url": "ftp://x"}, "url", "bad_url"),
        ({"url": "z3950://u:p@x/y"}, "url", "credentials_in_url"),
        ({"attributes": {"title": "four"}}, "attributes", "bad_value"),
        ({"attributes": {"colour": "1=4"}}, "attributes", "unknown_point"),
        ({"attributes": {}}, "attributes", "required"),
        ({"search_seconds": 0}, "search_seconds", "out_of_range"),
        ({"search_seconds": "soon"}, "search_seconds", "bad_value"),
        ({"search_seconds": float("nan")}, "search_seconds", "bad_value"),
        ({"most_records": 5000}, "most_records", "out_of_range"),
        ({"strip": "yes"}, "strip", "bad_value"),
        ({"hours": ["always"]}, "hours", "bad_hours"),
        ({"zone": "Asia/Atlantis"}, "zone", "unknown_zone"),
        ({"query_charset": "klingon"}, "query_charset", "unknown"),
        ({"query": "pqf"}, "query", "only_sru"),
        ({"authentication": "basic", "username": "x"}, "authentication", "only_sru"),
        ({"authentication": "idpass"}, "username", "required"),
        ({"authentication": "open", "username": "a/b"}, "username", "slash"),
        ({"syntaxes": ["papyrus"]}, "syntaxes", "unknown"),
        ({"syntaxes": []}, "syntaxes", "required"),
        ({"symbol": "UI"}, "symbol", "bad_symbol"),
        ({"requests": True}, "requests", "needs_symbol"),
        ({"ca_pem": "hello"}, "ca_pem", "not_pem"),
        ({"parameters": {"x-password": "secret"}}, "parameters", "secret_here"),
        ({"searchers": "cats"}, "searchers", "unknown"),
        ({"table": "index.dc.title 1=4"}, "table", "bad_line"),
        ({"query_charset": "iso-5426"}, "query_charset", "unknown"),
    ],
)
def test_what_cannot_be_a_target_is_refused_by_field(given: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(BadTarget) as refused:
        checking.check(flat.read(PLAIN | given))
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_all_faults_are_told_at_once() -> None:
    found: list[BadTarget] = []
    flat.read(PLAIN | {"url": "", "strip": "no", "most_records": "many"}, faults=found)
    assert [one.field for one in found] == ["url", "most_records", "strip"]


def test_a_password_is_sealed_kept_and_taken_away(db: Database, seal: Seal, clock: TestClock) -> None:
    profile = flat.read(PLAIN | {"authentication": "idpass", "username": "silang"})
    with db.begin() as c:
        made = store.add(c, profile, password="rahasia", seal=seal, at=clock())
        assert made.password(seal) == "rahasia"
        assert "rahasia" not in str(c.execute(select(target)).one())
        kept = store.change(c, made.id, profile, password=None, version=1, seal=seal)
        assert kept.password(seal) == "rahasia"
        gone = store.change(c, made.id, profile, password="", version=2, seal=seal)
        assert gone.secret is None
        with pytest.raises(StaleTarget):
            store.change(c, made.id, profile, password=None, version=1, seal=seal)
        with pytest.raises(BadTarget, match="taken"):
            store.add(c, profile, password=None, seal=seal, at=clock())


def test_a_deleted_target_is_gone_and_its_code_free(db: Database, seal: Seal, clock: TestClock) -> None:
    with db.begin() as c:
        made = store.add(c, flat.read(PLAIN), password="x", seal=seal, at=clock())
        store.mark_deleted(c, made.id, at=clock())
        assert store.listed(c) == ()
        assert store.get(c, made.id).secret is None
        with pytest.raises(UnknownTarget):
            store.by_code(c, "ui")
        again = store.add(c, flat.read(PLAIN), password=None, seal=seal, at=clock())
        assert again.code == "ui"
        assert store.free_code(c, "ui") == "ui-2"


def test_another_address_makes_a_target_as_good_as_new(db: Database, seal: Seal, clock: TestClock) -> None:
    profile = flat.read(PLAIN)
    with db.begin() as c:
        made = store.add(c, profile, password=None, seal=seal, at=clock())
        c.execute(target.update().values(health="ok", probed_at=clock()))
        same = store.change(c, made.id, replace(profile), password=None, version=1, seal=seal)
        assert same.health == "ok"
        moved = replace(profile, address=replace(profile.address, port=211))
        other = store.change(c, made.id, moved, password=None, version=2, seal=seal)
        assert (other.health, other.probed_at) == ("new", None)


def test_what_the_file_lists_is_read_only_and_goes_off_when_it_is_gone(
    db: Database, seal: Seal, clock: TestClock
) -> None:
    profile = flat.read(PLAIN)
    with db.begin() as c:
        store.provision(c, [(profile, "satu")], seal=seal, at=clock())
        one = store.by_code(c, "ui")
        assert one.provisioned
        for act in (
            lambda: store.change(c, one.id, profile, password=None, version=1, seal=seal),
            lambda: store.set_enabled(c, one.id, False),
            lambda: store.mark_deleted(c, one.id, at=clock()),
        ):
            with pytest.raises(ReadOnlyTarget):
                act()
        store.provision(c, [(profile, "satu")], seal=seal, at=clock())
        assert store.by_code(c, "ui").version == 1  # nothing changed, nothing written
        store.provision(c, [(profile, "dua")], seal=seal, at=clock())
        assert store.by_code(c, "ui").password(seal) == "dua"
        store.provision(c, [], seal=seal, at=clock())
        assert not store.by_code(c, "ui").enabled
        store.provision(c, [(profile, "dua")], seal=seal, at=clock())
        assert store.by_code(c, "ui").enabled
        store.add(c, replace(profile, code="own"), password=None, seal=seal, at=clock())
        with pytest.raises(BadTarget, match="taken"):
            store.provision(c, [(replace(profile, code="own"), "")], seal=seal, at=clock())
