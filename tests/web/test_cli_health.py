"""`silang harvest health`: a card in words and as JSON, from harvests and after a look."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.web.shelf_server import shelf_server
from web.cli import main

pytestmark = pytest.mark.slow

CONFIG = """
data: var
index: {{engine: memory}}
fetch: {{allow: [127.0.0.0/8]}}
libraries:
  - {{code: KNG, name: Kota Kenanga, symbol: "NPP:KNG"}}
sources:
  - {{code: kng, library: KNG, url: "{url}", blackout: "00:00-01:00 sun", sweep_days: 14}}
"""


def silang(place: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(place / "config.yaml"), *words])


def test_a_card_before_and_after_a_harvest_and_a_look(tmp_path: Path) -> None:
    with shelf_server() as shelf:
        (tmp_path / "config.yaml").write_text(CONFIG.format(url=shelf.url), encoding="utf-8")
        assert silang(tmp_path, "init").exit_code == 0
        empty = silang(tmp_path, "harvest", "health", "kng", "--json")
        assert empty.exit_code == 0, empty.output
        assert json.loads(empty.stdout)["runs"] == 0
        assert silang(tmp_path, "harvest", "run", "kng", "--json").exit_code == 0
        looked = silang(tmp_path, "harvest", "health", "kng", "--look", "--json")
        card = json.loads(looked.stdout)
    lines = {one["trait"]: one for one in card["lines"]}
    assert (card["source"], card["runs"], card["complete"]) == ("kng", 1, 1)
    assert lines["tokens"]["observed"] == "yes"
    assert lines["page"]["declared"] == "120"
    assert {"code": "sweep", "number": 14}.items() <= next(
        one for one in card["strategy"] if one["code"] == "sweep"
    ).items()
    assert all(set(one["words"]) == {"id", "en"} for one in card["strategy"])
    plain = silang(tmp_path, "harvest", "health", "kng")
    assert "Deletions are not announced: identifiers are compared every 14 days." in plain.stdout
    assert silang(tmp_path, "harvest", "health", "nobody").exit_code == 2
