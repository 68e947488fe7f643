"""silang agreement: list, check; what the demo's libraries agreed; the worker's hour."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from web import duties
from web.cli import main
from web.demo import agreed
from web.settings import load
from web.wiring import build

CODES = ("MLT", "KNG", "AGR", "TRT", "CMP")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An installation with the demo's libraries and the admin that init makes."""
    path = tmp_path / "config.yaml"
    lines = [f'  - {{code: {code}, name: Perpustakaan {code}, symbol: "ISIL:ID-{code}"}}' for code in CODES]
    path.write_text("data: var\nlibraries:\n" + "\n".join(lines) + "\n")
    assert silang(path, "init").exit_code == 0
    parts = build(load(path), path.parent)
    assert agreed.seed(parts) == 2
    assert agreed.seed(parts) == 0
    assert duties.agreements(parts, "test") is False
    parts.close()
    return path


def silang(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *words], catch_exceptions=False)


@pytest.mark.slow
def test_agreement_check_prints_what_decide_says(config: Path) -> None:
    def check(*words: str) -> tuple[int, dict[str, object]]:
        done = silang(config, "agreement", "check", "--json", *words)
        return done.exit_code, json.loads(done.stdout)

    status, said = check("--form", "f", "--from", "MLT", "--to", "KNG", "--action", "loan")
    assert (status, said["allowed"], said["agreement"], said["due_days"], said["fee_idr"]) == (
        0,
        True,
        "PK-0001",
        14,
        0,
    )
    status, said = check("--from", "KNG", "--to", "CMP")
    assert (status, said["due_days"]) == (0, 21)
    assert str(said["agreement"]).startswith("PK-2")
    status, said = check("--form", "e", "--from", "AGR", "--to", "TRT", "--action", "visit")
    assert (status, said["allowed"]) == (0, True)
    status, said = check(
        "--form", "e", "--from", "KNG", "--to", "CMP", "--action", "visit", "--on", "2099-01-01"
    )
    assert status == 1
    assert [one["code"] for one in said["reasons"]] == ["expired"]  # type: ignore[index, union-attr, attr-defined]
    status, said = check("--form", "b", "--from", "MLT", "--to", "KNG")
    assert [one["code"] for one in said["reasons"]] == ["form_not_included"]  # type: ignore[index, union-attr, attr-defined]
    assert silang(config, "agreement", "check", "--from", "MLT", "--to", "XYZ").exit_code == 2
    assert silang(config, "agreement", "check", "--from", "KNG", "--to", "CMP").stdout.startswith(
        "yes, by PK-2"
    )
    rows = json.loads(silang(config, "agreement", "list", "--json").stdout)
    assert {(one["basis"], one["state"], one["forms"]) for one in rows} == {
        ("written", "valid", "efh"),
        ("oral", "valid", "eh"),
    }
    assert "KNG CMP" in silang(config, "agreement", "list").stdout
