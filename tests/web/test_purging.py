"""The worker forgets readers when it is time; the desk, `silang purge` and `silang check` say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.web.conftest import Client, World
from tests.web.desk_world import CANARIES, ask, catalogue, press
from web import duties, health_check
from web.cli import main

pytestmark = pytest.mark.slow


def test_the_desk_says_that_the_reader_is_forgotten(
    world: World, visit: Callable[..., Client], clock: object
) -> None:
    lala = visit("lala")
    request = ask(world, lala, catalogue(world))
    press(lala, request, "reject", reason="policy")
    assert "Rani Canari" in lala.page(request)
    clock.go(days=32)  # type: ignore[attr-defined]  # the tests' clock
    finding = next(one for one in health_check.look(world.parts) if one.name == "readers' data")
    assert (finding.ok, finding.text[:24]) == (False, "1 closed requests still ")
    assert duties.purge(world.parts, "test")
    assert not duties.purge(world.parts, "test")
    assert next(one for one in health_check.look(world.parts) if one.name == "readers' data").ok
    for language, word in (("id", "data pemustaka sudah dihapus"), ("en", "s data erased")):
        desk = visit("lala", language)
        page = desk.page(request)
        assert word in page
        assert not any(canary in page for canary in CANARIES)
        assert "MLT-001" not in desk.page("/desk/MLT/borrowing?tab=done")


def test_the_command_line_reports_and_forgets(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("data: store\nindex: {engine: memory}\n", encoding="utf-8")

    def silang(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["--config", str(tmp_path / "config.yaml"), *words])
        return done.exit_code, done.stdout

    assert silang("init")[0] == 0
    code, said = silang("purge", "--json")
    assert (code, json.loads(said)) == (0, {"anonymised": 0, "anonymous": 0, "named": 0, "due": 0})
    code, said = silang("purge", "--look")
    assert (code, said.split(";")[0]) == (0, "0 requests were anonymised")


def test_only_files_of_the_data_folder_are_forgotten(world: World) -> None:
    file = world.parts.data / "documents" / "a.pdf"
    file.parent.mkdir()
    file.write_bytes(b"%PDF")
    world.parts.forget_file("documents/a.pdf")
    world.parts.forget_file("documents/a.pdf")
    assert not file.exists()
    with pytest.raises(ValueError, match="not in the data folder"):
        world.parts.forget_file("../elsewhere")
