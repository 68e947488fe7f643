"""Which engine is in use and which one suits: on the command line and on the first admin page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli import main
from web.engine_choice import THRESHOLD, Choice, suiting, words

CONFIG = """
data: var
index: {engine: %s}
libraries: [{code: KNG, name: Kota Kenanga, symbol: "NPP:KNG"}]
"""


def made(engine: str, titles: int | None) -> Choice:
    return Choice(engine=engine, titles=titles, suits=suiting(titles or 0))


@pytest.mark.parametrize(
    ("engine", "titles", "fits"),
    [
        ("whoosh", 0, True),
        ("whoosh", THRESHOLD - 1, True),
        ("whoosh", THRESHOLD, False),
        ("tantivy", 10, True),
        ("tantivy", 10 * THRESHOLD, True),
        ("memory", 10, True),
    ],
)
def test_tantivy_is_recommended_from_the_threshold_on(engine: str, titles: int, fits: bool) -> None:
    assert made(engine, titles).fits is fits


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_sentences_name_engine_size_figures_and_the_command(language: str) -> None:
    large = " ".join(words(made("whoosh", 300_000), language, "300,000"))
    small = " ".join(words(made("whoosh", 300), language, "300"))
    assert all(part in large for part in ("Whoosh", "300,000", "silang reindex --engine tantivy", " ms"))
    assert "silang reindex" not in small
    assert " ms" in small
    assert len(words(made("tantivy", None), language, "0")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["whoosh", "tantivy", "memory"])
def test_check_says_which_engine_is_in_use(tmp_path: Path, engine: str) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG % engine, encoding="utf-8")

    def silang(*arguments: str) -> str:
        return CliRunner().invoke(main, ["--config", str(tmp_path / "config.yaml"), *arguments]).stdout

    silang("init")
    assert json.loads(silang("check", "--json"))["engine"] == {"name": engine, "titles": 0, "suits": "whoosh"}
    assert f"{engine.replace('whoosh', 'Whoosh')} is in use, with 0 titles." in silang("check")
