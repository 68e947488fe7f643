"""silang harvest file: looking, mapping, taking in, and what it says of what it could not place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from foundation import libraries
from foundation.clock import system_clock
from foundation.db import metadata
from tests.harvester.tables_made import PLAIN, SLIMS_TITLES, listed, slims, slims_copy, slims_title
from web import wiring
from web.cli import main
from web.settings import load

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A configuration over a database with the libraries AAA and BBB."""
    path = tmp_path / "config.yaml"
    path.write_text("data: var\nindex: {engine: memory}\n")
    run(path, "init")
    parts = wiring.build(load(path), tmp_path)
    metadata.create_all(parts.db.engine)
    with parts.db.begin() as c:
        for code in ("AAA", "BBB"):
            libraries.add(c, system_clock(), code=code, symbol=f"ISIL:ID-{code}", name=code)
    parts.close()
    return path


def run(place: Path, *words: str | Path) -> tuple[int, str]:
    """The exit code and what was printed."""
    done = CliRunner().invoke(main, ["--config", str(place), *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.stdout


def value(text: str) -> Any:
    return json.loads(text)


def test_looking_changes_nothing_and_says_what_would_come(place: Path, tmp_path: Path) -> None:
    path = listed(tmp_path / "a.csv", PLAIN, separator=";")

    code, text = run(place, "harvest", "file", path, "--library", "AAA", "--preview", "--json")

    (told,) = value(text)
    assert (code, told["kind"], told["good"], told["bad"], told["copies"]) == (0, "sheet", 2, 1, 4)
    assert told["unmapped"] == ["Warna sampul"]
    assert told["rejected"] == [{"place": "row 4", "reason": "no_title", "detail": "no title"}]
    assert (
        "Laskar Pelangi / Hirata, Andrea (2005), 3 copies"
        in run(place, "harvest", "file", path, "--library", "AAA", "--preview")[1]
    )
    assert value(run(place, "harvest", "list", "--json")[1]) == []


def test_columns_are_mapped_by_a_file(place: Path, tmp_path: Path) -> None:
    path = listed(tmp_path / "a.csv", [("barang", "penulis"), ("Ikan", "A"), ("Burung", "B")])
    mapping = tmp_path / "map.yaml"
    mapping.write_text("columns:\n  Barang: title\n")

    assert run(place, "harvest", "file", path, "--library", "AAA", "--json")[0] == 1
    code, text = run(place, "harvest", "file", path, "--library", "AAA", "--mapping", mapping, "--json")

    assert (code, value(text)["records"]) == (0, 2)
    mapping.write_text("columns:\n  Barang: judul\nlibraries:\n  X: ZZZ\n")
    assert run(place, "harvest", "file", path, "--library", "AAA", "--mapping", mapping)[0] == 2


def test_rows_that_name_their_libraries_go_there(place: Path, tmp_path: Path) -> None:
    path = listed(tmp_path / "a.csv", [("Judul", "Perpustakaan"), ("Ikan", "AAA;LAMA"), ("Burung", "ENTAH")])
    mapping = tmp_path / "map.yaml"
    mapping.write_text("libraries:\n  Lama: BBB\n")

    code, text = run(place, "harvest", "file", path, "--mapping", mapping)

    assert code == 0
    assert "2 records" in text
    assert "unknown library: ENTAH (1 rows)" in text
    listed_now = value(run(place, "harvest", "list", "--json")[1])
    assert [one["code"] for one in listed_now] == ["aaa-union", "bbb-union"]


def test_titles_and_copies_of_slims_are_given_together(place: Path, tmp_path: Path) -> None:
    titles = slims(tmp_path / "t", [slims_title(title="Ikan", item_code="<B1>")], SLIMS_TITLES)
    copies = slims(tmp_path / "c", [slims_copy(item_code="B1", title="Ikan"), slims_copy(item_code="B2")])

    code, text = run(place, "harvest", "file", titles, copies, "--library", "AAA", "--whole")

    assert code == 0
    assert "copies without a title: B2" in text
    assert run(place, "harvest", "file", copies, "--library", "AAA", "--preview")[0] == 1


def test_a_library_that_is_not_there_and_a_source_of_another_are_refused(place: Path, tmp_path: Path) -> None:
    path = listed(tmp_path / "a.csv", [("judul",), ("Ikan",)])
    assert run(place, "harvest", "file", path, "--library", "ZZZ")[0] == 2
    assert run(place, "harvest", "file", path, "--library", "AAA", "--source", "daftar")[0] == 0

    assert run(place, "harvest", "file", path, "--library", "BBB", "--source", "daftar")[0] == 2
