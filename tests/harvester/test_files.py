"""Catalogues that come as files: every format, compressed, broken, and into the catalogue."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from foundation import libraries
from foundation.db import Database
from harvester import files, retention, store
from harvester.context import Harvesting
from harvester.uploads import load
from index import views
from index.crosswalk import BadRecord
from index.record import Record
from tests.index.crosswalk_pairs import FOLDER, read_pair
from tests.index.iso2709 import iso2709


def _book(number: int, title: str = "Judul") -> bytes:
    return iso2709(
        [
            ("001", b"n%d" % number),
            ("008", b"240301s2021    io            000 0 ind d"),
            ("245", f"00\x1fa{title} {number}".encode()),
        ]
    )


def _titles(path: Path) -> list[str]:
    return [r.outcome.title if isinstance(r.outcome, Record) else r.outcome.reason for r in files.read(path)]


def test_iso2709_is_read_record_by_record_with_bad_ones_in_their_place(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(_book(1) + b"\r\n" + b"=LDR  01941cam  2200469Ii 4500\x1d" + _book(3) + b"\n\x1a")

    found = list(files.read(path))

    assert [(r.number, r.identifier, r.schema) for r in found] == [
        (1, "n1", "marc21"),
        (2, None, "marc21"),
        (3, "n3", "marc21"),
    ]
    assert isinstance(found[1].outcome, BadRecord)
    assert found[1].outcome.reason == "not_marc"
    assert found[0].raw == _book(1)


@pytest.mark.parametrize(
    ("pack", "ending"),
    [(gzip.compress, "gz"), (lzma.compress, "xz"), (bz2.compress, "bz2")],
    ids=["gz", "xz", "bz2"],
)
def test_compressed_files_are_read_as_they_are(
    tmp_path: Path, pack: Callable[[bytes], bytes], ending: str
) -> None:
    path = tmp_path / f"a.mrc.{ending}"
    path.write_bytes(pack(_book(1) + _book(2)))

    assert _titles(path) == ["Judul 1", "Judul 2"]


@pytest.mark.parametrize("name", ["marc21/novel", "marc21/koha", "mods/slims", "mods/full", "oai_dc/slims1"])
def test_xml_is_read_by_its_namespace(name: str) -> None:
    path = FOLDER / f"{name}.xml"

    (found,) = files.read(path)

    assert found.schema == path.parent.name
    assert isinstance(found.outcome, Record)
    assert found.outcome.title == read_pair(path).title


def test_a_saved_oai_response_gives_the_records_inside(tmp_path: Path) -> None:
    inner = (FOLDER / "marc21" / "serial.xml").read_text(encoding="utf-8")
    path = tmp_path / "oai.xml"
    path.write_text(
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>'
        f"<record><header><identifier>oai:x:1</identifier></header><metadata>{inner}</metadata></record>"
        f"<record><header status='deleted'/></record>"
        "</ListRecords></OAI-PMH>",
        encoding="utf-8",
    )

    assert [(r.identifier, r.number) for r in files.read(path)] == [("ser9", 1)]


def test_xml_that_breaks_gives_what_stood_before_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    one = (
        '<record><controlfield tag="001">{}</controlfield>'
        '<datafield tag="245"><subfield code="a">T</subfield></datafield></record>'
    )
    path.write_text("<collection>" + one.format(1) + one.format(2) + "<record><broken", encoding="utf-8")

    found = list(files.read(path))

    assert [r.identifier for r in found] == ["1", "2", None]
    assert isinstance(found[2].outcome, BadRecord)
    assert found[2].outcome.reason == "not_xml"


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><collection>&x;</collection>')

    (found,) = files.read(path)

    assert isinstance(found.outcome, BadRecord)
    assert found.outcome.reason == "not_xml"


@pytest.mark.parametrize("content", [b"", b"  \n", b"title;author\n", b"\x1f\x8bnot really gzip"])
def test_what_is_no_catalogue_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)

    with pytest.raises(files.BadFile):
        list(files.read(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(files.BadFile):
        list(files.read(tmp_path / "none"))


def test_a_record_without_a_number_has_its_bytes_as_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(iso2709([("245", b"00\x1faA")]) + iso2709([("245", b"00\x1faB")]))

    names = [r.identifier for r in files.read(path)]

    assert len(set(names)) == 2
    assert all(name and name.startswith("hash:") for name in names)
    assert names == [r.identifier for r in files.read(path)]


@pytest.mark.slow
def test_a_file_is_read_in_constant_memory() -> None:
    note = ("500", b"  \x1fa" + b"w" * 8000)
    chunk = b"".join(iso2709([("001", b"n%d" % n), ("245", b"00\x1faJudul"), note]) for n in range(1700))
    assert len(chunk) > 12 * 2**20
    tracemalloc.start()
    try:
        assert sum(1 for _ in files.read_stream(BytesIO(chunk))) == 1700
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 6 * 2**20


def test_a_record_without_end_is_cut_and_rejected() -> None:
    found = list(files.read_stream(BytesIO(b"99999nam a22" + b"9" * (5 << 20))))

    assert all(isinstance(r.outcome, BadRecord) for r in found)


@pytest.fixture
def library_id(db: Database, clock: Any) -> str:
    """A library without sources."""
    with db.begin() as c:
        return libraries.add(c, clock(), code="MLT", symbol="ISIL:ID-MLT", name="Perpustakaan MLT").id


def test_files_become_records_of_a_library_and_bad_ones_are_quarantined(
    ctx: Harvesting, library_id: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "1.mrc", tmp_path / "2.mrc"
    first.write_bytes(
        b"".join(_book(n) for n in range(450)) + iso2709([("001", b"bad"), ("100", b"1 \x1faX")])
    )
    second.write_bytes(_book(3, "Judul baru") + _book(900))

    value = load.harvest_files(ctx, [first, second], library_id=library_id, at=ctx.clock())

    assert (value["state"], value["records"], value["deleted"], value["reason"]) == ("complete", 451, 0, "")
    assert value["rejected"] == [
        {"identifier": "bad", "reason": "no_title", "position": "file 1, record 451"}
    ]
    with ctx.db.read() as c:
        assert views.counts(c)["records"] == 451
        (quarantined,) = store.quarantined(c)
        assert store.quarantined_raw(c, quarantined.id).startswith(b"0")
        harvest = store.history(c, quarantined.source_id)[0]
        assert (harvest.state, harvest.records, harvest.rejected) == ("complete", 451, 1)
        assert retention.raw_record(ctx, c, quarantined.source_id, "n449") == _book(449)
        assert retention.raw_record(ctx, c, quarantined.source_id, "n3") == _book(3, "Judul baru")


def test_a_run_that_died_is_taken_up_by_the_next_one(
    ctx: Harvesting, library_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "1.mrc"
    path.write_bytes(b"".join(_book(n) for n in range(450)))
    monkeypatch.setattr(load, "_end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        load.harvest_files(ctx, [path], library_id=library_id, at=ctx.clock())
    monkeypatch.undo()

    value = load.harvest_files(ctx, [path], library_id=library_id, at=ctx.clock())

    assert (value["state"], value["records"]) == ("complete", 450)


def test_the_same_files_again_change_nothing(ctx: Harvesting, library_id: str, tmp_path: Path) -> None:
    path = tmp_path / "1.mrc"
    path.write_bytes(b"".join(_book(n) for n in range(5)))
    load.harvest_files(ctx, [path], library_id=library_id, at=ctx.clock())
    with ctx.db.read() as c:
        before = views.changes(c, 0, 100)

    value = load.harvest_files(ctx, [path], library_id=library_id, at=ctx.clock())

    with ctx.db.read() as c:
        assert views.changes(c, 0, 100) == before
    assert (value["state"], value["records"]) == ("complete", 5)


def test_a_file_that_cannot_be_read_makes_the_run_incomplete_and_the_others_count(
    ctx: Harvesting, library_id: str, tmp_path: Path
) -> None:
    good, bad = tmp_path / "1.mrc", tmp_path / "2.csv"
    good.write_bytes(_book(1))
    bad.write_bytes(b"title;author\n")

    value = load.harvest_files(ctx, [good, bad], library_id=library_id, at=ctx.clock())
    none = load.harvest_files(ctx, [tmp_path / "gone"], library_id=library_id, at=ctx.clock())

    assert (value["state"], value["records"]) == ("incomplete", 1)
    assert "2.csv" in value["reason"]
    assert none["state"] == "failed"
