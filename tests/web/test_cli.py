"""The command line as a librarian uses it: real folders, real processes' exit codes, JSON alone on stdout."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from web.cli import main

pytestmark = pytest.mark.slow

CONFIG = """
data: store
index: {engine: whoosh}
libraries:
  - code: MLT
    name: Universitas Melati
    symbol: "ISIL:ID-MLT"
    branches: [{code: pusat, name: Pusat, hours: ["mon-fri 08:00-16:00"]}]
  - {code: KNG, name: Kota Kenanga, symbol: "ISIL:ID-KNG"}
sources:
  - {code: mlt, library: MLT, url: "https://example.org/oai", schedule: "30 2 * * *"}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a configuration and nothing else."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


def silang(place: Path, *words: str, typed: str | None = None) -> Result:
    """Run the command in that installation."""
    return CliRunner().invoke(main, ["--config", str(place / "config.yaml"), *words], input=typed)


def test_init_prints_a_link_for_the_first_admin_and_may_be_run_again(place: Path) -> None:
    first = silang(place, "init")
    assert first.exit_code == 0, first.output
    assert re.search(r"http://127\.0\.0\.1:8080/link/\S{40,}", first.output)
    again = silang(place, "init", "--json")
    assert json.loads(again.stdout)["link"]
    accounts = json.loads(silang(place, "user", "list", "--json").stdout)["users"]
    assert accounts == [{"login": "admin", "name": "Admin", "state": "active", "roles": ["admin"]}]


def test_nothing_works_before_init_and_the_message_says_what_to_do(place: Path) -> None:
    result = silang(place, "user", "list")
    assert result.exit_code == 2
    assert "silang init" in result.stderr


def test_a_broken_configuration_names_every_fault_and_ends_with_2(place: Path) -> None:
    (place / "config.yaml").write_text("web:\n  prt: 1\n  port: x\nlog: {level: loud}\n")
    result = silang(place, "check")
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 3
    assert result.stdout == ""


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    result = silang(tmp_path, "check")
    assert result.exit_code == 2
    assert "no such file" in result.stderr


def test_check_prints_one_json_object_and_says_that_no_worker_runs(place: Path) -> None:
    silang(place, "init")
    result = silang(place, "check", "--json")
    told = json.loads(result.stdout)
    wrong = {finding["name"] for finding in told["findings"] if not finding["ok"]}
    assert result.exit_code == 1
    assert wrong == {"worker"}


def test_fsck_finds_a_fresh_installation_whole(place: Path) -> None:
    silang(place, "init")
    result = silang(place, "fsck", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"ok": True, "problems": []})


def test_accounts_get_roles_only_where_they_make_sense(place: Path) -> None:
    silang(place, "init")
    added = silang(place, "user", "add", "mira", "--name", "Mira", "--role", "librarian", "--library", "MLT")
    assert "/link/" in added.stdout
    assert silang(place, "user", "role", "mira", "head").exit_code == 1
    assert silang(place, "user", "role", "mira", "head", "--library", "NONE").exit_code == 1
    assert silang(place, "user", "role", "mira", "head", "--library", "KNG").exit_code == 0
    rows = json.loads(silang(place, "user", "list", "--json").stdout)["users"]
    assert next(r["roles"] for r in rows if r["login"] == "mira") == ["head:KNG", "librarian:MLT"]


def test_a_weak_password_is_refused_on_the_command_line_too(place: Path) -> None:
    silang(place, "init")
    result = silang(place, "user", "add", "x", "--name", "X", "--password-stdin", typed="password123\n")
    assert result.exit_code == 1
    assert (
        silang(
            place, "user", "add", "x", "--name", "X", "--password-stdin", typed="sedap malam 9\n"
        ).exit_code
        == 0
    )


def test_a_backup_comes_back_whole_and_never_over_an_installation_unasked(
    place: Path, tmp_path: Path
) -> None:
    silang(place, "init")
    silang(place, "user", "add", "mira", "--name", "Mira")
    saved = tmp_path / "saved.tar"
    assert silang(place, "backup", str(saved)).exit_code == 0
    assert saved.stat().st_mode & 0o077 == 0
    refused = silang(place, "restore", str(saved))
    assert (refused.exit_code, "--force" in refused.output) == (1, True)
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.yaml").write_text(CONFIG)
    back = silang(other, "restore", str(saved))
    assert back.exit_code == 0, back.output
    rows = json.loads(silang(other, "user", "list", "--json").stdout)["users"]
    assert {row["login"] for row in rows} == {"admin", "mira"}
    assert (other / "store" / "secret.key").read_bytes() == (place / "store" / "secret.key").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("at", [200, 5_000, 40_000])
def test_a_damaged_backup_changes_nothing(place: Path, tmp_path: Path, at: int) -> None:
    silang(place, "init")
    saved = tmp_path / "saved.tar"
    silang(place, "backup", str(saved))
    bytes_ = bytearray(saved.read_bytes())
    bytes_[at] ^= 0xFF
    saved.write_bytes(bytes_)
    before = json.loads(silang(place, "user", "list", "--json").stdout)
    result = silang(place, "restore", "--force", str(saved))
    assert result.exit_code == 1
    assert "Nothing was changed" in result.output
    assert json.loads(silang(place, "user", "list", "--json").stdout) == before


def test_every_command_has_help_that_says_what_it_does() -> None:
    for name, command in main.commands.items():
        assert command.help, name
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0
