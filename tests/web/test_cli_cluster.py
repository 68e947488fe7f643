"""`silang cluster` over files, as somebody without an installation uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from benchmarks.cluster_records import labelled
from tests.index.iso2709 import iso2709
from web.cli import main


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A few labelled records as MARCXML."""
    collection = etree.Element("collection")
    for record in labelled("tuned")[:60]:
        collection.append(record.element)
    path = tmp_path / "records.xml"
    path.write_bytes(etree.tostring(collection))
    return path


def test_every_record_gets_a_cluster_and_what_joined_it(file: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main, ["--config", str(tmp_path / "none.yaml"), "cluster", str(file), "--json"]
    )

    assert result.exit_code == 0, result.output
    records = json.loads(result.stdout)["records"]
    assert [r["id"] for r in records] == [r.id for r in labelled("tuned")[:60]]
    together = [r for r in records if r["why"]]
    assert together
    for record in together:
        other = next(r for r in records if r["id"] == record["why"]["with"])
        assert other["cluster"] == record["cluster"]
        assert record["why"]["score"] == pytest.approx(sum(record["why"]["reasons"].values()))
    assert list(tmp_path.iterdir()) == [file]


def test_the_records_of_several_files_are_compared_and_bad_ones_stand_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "one.mrc", tmp_path / "other.xml"
    one.write_bytes(
        iso2709([("001", b"a1"), ("100", b"1 \x1faSari, Dewi"), ("245", b"10\x1faPerahu di hulu sungai"),
                 ("260", b"  \x1faJakarta :\x1fbLereng,\x1fc2001")])
        + iso2709([("001", b"bad"), ("260", b"  \x1fbNobody")])
    )  # fmt: skip
    other.write_text(
        '<record><leader>00000nam a2200000 a 4500</leader><controlfield tag="001">b&amp;1</controlfield>'
        '<datafield tag="100" ind1="1" ind2=" "><subfield code="a">Sari, Dewi</subfield></datafield>'
        '<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Perahu di hulu sungai</subfield></datafield>'
        '<datafield tag="260" ind1=" " ind2=" "><subfield code="b">Lereng</subfield><subfield code="c">2001'
        "</subfield></datafield></record>"
    )
    result = CliRunner().invoke(main, ["cluster", str(one), str(other), "--json"])

    records = {r["id"]: r for r in json.loads(result.stdout)["records"]}
    assert records["a1"]["cluster"] == records["b&1"]["cluster"]
    assert records["bad"]["cluster"] not in (records["a1"]["cluster"],)
    assert records["bad"]["why"] == {"unreadable": "no_title"}


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0 not a catalogue")

    result = CliRunner().invoke(main, ["cluster", str(path)])

    assert result.exit_code == 1
    assert "neither ISO 2709 nor XML" in result.stderr
