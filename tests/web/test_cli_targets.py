"""silang target: list, probe, import; exit status, JSON, and no password in any of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index.targets import probes, store
from tests.peers.live.catalogues import Peer
from web.cli import main
from web.settings import load
from web.wiring import build

pytestmark = pytest.mark.slow

SECRET = "r4h4sia"
CONFIG = f"""data: var
targets:
  - code: berkas
    url: z3950://katalog.example/Buku
    username: silang
    password: {SECRET}
"""
KOHA = f"host,port,db,userid,password,servername\nkat.example,210,x,silang,{SECRET},Kota\n,210,x,,,Rusak\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    assert silang(path, "init").exit_code == 0
    return path


def silang(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *words], catch_exceptions=False)


def test_what_the_file_lists_is_there_and_a_list_is_taken_in(config: Path, tmp_path: Path) -> None:
    listed = silang(config, "target", "list", "--json")
    (row,) = json.loads(listed.stdout)
    assert (row["code"], row["from_file"], row["health"]) == ("berkas", True, "new")
    assert SECRET not in listed.output
    path = tmp_path / "servers.csv"
    path.write_text(KOHA)
    looked = silang(config, "target", "import", str(path), "--as", "koha", "--look", "--json")
    assert looked.exit_code == 1
    assert [one["kept"] for one in json.loads(looked.stdout)] == [False, False]
    taken = silang(config, "target", "import", str(path), "--as", "koha")
    assert taken.exit_code == 1
    assert "url: bad_url" in taken.stdout
    assert SECRET not in taken.output
    rows = json.loads(silang(config, "target", "list", "--json").stdout)
    assert [(one["code"], one["enabled"]) for one in rows] == [("berkas", True), ("kota", False)]
    assert silang(config, "target", "import", str(path), "--as", "pazpar2").exit_code == 2


def test_a_target_that_is_not_there_and_an_address_that_is_none(config: Path) -> None:
    assert silang(config, "target", "probe", "nonsense").exit_code == 2
    assert silang(config, "target", "probe", "ftp://x").exit_code == 2
    dead = silang(config, "target", "probe", "z3950://127.0.0.1:1/x", "--json")
    assert dead.exit_code == 1
    assert json.loads(dead.stdout)["failed"] == "refused"


def test_a_code_of_the_file_that_the_pages_use_already_stops_the_start(config: Path) -> None:
    parts = build(load(config), config.parent)
    with parts.db.begin() as c:
        one = store.by_code(c, "berkas")
        c.exec_driver_sql("UPDATE target SET provisioned = 0")
    parts.close()
    refused = silang(config, "init")
    assert refused.exit_code == 2
    assert "code berkas is also used by a target added in the admin pages" in refused.output
    assert one.password(parts.seal) == SECRET


@pytest.mark.peers
def test_a_stored_target_is_probed_and_the_card_kept(config: Path, zebra_iso2709: Peer) -> None:
    config.write_text(
        f"data: var\ntargets:\n  - code: zebra\n    url: z3950://127.0.0.1:{zebra_iso2709.port}/Default\n"
        f"    username: {zebra_iso2709.user}\n    password: {zebra_iso2709.password}\n"
    )
    assert silang(config, "init").exit_code == 0
    probed = silang(config, "target", "probe", "zebra", "--json")
    assert probed.exit_code == 0
    card = json.loads(probed.stdout)
    assert {"access", "syntax", "scan", "sort"} <= {one["trait"] for one in card["findings"]}
    assert zebra_iso2709.password not in probed.output
    (row,) = [
        one for one in json.loads(silang(config, "target", "list", "--json").stdout) if one["code"] == "zebra"
    ]
    assert row["health"] == "ok"
    parts = build(load(config), config.parent)
    with parts.db.read() as c:
        kept = probes.last(c, store.by_code(c, "zebra").id)
    parts.close()
    assert kept is not None
    assert len(kept.card.findings) == len(card["findings"])
