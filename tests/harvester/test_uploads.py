"""Uploads into the catalogue: one library's or several libraries' list, whole catalogues, stopping, receipts."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from foundation import libraries
from harvester import reprocess, retention, sources, store
from harvester.context import Harvesting
from harvester.errors import UnknownSource
from harvester.push import dialect, nodes, posts
from harvester.reprocess import quarantined
from harvester.uploads import folder
from harvester.uploads.load import Plan, load
from index.crosswalk import read as crosswalk
from index.crosswalk.rows import sheet
from index.tables import holding, record
from tests.harvester.tables_made import PLAIN, SLIMS_TITLES, listed, slims, slims_copy, slims_title


class _Halt(Exception):
    pass


@pytest.fixture
def members(sqlite_ctx: Harvesting) -> dict[str, str]:
    """Two libraries: code to id."""
    with sqlite_ctx.db.begin() as c:
        return {
            code: libraries.add(
                c, sqlite_ctx.clock(), code=code, symbol=f"ISIL:ID-{code}", name=f"Perpustakaan {code}"
            ).id
            for code in ("AAA", "BBB")
        }


def _titles(ctx: Harvesting, library_id: str) -> list[str]:
    from index.packing import unpack

    with ctx.db.read() as c:
        rows = c.execute(
            select(record.c.body)
            .where(record.c.library_id == library_id, record.c.gone_at.is_(None))
            .order_by(record.c.id)
        )
        return sorted(unpack(row.body).title for row in rows)


def _load(ctx: Harvesting, paths: list[Path], plan: Plan, **more: Any) -> dict[str, Any]:
    return load(ctx, paths, plan, at=ctx.clock(), **more)


def test_a_list_becomes_records_with_copies_and_bad_rows_are_told_by_number(
    sqlite_ctx: Harvesting, members: dict[str, str], tmp_path: Path
) -> None:
    path = listed(tmp_path / "a.csv", PLAIN)

    value = _load(sqlite_ctx, [path], Plan(library_id=members["AAA"], columns={"warna_sampul": "notes"}))

    assert (value["state"], value["records"], value["rejected_total"]) == ("complete", 2, 1)
    assert value["rejected"][0]["reason"] == "no_title"
    assert value["rejected"][0]["position"] == "file 1, row 4"
    assert _titles(sqlite_ctx, members["AAA"]) == ["Bumi Manusia", "Laskar Pelangi"]
    with sqlite_ctx.db.read() as c:
        assert sum(c.execute(select(holding.c.copies)).scalars()) == 4
        source = sources.by_code(c, "aaa-files")
        assert source.quirks["columns"] == {"warna_sampul": "notes"}
        row = c.execute(select(record.c.identifier).order_by(record.c.id)).scalars().first()
        raw = retention.raw_record(sqlite_ctx, c, source.id, str(row))
    assert crosswalk("sheet", raw).notes == ("biru",)


def test_the_same_list_again_changes_nothing_and_a_new_one_adds(
    sqlite_ctx: Harvesting, members: dict[str, str], tmp_path: Path
) -> None:
    from index import views

    path = listed(tmp_path / "a.csv", PLAIN)
    plan = Plan(library_id=members["AAA"])
    _load(sqlite_ctx, [path], plan)
    with sqlite_ctx.db.read() as c:
        before = views.changes(c, 0, 100)
    _load(sqlite_ctx, [path], plan)
    with sqlite_ctx.db.read() as c:
        assert views.changes(c, 0, 100) == before

    _load(sqlite_ctx, [listed(tmp_path / "b.csv", [("judul",), ("Ikan",), ("Burung",)])], plan)

    assert _titles(sqlite_ctx, members["AAA"]) == ["Bumi Manusia", "Burung", "Ikan", "Laskar Pelangi"]


def test_a_whole_catalogue_takes_away_what_it_does_not_name_any_more(
    sqlite_ctx: Harvesting, members: dict[str, str], moving_clock: Any, tmp_path: Path
) -> None:
    plan = Plan(library_id=members["AAA"], whole=True)
    rows = [("id", "judul"), *((str(n), f"Buku {n}") for n in range(10))]
    _load(sqlite_ctx, [listed(tmp_path / "a.csv", rows)], plan)
    moving_clock.go(hours=1)
    rows = [("id", "judul"), *((str(n), f"Buku {n}") for n in range(8)), ("8", "")]

    value = _load(sqlite_ctx, [listed(tmp_path / "b.csv", rows)], plan)

    assert (value["state"], value["swept"], value["held"]) == ("complete", 1, "")
    assert _titles(sqlite_ctx, members["AAA"]) == [
        f"Buku {n}" for n in range(9)
    ]  # 8 could not be read: it stays


def test_a_whole_catalogue_that_lost_most_of_its_rows_takes_nothing_away_before_somebody_agrees(
    sqlite_ctx: Harvesting, members: dict[str, str], moving_clock: Any, tmp_path: Path
) -> None:
    plan = Plan(library_id=members["AAA"], whole=True)
    rows = [("id", "judul"), *((str(n), f"Buku {n}") for n in range(100))]
    _load(sqlite_ctx, [listed(tmp_path / "a.csv", rows)], plan)
    moving_clock.go(hours=1)
    short = listed(tmp_path / "b.csv", rows[:3])

    value = _load(sqlite_ctx, [short], plan)

    assert (value["state"], value["swept"]) == ("complete", 0)
    assert "98 of 100" in value["held"]
    assert len(_titles(sqlite_ctx, members["AAA"])) == 100

    moving_clock.go(hours=1)
    assert _load(sqlite_ctx, [short], plan)["swept"] == 98


def test_a_whole_catalogue_that_breaks_off_takes_nothing_away(
    sqlite_ctx: Harvesting, members: dict[str, str], moving_clock: Any, tmp_path: Path
) -> None:
    plan = Plan(library_id=members["AAA"], whole=True)
    _load(sqlite_ctx, [listed(tmp_path / "a.csv", [("judul",), ("Ikan",), ("Burung",)])], plan)
    moving_clock.go(hours=1)
    broken = tmp_path / "b.csv"
    broken.write_bytes(b"")

    value = _load(
        sqlite_ctx, [listed(tmp_path / "c.csv", [("judul",), ("Ikan",), ("Kucing",)]), broken], plan
    )

    assert (value["state"], value["reason"]) == ("incomplete", "b.csv: empty")
    assert len(_titles(sqlite_ctx, members["AAA"])) == 3


def test_rows_go_to_every_library_that_they_name_and_unknown_names_are_told(
    sqlite_ctx: Harvesting, members: dict[str, str], tmp_path: Path
) -> None:
    rows = [
        ("Judul", "Pengarang", "Perpustakaan"),
        ("", "Z", "ENTAH"),
        ("Ikan", "A", "AAA; Perpustakaan BBB"),
        ("Burung", "B", "ID-BBB, PNRI"),
        ("Kucing", "C", "lama (2)"),
        ("Anjing", "D", "XYZ"),
        ("", "E", "AAA"),
    ]
    path = listed(tmp_path / "a.csv", rows, separator="\t")

    value = _load(sqlite_ctx, [path], Plan(codes={"lama": members["AAA"], "xyz": ""}))

    assert _titles(sqlite_ctx, members["AAA"]) == ["Ikan", "Kucing"]
    assert _titles(sqlite_ctx, members["BBB"]) == ["Burung", "Ikan"]
    assert (value["state"], value["records"], value["without_library"]) == ("complete", 4, 1)
    assert value["unknown_libraries"] == {"PNRI": 1, "ENTAH": 1}
    assert len(value["harvests"]) == 2
    assert sorted(one["position"] for one in value["rejected"]) == ["file 1, row 2", "file 1, row 7"]
    with sqlite_ctx.db.read() as c:
        assert {one.code for one in sources.listed(c)} == {"aaa-union", "bbb-union"}


def test_a_whole_list_of_several_also_speaks_for_those_it_names_no_more(
    sqlite_ctx: Harvesting, members: dict[str, str], moving_clock: Any, tmp_path: Path
) -> None:
    header = ("Judul", "Perpustakaan")
    _load(sqlite_ctx, [listed(tmp_path / "a.csv", [header, ("Ikan", "AAA;BBB"), ("Burung", "AAA")])], Plan())
    moving_clock.go(hours=1)

    value = _load(sqlite_ctx, [listed(tmp_path / "b.csv", [header, ("Ikan", "AAA")])], Plan(whole=True))

    assert _titles(sqlite_ctx, members["AAA"]) == ["Ikan"]
    assert "bbb-union" in value["held"]  # nothing at all came for it: that is never done without asking


def test_slims_titles_and_copies_are_taken_in_together(
    sqlite_ctx: Harvesting, members: dict[str, str], tmp_path: Path
) -> None:
    titles = slims(tmp_path / "t", [slims_title(title="Ikan", item_code="<B1><B2>")], SLIMS_TITLES)
    copies = slims(
        tmp_path / "c", [slims_copy(item_code=f"B{n}", title="Ikan", location="Rak") for n in (1, 2, 3)]
    )

    value = _load(sqlite_ctx, [copies, titles], Plan(library_id=members["AAA"]))

    assert (value["state"], value["records"], value["copies_left"]) == ("complete", 1, ["B3"])
    with sqlite_ctx.db.read() as c:
        found = c.execute(select(holding.c.barcode, holding.c.location).order_by(holding.c.barcode)).all()
    assert [tuple(row) for row in found] == [("B1", "Rak"), ("B2", "Rak")]
    alone = _load(sqlite_ctx, [copies], Plan(library_id=members["AAA"]))
    assert (alone["state"], alone["reason"]) == ("failed", "c: copies_alone")


def test_a_run_that_is_stopped_keeps_what_it_has_and_says_so(
    sqlite_ctx: Harvesting, members: dict[str, str], tmp_path: Path
) -> None:
    path = listed(tmp_path / "a.csv", [("judul",), *((f"Buku {n}",) for n in range(450))])
    heard: list[int] = []

    def stop(done: int, _: int | None) -> None:
        heard.append(done)
        if done >= 400:
            raise _Halt

    with pytest.raises(_Halt):
        _load(sqlite_ctx, [path], Plan(library_id=members["AAA"]), report=stop)

    assert heard[-2:] == [200, 400]
    assert len(_titles(sqlite_ctx, members["AAA"])) == 400
    with sqlite_ctx.db.read() as c:
        last = store.history(c, sources.by_code(c, "aaa-files").id)[0]
    assert (last.state, last.records) == ("stopped", 400)


def test_a_source_of_another_library_takes_no_files(
    sqlite_ctx: Harvesting, members: dict[str, str], tmp_path: Path
) -> None:
    path = listed(tmp_path / "a.csv", [("judul",), ("Ikan",)])
    _load(sqlite_ctx, [path], Plan(library_id=members["AAA"], source="daftar"))

    with pytest.raises(UnknownSource):
        _load(sqlite_ctx, [path], Plan(library_id=members["BBB"], source="daftar"))


def test_an_upload_waits_in_its_own_folder_until_it_is_taken_in_or_forgotten(
    clock: Any, tmp_path: Path
) -> None:
    said = {"library_id": "x", "library": "AAA", "source": "", "sent_by": "u"}
    first = folder.open_one(tmp_path, at=clock(), names=["../../daftar.csv"], **said)
    first.paths[0].write_bytes(b"x")

    assert folder.find(tmp_path, first.key) == first
    assert folder.find(tmp_path, "../" + first.key) is None
    assert first.paths[0].parent.parent == tmp_path / "uploads"
    assert first.in_their_words("1: empty; 12: no file; more") == "../../daftar.csv: empty; 12: no file; more"

    clock.go(days=4)
    second = folder.open_one(tmp_path, at=clock(), names=["b"], **said)

    assert folder.waiting(tmp_path) == [second]
    assert not first.folder.exists()


def test_files_and_posts_are_taken_in_on_every_database(
    ctx: Harvesting, moving_clock: Any, tmp_path: Path
) -> None:
    with ctx.db.begin() as c:
        own = libraries.add(c, ctx.clock(), code="AAA", symbol="ISIL:ID-AAA", name="AAA").id
        node, key = nodes.add(c, library_id=own, node="n", seal=ctx.seal, at=ctx.clock())
    plan = Plan(library_id=own, whole=True)
    _load(ctx, [listed(tmp_path / "a.csv", [("id", "judul"), *((str(n), f"B {n}") for n in range(5))])], plan)
    moving_clock.go(hours=1)
    value = _load(ctx, [listed(tmp_path / "b.csv", [("id", "judul"), ("0", "B 0"), ("1", "")])], plan)
    assert (value["records"], value["swept"], value["rejected_total"]) == (1, 3, 1)

    for number, data in enumerate(
        ({"1": {"title": "X"}, "2": {}}, {"operation": "delete", "biblio": "1,9"}), 1
    ):
        body = json.dumps({"node_info": {"id": "n", "password": key}, "node_data": data}).encode()
        post = dialect.read(body)
        with ctx.db.begin() as c:
            of = nodes.let_in(c, post.node, post.key)
            assert of is not None
            made = posts.accept(c, of.id, post, body, ctx.clock())
        outcome = posts.process_up_to(ctx, of.id, made)
        assert (outcome.processed, outcome.records, outcome.deleted) == (True, 2 - number, number - 1)
    with ctx.db.read() as c:
        (run,) = store.history(c, node.source_id)
        assert (run.records, run.deleted, run.rejected, run.state) == (0, 1, 1, "complete")
        assert [one.node for one in nodes.listed(c)] == ["n"]


@pytest.mark.slow
def test_a_long_table_gives_signs_of_life_before_its_first_record(
    sqlite_ctx: Harvesting,
    members: dict[str, str],
    moving_clock: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from harvester.uploads import load as module

    monkeypatch.setattr(module, "_BEAT", -1.0)
    path = listed(tmp_path / "a.csv", [("judul", "eks"), *((f"Buku {n % 3}", "1") for n in range(6000))])
    beats: list[Any] = []

    def tell(done: int, _: int | None) -> None:
        moving_clock.go(seconds=50)
        with sqlite_ctx.db.read() as c:
            beats.append((done, store.history(c, sources.by_code(c, "aaa-files").id)[0].heartbeat_at))

    _load(sqlite_ctx, [path], Plan(library_id=members["AAA"]), report=tell)

    assert [done for done, _ in beats[:4]] == [0, 0, 0, 0]
    assert all(later > earlier for (_, earlier), (_, later) in pairwise(beats))


def test_rows_and_posts_are_read_again_from_what_was_kept_of_them(
    sqlite_ctx: Harvesting, members: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = sqlite_ctx
    rows = [("id", "judul", "pengarang"), ("1", "Ikan", "A"), ("2", "", "Burung"), ("1", "Kucing", "B")]
    _load(ctx, [listed(tmp_path / "a.csv", rows)], Plan(library_id=members["AAA"]))
    with ctx.db.begin() as c:
        node, _ = nodes.add(c, library_id=members["BBB"], node="n", seal=ctx.seal, at=ctx.clock())
    body = json.dumps(
        {"node_info": {"id": "n"}, "node_data": {"7": {"title": "X"}, "8": {"edition": "1"}}}
    ).encode()
    with ctx.db.begin() as c:
        made = posts.accept(c, node.source_id, dialect.read(body), body, ctx.clock())
    posts.process_up_to(ctx, node.source_id, made)
    plain = sheet.of_cells

    def better(cells: Any, copies: Any) -> Any:
        """A crosswalk of tomorrow: finds a title where there was none, and writes them all large."""
        found = plain({"title": ["Tanpa judul"], **cells}, copies)
        return replace(found, title=found.title.upper())

    monkeypatch.setattr(sheet, "of_cells", better)
    with ctx.db.begin() as c:
        reprocess.mark(c)
        waiting = store.quarantined(c)
    tally = reprocess.run(ctx)
    codes = {one.reason + (one.identifier or ""): quarantined.retry(ctx, one.id).code for one in waiting}

    assert (tally.read, tally.rejected, tally.gone) == (2, 0, 0)
    assert codes == {"no_title2": "mended", "id_twice1": "still", "no_title8": "mended"}
    assert _titles(ctx, members["AAA"]) == ["IKAN", "TANPA JUDUL"]
    assert _titles(ctx, members["BBB"]) == ["TANPA JUDUL", "X"]
